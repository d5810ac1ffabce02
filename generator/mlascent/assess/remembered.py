"""Verdicts of a repository that has not changed since it was last looked at.

The same files, on the same day, judged by the same code, say the same: then no rule need be run, nor even
imported. A file counts as the same while its times, size and place on the disk are; what changed a moment
ago may change again within the clock's grain, so such a repository is looked at anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from mlascent.assess.run import Looked, look
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import Files, Problem
from mlascent.rules.model import Check, Evidence, Outcome, Verdict

_SETTLED = 3
#: What verdicts are made of, in this installation.
_CODE = ("catalogue", "facts", "rules")
#: Read anew each time, whatever else is remembered.
_OURS = ".mlascent/"


class Verdicts:
    """Verdicts by rule: remembered where the repository is as it was, else found."""

    def __init__(self, facts: Facts, checks: Callable[[], Mapping[str, Check]], cache: Cache | None) -> None:
        """Look for what is remembered.

        Args:
            facts: The repository.
            checks: Gives what decides each rule; asked only when a rule must be run.
            cache: Where it is kept; nothing is remembered without it.
        """
        self._facts, self._load, self._cache = facts, checks, cache
        self._checks: Mapping[str, Check] | None = None
        self._key = key(facts) if cache else ""
        kept = cache.get(self._key) if cache and self._key else None
        self._known: dict[str, Looked] = {}
        self.inferred: tuple[str, str, str] | None = None
        self._whole = bool(kept)
        if kept:
            self._known = {rule: _looked(row) for rule, row in kept["verdicts"].items()}
            self.inferred = kept["inferred"]
            facts.files.problems.update(Problem(*row) for row in kept["problems"])

    def of(self, rule: str) -> Looked:
        """The verdict of a rule."""
        if rule not in self._known:
            if self._checks is None:
                self._checks = self._load()
            self._known[rule] = look(self._checks.get(rule), self._facts)
            self._whole = False
        return self._known[rule]

    def keep(self, inferred: tuple[str, str, str] | None) -> None:
        """Remember what was found; a rule that broke is asked again next time."""
        broken = any(looked.broken for looked in self._known.values())
        if self._whole or not self._key or not self._cache or broken:
            return
        problems = [p for p in sorted(self._facts.files.problems) if not p.path.startswith(_OURS)]
        self._cache.put(
            self._key,
            {
                "verdicts": {rule: _row(looked.verdict) for rule, looked in self._known.items()},
                "inferred": inferred,
                "problems": [(p.path, p.said, p.line) for p in problems],
            },
        )


def key(facts: Facts) -> str:
    """What everything that a verdict depends on is known by; empty where it may just be changing."""
    files = [facts.files] if facts.files.outer is facts.files else [facts.files, facts.files.outer]
    rows = [row for one in files for row in _stamps(one)]
    newest = max((int(part) for row in rows for part in str(row[-1]).split(":")[:2] if part), default=0)
    if newest / 1e9 > time.time() - _SETTLED:
        return ""
    host = json.dumps(facts.host, sort_keys=True, default=str)
    about = (str(facts.files.root), facts.files.in_git, facts.files.prefix, str(facts.as_of), host)
    told = repr((about, rows, _code())).encode("utf-8", "surrogateescape")
    return f"verdicts:{hashlib.blake2b(told, digest_size=16).hexdigest()}"


def _stamps(files: Files) -> list[tuple[str, str, int, str, str]]:
    return [(file.path, file.blob, file.size, file.mode, file.stamp) for file in files.all.values()]


def _code() -> list[tuple[str, int, int]]:
    """This installation's own code, as it is on the disk: a checkout changes without a new version."""
    here = Path(__file__).parents[1]
    found: list[tuple[str, int, int]] = []
    for room in _CODE:
        for folder, folders, names in os.walk(here / room):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                if name.endswith((".py", ".json")):
                    about = os.stat(os.path.join(folder, name))
                    found.append((os.path.join(folder, name), about.st_mtime_ns, about.st_size))
    return sorted(found)


def _row(verdict: Verdict) -> tuple[str, str, list[tuple[str, int, str]]]:
    return verdict.outcome.value, verdict.said, [(e.path, e.line, e.said) for e in verdict.evidence]


def _looked(row: tuple[str, str, list[tuple[str, int, str]]]) -> Looked:
    outcome, said, evidence = row
    return Looked(Verdict(Outcome(outcome), said, tuple(Evidence(*one) for one in evidence)))
