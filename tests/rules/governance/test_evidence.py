"""Audit trail, assessments, compliance, signatures, attacks, laws: GO080 to GO092, GO140 to GO163, GX."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict

RELEASE = """
    name: release
    on: [release]
    permissions: {id-token: write}
    jobs:
      release:
        runs-on: ubuntu-latest
        steps:
          - run: python -m app.release
"""
BUNDLE = """
    import json
    from pathlib import Path
    from datahub.emitter.rest_emitter import DatahubRestEmitter

    def bundle(told):
        Path("bundle.json").write_text(json.dumps({
            "commit": told, "data_sha256": told, "metrics": told, "approvals": told, "check": told,
        }))

    def main():
        bundle({})
        DatahubRestEmitter("http://catalogue")
        Path("crosswalk.json").write_text(json.dumps(["AI Act", "ISO 42001", "NIST AI RMF"]))

    if __name__ == "__main__":
        main()
"""
PROMOTE = """
    import datetime
    from mlflow import MlflowClient

    def promote(client, version, approver):
        client.set_registered_model_alias("churn", "champion", version)
        client.set_model_version_tag("churn", version, "approved_by", approver)
        client.set_model_version_tag("churn", version, "promoted_at", datetime.datetime.now().isoformat())

    def main():
        promote(MlflowClient(), "3", "ana")

    if __name__ == "__main__":
        main()
"""
LOCK = """
    resource "aws_s3_bucket_object_lock_configuration" "audit" {
      bucket = "audit"
      rule {
        default_retention {
          mode = "COMPLIANCE"
          days = 365
        }
      }
    }
"""
TRAIL: Tree = {
    ".github/workflows/release.yml": RELEASE,
    "Makefile": "promote:\n\tpython -m app.promote\n",
    "app/__init__.py": "",
    "app/release.py": BUNDLE,
    "app/promote.py": PROMOTE,
    "infra/main.tf": LOCK,
}
CHECK = """
    name: maturity
    on:
      pull_request:
      schedule:
        - cron: "0 5 * * 1"
    jobs:
      maturity:
        runs-on: ubuntu-latest
        steps:
          - run: uvx mlascent check --level 2
          - run: conftest test infra
"""
CHECKED: Tree = {
    ".copier-answers.yml": "level: 2\n",
    ".github/workflows/check.yml": CHECK,
    ".github/rulesets/main.json": json.dumps(
        {
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
            "rules": [
                {
                    "type": "required_status_checks",
                    "parameters": {"required_status_checks": [{"context": "maturity"}]},
                }
            ],
        }
    ),
    ".mlascent/attestations.yml": "schema: 1\nattestations:\n  - {rule: GO020, by: Ana Souza, role: "
    "owner, evidence: minutes, date: '2025-10-01'}\n",
    ".mlascent/assessments/1.json": '{"as_of": "2025-06-01"}',
    ".mlascent/assessments/2.json": '{"as_of": "2025-12-01"}',
    ".mlascent/plan.yml": "actions:\n  - {what: monitor drift, owner: Ana, due: '2026-03-01'}\n",
}
SERVICE = """
    from fastapi import FastAPI, Security
    from fastapi.security import APIKeyHeader
    from pydantic import BaseModel, Field
    from slowapi import Limiter

    app = FastAPI()
    KEY = APIKeyHeader(name="key")
    LIMITER = Limiter(key_func=str)

    class Rows(BaseModel):
        rows: list[float] = Field(min_length=1, max_length=1000)

    @app.post("/predict")
    def predict(rows: Rows):
        return {}
"""
TEST = """
    from fastapi.testclient import TestClient
    from app.service import app

    def test_bad_request_is_refused():
        assert TestClient(app).post("/predict", json={"rows": []}).status_code == 422
