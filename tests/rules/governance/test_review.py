"""Owners, branch rules, and the host: GO010 to GO012."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict


def ruleset(reviews: int = 1, check: str = "ci", enforcement: str = "active") -> str:
    return json.dumps(
        {
            "enforcement": enforcement,
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
            "rules": [
                {"type": "pull_request", "parameters": {"required_approving_review_count": reviews}},
                {
                    "type": "required_status_checks",
                    "parameters": {"required_status_checks": [{"context": check}]},
                },
            ],
        }
    )


TREE: Tree = {
    "CODEOWNERS": "* @acme/data-platform\n/src/ @acme/churn\n",
    "src/app/__init__.py": "",
    "mlascent.yaml": "schema: 1\n",
    ".github/rulesets/main.json": ruleset(),
    ".github/workflows/ci.yml": "on: [pull_request]\njobs:\n  ci:\n    runs-on: ubuntu-latest\n    "
    "steps:\n      - run: pytest\n",
}
GITLAB: Tree = {
    ".gitlab/protection.json": json.dumps(
        {
            "project": {"only_allow_merge_if_pipeline_succeeds": True},
            "protected_branch": {"name": "main", "allow_force_push": False},
            "approval_rule": {"approvals_required": 1},
        }
    )
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO010",
            TREE,
            comments_only={"CODEOWNERS": "# * @acme/data-platform\n"},
            example={"CODEOWNERS": "* @your-organisation/your-team\n"},
            documents_only={"CODEOWNERS": "/docs/ @acme/writers\n"},
            taken_back={"CODEOWNERS": "* @acme/data-platform\n/src/\n"},
            none={"CODEOWNERS": None},
        ),
        *rows(
            "GO011",
            TREE,
            switched_off={".github/rulesets/main.json": ruleset(enforcement="disabled")},
            no_review={".github/rulesets/main.json": ruleset(reviews=0)},
            no_such_check={".github/rulesets/main.json": ruleset(check="quality gate of 2019")},
            none={".github/rulesets/main.json": None},
        ),
        *rows(
            "GO011",
            GITLAB,
            no_approval={
                ".gitlab/protection.json": str(GITLAB[".gitlab/protection.json"]).replace(
                    'required": 1', 'required": 0'
                )
            },
            may_be_red={
                ".gitlab/protection.json": str(GITLAB[".gitlab/protection.json"]).replace("true", "false")
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_the_host_alone_knows_what_it_demands(tmp_path: Path) -> None:
    assert verdict(tmp_path, "GO012", TREE).outcome is Outcome.UNKNOWN
    told = {"protection": {"approvals": 1, "checks": ["ci"]}}
    assert verdict(tmp_path, "GO012", TREE, told).outcome is Outcome.PASS
    assert (
        verdict(tmp_path, "GO012", TREE, {"protection": {"approvals": 0, "checks": ["ci"]}}).outcome
        is Outcome.FAIL
    )
    assert (
        verdict(tmp_path, "GO012", TREE, {"protection": {"approvals": 1, "checks": []}}).outcome
        is Outcome.FAIL
    )
