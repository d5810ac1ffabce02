"""Where a project ends does not depend on how it went there, and what nobody touched goes back as it came."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from mlascent import history, source
from mlascent.catalogue import catalogue
from mlascent.commands.project import placed
from mlascent.commands.wanted import rendered
from mlascent.render import ANSWERS_FILE

from tests.unit.helpers import ROOT

from .conftest import Make
from .releases import NEWEST, releases
from .support import Repo, made

CIS = ("github", "gitlab", "azure", "jenkins", "none")
WORKLOADS = ("online", "batch", "both")
#: Every CI system and every workload, and more than once.
PAIRS = [*zip(CIS, itertools.cycle(WORKLOADS), strict=False), ("github", "batch"), ("gitlab", "online")]
#: What a project has from level 0 on.
FIRST = {c.id for c in catalogue().capabilities if c.selected_by == "level" and c.introduced == 0}
OPTIONAL = [c.id for c in catalogue().capabilities if c.status["local"] == "available" and not c.core]


def as_new(repo: Repo, version: str = NEWEST, **changed: Any) -> None:
    """The project is what the template gives for its answers, byte for byte."""
    answers = {name: value for name, value in repo.answers.items() if not name.startswith("_")} | changed
    rendering = rendered(source.at(version), repo.answers["_src_path"], answers)
    given = {path: content for path, (_, content) in placed(rendering, "").items()}
    here = {path: content for path, (_, content) in repo.files().items()}
    assert sorted(here) == sorted(given)
    assert [path for path in given if here[path] != given[path]] == []


@pytest.mark.parametrize(("ci", "workload"), PAIRS)
def test_levels_up_and_down(make: Make, ci: str, workload: str) -> None:
    repo = make(0, ci=ci, workload=workload)
    trees = {0: repo.tree()}
    for level in (1, 2):
        repo.update(level=level)
        as_new(repo)
        trees[level] = repo.tree()
    for level in (0, 2, 1, 0):
        updated = repo.update(level=level)
        assert repo.tree() == trees[level]
        assert not updated.notes


def test_ci_and_workload_there_and_back(make: Make) -> None:
    repo = make(2)
    before = repo.tree()
    for ci, workload in [*PAIRS, ("github", "online")]:
        repo.update(ci=ci, workload=workload)
        as_new(repo)
    assert repo.tree() == before


@pytest.mark.parametrize("level", [0, 1, 2])
def test_versions_one_by_one_or_at_once(make: Make, level: int) -> None:
    slow, fast = (
        make(level, version="v1.0.0"),
        make(level, "fast", version="v1.0.0", package="churn", project_name="churn"),
    )
    for version in releases():
        slow.update(to=version)
        as_new(slow, version)
    fast.update()
    assert fast.tree() == slow.tree()
    slow.update(to="v1.0.0")  # and back, as a team may that meets a fault
    as_new(slow, "v1.0.0")


def test_version_and_level_at_once(make: Make) -> None:
    repo = make(0, version="v1.0.0")
    repo.update(level=2, ci="azure", workload="both")
    as_new(repo)


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.full)])
def test_each_capability_alone(make: Make, part: int) -> None:
    low, high = make(0, "low", workload="both"), make(2, "high", workload="both")
    without, whole = low.tree(), high.tree()
    for number, capability in enumerate(OPTIONAL):
        if (number % 6 != 0) == (part == 0):
            continue
        there = [capability] if capability not in FIRST else []
        back = [] if there else [capability]
        low.update(add=there, remove=back)
        as_new(low)
        low.update(add=back, remove=there)
        assert low.tree() == without, capability
        if capability in {c.id for c in catalogue().capabilities if c.selected_by == "level"}:
            high.update(remove=[capability])
            as_new(high)
            high.update(add=[capability])
            assert high.tree() == whole, capability


@pytest.mark.skipif(not (ROOT / ".git").exists() or history.is_shallow(ROOT), reason="needs the history")
@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_release_comes_to_here(tmp_path: Path, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From every released template to this checkout's: what a user of that release meets."""
    monkeypatch.setattr(source, "_bundle", lambda: None)
    newest = source.current()
    monkeypatch.setattr(source, "current", lambda: newest)
    for number, version in enumerate([*history.releases(ROOT), newest.version]):
        old = newest if version == newest.version else source.at(version)
        with monkeypatch.context() as patch:
            patch.setattr(source, "current", lambda template=old: template)
            repo = made(tmp_path / str(number) / "churn", level)
        repo.update()
        as_new_at(repo, newest)


def as_new_at(repo: Repo, template: source.Template) -> None:
    answers = {name: value for name, value in repo.answers.items() if not name.startswith("_")}
    given = placed(rendered(template, repo.answers["_src_path"], answers), "")
    assert {path: content for path, (_, content) in repo.files().items()} == {
        path: content for path, (_, content) in given.items()
    }
    assert given[ANSWERS_FILE]
