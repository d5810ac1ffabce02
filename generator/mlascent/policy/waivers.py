"""Waivers: what is let be, by whom, why, and until when."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlascent.facts.files import Files, Problem
from mlascent.policy import schema
from mlascent.policy.load import examined
from mlascent.policy.model import Policy
from mlascent.rules.model import Evidence

FILE = ".mlascent/waivers.yml"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of the file.

    Attributes:
        id: Its place in the file: `waivers[0]`.
        line: From 1.
        said: What it says; not all of it need be there where it is malformed.
        faults: Everything that is wrong with it, whatever the day and the policy.
    """

    id: str
    line: int
    said: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The rule that it is about."""
        return str(self.said.get("rule", ""))

    def text(self, key: str) -> str:
        """What it says under a key."""
        return str(self.said.get(key, ""))

    def covers(self, evidence: Iterable[Evidence]) -> bool:
        """Whether all that was found lies in its scope; what lies nowhere is in the widest scope only."""
        scope = self.text("scope")
        if scope in ("", "*", "**"):
            return True
        paths = [found.path for found in evidence]
        return bool(paths) and all(fnmatch.fnmatchcase(path, scope) for path in paths)


def read(files: Files) -> list[Waiver]:
    """The waivers of a repository; a file that is no list of waivers is a problem of the repository."""
    if FILE not in files:
        return []
    content = files.bytes(FILE)
    doc, problems = examined(content, "waivers")
    entries = doc.items("waivers")
    for line, said in problems:
        if not said.startswith("waivers[") or not entries:
            files.problems.add(Problem(FILE, said, line))
    rows = content.decode("utf-8", errors="replace").splitlines()
    found: list[Waiver] = []
    for number, entry in enumerate(entries):
        about = f"waivers[{number}]"
        wrong = [said.removeprefix(about).lstrip(". ") for _, said in problems if said.startswith(about)]
        entry = entry if isinstance(entry, dict) else {}
        wrong += [
            f'{key} must be quoted: "{entry[key]}"'
            for key in ("issued", "expires")
            if key in entry and not _quoted(rows, doc.line("waivers", number, key), key)
        ]
        found.append(Waiver(about, doc.line("waivers", number), entry, tuple(wrong)))
    return found


def _quoted(rows: Sequence[str], line: int, key: str) -> bool:
    """Whether a value stands in quotes: a bare date is read differently by different programs."""
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    return bool(re.search(rf"""\b{key}["']?\s*:\s*["']""", row))


def objections(waiver: Waiver, policy: Policy, day: date) -> tuple[str, list[str]]:
    """Why a waiver does not hold on a day, if it does not.

    Returns:
        Its state (`live`, `expired`, `invalid`, or `refused` by the policy), and everything against it.
    """
    if waiver.faults:
        return "invalid", list(waiver.faults)
    issued, expires = (date.fromisoformat(waiver.text(key)) for key in ("issued", "expires"))
    said: list[str] = []
    if issued > day:
        said.append(f"issued {issued} is not yet: today is {day}")
    if expires < issued:
        said.append(f"expires {expires} is before it was issued, {issued}")
    if (expires - issued).days > policy.waiver_days:
        said.append(
            f"it lasts {(expires - issued).days} days; {policy.waiver_days} are allowed"
            f"{_by(policy, 'waivers.most_days')}"
        )
    said += [
        f"{key} is missing{_by(policy, f'waivers.{key}')}"
        for key in ("ticket", "control")
        if getattr(policy, key) and not waiver.text(key).strip()
    ]
    said += [f"{key} is blank" for key in ("reason", "owner", "approver") if not waiver.text(key).strip()]
    if waiver.rule in policy.never:
        return "refused", [
            f"{waiver.rule} may not be waived{_by(policy, f'waivers.never.{waiver.rule}')}",
            *said,
        ]
    if said:
        return "invalid", said
    if day > expires:
        return "expired", [f"it expired on {expires}"]
    return "live", []


def _by(policy: Policy, key: str) -> str:
    return f", says {policy.where[key]}" if key in policy.where else ""


def entry_faults(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with an entry that is to be written."""
    found = schema.faults({"schema": 1, "waivers": [dict(entry)]}, "waivers")
    return [f"{schema.place(at[2:])} {said}" for at, said in found]
