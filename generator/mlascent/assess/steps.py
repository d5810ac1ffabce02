"""The next things to do, at most three: what is missing first, and the command that brings it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlascent.assess.model import Finding, State, Step
from mlascent.assess.profile import Profile
from mlascent.assess.words import say
from mlascent.catalogue import catalogue

MOST = 3
_OWNERS = ("template", "run", "team", "host")
_COMMAND = re.compile(r"`((?:just|mlascent|git|dvc|uv|pre-commit) [^`]+)`")
_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|…|<")


def steps(
    findings: Sequence[Finding],
    deciding: Iterable[Finding],
    violations: Iterable[str],
    profile: Profile,
    lowest: int,
    language: str,
) -> tuple[Step, ...]:
    """What to do next.

    Args:
        findings: All of them.
        deciding: Those that make the check fail; they come first.
        violations: Of the policy; those that name a command come before everything.
        profile: The repository's.
        lowest: The level that is wired everywhere; the way up leads to the next one.
        language: `en` or `pt`.
    """
    first = {f.rule.id for f in deciding}
    missing = [
        f
        for f in findings
        if f.state in (State.FAIL, State.UNKNOWN)
        and f.severity == "required"
        and not f.attested
        and (f.demanded or (f.counts and f.level <= lowest + 1))
    ]
    missing.sort(
        key=lambda f: (
            f.rule.id not in first,
            not f.demanded,
            f.state is State.UNKNOWN,
            f.level,
            f.rule.capability not in profile.left_out,  # what else fails often only lacks that
            _OWNERS.index(f.rule.owed_by),
            f.rule.id,
        )
    )
    grouped: dict[str, list[Finding]] = {}
    for finding in missing:
        grouped.setdefault(command(finding, profile), []).append(finding)
    found = [
        Step(said.partition(":")[0], (), named[1]) for said in violations if (named := _COMMAND.search(said))
    ]
    found += [
        Step(_what(word, same, language), tuple(f.rule.id for f in same), word)
        for word, same in grouped.items()
    ]
    return tuple(found[:MOST])


def _what(word: str, found: Sequence[Finding], language: str) -> str:
    if word.startswith("mlascent update") and len(found) > 1:
        return say(language, "climb", level=word.rpartition(" ")[2], count=len(found))
    return found[0].rule.statement.in_(language)


def command(finding: Finding, profile: Profile) -> str:
    """The command that brings what a rule asks, or the one that says how."""
    rule = finding.rule
    how = f"mlascent explain {rule.id}" if rule.capability else ""
    if rule.owed_by == "template" and profile.chosen and rule.level <= catalogue().highest:
        if rule.capability in profile.left_out:
            return f"mlascent add {rule.capability}"
        if (profile.claims(finding.area) or 0) < rule.level:
            return f"mlascent update --level {rule.level}"
        return "mlascent diff"  # it was there: somebody deleted or changed it
    named = _COMMAND.search(rule.fix)
    if named and not _PLACEHOLDER.search(named[1]) and (profile.chosen or named[1].startswith("git ")):
        return named[1]
    return how or rule.fix
