"""PX001 and PX002, and the versions behind them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from mlascent.catalogue import currency
from mlascent.rules.deployment.versions import all_below, lowest, version
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import SERVICE, Case, Tree, changed, github, judge, table

LATE = date(2026, 11, 20)


def late(name: str, outcome: Outcome, tree: Tree, rule: str = "PX002") -> object:
    """A case on a day on which more has ended."""
    return pytest.param(Case(rule, name, tree, outcome, {}, LATE), id=f"{rule}-{name}")


CASES = [
    *table(
        "PX001",
        SERVICE,
        old_python=changed(SERVICE, "pyproject.toml", ">=3.11", ">=3.8"),
        old_image=changed(SERVICE, "Dockerfile", "python:3.12-slim", "python:3.7"),
        old_pin=changed(SERVICE, "pyproject.toml", "pandas>=2", "pandas==1.1.5"),
        old_range=changed(SERVICE, "pyproject.toml", "scikit-learn>=1.4", "tensorflow~=1.15"),
        requirements={"requirements.txt": "pandas==1.3.0\n", "train.py": "import pandas\n"},
    ),
    *table(
        "PX002",
        SERVICE,
        externals={**SERVICE, "src/churn/old.py": "from sklearn.externals import joblib\n"},
        old_action={
            ".github/workflows/ci.yml": github("pytest")[".github/workflows/ci.yml"]
            + "      - uses: actions/upload-artifact@v3\n"
        },
        old_call={
            "app.py": "import openai\n\n\ndef ask():\n    return openai.ChatCompletion.create(model='x')\n"
        },
        old_model={"app.py": "MODEL = 'text-davinci-003'\n"},
    ),
    late("ended", Outcome.FAIL, {"train.py": "from azureml.core import Workspace\n"}),
    late(
        "monitor",
        Outcome.FAIL,
        {"watch.py": "from sagemaker.model_monitor import DefaultModelMonitor as M\n"},
    ),
    late("ours", Outcome.PASS, SERVICE),
    late("python-310", Outcome.FAIL, changed(SERVICE, "pyproject.toml", ">=3.11", ">=3.10"), "PX001"),
    pytest.param(
        Case("PX002", "not-yet", {"train.py": "from azureml.core import Workspace\n"}, Outcome.PASS),
        id="PX002-not-yet",
    ),
    pytest.param(
        Case("PX001", "no-manifest", {"train.py": "print(1)\n"}, Outcome.UNKNOWN), id="PX001-no-manifest"
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


def test_every_entry_has_a_day_and_a_source() -> None:
    table = currency.table()
    for entry in (*table["libraries"], *table["retired"]):
        assert date.fromisoformat(entry["ended"])
        assert entry["source"].startswith("https://")
    assert all(version(limit["below"]) for limit in table["libraries"])


@pytest.mark.parametrize(
    ("specifier", "below"),
    [
        ("==1.5.3", True),
        ("<2", True),
        ("~=1.15", True),
        ("^1.2", True),
        ("==1.*", True),
        (">=1.3", False),
        ("", False),
        (">=2,<3", False),
        ("!=1.5", False),
        ("==2.0", False),
    ],
)
def test_ranges(specifier: str, below: bool) -> None:
    assert all_below(specifier, (2, 0)) is below


def test_lower_bounds() -> None:
    assert [lowest(text) for text in (">=3.8,<3.12", "^3.9", "<4", "")] == [(3, 8), (3, 9), (), ()]
