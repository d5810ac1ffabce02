"""What roles of clouds may, as files declare them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.rules.deployment.values import walk
from mlascent.rules.model import Evidence

#: Roles of Azure that may nearly everything where they are given, and those that hand out roles.
_BROAD = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
_NAMED = re.compile(r"^\s*(?:var\s+)?(\w+|'[^']+')\s*[:=]\s*.*?'([0-9a-f-]{36})'", re.MULTILINE)
_WORD = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=\.)\w+|(?<=[\"'])[\w ]+(?=[\"'])|\b\w+\b")
_GROUP = re.compile(r"resource_?group|subscription|management_?group|tenant", re.IGNORECASE)


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Statements of policies in any nesting; a policy may stand there as JSON text."""
    if isinstance(value, str) and '"Statement"' in value[:10_000]:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    if isinstance(value, dict):
        keys = {str(key).lower() for key in value}
        if {"action", "resource"} <= keys or {"actions", "resources"} <= keys:
            yield {str(key).lower(): inner for key, inner in value.items()}
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def listed(value: Any) -> list[str]:
    """A list of texts, from one or from several."""
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def broad(facts: Facts) -> Iterator[Evidence]:
    """Roles of Azure for nearly everything; Contributor of one resource alone is narrow."""
    known = dict(_BROAD)
    for path in facts.files.ending(".bicep"):
        for name, guid in _NAMED.findall(facts.files.text(path)):
            if guid in _BROAD:
                known[name.strip("'")] = _BROAD[guid]
    for resource in facts.platforms.resources:
        told = resource.body.get("role_definition_name")
        if resource.type.lower().endswith("roledefinitions"):
            if any("*" in listed(value) for key, value in walk(dict(resource.body)) if key == "actions"):
                yield Evidence(resource.path, resource.line, f"{resource.name}, with the action *,")
            continue
        for value in [told] if told else [v for k, v in walk(dict(resource.body)) if "role" in k.lower()]:
            words_ = set(_WORD.findall(str(value)))
            role = (
                str(value) if value in _BROAD.values() else next((known[w] for w in words_ if w in known), "")
            )
            if role and (role != "Contributor" or not _one(resource.body.get("scope"))):
                yield Evidence(resource.path, resource.line, role)


def _one(scope: Any) -> bool:
    """Whether a role is given for one resource; without a scope it is for the whole group."""
    return bool(scope) and not _GROUP.search(str(scope))
