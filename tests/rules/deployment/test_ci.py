"""DP001 to DP004, DP020 to DP023, DP170."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import (
    DOCKERFILE,
    SERVE,
    SERVICE,
    Case,
    changed,
    github,
    hosted,
    judge,
    table,
    without,
)

PYTEST = {**SERVICE, **github("pytest")}
BUILD = {**SERVICE, **github("docker build -t churn .")}
IGNORED = {**SERVICE, ".dockerignore": ".git\n.env*\ndata/\n"}
ALL = changed(IGNORED, "Dockerfile", "COPY src src", "COPY . .")
RELEASE = github(
    "docker build -t r/churn .",
    "trivy image --exit-code 1 r/churn",
    "docker push r/churn",
    "docker inspect --format '{{index .RepoDigests 0}}' r/churn > digest.txt",
    on="push:|  tags: ['v*']",
)
COMPOSE = """
services:
  api:
    image: r/churn:1.2.0
    healthcheck:
      test: [CMD, curl, --fail, http://localhost:8000/health]
"""
RUNS = [{"branch": "main", "conclusion": "success", "finished_at": "2026-01-10T04:00:00Z"}]

CASES = [
    *table(
        "DP001",
        github("pytest"),
        broken={".github/workflows/ci.yml": "on: [push\njobs: {"},
        no_jobs={".github/workflows/ci.yml": "on: push\njobs: {}\n"},
        elsewhere={"ci/workflow.yml": github("pytest")[".github/workflows/ci.yml"]},
    ),
    *table(
        "DP002",
        PYTEST,
        only_main={**SERVICE, **github("pytest", on="push:|  branches: [main]")},
        ignored={**SERVICE, **github("pytest || true")},
        disabled={**SERVICE, **github("pytest", job="if: false")},
        comment={**SERVICE, **github("echo done # pytest")},
        one_of_three={
            **SERVICE,
            "tests/test_a.py": "def test_a():\n    assert 1\n",
            "tests/test_b.py": "def test_b():\n    assert 1\n",
            **github("pytest tests/test_a.py"),
        },
        collects={**SERVICE, **github("pytest --collect-only")},
        asserts_nothing=changed(
            PYTEST, "tests/test_serve.py", 'assert answer.json()["label"] in (0, 1)', "print(answer)"
        ),
    ),
    *table(
        "DP003",
        BUILD,
        no_build=PYTEST,
        commented={**SERVICE, **github("echo '# docker build .'")},
        package_alone={**SERVICE, **github("python -m build")},
    ),
    hosted("DP004", Outcome.UNKNOWN, "no-snapshot"),
    hosted("DP004", Outcome.PASS, "recent", runs=RUNS),
    hosted("DP004", Outcome.FAIL, "old", runs=[RUNS[0] | {"finished_at": "2025-06-10T04:00:00Z"}]),
    hosted("DP004", Outcome.FAIL, "red", runs=[RUNS[0] | {"conclusion": "failure"}]),
    *table(
        "DP020",
        SERVICE,
        none=without(SERVICE, "Dockerfile"),
        sleeps=changed(
            SERVICE, "Dockerfile", 'CMD ["uvicorn", "churn.serve:app", "--host", "0.0.0.0"]', "CMD sleep 9"
        ),
        no_such_app=changed(SERVICE, "Dockerfile", "churn.serve:app", "churn.nowhere:app"),
        missing=changed(SERVICE, "Dockerfile", "COPY pyproject.toml ./", "COPY requirements.txt app.py ./"),
    ),
    *table(
        "DP021",
        BUILD,
        never_built=SERVICE,
        root=changed(BUILD, "Dockerfile", "USER 10001\n", ""),
        latest=changed(BUILD, "Dockerfile", "python:3.12-slim", "python:latest"),
        idle=changed(
            BUILD,
            "Dockerfile",
            'HEALTHCHECK CMD ["curl", "--fail", "http://127.0.0.1:8000/health"]',
            "HEALTHCHECK CMD exit 0",
        ),
    ),
    *table(
        "DP022",
        ALL,
        no_ignore=without(ALL, ".dockerignore"),
        undone={**ALL, ".dockerignore": ".git\n.env*\ndata/\n!data\n"},
        elsewhere={**without(ALL, ".dockerignore"), "docs/.dockerignore": ".git\n.env\ndata/\n"},
    ),
    *table(
        "DP023",
        {**SERVICE, **RELEASE},
        toothless=changed(
            {**SERVICE, **RELEASE}, ".github/workflows/ci.yml", "--exit-code 1", "--exit-code 0"
        ),
        no_digest=changed(
            {**SERVICE, **RELEASE},
            ".github/workflows/ci.yml",
            "docker inspect --format '{{index .RepoDigests 0}}' r/churn > digest.txt",
            "echo pushed",
        ),
        no_push=changed(
            {**SERVICE, **RELEASE}, ".github/workflows/ci.yml", "docker push r/churn", "echo push"
        ),
    ),
    hosted("DP170", Outcome.NOT_APPLICABLE, "none", SERVICE),
    *table(
        "DP170",
        {"compose.yaml": COMPOSE},
        asked_for={**SERVICE, ".copier-answers.yml": "level: 1\nwith: [compose-stack]\n"},
        idle={"compose.yaml": COMPOSE.replace("[CMD, curl, --fail, http://localhost:8000/health]", "exit 0")},
        moving={"compose.yaml": COMPOSE.replace(":1.2.0", ":latest")},
        unchecked={"compose.yaml": COMPOSE.partition("    healthcheck")[0]},
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


def test_batch_needs_no_health_check(tmp_path: Path) -> None:
    """An image that scores a table answers nobody."""
    score = SERVE.partition("from fastapi")[0] + (
        "import sys\n\n\ndef main():\n    model = joblib.load('models/model.joblib')\n"
        "    frame = pd.read_csv(sys.argv[1])\n    frame['label'] = model.predict(frame)\n"
        "    frame.to_csv('out.csv')\n\n\nif __name__ == '__main__':\n    main()\n"
    )
    batch = DOCKERFILE.replace('HEALTHCHECK CMD ["curl", "--fail", "http://127.0.0.1:8000/health"]\n', "")
    batch = batch.replace(
        'CMD ["uvicorn", "churn.serve:app", "--host", "0.0.0.0"]', 'CMD ["python", "-m", "churn.score"]'
    )
    tree = without(BUILD, "src/churn/serve.py", "tests/test_serve.py")
    tree |= {"Dockerfile": batch, "src/churn/score.py": score}
    judge(Case("DP021", "batch", tree, Outcome.PASS), tmp_path)
