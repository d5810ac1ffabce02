"""`mlascent policy`: what is in force, and whether it says of examples what it should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mlascent.assess.model import Assessment
from mlascent.commands.check import check, find
from mlascent.errors import RefusedError, UsageError
from mlascent.policy import load
from mlascent.policy.model import Floor, Policy

SCHEMA = 1
EXPECTED = "expected.yml"


def show(
    directory: Path | None = None, *, policy: str | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """What is in force in a repository, value by value, each with the place that says so.

    Args:
        directory: The repository; the one that holds the current directory without it.
        policy: A policy instead of the repository's own.
        as_of: The day; today (UTC) without it.

    Raises:
        UsageError: The policy cannot be found.
        RefusedError: It is malformed, or loosens what it extends.
    """
    day = as_of or datetime.now(UTC).date()
    found = load.load(policy, find(directory)) or Policy()
    return {
        "schema": SCHEMA,
        "as_of": day.isoformat(),
        "layers": [
            {
                "name": layer.name,
                "version": layer.version,
                "source": layer.source,
                "digest": layer.digest,
                "enforce_from": layer.enforce_from.isoformat() if layer.enforce_from else None,
                "enforces": layer.enforces(day),
            }
            for layer in found.layers
        ],
        "values": [
            {"key": key, "value": value, "from": found.where.get(key)} for key, value in _values(found)
        ],
    }


def _values(policy: Policy) -> list[tuple[str, Any]]:
    """Every value, also those that no layer sets and that hold as usual."""
    single = {
        "measure": policy.measure,
        "platforms": list(policy.platforms) or None,
        "template.behind": policy.behind,
        "template.days": policy.days,
        "waivers.most_days": policy.waiver_days,
        "waivers.ticket": policy.ticket,
        "waivers.control": policy.control,
        "attestations.most_days": policy.attestation_days,
    }
    return [
        *((f"floors.{tier}", _floor(floor)) for tier, floor in policy.floors.items()),
        *((f"capabilities.required.{item}", True) for item in sorted(policy.required)),
        *((f"capabilities.forbidden.{item}", True) for item in sorted(policy.forbidden)),
        *((f"strength.{level}", least) for level, least in sorted(policy.strength.items())),
        *((f"template.releases.{name}", day.isoformat()) for name, day in policy.releases.items()),
        *((f"severity.{rule}", severity) for rule, severity in sorted(policy.severity.items())),
        *((f"waivers.never.{rule}", True) for rule in sorted(policy.never)),
        *((f"rules.{own.rule.id}", own.rule.statement.en) for own in policy.own),
        *single.items(),
    ]


def _floor(floor: Floor) -> int | dict[str, Any]:
    return {"level": floor.level, "areas": dict(floor.areas)} if floor.areas else floor.level


def trial(policy: str, directories: Sequence[Path], *, as_of: date | None = None) -> dict[str, Any]:
    """Run a policy on example repositories, and compare with what each one's `expected.yml` says.

    Args:
        policy: As for `check`.
        directories: The examples.
        as_of: The day, where an example does not say its own.

    Raises:
        UsageError: An example, or its `expected.yml`, is not there.
        RefusedError: The policy, or an `expected.yml`, is malformed.
    """
    results = [_tried(policy, directory, as_of) for directory in directories]
    return {"schema": SCHEMA, "ok": all(not one["differences"] for one in results), "examples": results}


def _tried(policy: str, directory: Path, as_of: date | None) -> dict[str, Any]:
    file = directory / EXPECTED
    if not directory.is_dir():
        raise UsageError(f"there is no directory {directory}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror or error}",
            "It says what the policy should say: `schema: 1`, `ok`, `rules`, `violations`.",
        ) from error
    expected = load.parsed(content, "expected", str(file)).value
    day = date.fromisoformat(expected["as_of"]) if "as_of" in expected else as_of
    found = check(
        directory, policy=policy, as_of=day, level=expected.get("level"), owed_by=expected.get("owed_by", ())
    )
    return {"directory": str(directory), "differences": _differences(expected, found)}


def _differences(expected: dict[str, Any], found: Assessment) -> list[dict[str, str]]:
    """What an example says otherwise than it should: about what, expected, found."""
    told: list[tuple[str, str, str]] = []
    if "ok" in expected and expected["ok"] != found.ok:
        told.append(("ok", str(expected["ok"]).lower(), str(found.ok).lower()))
    states = {f.rule.id: f.state.value for f in found.findings}
    for rule, state in expected.get("rules", {}).items():
        if rule not in states:
            raise RefusedError(f"{EXPECTED} names {rule}, and there is no such rule")
        if states[rule] != state:
            told.append((rule, state, states[rule]))
    if "violations" in expected:
        wanted = expected["violations"]
        told += [
            ("violations", one, "")
            for one in wanted
            if not any(one.casefold() in said.casefold() for said in found.violations)
        ]
        told += [
            ("violations", "", said)
            for said in found.violations
            if not any(one.casefold() in said.casefold() for one in wanted)
        ]
    return [{"about": about, "expected": should, "found": did} for about, should, did in told]
