"""Capture, performance, drift, the decision to retrain, feedback: MO020 to MO043, MO050 to MO052, "
"MO070 to MO082."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict

CRON = """
    on:
      schedule:
        - cron: "0 5 * * *"
    jobs:
      watch:
        runs-on: ubuntu-latest
        steps:
          - run: python -m app.{module}
"""
LINT = CRON.replace("python -m app.{module}", "ruff check")
SERVICE = """
    import datetime
    import uuid
    import yaml
    from fastapi import FastAPI
    from app import log

    app = FastAPI()
    CAPTURE = yaml.safe_load(open("monitoring/capture.yaml"))

    @app.post("/predict")
    def predict(row: dict):
        answer = 1
        log.keep(row, answer)
        return answer
"""
LOG = """
    import datetime
    import hashlib
    import json
    import uuid

    def masked(row):
        return {"email": hashlib.sha256(row["email"].encode()).hexdigest()}

    def keep(row, answer):
        with open("log.jsonl", "a") as file:
            record = {
                "prediction_id": str(uuid.uuid4()),
                "model_version": "3",
                "timestamp": datetime.datetime.now().isoformat(),
                "inputs": masked(row),
                "prediction": answer,
            }
            file.write(json.dumps(record))
"""
CAPTURED: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "app/log.py": LOG,
    "monitoring/capture.yaml": "capture:\n  sampling: 0.2\n  retention_days: 90\n",
    "mlascent.yaml": "schema: 1\nprivacy:\n  fields:\n    email: {category: contact}\n",
}
QUALITY = """
    import sys
    import pandas
    import yaml
    from sklearn.metrics import roc_auc_score

    def main():
        policy = yaml.safe_load(open("monitoring/policy.yaml"))
        labelled = pandas.read_csv("production/outcomes.csv")
        value = roc_auc_score(labelled["actual"], labelled["predicted"])
        if value < policy["threshold"]:
            sys.exit("roc_auc is below its limit")

    if __name__ == "__main__":
        main()
"""
WATCHED: Tree = {
    ".github/workflows/watch.yml": CRON.format(module="quality"),
    "app/__init__.py": "",
    "app/quality.py": QUALITY,
    "reports/metrics.json": '{"roc_auc": 0.9}',
    "monitoring/policy.yaml": """
        retraining:
          triggers: {performance: 0.8, schedule: "0 4 * * 1", drift: psi}
          threshold: 0.8
          cooldown_days: 7
          max_per_week: 1
          approval: true
        labels: {source: billing, delay_days: 30, key: customer_id, proxy: share of refusals}
        training: {mode: offline}
    """,
}
DRIFT = """
    import sys
    import yaml
    import pandas
    from scipy.stats import ks_2samp

    def main():
        config = yaml.safe_load(open("monitoring/drift.yaml"))
        captured = pandas.read_csv("predictions/log.csv")
        reference = pandas.read_csv("data/train.csv")
        found = {name: ks_2samp(captured[name], reference[name]).pvalue for name in config["features"]}
        pandas.Series(found).to_json("reports/drift.json")
        if min(found.values()) < 0.01:
            sys.exit("drift")

    if __name__ == "__main__":
        main()
"""
DRIFTING: Tree = {
    ".github/workflows/drift.yml": CRON.format(module="drift"),
    "app/__init__.py": "",
    "app/drift.py": DRIFT,
    "monitoring/drift.yaml": """
        drift:
          reference: data/train.csv@v3
          features:
            tenure: {test: ks, threshold: 0.01}
            price: {test: ks, threshold: 0.01}
        retraining: {triggers: [data drift]}
    """,
}
EVENT = """
    on: [repository_dispatch]
    jobs:
      retrain:
        runs-on: ubuntu-latest
        steps:
          - run: python -m app.retrain
"""
RETRAIN = """
    import mlflow
    from sklearn.linear_model import LogisticRegression

    def gate(model):
        if model.score([[0]], [0]) < 0.8:
            raise ValueError("refused")

    def main():
        model = LogisticRegression().fit([[0], [1]], [0, 1])
        gate(model)
        mlflow.register_model("runs:/1/model", "churn")

    if __name__ == "__main__":
        main()
