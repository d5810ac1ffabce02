"""DP071, DP090, DP091, DP100 to DP102, DP110 to DP112, DP120 to DP122, DP150 to DP152, DP160 to DP162."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.deployment.test_deploying import DEPLOY, SMOKE
from tests.rules.deployment.trees import SERVICE, Case, changed, github, hosted, judge, table, without

UPSERT = """
from kfp import Client, dsl


@dsl.pipeline(name="churn")
def pipeline():
    pass


def main():
    Client().upload_pipeline_version("pipeline.yaml", "v1")


if __name__ == "__main__":
    main()
"""
PIPELINE = """
name: pipeline
on:
  push:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
  staging:
    needs: test
    environment: staging
    steps:
      - run: python pipelines/install.py
  production:
    needs: staging
    environment: production
    steps:
      - run: python pipelines/install.py
"""
INSTALLED = {**SERVICE, "pipelines/install.py": UPSERT, ".github/workflows/pipeline.yml": PIPELINE}
TAGGED = {**SERVICE, **github("docker build -t r/churn:${GITHUB_SHA} .")}
OIDC = """
name: release
on:
  release:
    types: [published]
permissions:
  id-token: write
jobs:
  production:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::1:role/release"}
      - run: kubectl apply -f k8s/churn.yaml
"""
DELIVERED = {**DEPLOY, ".github/workflows/release.yml": OIDC}
CONFIG = {
    "config/staging.yaml": "url: a\naccount_id: '1'\n",
    "config/production.yaml": "url: b\naccount_id: '2'\n",
}
PROMOTED = SMOKE.replace("--namespace staging", "--image r/churn:${GITHUB_SHA}").replace(
    "--namespace production", "--image r/churn:${GITHUB_SHA}"
)
THROUGH = {**DEPLOY, ".github/workflows/release.yml": PROMOTED}
TERRAFORM = """
terraform {
  backend "s3" {
    bucket         = "state"
    key            = "churn"
    dynamodb_table = "locks"
  }
}

resource "aws_s3_bucket" "data" {
  bucket = "churn-data"
}
"""
IAC = {
    "infra/main.tf": TERRAFORM,
    **github("terraform plan", "checkov -d infra", name="plan"),
    **github("terraform apply -auto-approve", on="release:", name="apply"),
}
LOCUST = """
from locust import HttpUser, events, task

P95_LATENCY_MS = 200
MIN_RPS = 50


class Caller(HttpUser):
    @task
    def predict(self):
        self.client.post("/predict", json={"age": 3})


@events.quitting.add_listener
def judge(environment):
    total = environment.stats.total
    slow = total.get_response_time_percentile(0.95) > P95_LATENCY_MS
    environment.process_exit_code = int(slow or total.total_rps < MIN_RPS)
"""
LOADED = {
    **SERVICE,
    "tests/load/locustfile.py": LOCUST,
    **github(
        "locust -f tests/load/locustfile.py --headless",
        on="push:",
        job="environment: staging",
        name="staging",
    ),
}
ODD = """
import pytest
from fastapi.testclient import TestClient

from churn.serve import app


@pytest.mark.parametrize("age", [None, 1e30, float("nan"), "unseen"])
def test_odd(age):
    assert TestClient(app).post("/predict", json={"age": age}).status_code == 422


def test_missing_extreme_unseen_and_nan():
    assert TestClient(app).post("/predict", json={}).status_code == 422
"""
RETIRE = """
# Retirement

