"""What `mlascent check` found as annotations of a change: for GitHub's log, and as GitLab's code quality.

The page that these end on shows lines of code. So only what does not hold is told, and nothing that is
waived, known or unknown.
"""

from __future__ import annotations

import json
from typing import Any

from mlascent.assess.model import Assessment, Finding
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import (
    Weight,
    clean,
    fallback,
    fingerprint,
    headline,
    located,
    shown,
    statement,
    told,
    weigh,
    where,
)

#: GitHub shows so many annotations of each kind for a step, and drops the rest without a word.
MOST = 10
_KINDS = {Weight.DECIDES: "error", Weight.YOURS: "warning", Weight.WARNS: "notice"}
_SEVERITIES = {Weight.DECIDES: "critical", Weight.YOURS: "minor", Weight.WARNS: "info"}


def github(assessment: Assessment, language: str = "en") -> str:
    """Workflow commands: errors by which the check fails, warnings for the rest, notices for advice."""
    commands: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for said in assessment.violations:
        commands["error"].append(_command("error", clean(said), title=say(language, "violations")))
    for said in assessment.warnings:
        commands["warning"].append(_command("warning", clean(said), title=say(language, "policy_later")))
    weighed = weigh(assessment)
    for finding in shown(assessment, *_KINDS):
        kind = _KINDS[weighed[finding.rule.id]]
        commands[kind].append(_blame(assessment, kind, finding, language))
    for problem in assessment.problems:
        fields = {"file": clean(located(assessment, problem.path)), "title": say(language, "problems")}
        if problem.line:
            fields["line"] = str(problem.line)
        commands["warning"].append(_command("warning", clean(f"{problem.path} {problem.said}"), **fields))
    lines = [line for kind, told_so in commands.items() for line in _capped(kind, told_so, language)]
    return "\n".join([*lines, f"mlascent: {headline(assessment, language)}"]) + "\n"


def gitlab(assessment: Assessment, language: str = "en") -> str:
    """A code quality report."""
    weighed = weigh(assessment)
    issues: list[dict[str, Any]] = []
    for finding in shown(assessment, *_KINDS):
        at = where(finding)
        issues.append(
            {
                "description": _described(finding, language),
                "check_name": finding.rule.id,
                "fingerprint": fingerprint(finding),
                "severity": _SEVERITIES[weighed[finding.rule.id]],
                "location": {
                    "path": clean(located(assessment, at.path if at else fallback(assessment))),
                    "lines": {"begin": max(at.line, 1) if at else 1},
                },
            }
        )
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


render = github


def _blame(assessment: Assessment, kind: str, finding: Finding, language: str) -> str:
    at = where(finding)
    fields = {"file": clean(located(assessment, at.path))} if at else {}
    if at and at.line:
        fields["line"] = str(at.line)
    fields["title"] = f"{finding.rule.id} ({finding.rule.capability or 'policy'})"
    must = f"{say(language, 'must')}: {statement(finding, language)}"
    fix = f"{say(language, 'fix')}: {clean(finding.rule.fix)}"
    return _command(kind, f"{told(finding)}\n{must}\n{fix}", **fields)


def _described(finding: Finding, language: str) -> str:
    must = f"{say(language, 'must')}: {statement(finding, language)}"
    return f"{finding.rule.id}: {told(finding)} {must}"


def _capped(kind: str, lines: list[str], language: str) -> list[str]:
    if len(lines) <= MOST:
        return lines
    rest = say(language, "unshown", count=len(lines) - MOST + 1)
    return [*lines[: MOST - 1], _command(kind, rest)]


def _command(kind: str, message: str, **fields: str) -> str:
    told_fields = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    return f"::{kind}{' ' + told_fields if told_fields else ''}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
