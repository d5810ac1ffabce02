"""Small repositories that deploy, and what turns them into theatre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mlascent.facts import Facts
from mlascent.rules import load
from mlascent.rules.model import Outcome

from tests.rules.support import DAY, write

Tree = dict[str, str]

TRAIN = """
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression


def train():
    frame = pd.read_csv("data/train.csv")
    model = LogisticRegression().fit(frame[["age"]], frame["label"])
    joblib.dump(model, "models/model.joblib")


if __name__ == "__main__":
    train()
"""

SERVE = """
import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(title="churn")
MODEL = joblib.load("models/model.joblib")


class Row(BaseModel):
    age: float


class Answer(BaseModel):
    label: int


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/version")
def version():
    return {"version": "3"}


@app.post("/predict", response_model=Answer)
def predict(row: Row) -> Answer:
    return Answer(label=int(MODEL.predict(pd.DataFrame([row.model_dump()]))[0]))
"""

TEST_SERVE = """
from fastapi.testclient import TestClient

from churn.serve import app


def test_predict():
    answer = TestClient(app).post("/predict", json={"age": 3.0})
    assert answer.json()["label"] in (0, 1)
"""

DOCKERFILE = """
FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml ./
COPY src src
RUN pip install .
USER 10001
HEALTHCHECK CMD ["curl", "--fail", "http://127.0.0.1:8000/health"]
CMD ["uvicorn", "churn.serve:app", "--host", "0.0.0.0"]
"""

PYPROJECT = """
[project]
name = "churn"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["pandas>=2", "scikit-learn>=1.4"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

#: A package with a service, its image and a test.
SERVICE: Tree = {
    "pyproject.toml": PYPROJECT,
    "Dockerfile": DOCKERFILE,
    "src/churn/__init__.py": "",
    "src/churn/train.py": TRAIN,
    "src/churn/serve.py": SERVE,
    "tests/test_serve.py": TEST_SERVE,
}


def github(*runs: str, on: str = "pull_request:", job: str = "", name: str = "ci") -> Tree:
    """A workflow of one job: its commands, what starts it, and further lines of the job or of a step."""
    steps = "\n".join(f"      - run: {run}" for run in runs)
    head = "\n".join(f"  {line}" for line in on.split("|"))
    extra = "".join(f"    {line}\n" for line in job.split("|") if line)
    text = f"name: {name}\non:\n{head}\njobs:\n  {name}:\n    runs-on: ubuntu-latest\n{extra}    steps:\n"
    return {f".github/workflows/{name}.yml": f"{text}      - uses: actions/checkout@v4\n{steps}\n"}


@dataclass(frozen=True)
class Case:
    """A rule, a repository, and what the rule should say of it."""

    rule: str
    name: str
    tree: Mapping[str, str]
    outcome: Outcome
    host: Mapping[str, Any] = field(default_factory=dict)
    day: date = DAY


def table(rule: str, good: Mapping[str, str], **bad: Mapping[str, str]) -> Iterator[Any]:
    """A true repository and theatre versions of it, as parameters of a test."""
    yield pytest.param(Case(rule, "true", good, Outcome.PASS), id=f"{rule}-true")
    for name, tree in bad.items():
        yield pytest.param(Case(rule, name, tree, Outcome.FAIL), id=f"{rule}-{name}")


def hosted(rule: str, outcome: Outcome, name: str, tree: Mapping[str, str] | None = None, **host: Any) -> Any:
    """A repository with a snapshot of its host."""
    return pytest.param(Case(rule, name, tree or {"README.md": "x\n"}, outcome, host), id=f"{rule}-{name}")


def without(tree: Mapping[str, str], *paths: str) -> Tree:
    """A tree less some files."""
    return {path: text for path, text in tree.items() if path not in paths}


def changed(tree: Mapping[str, str], path: str, old: str, new: str) -> Tree:
    """A tree with one text replaced in a file."""
    assert old in tree[path], f"{old!r} is not in {path}"
    return {**tree, path: tree[path].replace(old, new)}


def judge(case: Case, root: Path) -> None:
    """Hold a rule against its case."""
    seen = Facts.of(write(root, case.tree), case.day)
    seen.host.update(case.host)
    verdict = load()[case.rule](seen)
    assert verdict.outcome is case.outcome, verdict
    assert verdict.said.endswith("."), verdict.said
    for evidence in verdict.evidence:
        assert evidence.path in case.tree, evidence
