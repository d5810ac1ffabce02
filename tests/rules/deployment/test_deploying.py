"""DP010 to DP012, DP040 to DP043, DP061, DP062, DP070 to DP072."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import SERVICE, Case, Tree, changed, github, hosted, judge, table, without

MAKE = """
deploy:
\tkubectl apply -f k8s/churn.yaml --namespace $(ENVIRONMENT)

rollback:
\tkubectl rollout undo deployment/churn
"""
K8S = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: churn}
spec: {template: {spec: {containers: [{name: api, image: "r/churn:1"}]}}}
"""
DEPLOY = {
    **SERVICE,
    "Makefile": MAKE,
    "k8s/churn.yaml": K8S,
    "README.md": "# Churn\n\nTo release, run `make deploy ENVIRONMENT=staging`.\n",
}
RELEASE = {
    **DEPLOY,
    **github("make deploy ENVIRONMENT=production", on="push:", job="environment: production"),
}
ENVIRONMENTS = """
staging: {alias: challenger, approvers: []}
production: {alias: champion, approvers: [ana.lima@acme.io]}
"""
NAMED = {**RELEASE, "deploy/environments.yaml": ENVIRONMENTS}
BUILT = [
    "docker build -t churn .",
    "docker run -d -p 8000:8000 churn",
    "curl --fail --json '{}' http://localhost:8000/predict",
]


def built(*replaced: tuple[str, str]) -> Tree:
    """A job that builds, starts and asks, with some commands changed."""
    changes = dict(replaced)
    return {**SERVICE, **github(*(changes.get(command, command) for command in BUILT))}


SMOKE = """
name: release
on:
  push:
jobs:
  staging:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: kubectl apply -f k8s/churn.yaml --namespace staging
      - run: curl --fail https://staging.acme.io/health
  production:
    runs-on: ubuntu-latest
    environment: production
    needs: staging
    steps:
      - run: kubectl apply -f k8s/churn.yaml --namespace production
"""
SMOKED = {**DEPLOY, ".github/workflows/release.yml": SMOKE}
MOVE = """
import mlflow
import yaml


def promote():
    policy = yaml.safe_load(open("promotion_policy.yaml"))
    run = mlflow.get_run("1")
    if run.data.metrics["auc"] >= policy["metrics"]["auc"]:
        mlflow.MlflowClient().set_registered_model_alias("churn", "champion", "3")


if __name__ == "__main__":
    promote()
"""
POLICY = "metrics: {auc: 0.8}\nfairness: {gap: 0.1}\nsignatures: {required: true}\n"
PROMOTES = {
    **SERVICE,
    "src/churn/promote.py": MOVE,
    "promotion_policy.yaml": POLICY,
    **github("python -m churn.promote", on="push:"),
}
RUNBOOK = """
# Runbook

## Rollback

When the new release misbehaves, return to the release before it at once:

    kubectl rollout undo deployment/churn
"""
DRILL = "# Log\n\n| date | what |\n| --- | --- |\n| {} | rollback drill in staging, four minutes |\n"

