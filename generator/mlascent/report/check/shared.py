"""What the forms have in common: which finding matters how, where it stands, and what is said of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import PurePath

from mlascent.assess.model import Assessment, Finding, State
from mlascent.facts.files import Problem
from mlascent.report.check.page_words import say
from mlascent.rules.model import Evidence

HOME = "https://github.com/mlascent/mlascent"
#: What can be in a file's name or in a file, and must reach no report: it ends lines or steers terminals.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]|[\t\n]+")
_BIDI = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Weight(StrEnum):
    """How much a finding matters to the outcome."""

    DECIDES = "decides"  # the check fails by it
    YOURS = "yours"  # demanded, not held, and owed by people
    WARNS = "warns"
    WAIVED = "waived"
    KNOWN = "known"
    NEXT = "next"  # not demanded yet, and not held
    HOLDS = "holds"
    ASIDE = "aside"  # not applicable


def weigh(assessment: Assessment) -> dict[str, Weight]:
    """Rule id → how much its finding matters, in the order of the findings."""
    decides = {f.rule.id for f in assessment.failed}
    yours = {f.rule.id for f in assessment.yours}
    return {f.rule.id: _weight(f, decides, yours) for f in assessment.findings}


def _weight(finding: Finding, decides: set[str], yours: set[str]) -> Weight:
    if finding.rule.id in decides:
        return Weight.DECIDES
    if finding.rule.id in yours:
        return Weight.YOURS
    if finding.demanded and finding.state in (State.FAIL, State.UNKNOWN):
        return Weight.WARNS  # advisory
    if not finding.demanded and finding.state in (State.WARN, State.KNOWN):
        return Weight.NEXT
    plain = {
        State.PASS: Weight.HOLDS,
        State.WARN: Weight.WARNS,
        State.WAIVED: Weight.WAIVED,
        State.KNOWN: Weight.KNOWN,
        State.NOT_APPLICABLE: Weight.ASIDE,
    }
    return plain.get(finding.state, Weight.NEXT)


def of(assessment: Assessment, *weights: Weight) -> list[Finding]:
    """The findings of some weights, weight by weight, each in the order of the findings."""
    weighed = weigh(assessment)
    return [f for weight in weights for f in assessment.findings if weighed[f.rule.id] is weight]


def shown(assessment: Assessment, *weights: Weight) -> list[Finding]:
    """The findings of some weights that say something of a file: not what a repository cannot show."""
    return [f for f in of(assessment, *weights) if f.state is not State.UNKNOWN or f.broken]


def clean(text: str) -> str:
    """Text on one line, without what steers a terminal, ends a line or turns the direction of writing."""
    return _BIDI.sub("", _CONTROL.sub(" ", text)).strip()


def statement(finding: Finding, language: str) -> str:
    """What must be true."""
    return clean(finding.rule.statement.in_(language))


def told(finding: Finding) -> str:
    """What was found, with the note that changes its meaning."""
    return " ".join(clean(part) for part in (finding.verdict.said, finding.note) if part)


def where(finding: Finding) -> Evidence | None:
    """The first place that was read, if any."""
    return next((evidence for evidence in finding.verdict.evidence if evidence.path), None)


def place(evidence: Evidence | Problem) -> str:
    """A place as people write it: `path:line`."""
    path = clean(evidence.path)
    return f"{path}:{evidence.line}" if evidence.line else path


def located(assessment: Assessment, path: str) -> str:
    """A path as seen from where the check was started: a host knows files by the repository's root."""
    start = PurePath(assessment.directory)
    if start.is_absolute() or ".." in start.parts or not start.parts:
        return path
    return f"{start.as_posix()}/{path}"


def fallback(assessment: Assessment) -> str:
    """The file to blame where a rule names none: a report by file needs one."""
    return ".copier-answers.yml" if assessment.generated else "README.md"


def fingerprint(finding: Finding) -> str:
    """The same for the same finding, whatever lines move: a rule has one finding in a repository."""
    return hashlib.sha256(f"mlascent/1:{finding.rule.id}".encode()).hexdigest()


def headline(assessment: Assessment, language: str) -> str:
    """The outcome in one sentence."""
    failures = len(assessment.failed) + len(assessment.violations)
    key = "ok" if assessment.ok else "not_ok"
    return say(language, key, level=assessment.checked, count=failures)


def owners(assessment: Assessment, language: str) -> str:
    """Whose rules decide."""
    names: Sequence[str] = assessment.owed_by or ("template", "run", "team", "host")
    return ", ".join(say(language, f"owner_{name}") for name in names)


def cut(things: Iterable[Finding], most: int) -> tuple[list[Finding], int]:
    """The first few, and how many more there are."""
    every = list(things)
    return every[:most], max(0, len(every) - most)
