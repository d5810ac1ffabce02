"""A project stays small: what a level may bring, counted on the answers that nobody changed.

Why these numbers: docs/decisions/0008-budgets.md. Blank lines do not count.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import chain

import pytest

from .matrix import CIS, Workshop


@dataclass(frozen=True)
class Budget:
    files: int
    entries: int
    lines: int
    dependencies: int


BUDGETS = (Budget(20, 10, 700, 8), Budget(42, 16, 1600, 14), Budget(100, 18, 4800, 20))
#: Files that a step up may add and modify.
STEPS = ((25, 3), (60, 4))
#: CI files that a step up may add, with those for owners and reviews.
CI_STEPS = (2, 8)
CI_FOLDERS = (".github/", ".gitlab", ".azure", ".jenkins/", "renovate.json", "CODEOWNERS")


def tree(workshop: Workshop, level: int, ci: str = "github") -> dict[str, bytes]:
    return dict(workshop.project({"level": level, "ci": ci}).tree)


@pytest.mark.parametrize("level", range(len(BUDGETS)))
def test_a_project_stays_small(workshop: Workshop, level: int) -> None:
    files = tree(workshop, level)
    settings = tomllib.loads(files["pyproject.toml"].decode())
    dependencies = {*settings["project"]["dependencies"], *chain(*settings["dependency-groups"].values())}
    budget = BUDGETS[level]
    assert len(files) <= budget.files, sorted(files)
    assert len({path.partition("/")[0] for path in files}) <= budget.entries
    lines = [line for content in files.values() for line in content.splitlines() if line.strip()]
    assert len(lines) <= budget.lines
    assert len(dependencies) <= budget.dependencies, dependencies


@pytest.mark.parametrize("level", range(len(STEPS)))
def test_a_step_up_adds_files_and_hardly_touches_any(workshop: Workshop, level: int) -> None:
    before, after = tree(workshop, level), tree(workshop, level + 1)
    added, modified = STEPS[level]
    assert len(after.keys() - before.keys()) <= added
    changed = [path for path, content in before.items() if after[path] != content]
    assert len(changed) <= modified, changed


@pytest.mark.parametrize("ci", CIS)
@pytest.mark.parametrize("level", range(len(CI_STEPS)))
def test_ci_is_a_handful_of_files(workshop: Workshop, ci: str, level: int) -> None:
    new = tree(workshop, level + 1, ci).keys() - tree(workshop, level, ci).keys()
    assert len([path for path in new if path.startswith(CI_FOLDERS)]) <= CI_STEPS[level]
