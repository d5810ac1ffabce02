"""Metrics, alerts, dashboard and batch records: MO010 to MO014."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows

SERVICE = """
    from fastapi import FastAPI, Response
    from prometheus_client import Counter, Gauge, Histogram, generate_latest

    app = FastAPI()
    REQUESTS = Counter("http_requests", "Requests", ["status"])
    SECONDS = Histogram("http_request_duration_seconds", "Time")
    IN_FLIGHT = Gauge("http_requests_in_flight", "Now")

    @app.post("/predict")
    def predict():
        return {}

    @app.get("/metrics")
    def metrics():
        return Response(generate_latest())
"""
ALERTS = """
    groups:
      - name: signals
        rules:
          - record: service:errors:ratio
            expr: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))
          - alert: Errors
            expr: service:errors:ratio > 0.01
            labels: {severity: critical, receiver: team}
          - alert: Slow
            expr: histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5
            labels: {severity: warning, receiver: team}
          - alert: Full
            expr: http_requests_in_flight > 30
            labels: {severity: warning, receiver: team}
"""


def board(expr: str) -> str:
    return json.dumps(
        {
            "title": "service",
            "schemaVersion": 39,
            "panels": [{"type": "stat", "targets": [{"refId": "A", "expr": expr}]}],
        }
    )


ONLINE: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "requirements.txt": "prometheus-client==0.20\nfastapi\n",
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "monitoring/alerts.yml": ALERTS,
    "monitoring/dashboard.json": board("sum(rate(http_requests_total[5m]))"),
}
BARE = """
    from fastapi import FastAPI

    app = FastAPI()

    @app.post("/predict")
    def predict():
        return {}
"""
SCORE = """
    import joblib
    from app.runs import write

    def main():
        model = joblib.load("model.joblib")
        rows = model.predict([[1]])
        write({"model": "churn 3", "rows": len(rows), "refused": 0})

    if __name__ == "__main__":
        main()
"""
RUNS = """
    import json
    import sys
    from pathlib import Path

    PLACE = Path("runs/last.json")

    def write(record):
        kept = {name: record[name] for name in ("model", "rows", "refused")}
        PLACE.write_text(json.dumps(kept))

    def main():
        last = json.loads(PLACE.read_text())
        if last["refused"] > 5:
            sys.exit("too many rows were refused")

    if __name__ == "__main__":
        main()
"""
BATCH: Tree = {
    "Makefile": "score:\n\tpython -m app.score\n\nmonitor:\n\tpython -m app.runs\n",
    "app/__init__.py": "",
    "app/score.py": SCORE,
    "app/runs.py": RUNS,
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "MO010",
            ONLINE,
            required_only={"app/service.py": BARE},
            not_reached={
                "app/service.py": BARE,
                "app/metrics.py": SERVICE.replace("app = FastAPI()", "").replace("@app", "# @app"),
            },
            nobody_reads={"app/service.py": SERVICE.replace("Response(generate_latest())", "Response()")},
        ),
        *rows(
            "MO011",
            ONLINE,
            name_only={"monitoring/alerts.yml": ALERTS.replace("http_requests_in_flight > 30", "up == 0")},
            nobody_told={"monitoring/alerts.yml": ALERTS.replace(", receiver: team", "")},
            in_a_comment={"monitoring/alerts.yml": "groups: []  # latency errors saturation\n"},
        ),
        *rows(
            "MO012",
            ONLINE,
            of_another={"monitoring/dashboard.json": board("rate(checkout_orders_total[5m])")},
            empty={"monitoring/dashboard.json": board("")},
            no_metrics={"app/service.py": BARE},
        ),
        *rows(
            "MO013",
            {
                "alerts.yml": """
                    groups:
                      - name: slo
                        rules:
                          - record: slo:errors:ratio_1h
                            expr: sum(rate(errors_total[1h])) / sum(rate(http_requests_total[1h]))
                          - alert: BudgetBurns
                            expr: slo:errors:ratio_1h > 14.4 * (1 - 0.999)
                            labels: {severity: critical}
                """
            },
            fixed_limit={"alerts.yml": ALERTS},
            name_only={
                "alerts.yml": "groups:\n  - name: slo\n    rules:\n      - {alert: SloBurnRate, "
                "expr: up == 0}\n"
            },
        ),
        *rows(
            "MO014",
            BATCH,
            nobody_reads={"Makefile": "score:\n\tpython -m app.score\n\nmonitor:\n\techo all is well\n"},
            never_fails={
                "app/runs.py": RUNS.replace('sys.exit("too many rows were refused")', "last = None")
            },
            no_record={
                "app/score.py": SCORE.replace(
                    'write({"model": "churn 3", "rows": len(rows), "refused": 0})', "rows = []"
                )
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)