"""
GUARDED: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "tests/test_service.py": TEST,
    ".github/workflows/attack.yml": "on: [push]\njobs:\n  attack:\n    runs-on: ubuntu-latest\n    "
    "steps:\n      - run: python -m app.attack\n",
    "app/attack.py": "from art.attacks.evasion import FastGradientMethod\n\nFastGradientMethod(None)\n",
    "docs/threat-model.md": "# Threat model\n\n"
    + "Extraction by many calls, poisoning through the feedback form, abuse by one caller. " * 4,
    "alerts.yml": "groups:\n  - name: abuse\n    rules:\n      - {alert: Abuse, expr: "
    "'rate(http_requests_total{status=\"429\"}[5m]) > 1'}\n",
}
SIGNED: Tree = {
    ".github/workflows/release.yml": RELEASE.replace(
        "python -m app.release", "cosign verify-blob model.skops"
    )
    + "          - uses: actions/attest-build-provenance@v1\n",
    ".github/workflows/register.yml": "on: [push]\njobs:\n  register:\n    runs-on: ubuntu-latest\n "
    "   steps:\n      - run: cosign sign-blob model.skops\n",
}
LAW = """
    schema: 1
    regulatory:
      role: provider
      annex_iii: false
      gpai: false
      decided: "2025-05-01"
      author: Ana Souza
      prohibited: {a: "no", b: "no", c: "no", d: "no", e: "no", f: "no", g: "no", h: "no"}
