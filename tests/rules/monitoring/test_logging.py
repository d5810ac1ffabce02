"""Structured logging: MO001 to MO003."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows

TRAIN = """
    from sklearn.linear_model import LogisticRegression
    from app import logs

    def main():
        logs.configure()
        LogisticRegression().fit([[0], [1]], [0, 1])

    if __name__ == "__main__":
        main()
"""
LOGS = """
    import logging
    from pythonjsonlogger.json import JsonFormatter

    def configure():
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logging.basicConfig(handlers=[handler])
"""
JOB: Tree = {
    "Makefile": "train:\n\tpython -m app.train\n",
    "app/__init__.py": "",
    "app/train.py": TRAIN,
    "app/logs.py": LOGS,
}
SERVICE = """
    import logging
    from contextvars import ContextVar
    from fastapi import FastAPI, Request
    from app import model

    LOG = logging.getLogger(__name__)
    ID = ContextVar("id")
    app = FastAPI()

    @app.post("/predict")
    def predict(request: Request):
        answer = model.predict(request)
        LOG.info("request", extra={"request_id": ID.get(), "model_version": model.VERSION})
        return answer
"""
ONLINE: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "app/model.py": 'VERSION = "3"\n\ndef predict(request):\n    return 1\n',
    "mlascent.yaml": "schema: 1\nprivacy:\n  fields:\n    email: {category: contact}\n",
}
BATCH: Tree = {
    "Makefile": "score:\n\tpython -m app.score\n",
    "app/__init__.py": "",
    "app/score.py": """
        import json
        import joblib
        from pathlib import Path

        def main():
            model = joblib.load("model.joblib")
            rows = model.predict([[1]])
            record = {"model_version": "3", "started": "now", "rows": len(rows)}
            Path("record.json").write_text(json.dumps(record))

        if __name__ == "__main__":
            main()
    """,
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "MO001",
            JOB,
            never_called={"app/train.py": TRAIN.replace("        logs.configure()\n", "")},
            no_handler={
                "app/logs.py": "from pythonjsonlogger.json import JsonFormatter\n\ndef "
                "configure():\n    JsonFormatter()\n"
            },
            in_a_comment={
                "app/logs.py": "import logging\n\ndef configure():\n    logging.basicConfig()  # "
                "JsonFormatter\n"
            },
            prints={"app/logs.py": LOGS + '        report()\n\n    def report():\n        print("ready")\n'},
        ),
        *rows(
            "MO002",
            ONLINE,
            without_version={
                "app/service.py": SERVICE.replace('"model_version": model.VERSION', '"status": 200')
            },
            in_a_docstring={
                "app/service.py": SERVICE.replace(
                    'extra={"request_id": ID.get(), "model_version": model.VERSION}',
                    "stacklevel=1",
                ).replace("answer =", '"""Logs request_id and model_version."""\n        answer =')
            },
            personal={
                "app/service.py": SERVICE.replace(
                    "return answer", 'LOG.info("from %s", request.json["email"])\n        return answer'
                )
            },
        ),
        *rows(
            "MO002",
            BATCH,
            says_no_model={"app/score.py": str(BATCH["app/score.py"]).replace("model_version", "note")},
        ),
        *rows(
            "MO003",
            {
                "compose.yaml": "services:\n  app: {image: app}\n  promtail: {image: "
                "'grafana/promtail:3.0.0'}\n"
            },
            files_only={
                "compose.yaml": "services:\n  app:\n    image: app\n    logging: {driver: json-file}\n"
            },
            in_a_comment={
                "compose.yaml": "services:\n  app: {image: app}\n  # promtail: {image: grafana/promtail}\n"
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)
