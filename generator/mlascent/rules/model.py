"""What a rule says of a repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from mlascent.facts import Facts


class Outcome(StrEnum):
    """What a rule found."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """What was read, and where.

    Attributes:
        path: Relative to the repository's root.
        line: From 1; 0 for the whole file.
        said: What stands there, or what is missing there, in a few words.
    """

    path: str
    line: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one rule, with its reasons.

    Attributes:
        outcome: What was found.
        said: One sentence: what holds, what is missing, or why it cannot be told.
        evidence: What was read.
    """

    outcome: Outcome
    said: str
    evidence: tuple[Evidence, ...] = ()


def passed(said: str, *evidence: Evidence) -> Verdict:
    """The statement holds."""
    return Verdict(Outcome.PASS, said, evidence)


def failed(said: str, *evidence: Evidence) -> Verdict:
    """The statement does not hold."""
    return Verdict(Outcome.FAIL, said, evidence)


def not_applicable(said: str) -> Verdict:
    """The statement is not about this repository."""
    return Verdict(Outcome.NOT_APPLICABLE, said)


def unknown(said: str, *evidence: Evidence) -> Verdict:
    """A repository alone cannot show it."""
    return Verdict(Outcome.UNKNOWN, said, evidence)


Check = Callable[[Facts], Verdict]
C = TypeVar("C", bound=Check)

#: Rule id → the function that decides it, in the order of definition.
CHECKS: dict[str, Check] = {}


def rule(rule_id: str) -> Callable[[C], C]:
    """Say which rule of the catalogue a function decides.

    The function takes facts, returns a verdict, and looks at nothing else. Its docstring says how a
    repository could pretend, and why that does not pass here.
    """

    def enter(check: C) -> C:
        if rule_id in CHECKS:
            raise ValueError(f"two functions decide {rule_id}")
        CHECKS[rule_id] = check
        return check

    return enter
