"""Baselines: failures of the past, frozen, so that only new ones make a check fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from mlascent.errors import RefusedError
from mlascent.facts.parsing import json_of
from mlascent.policy import schema
from mlascent.rules.model import Verdict

FILE = ".mlascent/baseline.json"
SCHEMA = 1


def fingerprints(rule: str, verdict: Verdict) -> tuple[str, ...]:
    """What identifies a failure: the rule, and each place without its line, which moves with every edit."""
    seen = {(found.path, found.said) for found in verdict.evidence} or {("", "")}
    return tuple(
        sorted(
            hashlib.blake2b(
                "\0".join((rule, *one)).encode("utf-8", "surrogateescape"), digest_size=16
            ).hexdigest()
            for one in seen
        )
    )


def written(failures: Mapping[str, Iterable[str]], day: date) -> str:
    """A baseline as text: the same failures, the same bytes."""
    document = {
        "schema": SCHEMA,
        "written": day.isoformat(),
        "failures": [
            {"rule": rule, "fingerprints": sorted(found)} for rule, found in sorted(failures.items())
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def read(content: bytes, told: str) -> dict[str, frozenset[str]]:
    """Rule → what of it is frozen.

    Raises:
        RefusedError: It is no baseline. What it froze would fail, so nothing is guessed.
    """
    hint = "Bring it back with git, or write it anew with `mlascent check --write-baseline`."
    try:
        value: Any = json_of(content.decode("utf-8")).value
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{told} {error}", hint) from error
    if faults := schema.faults(value, "baseline"):
        raise RefusedError("\n".join(f"{told}: {schema.place(at)} {said}" for at, said in faults), hint)
    frozen: dict[str, frozenset[str]] = {}
    for entry in value["failures"]:
        frozen[entry["rule"]] = frozen.get(entry["rule"], frozenset()) | frozenset(entry["fingerprints"])
    return frozen
