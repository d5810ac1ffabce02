"""What is remembered is what would be found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlascent.assess import remembered
from mlascent.assess.findings import Terms
from mlascent.assess.judge import assess
from mlascent.assess.model import Assessment
from mlascent.catalogue import catalogue
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import Files, Problem
from mlascent.policy.model import Policy
from mlascent.report.check import render
from mlascent.rules.model import Check, Evidence, Verdict, failed, passed

from tests.rules.support import write

from .support import DAY, checks

ANSWERS = "_commit: v0.1.0\npackage: churn\nlevel: 2\n"


class Rules:
    """Rules of which one reads a file, and which are counted."""

    def __init__(self) -> None:
        self.loaded = 0

    def __call__(self) -> Mapping[str, Check]:
        self.loaded += 1
        return {**checks({}), "DE040": self.look}

    def look(self, facts: Facts) -> Verdict:
        facts.files.problems.add(Problem("a.txt", "is odd", 1))
        text = facts.files.text("a.txt")
        return passed("good") if text == "good" else failed("bad", Evidence("a.txt", 1, text))


def looked(root: Path, rules: Any, day: date = DAY, host: dict[str, Any] | None = None) -> Assessment:
    cache = Cache(root.parent / "cache")
    terms = Terms(Policy(), Policy(), (), {}, {}, day, "en")
    try:
        return assess(Facts(Files(root, cache), day, host or {}), rules, terms, catalogue(), "x", cache=cache)
    finally:
        cache.close()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered, "_SETTLED", -60)  # as if the files had been there for long
    return write(tmp_path / "p", {".copier-answers.yml": ANSWERS, "a.txt": "bad"})


def test_nothing_is_run_twice_and_the_outcome_is_the_same(project: Path) -> None:
    rules = Rules()
    first, second = looked(project, rules), looked(project, rules)
    assert rules.loaded == 1
    assert render(first, "json") == render(second, "json")
    assert [f.rule.id for f in second.failed] == ["DE040"]
    assert Problem("a.txt", "is odd", 1) in second.problems


def test_a_change_is_seen(project: Path) -> None:
    rules = Rules()
    assert not looked(project, rules).ok
    (project / "a.txt").write_text("good")
    assert looked(project, rules).ok
    before = os.stat(project / "a.txt")
    (project / "a.txt").write_text("evil")
    os.utime(project / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same size, too
    assert not looked(project, rules).ok
    write(project, {"new.txt": ""})
    looked(project, rules)
    assert rules.loaded == 4


def test_day_host_and_code_are_part_of_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules()
    looked(project, rules)
    looked(project, rules, day=DAY + timedelta(days=1))
    looked(project, rules, host={"a": 1})
    assert rules.loaded == 3
    monkeypatch.setattr(remembered, "_code", lambda: [("rules/x.py", 1, 1)])
    looked(project, rules)
    assert rules.loaded == 4


def test_what_just_changed_and_what_broke_is_not_remembered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Facts) -> Verdict:
        raise ValueError

    calls: list[int] = []

    def rules() -> Mapping[str, Check]:
        calls.append(1)
        return {**checks({}), "DE040": broken}

    looked(project, rules)
    looked(project, rules)
    assert len(calls) == 2
    monkeypatch.setattr(remembered, "_SETTLED", 3600)
    whole = Rules()
    looked(project, whole)
    looked(project, whole)
    assert whole.loaded == 2


def test_what_was_inferred_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_SETTLED", -60)
    theirs = write(tmp_path / "theirs", {"app.py": "import flask\n", "a.txt": "good"})
    rules = Rules()
    first, second = looked(theirs, rules), looked(theirs, rules)
    assert first.profile == second.profile == {"platform": "local", "ci": "none", "workload": "online"}
    assert rules.loaded == 1