"""
LOOP: Tree = {
    ".github/workflows/retrain.yml": EVENT,
    "app/__init__.py": "",
    "app/retrain.py": RETRAIN,
    "monitoring/alertmanager.yml": "receivers:\n  - name: retrain\n    webhook_configs:\n      - "
    "{url: 'http://relay/dispatches'}\n",
    "reports/retrain.json": '{"trigger": "event", "at": "2026-01-02T03:04:05Z"}',
}
JOIN = """
    import pandas

    def main():
        outcomes = pandas.read_csv("billing/outcomes.csv")
        predictions = pandas.read_csv("predictions/log.csv")
        predictions.merge(outcomes, on="customer_id").to_csv("data/labelled.csv")

    if __name__ == "__main__":
        main()
"""
FEEDBACK: Tree = {
    ".github/workflows/labels.yml": CRON.format(module="labels"),
    "app/__init__.py": "",
    "app/labels.py": JOIN,
    "data/labelled.csv.dvc": "outs:\n  - md5: d41d8cd98f00b204e9800998ecf8427e\n    path: labelled.csv\n",
    "dvc.yaml": "stages:\n  train:\n    cmd: python -m app.train\n    deps: [data/labelled.csv]\n   "
    " outs: [model.bin]\n",
    "app/train.py": "from sklearn.svm import SVC\n\nSVC().fit([[0], [1]], [0, 1])\n",
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "MO020",
            CAPTURED,
            no_end={"monitoring/capture.yaml": "capture:\n  sampling: 0.2\n"},
            nobody_reads={"app/service.py": SERVICE.replace("monitoring/capture.yaml", "other.yaml")},
        ),
        *rows(
            "MO021",
            CAPTURED,
            no_key={"app/log.py": LOG.replace('"prediction_id": str(uuid.uuid4()),', "")},
            never_called={"app/service.py": SERVICE.replace("        log.keep(row, answer)\n", "")},
        ),
        *rows(
            "MO022",
            CAPTURED,
            in_the_clear={"app/log.py": LOG.replace('"inputs": masked(row)', '"inputs": row')},
            for_ever={"monitoring/capture.yaml": "capture:\n  sampling: 0.2\n"},
        ),
        *rows(
            "MO030",
            WATCHED,
            another_metric={"reports/metrics.json": '{"rmse": 0.9}'},
            lints={".github/workflows/watch.yml": LINT},
        ),
        *rows(
            "MO031",
            WATCHED,
            lints={".github/workflows/watch.yml": LINT},
            no_limit={
                "app/quality.py": QUALITY.replace(
                    '        if value < policy["threshold"]:\n            sys.exit("roc_auc is '
                    'below its limit")\n',
                    "        print(value)\n",
                )
            },
            by_hand={
                ".github/workflows/watch.yml": CRON.format(module="quality")
                .replace("schedule:", "workflow_dispatch:")
                .replace('        - cron: "0 5 * * *"\n', "")
            },
        ),
        *rows(
            "MO032",
            WATCHED,
            no_proxy={"monitoring/policy.yaml": "labels: {delay_days: 30}\n"},
            nobody_reads={"app/quality.py": QUALITY.replace("monitoring/policy.yaml", "other.yaml")},
        ),
        *rows(
            "MO040",
            DRIFTING,
            newest={
                "monitoring/drift.yaml": str(DRIFTING["monitoring/drift.yaml"]).replace(
                    "data/train.csv@v3", "latest"
                )
            },
            no_test={
                "monitoring/drift.yaml": str(DRIFTING["monitoring/drift.yaml"]).replace(
                    "{test: ks, threshold: 0.01}", "{}"
                )
            },
            nobody_reads={"app/drift.py": DRIFT.replace("monitoring/drift.yaml", "other.yaml")},
        ),
        *rows(
            "MO041",
            DRIFTING,
            lints={".github/workflows/drift.yml": LINT},
            no_report={
                "app/drift.py": DRIFT.replace('pandas.Series(found).to_json("reports/drift.json")', "pass")
            },
            nobody_told={"app/drift.py": DRIFT.replace('sys.exit("drift")', "found.clear()")},
        ),
        *rows(
            "MO042",
            DRIFTING,
            last_week={"app/drift.py": DRIFT.replace("data/train.csv", "data/last_week.csv")},
            lints={".github/workflows/drift.yml": LINT},
        ),
        *rows(
            "MO043",
            DRIFTING,
            schedule_only={"monitoring/drift.yaml": "drift: {}\nretraining: {triggers: [schedule]}\n"},
            nobody_reads={"app/drift.py": DRIFT.replace("monitoring/drift.yaml", "other.yaml")},
        ),
        *rows(
            "MO050",
            WATCHED,
            by_hand={"monitoring/policy.yaml": "retraining:\n  triggers: [manual]\n"},
            nobody_reads={"app/quality.py": QUALITY.replace("monitoring/policy.yaml", "other.yaml")},
        ),
        *rows(
            "MO051",
            WATCHED,
            second_copy={
                "app/quality.py": QUALITY.replace(
                    'yaml.safe_load(open("monitoring/policy.yaml"))', '{"threshold": 0.8}'
                ),
                "app/other.py": 'PLACE = "monitoring/policy.yaml"\n',
            },
            lints={".github/workflows/watch.yml": LINT},
        ),
        *rows(
            "MO052",
            WATCHED,
            no_brake={
                "monitoring/policy.yaml": "retraining:\n  triggers: [performance]\n  cooldown_days: 7\n"
            },
            nothing={"monitoring/policy.yaml": "retraining:\n  triggers: [performance]\n"},
        ),
        *rows(
            "MO070",
            LOOP,
            tests_only={".github/workflows/retrain.yml": EVENT.replace("python -m app.retrain", "pytest")},
            no_gate={
                "app/retrain.py": RETRAIN.replace("        gate(model)\n", "").replace(
                    "def gate", "def other"
                )
            },
            nobody_sends={"monitoring/alertmanager.yml": "receivers: []\n"},
        ),
        *rows(
            "MO071",
            WATCHED,
            unguarded={"monitoring/policy.yaml": "training: {mode: online, interval: 1h}\n"},
            not_said={"monitoring/policy.yaml": "training: {}\n"},
        ),
        *rows(
            "MO080",
            WATCHED,
            no_key={"monitoring/policy.yaml": "labels: {source: billing, delay_days: 30}\n"},
            nobody_reads={"app/quality.py": QUALITY.replace("monitoring/policy.yaml", "other.yaml")},
        ),
        *rows(
            "MO081",
            FEEDBACK,
            nobody_trains={
                "dvc.yaml": str(FEEDBACK["dvc.yaml"]).replace("data/labelled.csv", "data/old.csv")
            },
            not_versioned={"data/labelled.csv.dvc": None, "dvc.yaml": "stages: {}\n"},
            lints={".github/workflows/labels.yml": LINT},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_what_only_a_history_shows(tmp_path: Path) -> None:
    assert verdict(tmp_path, "MO033", WATCHED).outcome is Outcome.UNKNOWN
    fresh, old = ({"monitoring": {"age_hours": hours, "cadence_hours": 24}} for hours in (20, 60))
    assert verdict(tmp_path, "MO033", WATCHED, fresh).outcome is Outcome.PASS
    assert verdict(tmp_path, "MO033", WATCHED, old).outcome is Outcome.FAIL
    assert verdict(tmp_path, "MO072", LOOP).outcome is Outcome.PASS
    bare = {**LOOP, "reports/retrain.json": '{"trigger": "manual", "at": "2026-01-02"}'}
    assert verdict(tmp_path, "MO072", bare).outcome is Outcome.UNKNOWN
    assert verdict(tmp_path, "MO072", bare, {"runs": [{"trigger": "schedule"}]}).outcome is Outcome.FAIL
