"""Incidents, foresight, one view, cost: MO060 to MO062, MO082, MO090 to MO102, MX001 to MX010."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows


def alert(expr: str, more: str = "") -> str:
    return f"groups:\n  - name: alerts\n    rules:\n      - alert: It\n        expr: {expr}\n{more}"


def board(*exprs: str) -> str:
    panels = [{"type": "stat", "targets": [{"refId": "A", "expr": expr}]} for expr in exprs]
    return json.dumps({"title": "all", "schemaVersion": 39, "panels": panels})


RUNBOOK = """
    # Runbook

    ## Contact

    The team on call: #churn-oncall, oncall@corp.test

    ## Escalation

    After thirty minutes, the head of operations.

    ## High latency

    Start more instances.
"""
LINK = "        annotations: {runbook: docs/runbook.md#high-latency}\n"
INCIDENT: Tree = {
    "docs/runbook.md": RUNBOOK,
    "monitoring/alerts.yml": alert("up == 0", LINK),
    "docs/postmortem.md": "# Incident\n\n## What happened\n\nWho, when.\n\n## Cause\n\nWhy.\n\n## "
    "Report to authorities\n\nWithin how many days?\n",
}
TRACED = """
    from fastapi import FastAPI
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    app = FastAPI()
    EXPORTER = OTLPSpanExporter()
    tracer = trace.get_tracer("churn")

    @app.post("/predict")
    def predict():
        with tracer.start_as_current_span("features"):
            pass
        with tracer.start_as_current_span("model"):
            pass
        with tracer.start_as_current_span("response"):
            return {}
"""
ONLINE: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "app/__init__.py": "",
    "app/service.py": TRACED,
    "mlascent.yaml": "schema: 1\nproblem:\n  kpi: [retained_revenue]\n",
    "alerts.yml": alert("predict_linear(disk_free_bytes[6h], 86400) < 0"),
    "dashboard.json": board(
        "rate(http_requests_total[5m])", "drift_psi", "model_accuracy", "retained_revenue"
    ),
}
TAGS = 'tags = { cost-center = "ml", owner = "churn" }'
COSTS: Tree = {
    "infra/main.tf": f"""
        resource "aws_sagemaker_endpoint" "it" {{
          name = "it"
          {TAGS}
        }}
        resource "aws_budgets_budget" "ml" {{
          limit_amount = "1000"
          {TAGS}
          notification {{
            threshold = 80
          }}
        }}
        resource "aws_appautoscaling_target" "it" {{
          min_capacity = 0
          {TAGS}
        }}
    """,
    "alerts.yml": "groups:\n  - name: cost\n    rules:\n      - {record: "
    "'model:cost_per_prediction', expr: 'cost_total / predictions_total'}\n",
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "MO060",
            INCIDENT,
            nobody={
                "docs/runbook.md": RUNBOOK.replace(
                    "The team on call: #churn-oncall, oncall@corp.test", "TODO"
                )
            },
            no_escalation={
                "docs/runbook.md": RUNBOOK.replace("## Escalation", "## Notes").replace(
                    "After thirty", "Of thirty"
                )
            },
        ),
        *rows(
            "MO061",
            INCIDENT,
            renamed={"docs/runbook.md": RUNBOOK.replace("## High latency", "## Slowness")},
            no_link={"monitoring/alerts.yml": alert("up == 0")},
            no_page={"docs/runbook.md": None},
        ),
        *rows(
            "MO062",
            INCIDENT,
            no_authorities={
                "docs/postmortem.md": "# Incident\n\n## What happened\n\nWho.\n\n## Cause\n\nWhy.\n"
            },
            none={"docs/postmortem.md": None},
        ),
        *rows(
            "MO082",
            {**ONLINE, "alerts.yml": alert("retained_revenue < 1000")},
            wish={"alerts.yml": alert("up == 0")},
            example={"mlascent.yaml": "schema: 1\nproblem:\n  example: true\n  kpi: [retained_revenue]\n"},
        ),
        *rows(
            "MO090",
            ONLINE,
            one_span={"app/service.py": TRACED.replace('"features"', '"request"')},
            nobody_sends={"app/service.py": TRACED.replace("EXPORTER = OTLPSpanExporter()", "")},
        ),
        *rows(
            "MO091",
            ONLINE,
            fixed_limit={"alerts.yml": alert("disk_free_bytes < 1000").replace("It", "Forecast")},
            no_metric={"alerts.yml": alert("vector(1) > 2")},
        ),
        *rows(
            "MO092",
            ONLINE,
            without_business={
                "dashboard.json": board("rate(http_requests_total[5m])", "drift_psi", "model_accuracy")
            },
            titles_only={"dashboard.json": board("up")},
        ),
        *rows(
            "MO100",
            COSTS,
            one_bare={"infra/main.tf": str(COSTS["infra/main.tf"]).replace(TAGS, "", 1)},
            no_owner={"infra/main.tf": str(COSTS["infra/main.tf"]).replace(', owner = "churn"', "")},
        ),
        *rows(
            "MO101",
            COSTS,
            nobody_told={
                "infra/main.tf": str(COSTS["infra/main.tf"])
                .replace("notification {", "other {")
                .replace("threshold", "level")
            },
            in_prose={"infra/main.tf": "# aws_budgets_budget of 1000\n"},
        ),
        *rows(
            "MO102",
            COSTS,
            always_on={
                "infra/main.tf": str(COSTS["infra/main.tf"]).replace("min_capacity = 0", "min_capacity = 1")
            },
            not_measured={"alerts.yml": alert("up == 0")},
        ),
        *rows(
            "MX001",
            {
                **ONLINE,
                "tests/test_skew.py": """
                    from fastapi.testclient import TestClient
                    from app.service import app
                    from app.model import model

                    def test_service_and_training_agree():
                        told = TestClient(app).post("/predict", json={}).json()
                        assert told == model.predict([[1]])
                """,
            },
            one_path={
                "tests/test_skew.py": "def test_service_and_training_agree():\n    assert "
                "model.predict([[1]])\n"
            },
            asserts_nothing={
                "tests/test_skew.py": "def test_golden_agree():\n    client.post('/predict')\n    "
                "model.predict([[1]])\n"
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)