A model is retired when it is replaced or its accuracy stays below 0.7 for a month. Its files are kept
(retention) for 5 years. The owner of the product is responsible.
"""
ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: churn}
spec:
  strategy:
    canary:
      analysis: {templates: [{templateName: errors}]}
      steps: [{setWeight: 20}, {pause: {duration: 5m}}, {setWeight: 100}]
"""
ANALYSIS = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec: {metrics: [{name: errors}]}
"""

CASES = [
    *table(
        "DP071",
        {"k8s/rollout.yaml": ROLLOUT, "k8s/analysis.yaml": ANALYSIS},
        no_template={"k8s/rollout.yaml": ROLLOUT},
        a_word=DEPLOY,
    ),
    *table(
        "DP090",
        INSTALLED,
        untested=changed(INSTALLED, ".github/workflows/pipeline.yml", "run: pytest", "run: ruff check"),
        beside=changed(INSTALLED, ".github/workflows/pipeline.yml", "    needs: staging\n", ""),
        only_runs=changed(
            INSTALLED,
            "pipelines/install.py",
            '    Client().upload_pipeline_version("pipeline.yaml", "v1")\n',
            "    print('installed')\n",
        ),
    ),
    *table(
        "DP091",
        TAGGED,
        typed={**SERVICE, **github("docker build -t r/churn:1.0 .")},
        nothing={**SERVICE, **github("pytest")},
    ),
    *table(
        "DP100",
        DELIVERED,
        by_hand=changed(
            DELIVERED,
            ".github/workflows/release.yml",
            "  release:\n    types: [published]",
            "  workflow_dispatch:",
        ),
        by_shell=changed(
            DELIVERED,
            ".github/workflows/release.yml",
            "kubectl apply -f k8s/churn.yaml",
            "ssh prod kubectl apply -f k8s/churn.yaml",
        ),
    ),
    *table(
        "DP101",
        DELIVERED,
        no_token=changed(DELIVERED, ".github/workflows/release.yml", "permissions:\n  id-token: write\n", ""),
        stored=changed(
            DELIVERED,
            ".github/workflows/release.yml",
            "      - run: kubectl apply -f k8s/churn.yaml\n",
            "      - run: kubectl apply -f k8s/churn.yaml\n"
            '        env: {AWS_SECRET_ACCESS_KEY: "${{ secrets.K }}"}\n',
        ),
    ),
    hosted("DP102", Outcome.UNKNOWN, "no-snapshot", DELIVERED),
    hosted("DP102", Outcome.PASS, "the-job", deployments=[{"by": "release[bot]", "at": "2026-01-02"}]),
    hosted("DP102", Outcome.FAIL, "a-person", deployments=[{"by": "ana", "at": "2026-01-02"}]),
    *table(
        "DP110",
        CONFIG,
        lacking={**CONFIG, "config/production.yaml": "url: b\n"},
        one={"config/staging.yaml": "url: a\n"},
    ),
    *table(
        "DP111",
        THROUGH,
        differs={**DEPLOY, ".github/workflows/release.yml": SMOKE},
        builds_twice={
            **DEPLOY,
            ".github/workflows/release.yml": PROMOTED.replace(
                "      - run: kubectl", "      - run: docker build -t r/churn .\n      - run: kubectl"
            ),
        },
    ),
    *table(
        "DP112",
        CONFIG,
        shared={**CONFIG, "config/production.yaml": "url: b\naccount_id: '1'\n"},
        unnamed={"config/staging.yaml": "url: a\n", "config/production.yaml": "url: b\n"},
    ),
    *table("DP120", IAC, empty={"infra/README.md": "# Terraform\n"}, text={"docs/a.md": "terraform helm\n"}),
    *table(
        "DP121",
        IAC,
        early={**IAC, **github("terraform apply -auto-approve", on="pull_request:", name="apply")},
        ignored={**IAC, **github("terraform plan || true", "checkov -d infra", name="plan")},
        never_applied=without(IAC, ".github/workflows/apply.yml"),
    ),
    *table(
        "DP122",
        IAC,
        reports={**IAC, **github("terraform plan", "checkov -d infra --soft-fail", name="plan")},
        on_disk=changed(
            IAC,
            "infra/main.tf",
            '    dynamodb_table = "locks"\n',
            "",
        ),
    ),
    *table(
        "DP150",
        LOADED,
        no_numbers={
            **LOADED,
            "tests/load/locustfile.py": LOCUST.partition("@events")[0]
            .replace("P95_LATENCY_MS = 200\n", "")
            .replace("MIN_RPS = 50\n", ""),
        },
        none=SERVICE,
    ),
    *table(
        "DP151",
        LOADED,
        judges_nothing={**LOADED, "tests/load/locustfile.py": LOCUST.partition("@events")[0]},
        not_run=without(LOADED, ".github/workflows/staging.yml"),
        ignored=changed(LOADED, ".github/workflows/staging.yml", "--headless", "--headless || true"),
    ),
    *table(
        "DP152",
        {**SERVICE, "tests/test_odd.py": ODD},
        happy=SERVICE,
        elsewhere={**SERVICE, "tests/test_odd.py": ODD.replace("churn.serve", "other")},
    ),
    *table(
        "DP160",
        {"docs/retirement.md": RETIRE},
        todo={"docs/retirement.md": "# Retirement\n\nTODO: criteria, retention, owner\n"},
        no_owner={"docs/retirement.md": RETIRE.replace("The owner of the product is responsible.", "")},
    ),
    *table(
        "DP161",
        {**DEPLOY, "Makefile": "teardown:\n\tkubectl delete -f k8s/churn.yaml --namespace $(ENVIRONMENT)\n"},
        echoes={"Makefile": "teardown:\n\techo gone\n"},
        none=SERVICE,
    ),
    hosted("DP162", Outcome.UNKNOWN, "no-snapshot"),
    hosted("DP162", Outcome.PASS, "young", served=[{"version": 3, "retention_until": "2027-01-01"}]),
    hosted("DP162", Outcome.FAIL, "late", served=[{"version": 1, "retention_until": "2025-01-01"}]),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)
