"""Cards of model and data: GO030 to GO033, GO040 to GO042."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows, verdict

CARD = """
    # Model card

    ## Intended use

    Ranks customers for the retention desk.

    ## Out of scope

    Never used to set a price.

    ## Training data

    Two years of contracts, see the data card.

    ## Metrics

    | metric | value |
    | --- | --- |
    | roc_auc | 0.9123 |

    ## Metrics by group

    | group | roc_auc |
    | --- | --- |
    | north | 0.9 of them |

    ## Limitations

    Not measured on customers of less than a month.

    ## Owner

    Retention team, retention@corp.test
"""
DATA = """
    # Data card

    ## Origin

    The contracts database of the billing department.

    ## Licence

    Our own data, internal use only.

    ## Period

    Collected from 2022 to 2024, monthly.

    ## Sensitive fields

    None beyond the contract number.

    ## Labels

    A contract that ended within thirty days.

    ## Dictionary

    | column | meaning |
    | --- | --- |
    | tenure | months since the start |
    | price | per month |
"""
CARDS: Tree = {
    "docs/model-card.md": CARD,
    "docs/data-card.md": DATA,
    "reports/metrics.json": '{"roc_auc": 0.91234, "rows": 120}',
    "app/__init__.py": "",
    "app/schema.py": """
        import pandera.pandas as pa

        SCHEMA = pa.DataFrameSchema({
            "tenure": pa.Column(float),
            "price": pa.Column(float),
        })
    """,
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows("GO030", CARDS, none={"docs/model-card.md": None}, empty={"docs/model-card.md": ""}),
        *rows(
            "GO031",
            CARDS,
            headings_only={
                "docs/model-card.md": "\n\n".join(
                    line for line in CARD.splitlines() if "##" in line or "# M" in line
                )
            },
            example={
                "docs/model-card.md": CARD.replace(
                    "Never used to", "<!-- example -->\n    > **Example text**: never used to"
                )
            },
            no_owner={
                "docs/model-card.md": CARD.replace("## Owner", "## Colours").replace(
                    "Retention team, retention@corp.test", "Blue and green they are."
                )
            },
        ),
        *rows(
            "GO032",
            CARDS,
            of_last_year={"docs/model-card.md": CARD.replace("0.9123", "0.95")},
            no_numbers={
                "docs/model-card.md": CARD.replace("| roc_auc | 0.9123 |", "| roc_auc | excellent |")
            },
            nothing_measured={"reports/metrics.json": None},
        ),
        *rows("GO040", CARDS, none={"docs/data-card.md": None}, empty={"docs/data-card.md": ""}),
        *rows(
            "GO041",
            CARDS,
            no_labels={"docs/data-card.md": DATA.replace("A contract that ended within thirty days.", "")},
            example={
                "docs/data-card.md": DATA.replace(
                    "The contracts database",
                    "<!-- example -->\n    > **Example text**: the contracts database",
                )
            },
            no_card={"docs/data-card.md": None},
        ),
        *rows(
            "GO042",
            CARDS,
            missing_row={"docs/data-card.md": DATA.replace("| price | per month |", "")},
            in_prose={
                "docs/data-card.md": DATA.replace("| price | per month |", "And there is price, per month.")
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_sources_file_describes_the_data_too(tmp_path: Path) -> None:
    sources = """
        sources:
          - name: contracts
            owner: billing
            licence: internal
            collected: "2024"
            sensitive_fields: []
            labels: contracts that ended
    """
    holds(tmp_path, "GO041", {"pipelines/sources.yaml": sources}, Outcome.PASS)


def test_card_of_production_needs_a_snapshot(tmp_path: Path) -> None:
    tree = {"docs/model-card.md": CARD + "\n    - version: 3\n"}
    assert verdict(tmp_path, "GO033", tree).outcome is Outcome.UNKNOWN
    assert verdict(tmp_path, "GO033", tree, {"production": {"version": "3"}}).outcome is Outcome.PASS
    assert verdict(tmp_path, "GO033", tree, {"production": {"version": "4"}}).outcome is Outcome.FAIL
