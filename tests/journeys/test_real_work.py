"""A project with months of its team's work in it climbs, and then its own words still pass."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.baked.children import environment, tool

from .conftest import Make
from .support import Repo

#: The release that is this checkout's template, but for a question.
OURS = "v1.0.0"

pytestmark = pytest.mark.full


def work(repo: Repo) -> None:
    """What a team does at level 0: another model, a feature, a test, a dependency, a page about it."""
    repo.write("data/customers.csv", _customers())
    repo.replace(
        "src/churn/features.py",
        "    return frame\n",
        "    # the team's own feature comes here\n    return frame\n",
    )
    repo.append("tests/test_model.py", "\n\ndef test_of_the_team() -> None:\n    assert 1 + 1 == 2\n")
    repo.write(
        "src/churn/report.py",
        '"""A table for the weekly meeting."""\n\n\n'
        'def title() -> str:\n    """Its title."""\n    return "Churn, this week"\n',
    )
    repo.write(
        "tests/test_report.py",
        "from churn.report import title\n\n\ndef test_title() -> None:\n    assert title()\n",
    )
    repo.write("scripts/export.py", "print('exported')\n")
    repo.append(".gitignore", "/exports/\n")
    repo.append("README.md", "\n## How we work\n\nEvery Monday we look at the report.\n")
    repo.replace("pyproject.toml", "dependencies = [\n", 'dependencies = [\n  "tabulate>=0.9,<1",\n')
    repo.append("justfile", "\n# the table for the weekly meeting\nreport: _ready\n    {{ python }}.report\n")
    (repo.path / "notebooks/explore.ipynb").unlink()
    repo.commit("months of work")


def _customers() -> str:
    return "age,spent,left\n" + "".join(f"{20 + n % 50},{n * 3 % 700},{n % 2}\n" for n in range(200))


def just(repo: Repo, *words: str) -> None:
    done = subprocess.run(
        [tool("just"), *words], cwd=repo.path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"just {' '.join(words)}:\n{done.stdout}{done.stderr}"


def test_climbs_and_runs(make: Make) -> None:
    repo = make(0, version=OURS)
    just(repo, "setup")
    repo.commit("the lock")
    work(repo)
    just(repo, "setup")
    repo.commit("the lock")
    conflicts = 0
    for level in (1, 2):
        updated = repo.update(level=level, to=OURS)
        assert updated.relock
        conflicts += len(updated.plan.conflicts)
        if updated.plan.conflicts:
            repo.settle()
        just(repo, "setup")
        repo.commit("the lock")
        just(repo, "test")
    assert conflicts <= 1
    just(repo, "train")
    just(repo, "report")
    assert not Path(repo.path / "notebooks/explore.ipynb").exists()
    for line in ("tabulate", "Every Monday", "/exports/", "test_of_the_team", "the team's own feature"):
        assert repo.git("grep", "-l", "-F", line), line
