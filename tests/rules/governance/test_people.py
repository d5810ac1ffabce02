"""Fairness, explanations, risks, roles: GO020, GO100 to GO112, GO120 to GO122, GO150."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict

FAIR = """
    import json
    from fairlearn.metrics import demographic_parity_difference

    def main():
        value = demographic_parity_difference([0, 1], [0, 1], sensitive_features=["a", "b"])
        json.dump({"demographic_parity_difference": value}, open("reports/fairness.json", "w"))

    if __name__ == "__main__":
        main()
"""
PIPELINE = """
    stages:
      fairness:
        cmd: python -m app.fairness
        metrics: [reports/fairness.json]
      explain:
        cmd: python -m app.explain
        outs: [reports/shap.json]
"""
EXPLAIN = """
    import shap

    def main():
        shap.Explainer(None)(None)

    if __name__ == "__main__":
        main()
"""
REGISTER = """
    import mlflow

    def main():
        mlflow.log_artifact("reports/shap.json")
        mlflow.register_model("runs:/1/model", "churn")

    if __name__ == "__main__":
        main()
"""
MANIFEST = """
    schema: 1
    owners:
      - {name: Ana Souza, email: ana@corp.test, role: data scientist}
      - {name: Rui Lima, email: rui@corp.test, role: engineer}
      - {name: Eva Reis, email: eva@corp.test, role: operations}
      - {name: Ivo Paz, email: ivo@corp.test, role: business owner}
    fairness: {protected_attributes: [sex, age]}
    explainability: {method: shap}
    risk: {tier: limited, rationale: it only ranks who is called first}
    models:
      churn:
        asset_id: urn:churn
        thresholds:
          demographic_parity_difference: {max: 0.1}
"""
PEOPLE: Tree = {
    "mlascent.yaml": MANIFEST,
    "dvc.yaml": PIPELINE,
    "app/__init__.py": "",
    "app/fairness.py": FAIR,
    "app/explain.py": EXPLAIN,
    "app/register.py": REGISTER,
    "alerts.yml": "groups:\n  - name: fair\n    rules:\n      - {alert: Unfair, expr: "
    "demographic_parity_difference > 0.1}\n",
    "pipelines/sources.yaml": "sources:\n  - {name: contracts, urn: 'urn:contracts'}\n",
    "docs/risks.yaml": """
        risks:
          - risk: stale prices
            likelihood: low
            impact: high
            control: DE080
            owner: Ana
            residual: low
            review: "2026-06-01"
    """,
}
SERVICE = """
    import shap
    from fastapi import FastAPI

    app = FastAPI()

    @app.post("/explain")
    def explain():
        return shap.Explainer(None)(None)
"""
RISK = str(PEOPLE["docs/risks.yaml"])


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO020",
            PEOPLE,
            one_missing={"mlascent.yaml": MANIFEST.replace("role: operations", "role: engineer")},
            example={"mlascent.yaml": MANIFEST.replace("Ivo Paz", "Your name")},
        ),
        *rows(
            "GO100",
            PEOPLE,
            empty={"mlascent.yaml": MANIFEST.replace("[sex, age]", "[]")},
            no_reason={"mlascent.yaml": MANIFEST.replace("protected_attributes: [sex, age]", "reason: none")},
        ),
        *rows(
            "GO101",
            PEOPLE,
            kept_nowhere={
                "dvc.yaml": PIPELINE.replace(
                    "metrics: [reports/fairness.json]", "outs: [reports/fairness.json]"
                )
            },
            no_stage={"dvc.yaml": PIPELINE.replace("python -m app.fairness", "echo fair")},
        ),
        *rows(
            "GO102",
            PEOPLE,
            gate_only={"alerts.yml": "groups: []\n"},
            monitor_only={"mlascent.yaml": MANIFEST.replace("demographic_parity_difference", "roc_auc")},
        ),
        *rows(
            "GO110",
            PEOPLE,
            no_such_method={"mlascent.yaml": MANIFEST.replace("method: shap", "method: magic")},
            not_chosen={"mlascent.yaml": MANIFEST.replace("method: shap", "method: TODO")},
        ),
        *rows(
            "GO111",
            PEOPLE,
            not_attached={
                "app/register.py": REGISTER.replace('        mlflow.log_artifact("reports/shap.json")\n', "")
            },
            no_stage={"dvc.yaml": PIPELINE.replace("python -m app.explain", "echo explained")},
        ),
        *rows(
            "GO112",
            {**PEOPLE, "Makefile": "serve:\n\tuvicorn app.service:app\n", "app/service.py": SERVICE},
            global_only={
                "app/service.py": SERVICE.replace("shap.Explainer(None)(None)", "{}").replace(
                    "import shap", ""
                )
            },
            not_reached={"app/service.py": SERVICE.replace("shap.Explainer(None)(None)", "{}")},
        ),
        *rows(
            "GO120",
            PEOPLE,
            no_tier={"mlascent.yaml": MANIFEST.replace("tier: limited", "tier: fine")},
            no_reason={"mlascent.yaml": MANIFEST.replace("it only ranks who is called first", "because")},
        ),
        *rows(
            "GO121",
            PEOPLE,
            no_owner={"docs/risks.yaml": RISK.replace("owner: Ana", "owner: TBD")},
            empty={"docs/risks.yaml": "risks: []\n"},
        ),
        *rows(
            "GO122",
            PEOPLE,
            overdue={"docs/risks.yaml": RISK.replace("2026-06-01", "2025-06-01")},
            no_control={"docs/risks.yaml": RISK.replace("control: DE080", "control: we are careful")},
        ),
        *rows(
            "GO150",
            PEOPLE,
            model_without={"mlascent.yaml": MANIFEST.replace("asset_id: urn:churn", "asset_id: TODO")},
            data_without={"pipelines/sources.yaml": "sources:\n  - {name: contracts}\n"},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_who_worked_on_it_needs_a_snapshot(tmp_path: Path) -> None:
    assert verdict(tmp_path, "GO021", PEOPLE).outcome is Outcome.UNKNOWN
    two, one = ([{"role": role} for role in roles] for roles in (("science", "engineering"), ("science",)))
    assert verdict(tmp_path, "GO021", PEOPLE, {"contributors": two}).outcome is Outcome.PASS
    assert verdict(tmp_path, "GO021", PEOPLE, {"contributors": one}).outcome is Outcome.FAIL
