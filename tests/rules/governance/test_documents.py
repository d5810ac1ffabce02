"""README, changelog, architecture: GO001 to GO003."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows

README = """
    # churn

    Predicts which customers will leave within a month, for the retention desk.

    Owners: the retention team, retention@corp.test

    ## Setup

    ```sh
    pip install -r requirements.txt
    make train
    ```
"""
PAGES: Tree = {
    "README.md": README,
    "Makefile": "train:\n\tpython train.py\n",
    "train.py": "print(1)\n",
    "CHANGELOG.md": "# Changes\n\n## 1.2.0\n\n- The model knows prices.\n",
    "docs/architecture.md": "# Architecture\n\nEvents come from the queue, are cleaned by the "
    "nightly job, and land in the warehouse. "
    "Training reads the warehouse, and the service answers from the newest approved model.\n",
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO001",
            PAGES,
            of_the_host={"README.md": "# churn\n"},
            headings_only={"README.md": "# churn\n\n## Purpose\n\n## Owner\n\n## Setup\n\n## Commands\n"},
            placeholder={"README.md": README.replace("Predicts", "TODO: predicts")},
            none={"README.md": None},
        ),
        *rows(
            "GO002",
            PAGES,
            empty_log={"CHANGELOG.md": "# Changes\n\n## Unreleased\n"},
            empty_page={"docs/architecture.md": "# Architecture\n\nTODO\n"},
            no_page={"docs/architecture.md": None},
        ),
        *rows(
            "GO003",
            PAGES,
            no_such_word={"README.md": README.replace("make train", "make model")},
            never_built={"mkdocs.yml": "site_name: churn\n"},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)
