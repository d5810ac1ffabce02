"""Policy, reviews, waivers: GO060 to GO062."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows

PAGE = """
    # Governance

    ## Reviews and audits

    | date | review | who | result |
    | --- | --- | --- | --- |
    | 2025-11-03 | thresholds | Ana Souza | kept |

    ## Waivers

    | rule | owner | reason | approver | expiry |
    | --- | --- | --- | --- | --- |
    | GO132 | Ana Souza | the host has no digests | Rui Lima | 2026-03-31 |
"""
POLICY = "schema: 1\nextends:\n  - {source: https://policies.corp.test/ml.yml, digest: 'sha256:1f2e'}\n"
TREE: Tree = {"docs/governance.md": PAGE, ".mlascent/policy.yml": POLICY}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO060",
            TREE,
            whatever_stands_there={
                ".mlascent/policy.yml": "schema: 1\nextends:\n  - {source: "
                "https://policies.corp.test/ml.yml}\n"
            },
            in_prose={
                ".mlascent/policy.yml": None,
                "docs/governance.md": "# Governance\n\nPolicy 1.2 applies, sha256:1f2e.\n",
            },
        ),
        *rows(
            "GO061",
            TREE,
            long_ago={"docs/governance.md": PAGE.replace("2025-11-03", "2024-01-03")},
            not_yet={"docs/governance.md": PAGE.replace("2025-11-03", "2026-02-03")},
            nobody={"docs/governance.md": PAGE.replace("Ana Souza | kept", "| kept")},
            an_example={
                "docs/governance.md": "# Governance\n\n## Reviews\n\nDates like 2025-11-03, by Ana.\n"
            },
        ),
        *rows(
            "GO062",
            TREE,
            no_end={"docs/governance.md": PAGE.replace("2026-03-31", "-")},
            no_approver={"docs/governance.md": PAGE.replace("Rui Lima", "TBD")},
            in_a_file={
                ".mlascent/waivers.yml": "schema: 1\nwaivers:\n  - {rule: GO132, owner: Ana, "
                "reason: later, expires: '2026-03-31'}\n"
            },
            nowhere={"docs/governance.md": None},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_no_waiver_is_a_good_list(tmp_path: Path) -> None:
    holds(tmp_path, "GO062", {".mlascent/waivers.yml": "schema: 1\nwaivers: []\n"}, Outcome.PASS)
