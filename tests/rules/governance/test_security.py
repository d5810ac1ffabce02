"""Secrets, roles, encryption, updates, scans, pins, pickles: GO050 to GO053, GO130 to GO134."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict

KEY = "AKIA" + "Q3EGHIJKLMNOP2RS"
HASH = "1d96c772d19495a3b5c517cd2bc0cb401ea0529f"
DIGEST = "sha256:" + "ab" * 32


def workflow(step: str, on: str = "[pull_request]", more: str = "") -> str:
    return f"""
        name: audit
        on: {on}
        permissions: {{contents: read}}
        jobs:
          audit:
            runs-on: ubuntu-latest
            {more}
            steps:
              - {step}
    """


HOOK = """\
repos:
  - repo: https://github.com/gitleaks/gitleaks
    rev: v8.18.0
    hooks:
      - id: gitleaks
"""
ROLE = """
    resource "aws_iam_policy" "train" {
      policy = <<EOT
    {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::churn/*"}]}
    EOT
    }
"""
BUCKET = """
    resource "aws_s3_bucket" "models" {
      bucket     = "models"
      kms_key_id = aws_kms_key.models.arn
    }
    resource "aws_sagemaker_endpoint_configuration" "it" {
      kms_key_arn = aws_kms_key.models.arn
      vpc_config { subnets = ["a"] }
    }
"""
UPDATES: Tree = {
    "renovate.json": json.dumps({"extends": ["config:recommended"]}),
    "requirements.txt": "pandas==2.2.0\n",
    "Dockerfile": f"FROM python:3.12@{DIGEST}\n",
    ".github/workflows/audit.yml": workflow(f"uses: actions/checkout@{HASH}"),
}
DEPENDABOT = (
    'version: 2\nupdates:\n  - {package-ecosystem: pip, directory: "/", schedule: {interval: weekly}}\n'
)
LOAD = """
    import joblib

    def main():
        model = joblib.load("model.joblib")
        joblib.dump(model, "model.joblib")

    if __name__ == "__main__":
        main()
"""
OIDC = f"""
    on: [push]
    permissions: {{id-token: write}}
    jobs:
      deploy:
        runs-on: ubuntu-latest
        steps:
          - uses: aws-actions/configure-aws-credentials@{HASH}
            with: {{role-to-assume: "arn:aws:iam::1:role/train"}}
"""


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO050",
            {".pre-commit-config.yaml": HOOK, "app.py": "x = 1\n"},
            a_key={"app.py": f'KEY = "{KEY}"\n'},
            by_hand_only={".pre-commit-config.yaml": HOOK.rstrip() + "\n        stages: [manual]\n"},
            in_a_comment={".pre-commit-config.yaml": "repos: []  # gitleaks\n"},
        ),
        *rows(
            "GO050",
            {".github/workflows/audit.yml": workflow("run: gitleaks detect")},
            ignored={".github/workflows/audit.yml": workflow("run: gitleaks detect || true")},
            switched_off={".github/workflows/audit.yml": workflow("run: gitleaks detect", more="if: false")},
        ),
        *rows(
            "GO051",
            {"infra/main.tf": ROLE, ".github/workflows/deploy.yml": OIDC},
            everything={
                "infra/main.tf": ROLE.replace('["s3:GetObject"]', '"*"').replace(
                    '"arn:aws:s3:::churn/*"', '"*"'
                )
            },
            long_key={
                ".github/workflows/deploy.yml": OIDC.replace("role-to-assume", "aws-secret-access-key")
            },
            no_role={"infra/main.tf": "# aws_iam_policy\n"},
        ),
        *rows(
            "GO052",
            {"infra/main.tf": BUCKET},
            by_default={
                "infra/main.tf": BUCKET.replace(
                    "kms_key_id = aws_kms_key.models.arn", "force_destroy = false"
                )
            },
            open_network={"infra/main.tf": BUCKET.replace('vpc_config { subnets = ["a"] }', "")},
        ),
        *rows(
            "GO130",
            UPDATES,
            one_of_three={"renovate.json": None, ".github/dependabot.yml": DEPENDABOT},
            switched_off={"renovate.json": '{"enabled": false}'},
            none={"renovate.json": None},
        ),
        *rows(
            "GO131",
            {".github/workflows/audit.yml": workflow("run: pip-audit -r requirements.txt")},
            ignored={".github/workflows/audit.yml": workflow("run: pip-audit -r requirements.txt || true")},
            by_hand={
                ".github/workflows/audit.yml": workflow(
                    "run: pip-audit -r requirements.txt", on="[workflow_dispatch]"
                )
            },
            toothless={".github/workflows/audit.yml": workflow("run: trivy fs .")},
            installed_only={".github/workflows/audit.yml": workflow("run: pip install pip-audit")},
        ),
        *rows(
            "GO132",
            UPDATES,
            by_tag={".github/workflows/audit.yml": workflow("uses: actions/checkout@v4")},
            image_by_tag={"Dockerfile": "FROM python:3.12\n"},
            all_rights={
                ".github/workflows/audit.yml": workflow("run: pytest").replace(
                    "permissions: {contents: read}", ""
                )
            },
        ),
        *rows(
            "GO133",
            {
                ".github/workflows/release.yml": workflow(
                    "run: cyclonedx-py environment --ml-bom dataset.json -o bom.json", on="[release]"
                )
            },
            packages_only={
                ".github/workflows/release.yml": workflow(
                    "run: cyclonedx-py environment -o bom.json", on="[release]"
                )
            },
            in_a_comment={
                ".github/workflows/release.yml": workflow("run: pytest  # cyclonedx ml-bom", on="[release]")
            },
        ),
        *rows(
            "GO134",
            {"app/__init__.py": "", "app/main.py": LOAD},
            downloaded={"app/main.py": LOAD.replace('    joblib.dump(model, "model.joblib")', "pass")},
            fetched={
                "app/main.py": LOAD.replace(
                    "import joblib", "import joblib\n    from huggingface_hub import hf_hub_download"
                ).replace(
                    'joblib.load("model.joblib")', 'joblib.load(hf_hub_download("a/b", "model.joblib"))'
                )
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_access_needs_a_snapshot(tmp_path: Path) -> None:
    assert verdict(tmp_path, "GO053", {}).outcome is Outcome.UNKNOWN
    assert (
        verdict(tmp_path, "GO053", {}, {"access": {"granted": ["a"], "declared": ["a"]}}).outcome
        is Outcome.PASS
    )
    assert (
        verdict(tmp_path, "GO053", {}, {"access": {"granted": ["a", "b"], "declared": ["a"]}}).outcome
        is Outcome.FAIL
    )
