"""Attestations: what people answer for where a repository cannot show it, and for how long that is fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from mlascent.facts.files import Files, Problem
from mlascent.policy.load import examined
from mlascent.policy.model import Policy

FILE = ".mlascent/attestations.yml"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Somebody's word for a rule.

    Attributes:
        rule: What it is about.
        by: Who, and in which role.
        until: The last day on which it is fresh.
        fresh: Whether it is.
    """

    rule: str
    by: str
    until: date
    fresh: bool


def read(files: Files, policy: Policy, day: date) -> dict[str, Attestation]:
    """Rule → the attestation that is fresh for longest; a malformed one is a problem and counts not."""
    if FILE not in files:
        return {}
    doc, problems = examined(files.bytes(FILE), "attestations")
    files.problems.update(Problem(FILE, said, line) for line, said in problems)
    wrong = {said.partition("]")[0] for _, said in problems}
    found: dict[str, Attestation] = {}
    for number, entry in enumerate(doc.items("attestations")):
        if f"attestations[{number}" in wrong or not isinstance(entry, dict):
            continue
        given = date.fromisoformat(entry["date"])
        if given > day:
            said = f"attestations[{number}] is of {given}, which is not yet"
            files.problems.add(Problem(FILE, said, doc.line("attestations", number)))
            continue
        until = given + timedelta(days=policy.attestation_days)
        if "expires" in entry:
            until = min(until, date.fromisoformat(entry["expires"]))
        one = Attestation(entry["rule"], f"{entry['by']} ({entry['role']})", until, day <= until)
        if one.rule not in found or found[one.rule].until < one.until:
            found[one.rule] = one
    return found