CASES = [
    *table(
        "DP010",
        DEPLOY,
        echoes={**DEPLOY, "Makefile": "deploy:\n\techo deployed\n"},
        tests_only={**DEPLOY, "Makefile": "deploy:\n\tpytest\n\tdocker build -t churn .\n"},
        prints={**DEPLOY, "Makefile": "deploy:\n\tpython deploy.py\n", "deploy.py": "print('deployed')\n"},
        missing=without(DEPLOY, "k8s/churn.yaml"),
        undocumented={**DEPLOY, "README.md": "# Churn\n\nA model of churn.\n"},
        only_told=without(DEPLOY, "Makefile"),
    ),
    *table(
        "DP011",
        RELEASE,
        other_command=changed(
            RELEASE,
            ".github/workflows/ci.yml",
            "make deploy ENVIRONMENT=production",
            "kubectl apply -f k8s/churn.yaml",
        ),
        unasked={**DEPLOY, **github("make deploy ENVIRONMENT=production", on="push:")},
        comment={**DEPLOY, **github("echo release # make deploy", job="environment: production")},
    ),
    *table(
        "DP012",
        DEPLOY,
        fixed=changed(DEPLOY, "Makefile", "$(ENVIRONMENT)", "production"),
        none=SERVICE,
    ),
    *table(
        "DP040",
        NAMED,
        empty=changed(NAMED, "deploy/environments.yaml", "[ana.lima@acme.io]", "[]"),
        example=changed(NAMED, "deploy/environments.yaml", "ana.lima@acme.io", "you@example.com"),
        staging_only=changed(
            changed(NAMED, "deploy/environments.yaml", "[ana.lima@acme.io]", "[]"),
            "deploy/environments.yaml",
            "challenger, approvers: []",
            "challenger, approvers: [ana.lima@acme.io]",
        ),
    ),
    *table(
        "DP041",
        RELEASE,
        unasked={**DEPLOY, **github("make deploy ENVIRONMENT=production", on="push:")},
        other_job={
            **DEPLOY,
            **github("make deploy ENVIRONMENT=production", on="push:", name="release"),
            **github("ruff check", on="push:", job="environment: production", name="lint"),
        },
        nothing=DEPLOY,
    ),
    hosted("DP042", Outcome.UNKNOWN, "no-snapshot", RELEASE),
    hosted("DP042", Outcome.PASS, "protected", environments=[{"name": "production", "reviewers": ["ana"]}]),
    hosted("DP042", Outcome.FAIL, "free", environments=[{"name": "production", "reviewers": []}]),
    hosted("DP042", Outcome.FAIL, "other", environments=[{"name": "staging", "reviewers": ["ana"]}]),
    *table(
        "DP043",
        PROMOTES,
        by_hand={**PROMOTES, **github("python -m churn.promote", on="workflow_dispatch:")},
        no_fairness={**PROMOTES, "promotion_policy.yaml": "metrics: {auc: 0.8}\n"},
        no_move=changed(
            PROMOTES,
            "src/churn/promote.py",
            'mlflow.MlflowClient().set_registered_model_alias("churn", "champion", "3")',
            'print("promoted")',
        ),
    ),
    *table(
        "DP061",
        built(),
        not_started=built((BUILT[1], "echo started")),
        content_with_errors=built((BUILT[2], "curl http://localhost:8000/predict")),
        unit_tests={**SERVICE, **github(BUILT[0], "pytest")},
        comment={**SERVICE, **github("pytest # docker build, docker run, curl")},
    ),
    *table(
        "DP062",
        SMOKED,
        no_smoke=changed(
            SMOKED,
            ".github/workflows/release.yml",
            "curl --fail https://staging.acme.io/health",
            "echo smoke",
        ),
        beside=changed(SMOKED, ".github/workflows/release.yml", "    needs: staging\n", ""),
        ignored=changed(
            SMOKED,
            ".github/workflows/release.yml",
            "curl --fail https://staging.acme.io/health",
            "curl --fail https://staging.acme.io/health || true",
        ),
    ),
    *table(
        "DP070",
        DEPLOY,
        echoes=changed(DEPLOY, "Makefile", "kubectl rollout undo deployment/churn", "echo rolled back"),
        headings={**SERVICE, "docs/runbook.md": "# Runbook\n\n## Rollback\n\nTODO\n"},
        words_alone={
            **SERVICE,
            "docs/runbook.md": "# Runbook\n\n## Rollback\n\nWe return to the previous version if need be.\n",
        },
    ),
    *table("DP070", {**SERVICE, "docs/runbook.md": RUNBOOK}),
    hosted("DP072", Outcome.UNKNOWN, "no-record", {"docs/runbook.md": RUNBOOK}),
    hosted("DP072", Outcome.PASS, "recent", {"docs/drills.md": DRILL.format("2025-12-01")}),
    hosted("DP072", Outcome.FAIL, "old", {"docs/drills.md": DRILL.format("2024-12-01")}),
    hosted("DP072", Outcome.UNKNOWN, "planned", {"docs/drills.md": DRILL.format("2026-12-01")}),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)
