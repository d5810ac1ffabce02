"""Annotations: what a host reads as a command is ours alone, and no more than it shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from mlascent.assess.model import State
from mlascent.report.check import sarif
from mlascent.report.check.annotations import MOST, github, gitlab

from .support import HOSTILE, full, good

_COMMAND = re.compile(r"::(error|warning|notice)(?: (?:\w+=[^:,\r\n]*)(?:,\w+=[^:,\r\n]*)*)?::[^\r\n]*")


def test_every_line_is_a_command_of_ours() -> None:
    *commands, last = github(full(HOSTILE, HOSTILE)).splitlines()
    assert commands
    assert last.startswith("mlascent: ")
    for line in commands:
        assert _COMMAND.fullmatch(line), line
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", line), line
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", github(full(HOSTILE, HOSTILE)))


def test_no_more_than_github_shows_and_the_rest_is_counted() -> None:
    assessment = full(level=4)
    lines = github(assessment).splitlines()
    kinds = {kind: [i for i in lines if i.startswith(f"::{kind}")] for kind in ("error", "warning", "notice")}
    assert all(len(told) <= MOST for told in kinds.values())
    failures = len(assessment.failed) + len(assessment.violations)
    assert f"{failures - MOST + 1} more" in kinds["error"][-1]


def test_nothing_is_told_of_what_holds() -> None:
    assert github(good()) == "mlascent: Holds at level 2\n"
    assert json.loads(gitlab(good())) == []


def test_gitlab_gets_what_it_asks_for() -> None:
    for text in ("as it is", HOSTILE):
        assessment = full(text, text)
        issues = json.loads(gitlab(assessment))
        critical = {i["check_name"] for i in issues if i["severity"] == "critical"}
        assert critical == {f.rule.id for f in assessment.failed}
        assert len({i["fingerprint"] for i in issues}) == len(issues)
        states = {f.rule.id: f.state for f in assessment.findings}
        for issue in issues:
            assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
            assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert issue["location"]["path"]
            assert issue["location"]["lines"]["begin"] >= 1
            assert states[issue["check_name"]] in (State.FAIL, State.WARN)


@pytest.mark.parametrize(
    ("directory", "path"),
    [
        (".", "src/churn/train.py"),
        ("services/churn", "services/churn/src/churn/train.py"),
        ("/srv/work", "src/churn/train.py"),
        ("../churn", "src/churn/train.py"),
    ],
)
def test_files_are_told_from_where_the_check_was_started(directory: str, path: str) -> None:
    assessment = replace(full(), directory=directory)
    assert f"file={path},line=12," in github(assessment)
    assert path in {issue["location"]["path"] for issue in json.loads(gitlab(assessment))}
    assert f'"uri": "{path}"' in sarif.render(assessment)
