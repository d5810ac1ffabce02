"""A project stays small: what a level may bring, counted on the answers that nobody changed.

Why these numbers: docs/decisions/0008-budgets.md. Blank lines do not count.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import chain

import pytest

from .matrix import CIS, PLATFORMS, Workshop


@dataclass(frozen=True)
class Budget:
    files: int
    entries: int
    lines: int
    dependencies: int


BUDGETS = (Budget(20, 10, 700, 8), Budget(42, 16, 1600, 14), Budget(100, 18, 4800, 20))
#: What a managed platform may add to that, at levels 1 and 2: docs/decisions/0015-platforms.md.
ON_A_PLATFORM = (Budget(45, 2, 3900, 3), Budget(75, 2, 6500, 3))
#: Files that a step up may add and modify.
STEPS = ((25, 3), (60, 4))
#: CI files that a step up may add, with those for owners and reviews.
CI_STEPS = (2, 8)
CI_FOLDERS = (".github/", ".gitlab", ".azure", ".jenkins/", "renovate.json", "CODEOWNERS")


def tree(workshop: Workshop, level: int, ci: str = "github", platform: str = "local") -> dict[str, bytes]:
    return dict(workshop.project({"level": level, "ci": ci, "platform": platform}).tree)


def spent(files: dict[str, bytes]) -> Budget:
    """What a project uses of its budget."""
    settings = tomllib.loads(files["pyproject.toml"].decode())
    return Budget(
        len(files),
        len({path.partition("/")[0] for path in files}),
        len([line for content in files.values() for line in content.splitlines() if line.strip()]),
        len({*settings["project"]["dependencies"], *chain(*settings["dependency-groups"].values())}),
    )


def within(found: Budget, budget: Budget) -> None:
    over = {key: value for key, value in vars(found).items() if value > vars(budget)[key]}
    assert not over, f"{found} against {budget}"


@pytest.mark.parametrize("level", range(len(BUDGETS)))
def test_a_project_stays_small(workshop: Workshop, level: int) -> None:
    within(spent(tree(workshop, level)), BUDGETS[level])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_costs_what_it_may(workshop: Workshop, platform: str) -> None:
    """Nothing at level 0; then files beside the team's, of which a project on a machine has none."""
    assert tree(workshop, 0, platform=platform).keys() == tree(workshop, 0).keys()
    for level, budget in enumerate(ON_A_PLATFORM, 1):
        here, there = spent(tree(workshop, level)), spent(tree(workshop, level, platform=platform))
        within(Budget(*(getattr(there, k) - getattr(here, k) for k in vars(here))), budget)


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