"""


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO090",
            TRAIL,
            without_approvals={"app/release.py": BUNDLE.replace('"approvals": told, ', "")},
            never_called={"app/release.py": BUNDLE.replace("        bundle({})\n", "")},
        ),
        *rows(
            "GO091",
            TRAIL,
            too_short={"infra/main.tf": LOCK.replace("365", "30")},
            not_locked={"infra/main.tf": 'resource "aws_s3_bucket" "audit" {\n  bucket = "audit"\n}\n'},
        ),
        *rows(
            "GO092",
            TRAIL,
            nobody={"app/promote.py": PROMOTE.replace("approver", "other").replace("approved_by", "note")},
            no_record={"app/promote.py": PROMOTE.replace("client.set_model_version_tag", "print")},
        ),
        *rows(
            "GO151",
            TRAIL,
            never_called={"app/release.py": BUNDLE.replace('DatahubRestEmitter("http://catalogue")', "pass")},
            by_hand={
                ".github/workflows/release.yml": RELEASE.replace("python -m app.release", "echo released")
            },
        ),
        *rows(
            "GO163",
            TRAIL,
            two_only={"app/release.py": BUNDLE.replace(', "NIST AI RMF"', "")},
            by_hand={
                ".github/workflows/release.yml": RELEASE.replace("python -m app.release", "echo crosswalk")
            },
        ),
        *rows(
            "GO080", CHECKED, none={".copier-answers.yml": None}, beyond={".copier-answers.yml": "level: 7\n"}
        ),
        *rows(
            "GO081",
            CHECKED,
            lower={".github/workflows/check.yml": CHECK.replace("--level 2", "--level 0")},
            ignored={".github/workflows/check.yml": CHECK.replace("--level 2", "--level 2 || true")},
            in_a_comment={
                ".github/workflows/check.yml": CHECK.replace("run: uvx mlascent", "run: pytest # mlascent")
            },
        ),
        *rows(
            "GO082",
            CHECKED,
            long_ago={
                ".mlascent/attestations.yml": str(CHECKED[".mlascent/attestations.yml"]).replace(
                    "2025-10", "2024-10"
                )
            },
            nobody={
                ".mlascent/attestations.yml": str(CHECKED[".mlascent/attestations.yml"]).replace(
                    "Ana Souza", "TBD"
                )
            },
        ),
        *rows(
            "GO083",
            CHECKED,
            one_only={".mlascent/assessments/2.json": None},
            no_owner={".mlascent/plan.yml": "actions:\n  - {what: monitor drift, due: '2026-03-01'}\n"},
        ),
        *rows(
            "GO160",
            CHECKED,
            not_required={".github/rulesets/main.json": None},
            no_clock={
                ".github/workflows/check.yml": CHECK.replace(
                    '      schedule:\n        - cron: "0 5 * * 1"\n', ""
                )
            },
        ),
        *rows(
            "GO162",
            CHECKED,
            no_job={
                ".github/workflows/check.yml": CHECK.replace("conftest test infra", "echo conftest"),
                "policy/main.rego": "package main\n",
            },
            none={".github/workflows/check.yml": CHECK.replace("          - run: conftest test infra\n", "")},
        ),
        *rows(
            "GO140",
            GUARDED,
            types_only={"app/service.py": SERVICE.replace("Field(min_length=1, max_length=1000)", "Field()")},
            only_what_is_right={
                "tests/test_service.py": TEST.replace("bad_request_is_refused", "answers").replace(
                    "422", "200"
                )
            },
        ),
        *rows(
            "GO141",
            GUARDED,
            no_limit={"app/service.py": SERVICE.replace("LIMITER = Limiter(key_func=str)", "")},
            no_key={"app/service.py": SERVICE.replace('KEY = APIKeyHeader(name="key")', "")},
        ),
        *rows(
            "GO142",
            GUARDED,
            no_job={".github/workflows/attack.yml": "on: [push]\njobs: {}\n"},
            installed_only={
                ".github/workflows/attack.yml": str(GUARDED[".github/workflows/attack.yml"]).replace(
                    "python -m app.attack", "pip install garak"
                )
            },
        ),
        *rows(
            "GO143",
            GUARDED,
            no_alert={"alerts.yml": "groups: []\n"},
            headings_only={
                "docs/threat-model.md": "# Threat model\n\n## Extraction\n\n## Poisoning\n\n## Abuse\n"
            },
        ),
        *rows(
            "GX060",
            SIGNED,
            no_right={
                ".github/workflows/release.yml": str(SIGNED[".github/workflows/release.yml"]).replace(
                    "{id-token: write}", "{}"
                )
            },
            none={".github/workflows/release.yml": RELEASE},
        ),
        *rows(
            "GX061",
            SIGNED,
            nobody_verifies={".github/workflows/release.yml": RELEASE},
            ignored={
                ".github/workflows/release.yml": RELEASE.replace(
                    "python -m app.release", "cosign verify-blob model.skops || true"
                )
            },
        ),
        *rows(
            "GX001",
            {"mlascent.yaml": LAW},
            nobody={"mlascent.yaml": LAW.replace("Ana Souza", "TBD")},
            not_yet={"mlascent.yaml": LAW.replace("2025-05-01", "2027-05-01")},
        ),
        *rows(
            "GX002",
            {"mlascent.yaml": LAW},
            one_open={"mlascent.yaml": LAW.replace('h: "no"', 'h: ""')},
            none={"mlascent.yaml": LAW.split("      prohibited")[0]},
        ),
        *rows(
            "GX030",
            {
                "docs/impact-assessment.md": """
                    # Impact assessment

                    Signed by Ana Souza on 2025-06-01.

                    ## Groups affected

                    Customers who are called, and those who are not.

                    ## Harms

                    Some may be called more often than they like.

                    ## Mitigations

                    No more than one call in a month.
                """
            },
            headings_only={
                "docs/impact-assessment.md": "# Impact\n\n2025-06-01, signed\n\n## Groups\n\n## "
                "Harms\n\n## Mitigations\n"
            },
            none={"docs/impact-assessment.md": None},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


@pytest.mark.parametrize(
    ("rule", "true", "false"),
    [
        ("GO161", {"production": {"check_attested": True}}, {"production": {"check_attested": False}}),
        ("GX062", {"production": {"verified": True}}, {"production": {"verified": False}}),
    ],
)
def test_what_only_production_shows(
    tmp_path: Path, rule: str, true: dict[str, object], false: dict[str, object]
) -> None:
    assert verdict(tmp_path, rule, CHECKED).outcome is Outcome.UNKNOWN
    assert verdict(tmp_path, rule, CHECKED, true).outcome is Outcome.PASS
    assert verdict(tmp_path, rule, CHECKED, false).outcome is Outcome.FAIL
