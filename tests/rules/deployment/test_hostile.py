"""No rule breaks on files whose shape nobody expects."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.facts import Facts
from mlascent.rules import load

from tests.rules.support import DAY, write

ODD = ["[]", "null", "7", "text", "{a: null}", "[{a: [1, {b: null}]}]", "{}", "- - - 1"]
KINDS = (
    "Rollout",
    "Canary",
    "Deployment",
    "HorizontalPodAutoscaler",
    "CronJob",
    "Application",
    "VirtualService",
)
HOSTS = [
    {},
    {"runs": [1, None, {}], "environments": [None, {}], "registry": [], "deployments": [3], "served": [None]},
    {
        "runs": {},
        "environments": 3,
        "registry": {"aliases": None, "versions": None},
        "deployments": {},
        "served": 1,
    },
]


def tree(odd: str) -> dict[str, str]:
    """A repository in which everything is odd in one way."""
    objects = {f"k8s/{kind}.yaml": f"apiVersion: v1\nkind: {kind}\nspec: {odd}\n" for kind in KINDS}
    pods = (
        "apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: %s}}}\n"
    )
    return {
        **objects,
        "k8s/pods.yaml": pods % odd,
        "compose.yaml": f"services: {{a: {{healthcheck: {odd}, build: {odd}, image: {odd}}}, b: {odd}}}\n",
        "mlascent.yaml": f"owners: {odd}\nretirement: {odd}\nproblem: {odd}\n",
        ".copier-answers.yml": f"level: {odd}\nwith: {odd}\nworkload: {odd}\n",
        "deploy/environments.yaml": f"staging: {odd}\nproduction: {odd}\n",
        "pipelines/retraining.yaml": f"owner: {odd}\ncadence: {odd}\ntriggers: {odd}\nschedule: {odd}\n",
        "config/experiment.yaml": f"metric: {odd}\n",
        "azureml/deployment.yml": "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment."
        f"schema.json\ntraffic: {odd}\nscale_settings: {odd}\nmodel: {odd}\n",
        ".github/workflows/ci.yml": f"on: {odd}\njobs: {{a: {{steps: {odd}, environment: {odd},"
        f" needs: {odd}}}, b: {odd}}}\n",
        "Dockerfile": f"FROM ${{X}}\nCOPY {odd} /\nHEALTHCHECK {odd}\nENV A=$A B=\\\\1\nCMD {odd}\n",
        "Makefile": f"deploy:\n\t{odd}\nrollback:\n",
        "app.py": "import flask\napp = flask.Flask(__name__)\n@app.route\ndef f(: pass\n",
        "dvc.yaml": f"stages: {{train: {{cmd: {odd}}}}}\n",
        "reports/contract.json": "[]",
        "docs/runbook.md": f"# Rollback\n\n`{odd}`\n",
    }


@pytest.mark.parametrize("odd", ODD)
def test_no_rule_breaks(odd: str, tmp_path: Path) -> None:
    write(tmp_path, tree(odd))
    for host in HOSTS:
        seen = Facts.of(tmp_path, DAY)
        seen.host.update(host)
        for rule, check in load().items():
            if rule.startswith(("DP", "PX")):
                assert check(seen).said, rule
