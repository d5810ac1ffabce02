"""`mlascent explain`: what one capability or rule means, what brings it and what proves it."""

from __future__ import annotations

import re
from typing import Any

from mlascent.catalogue import Capability, Path, Rule, catalogue
from mlascent.errors import UsageError

SCHEMA = 1


def explain(name: str, language: str = "en") -> dict[str, Any]:
    """One capability or rule as plain data.

    Args:
        name: The capability's or the rule's id.
        language: `en` or `pt`.

    Raises:
        UsageError: There is neither; the hint names what is closest.
    """
    book = catalogue()
    if re.fullmatch(r"[A-Za-z]{2}\d{3}", name):
        rule = book.rule(name)
        owner = book.capability(rule.capability)
        return {
            "schema": SCHEMA,
            "kind": "rule",
            **_rule(rule, language),
            "why": owner.why.in_(language),
            "command": _command(rule, owner, book.highest),
            "capability": rule.capability,
        }
    if name not in book.ids:
        close = book.suggest(name)
        hint = f"Did you mean {' or '.join(close)}?" if close else "`mlascent levels N` lists what there is."
        raise UsageError(f"there is no capability or rule {name}", hint)
    return {"schema": SCHEMA, "kind": "capability", **_capability(book.capability(name), language)}


def _capability(capability: Capability, language: str) -> dict[str, Any]:
    area = next(area for area in catalogue().areas if area.id == capability.area)
    return {
        "id": capability.id,
        "name": capability.name.in_(language),
        "area": {"id": area.id, "name": area.name.in_(language)},
        "summary": capability.summary.in_(language),
        "why": capability.why.in_(language),
        "question": capability.question.in_(language),
        "introduced": capability.introduced,
        "level": capability.level,
        "selected_by": capability.selected_by,
        "profile": capability.profile,
        "core": capability.core,
        "severity": capability.severity,
        "status": dict(capability.status),
        "requires": list(capability.requires),
        "applies": {key: list(values) for key, values in capability.applies.items()},
        "paths": [_path(path) for path in capability.paths],
        "brought_by": list(capability.brought_by),
        "commands": list(capability.commands),
        "rules": [_rule(rule, language) for rule in capability.rules],
        "attested": list(capability.attested),
        "equivalences": dict(capability.equivalences),
    }


def _path(path: Path) -> dict[str, Any]:
    conditions = {**path.where, **path.when}
    return {"path": path.path, "level": path.level, "only": {key: list(v) for key, v in conditions.items()}}


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "level": rule.level,
        "strength": rule.strength,
        "severity": rule.severity,
        "owed_by": rule.owed_by,
        "since": rule.since,
        "statement": rule.statement.in_(language),
        "proof": rule.proof,
        "fix": rule.fix,
    }


def _command(rule: Rule, owner: Capability, highest: int) -> str | None:
    """The command that brings what a rule asks; nothing where no template does, or only people can."""
    if rule.owed_by == "template" and "available" in owner.status.values() and rule.level <= highest:
        by_level = owner.selected_by == "level"
        return f"mlascent update --level {rule.level}" if by_level else f"mlascent add {owner.id}"
    named = re.search(r"`((?:just|mlascent|git|dvc|uv|pre-commit) [^`]+)`", rule.fix)
    return named[1] if named else None
