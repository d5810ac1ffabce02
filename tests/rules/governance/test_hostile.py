"""No rule of monitoring and governance breaks on files whose shape nobody expects."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.facts import Facts
from mlascent.rules import load

from tests.rules.support import DAY, write

ODD = [
    "[]",
    "null",
    "7",
    "text",
    "true",
    "{a: null}",
    "[{a: [1, {b: null}]}]",
    "[null, 3]",
    "{}",
    "'2026-13-45'",
    "- - - 1",
]
BLOCKS = (
    *(
        "tier",
        "owners",
        "problem",
        "models",
        "privacy",
        "policy",
        "fairness",
        "explainability",
        "risk",
        "roles",
    ),
    *("regulatory", "security", "oncall", "level"),
)
KEYS = (
    *(
        "capture",
        "drift",
        "monitoring",
        "retraining",
        "labels",
        "training",
        "risks",
        "waivers",
        "actions",
        "extends",
    ),
    *("sources", "attestations", "thresholds"),
)
NAMES = ("protection", "access", "production", "contributors", "runs", "monitoring")
ANSWERS: tuple[object, ...] = ([], {}, 3, None, [None, 1], {"approvals": "x", "granted": [None]})
HOSTS: tuple[dict[str, object], ...] = ({}, *(dict.fromkeys(NAMES, odd) for odd in ANSWERS))


def tree(odd: str) -> dict[str, str]:
    """A repository in which everything is odd in one way."""
    every = "".join(f"{key}: {odd}\n" for key in KEYS)
    deep = "".join(
        f"{key}: {{reference: {odd}, features: {odd}, triggers: {odd}, mode: online}}\n" for key in KEYS
    )
    return {
        "mlascent.yaml": "".join(f"{block}: {odd}\n" for block in BLOCKS),
        ".copier-answers.yml": f"level: {odd}\nsubdirectory: {odd}\n",
        ".mlascent/policy.yml": every,
        ".mlascent/waivers.yml": f"waivers: {odd}\n",
        ".mlascent/attestations.yml": f"attestations: {odd}\n",
        ".mlascent/plan.yml": f"actions: {odd}\n",
        ".mlascent/assessments/1.json": odd,
        "monitoring/drift.yaml": every,
        "monitoring/policy.yaml": deep,
        "monitoring/alerts.yml": f"groups: [{{rules: {odd}}}, {{rules: [{{alert: A, expr: {odd}, "
        f"labels: {odd}}}]}}]\n",
        "monitoring/dashboard.json": '{"panels": [{"targets": [{"expr": 7}]}, null, 3]}',
        "docs/risks.yaml": f"risks: {odd}\n",
        "pipelines/sources.yaml": f"sources: {odd}\n",
        "docs/model-card.md": f"---\nmodel-index: {odd}\n---\n# Card\n\n| a |\n| - |\n| {odd} | b |\n",
        "docs/data-card.md": f"# Card\n\n## Labels\n\n{odd}\n",
        "docs/governance.md": f"# G\n\n## Reviews\n\n| date |\n| --- |\n| {odd} |\n\n## Waivers\n\n"
        f"||\n|-|\n|{odd}|\n",
        "docs/privacy.md": f"# P\n\n## DPIA\n\n{odd}\n",
        "docs/runbook.md": f"# R\n\n## Contact\n\n{odd}\n",
        "CODEOWNERS": f"{odd}\n[x\n* \n\\\n",
        "renovate.json": '{"enabledManagers": 3}',
        ".github/dependabot.yml": f"updates: {odd}\n",
        ".github/rulesets/a.json": '{"rules": [null, {"type": "pull_request", "parameters": []}], '
        '"conditions": 3}',
        ".gitlab/protection.json": '{"approval_rule": [], "project": 1, "protected_branch": null}',
        ".azure/policies.json": '[{"isBlocking": true, "isEnabled": true, "type": 3, "settings": []}, 7]',
        ".pre-commit-config.yaml": f"repos: {odd}\n",
        "reports/metrics.json": "[]",
        "reports/registration.json": "7",
        "reports/retrain.json": "[]",
        "infra/main.tf": 'resource "aws_iam_policy" "a" {\n  policy = 3\n}\nresource "aws_s3_bucket" {\n',
        "k8s/job.yaml": f"apiVersion: v1\nkind: CronJob\nspec: {odd}\n",
        "k8s/role.yaml": f"apiVersion: v1\nkind: Role\nrules: {odd}\n",
        "compose.yaml": f"services: {{a: {{logging: {odd}, image: {odd}}}, b: {odd}}}\n",
        "app/__init__.py": "",
        "app/watch.py": 'PLACES = ["drift.yaml", "policy.yaml", "risks.yaml"]\n',
        "app/broken.py": "def f(: pass\n",
    }


@pytest.mark.parametrize("odd", ODD)
def test_no_rule_breaks(odd: str, tmp_path: Path) -> None:
    write(tmp_path, tree(odd))
    for host in HOSTS:
        seen = Facts.of(tmp_path, DAY)
        seen.host.update(host)
        for rule, check in load().items():
            if rule.startswith(("MO", "GO", "MX", "GX")):
                assert check(seen).said, rule
