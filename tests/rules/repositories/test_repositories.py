"""Repositories as the world has them, with what is true of each said by hand: nothing may pass that is not.

A file here is one repository: a line on what it is, the outcome of rules, then its files. Whatever passes,
of all rules that there are, must stand under `pass`. `missed` is what holds and no rule can see yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from mlascent.commands.check import check
from mlascent.rules.model import Outcome, Verdict

from tests.rules.support import write

REPOSITORIES = sorted(Path(__file__).parent.glob("*.txt"), key=lambda path: path.stem)
DAY = date(2026, 8, 1)


@dataclass(frozen=True)
class Judged:
    """What is true of a repository by hand (rule -> outcome, or `missed`), and what the rules say."""

    truth: Mapping[str, str]
    verdicts: Mapping[str, Verdict]


def read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What is true of a repository, and its files."""
    head, *parts = path.read_text(encoding="utf-8").split("\n=== ")
    truth: dict[str, str] = {}
    for line in filter(None, head.splitlines()[1:]):
        outcome, _, rules = line.partition(": ")
        truth |= dict.fromkeys(rules.split(), outcome)
    files = (part.partition("\n") for part in parts)
    return truth, {name: f"{text.rstrip()}\n" if text.strip() else "" for name, _, text in files}


@pytest.fixture(scope="module", params=REPOSITORIES, ids=lambda path: path.stem)
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """A repository, assessed."""
    truth, files = read(request.param)
    root = write(tmp_path_factory.mktemp("repository"), files)
    findings = check(root, level=2, as_of=DAY, cached=False).findings
    return Judged(truth, {finding.rule.id: finding.verdict for finding in findings})


def told(judged: Judged, rules: list[str]) -> str:
    """What rules say, for a person who mends them or the table."""
    verdicts = ((rule, judged.verdicts[rule]) for rule in rules)
    return "\n".join(f"{rule}: {v.outcome}: {v.said} {v.evidence[:2]}" for rule, v in verdicts)


def test_nothing_passes_that_is_not_so(judged: Judged) -> None:
    passing = [rule for rule, verdict in judged.verdicts.items() if verdict.outcome is Outcome.PASS]
    false = [rule for rule in passing if judged.truth.get(rule) != "pass"]
    assert not false, told(judged, false)


def test_rules_say_what_is_so(judged: Judged) -> None:
    expected = {rule: outcome for rule, outcome in judged.truth.items() if outcome != "missed"}
    wrong = [rule for rule, outcome in expected.items() if judged.verdicts[rule].outcome != outcome]
    assert not wrong, told(judged, wrong)


def test_no_rule_breaks(judged: Judged) -> None:
    broken = [rule for rule, verdict in judged.verdicts.items() if "broke" in verdict.said]
    assert not broken, told(judged, broken)


def test_the_tables_are_long_enough() -> None:
    outcomes = {outcome for path in REPOSITORIES for outcome in read(path)[0].values()}
    assert outcomes <= {*Outcome, "missed"}
    assert len(REPOSITORIES) >= 10
    assert all(len(read(path)[0]) >= 25 for path in REPOSITORIES)
