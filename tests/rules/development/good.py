"""A project that does what is asked, in a way of its own; fixtures change one thing in it."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

from mlascent import __version__

#: The newest template: an older one falls behind as releases come.
OURS = f"v{__version__}"

Tree = dict[str, str | bytes]
#: Path → its new text; nothing for a file that is not there.
Change = dict[str, str | bytes | None]


def notebook(*outputs: str) -> str:
    """A notebook of one cell."""
    shown = [{"output_type": "stream", "name": "stdout", "text": [text]} for text in outputs]
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": shown,
        "source": ["1 + 1"],
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


GOOD: Tree = {
    path: text
    if isinstance(text, bytes)
    else dedent(text).lstrip("\n").replace("_commit: RELEASE", f"_commit: {OURS}")
    for path, text in {
        ".copier-answers.yml": """
            _commit: RELEASE
            _src_path: https://example.com/template.git
            level: 2
            platform: local
            package: churn
            task: classification
            """,
        ".gitignore": "/data/\n/models/\n.env\n__pycache__/\n",
        ".python-version": "3.12\n",
        "mlascent.yaml": """
            schema: 1
            owners:
              - {name: Ana Souza, email: ana@acme.org, role: owner}
            problem:
              objective: Keep customers who are about to leave
              users: [call centre]
              baseline: nobody leaves
              constraints: [answers in 200 ms]
              kpi: [roc_auc]
            models:
              churn:
                thresholds:
                  roc_auc: {min: 0.8}
                  better_than_baseline: 0.02
                  latency_ms: {max: 200}
                  size_mb: {max: 50}
                  slices: {min: 0.7}
            """,
        "params.yaml": """
            seed: 7
            split: {validation: 0.1, test: 0.2}
            data: {target: churned}
            evaluation: {slices: [region]}
            model: {max_depth: 3}
            """,
        "pyproject.toml": """
            [project]
            name = "churn"
            version = "1"
            requires-python = ">=3.11,<3.14"
            dependencies = [
              "pandas>=2,<3", "scikit-learn==1.5.0", "mlflow>=2", "fastapi", "pandera", "optuna"
            ]

            [dependency-groups]
            dev = ["pytest>=8", "pytest-cov", "ruff", "mypy"]

            [build-system]
            requires = ["hatchling"]
            build-backend = "hatchling.build"

            [tool.ruff]
            line-length = 100

            [tool.mypy]
            strict = true

            [tool.pytest.ini_options]
            addopts = "--cov=churn --cov-fail-under=80"
            """,
        "uv.lock": "version = 1\n"
        + "".join(
            f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n'
            for name, version in {
                "churn": "1",
                "fastapi": "0.115.0",
                "mlflow": "2.20.1",
                "mypy": "1.13.0",
                "optuna": "4.1.0",
                "pandas": "2.2.3",
                "pandera": "0.21.0",
                "pytest": "8.3.4",
                "pytest-cov": "6.0.0",
                "ruff": "0.8.4",
                "scikit-learn": "1.5.0",
            }.items()
        ),
        ".pre-commit-config.yaml": """
            repos:
              - repo: https://github.com/kynan/nbstripout
                rev: 0.8.1
                hooks:
                  - id: nbstripout
            """,
        "Makefile": """
            train:
            \tuv run dvc repro

            test:
            \tuv run pytest

            lint:
            \tuv run ruff check src
            \tuv run mypy src

            tune:
            \tuv run python -m churn.tune

            register:
            \tuv run python -m churn.register

            serve:
            \tuv run uvicorn churn.api:app
            """,
        "dvc.yaml": """
            stages:
              ingest:
                cmd: uv run python -m churn.ingest
                deps: [sources.yaml, src/churn/ingest.py]
                outs: [data/raw.csv]
              validate:
                cmd: uv run python -m churn.validate
                deps: [data/raw.csv]
                outs: [data/valid.csv]
              prepare:
                cmd: uv run python -m churn.prepare
                deps: [data/valid.csv]
                params: [seed, split]
                outs: [data/train.csv, data/validation.csv, data/test.csv]
              train:
                cmd: uv run python -m churn.train
                deps: [data/train.csv, data/validation.csv]
                params: [seed, model]
                outs: [models/model.joblib]
              evaluate:
                cmd: uv run python -m churn.evaluate
                deps: [data/test.csv, models/model.joblib]
                params: [evaluation]
                metrics: [{metrics.json: {cache: false}}]
            """,
        ".dvc/config": "[core]\n    remote = team\n['remote \"team\"']\n    url = s3://acme-data/churn\n",
        "dvc.lock": "schema: '2.0'\nstages:\n"
        + "".join(
            f"  {stage}:\n    cmd: x\n    outs:\n"
            + "".join(
                f"    - path: {out}\n      hash: md5\n      md5: {'a' * 32}\n      size: 1\n" for out in outs
            )
            for stage, outs in {
                "ingest": ["data/raw.csv"],
                "validate": ["data/valid.csv"],
                "prepare": ["data/train.csv", "data/validation.csv", "data/test.csv"],
                "train": ["models/model.joblib"],
                "evaluate": ["metrics.json"],
            }.items()
        ),
        "sources.yaml": """
            sources:
              - name: warehouse
                kind: sql
                owner: Data Platform
                licence: internal
                refresh: daily
                personal_data: true
            """,
        "notebooks/explore.ipynb": notebook(),
        "src/churn/__init__.py": "",
        "src/churn/settings.py": """
            import yaml

            def load():
                with open("params.yaml") as file:
                    return yaml.safe_load(file)
            """,
        "src/churn/ingest.py": """
            import os
            import pandas as pd
            import sqlalchemy

            def main():
                engine = sqlalchemy.create_engine(os.environ["WAREHOUSE_URL"])
                pd.read_sql("select * from customers", engine).to_csv("data/raw.csv")

            if __name__ == "__main__":
                main()
            """,
        "src/churn/schema.py": """
            import pandera as pa

            SCHEMA = pa.DataFrameSchema({
                "age": pa.Column(int, pa.Check.in_range(0, 120)),
                "region": pa.Column(str, pa.Check.isin(["n", "s"])),
                "churned": pa.Column(bool),
            })
            """,
        "src/churn/validate.py": """
            import sys
            import pandas as pd
            from churn.schema import SCHEMA

            def main():
                frame = SCHEMA.validate(pd.read_csv("data/raw.csv"))
                if frame.duplicated().mean() > 0.1:
                    sys.exit("too many duplicates")
                frame.to_csv("data/valid.csv")

            if __name__ == "__main__":
                main()
            """,
        "src/churn/features.py": """
            from sklearn.compose import ColumnTransformer
            from sklearn.preprocessing import StandardScaler

            def build(frame):
                return frame.assign(young=frame["age"] < 30)

            def transformer():
                return ColumnTransformer([("number", StandardScaler(), ["age"])])
            """,
        "src/churn/prepare.py": """
            import pandas as pd
            from sklearn.model_selection import train_test_split
            from churn import settings

            def split(frame, params):
                rest, test = train_test_split(
                    frame, test_size=params["split"]["test"], random_state=params["seed"]
                )
                train, validation = train_test_split(
                    rest, test_size=params["split"]["validation"], random_state=params["seed"]
                )
                return {"train": train, "validation": validation, "test": test}

            def main():
                for name, part in split(pd.read_csv("data/valid.csv"), settings.load()).items():
                    part.to_csv(f"data/{name}.csv")

            if __name__ == "__main__":
                main()
            """,
        "src/churn/tracking.py": """
            import os
            import subprocess
            import mlflow

            def start():
                mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db"))
                return mlflow.start_run()

            def record(params, metrics, digest):
                mlflow.log_params(params)
                mlflow.log_metrics(metrics)
                commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True).stdout
                mlflow.set_tags({"git_commit": commit, "data_sha256": digest})
            """,
        "src/churn/train.py": """
            import hashlib
            import joblib
            import pandas as pd
            from sklearn.ensemble import RandomForestClassifier
            from sklearn.pipeline import Pipeline
            from churn import features, settings, tracking

            def fit(frame, params):
                forest = RandomForestClassifier(random_state=params["seed"], **params["model"])
                pipeline = Pipeline([("features", features.transformer()), ("forest", forest)])
                return pipeline.fit(features.build(frame), frame["churned"])

            def main():
                params, frame = settings.load(), pd.read_csv("data/train.csv")
                with tracking.start():
                    model = fit(frame, params)
                    joblib.dump(model, "models/model.joblib")
                    digest = hashlib.sha256(open("data/train.csv", "rb").read()).hexdigest()
                    tracking.record(params, {"rows": len(frame)}, digest)

            if __name__ == "__main__":
                main()
            """,
        "src/churn/evaluate.py": """
            import json
            import joblib
            import numpy as np
            import pandas as pd
            from sklearn.dummy import DummyClassifier
            from sklearn.metrics import accuracy_score, roc_auc_score
            from churn import features, settings

            def measure(model, frame):
                scores = model.predict_proba(features.build(frame))[:, 1]
                return {
                    "roc_auc": roc_auc_score(frame["churned"], scores),
                    "accuracy": accuracy_score(frame["churned"], scores > 0.5),
                }

            def main():
                params, frame = settings.load(), pd.read_csv("data/test.csv")
                model = joblib.load("models/model.joblib")
                values = measure(model, frame)
                seed = params["seed"]
                draws = [measure(model, frame.sample(frac=1, random_state=seed + n)) for n in range(99)]
                values["roc_auc_low"] = np.percentile([d["roc_auc"] for d in draws], 2.5)
                floor = DummyClassifier().fit(frame, frame["churned"])
                values["baseline_accuracy"] = floor.score(frame, frame["churned"])
                for column in params["evaluation"]["slices"]:
                    for group, part in frame.groupby(column):
                        values[f"{column}_{group}"] = measure(model, part)
                with open("metrics.json", "w") as file:
                    json.dump(values, file)

            if __name__ == "__main__":
                main()
            """,
        "src/churn/tune.py": """
            import mlflow
            import optuna
            import pandas as pd
            from churn import settings, tracking, train

            def score(trial):
                params = settings.load()
                with mlflow.start_run(nested=True):
                    params["model"]["max_depth"] = trial.suggest_int("max_depth", 2, 9)
                    model = train.fit(pd.read_csv("data/train.csv"), params)
                    return model.score(pd.read_csv("data/validation.csv"), None)

            def main():
                with tracking.start():
                    optuna.create_study(sampler=optuna.samplers.TPESampler(seed=settings.load()["seed"])).optimize(score)

            if __name__ == "__main__":
                main()
            """,
        "src/churn/gate.py": """
            class Refused(Exception):
                pass

            def decide(values, limits):
                for name, limit in limits.items():
                    if values[name] < limit["min"]:
                        raise ValueError(f"{name} is too low")
            """,
        "src/churn/register.py": """
            import json
            import mlflow
            import yaml
            from churn import gate

            def register():
                values = json.load(open("metrics.json"))
                gate.decide(values, yaml.safe_load(open("mlascent.yaml"))["models"]["churn"]["thresholds"])
                mlflow.register_model("runs:/1/model", "churn")

            if __name__ == "__main__":
                register()
            """,
        "src/churn/api.py": """
            import joblib
            import pandas as pd
            from fastapi import FastAPI
            from churn import features

            app = FastAPI()
            model = joblib.load("models/model.joblib")

            @app.post("/predict")
            def predict(row: dict):
                return model.predict(features.build(pd.DataFrame([row]))).tolist()
            """,
        "tests/test_data.py": """
            import pandas as pd
            from churn import evaluate, features, ingest, prepare, register
            from churn import settings, tracking, train, validate

            def test_split():
                frame = pd.DataFrame({"age": range(10), "churned": [True, False] * 5})
                parts = prepare.split(features.build(frame), settings.load())
                model = train.fit(parts["train"], settings.load())
                assert len(parts["test"]) == 2
                assert ingest.main and validate.main() is None and evaluate.measure(model, frame)
            """,
        "tests/test_gate.py": """
            import pytest
            from churn import gate

            def test_a_worse_model_is_refused():
                with pytest.raises(ValueError):
                    gate.decide({"roc_auc": 0.1}, {"roc_auc": {"min": 0.8}})
            """,
        "tests/test_api.py": """
            from fastapi.testclient import TestClient
            from churn import api

            def test_predict():
                assert TestClient(api.app).post("/predict", json={"age": 3}).status_code == 200
            """,
        "docs/model-card.md": """
            # Model card

            ## Alternatives considered

            A linear model was two points worse on the validation rows, and gradient boosting no better than
            the forest while it took four times as long to train; the forest stays.
            """,
        "Dockerfile": f"""
            FROM python:3.12-slim@sha256:{"0" * 64} AS build
            COPY pyproject.toml uv.lock ./
            RUN uv sync --locked
            FROM build
            CMD ["uvicorn", "churn.api:app"]
            """,
        ".github/workflows/ci.yml": """
            name: ci
            on:
              pull_request:
              push: {branches: [main]}
            jobs:
              test:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                  - run: uv sync --locked
                  - run: make lint
                  - run: make test
            """,
        ".github/workflows/retrain.yml": """
            name: retrain
            on:
              schedule:
                - cron: "0 4 * * 1"
            jobs:
              train:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                  - run: uv sync --locked
                  - run: uv run dvc pull
                  - run: make train
            """,
    }.items()
}


def change(path: str, *pairs: str) -> Change:
    """One file of the project with texts replaced: old, new, old, new …"""
    text = GOOD[path]
    assert isinstance(text, str)
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text, (path, old)
        text = text.replace(old, new)
    return {path: text}


def gone(*paths: str) -> Change:
    """Files that are not there."""
    return dict.fromkeys(paths)


def tree(changed: Change) -> Tree:
    """The project with changes."""
    whole: Change = {**GOOD, **changed}
    return {path: text for path, text in whole.items() if text is not None}
