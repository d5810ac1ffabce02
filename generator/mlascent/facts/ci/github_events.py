"""What starts a workflow of GitHub, and what its expressions mean then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mlascent.facts.ci.model import Trigger
from mlascent.facts.ci.tree import Node
from mlascent.facts.ci.values import UNKNOWN, Starts

Lookup = Callable[[str], Any]
#: Kind of trigger → what names mean, once for each event of that kind.
Contexts = Mapping[str, tuple[Lookup, ...]]

_KINDS = {
    "pull_request": "change",
    "pull_request_target": "change",
    "merge_group": "change",
    "schedule": "schedule",
    "workflow_dispatch": "manual",
    "repository_dispatch": "event",
    "workflow_run": "after",
    "workflow_call": "called",
    "release": "release",
}
#: What happens to a pull request when somebody pushes to it.
_CHANGES = frozenset({"opened", "synchronize", "reopened", "edited", "ready_for_review", "checks_requested"})
_PLAIN = re.compile(r"[\w./-]+")
_LITERAL = re.compile(r"(==|!=|,|\()?\s*'((?:[^']|'')*)'\s*(==|!=|,|\))?")


def read(node: Node) -> tuple[tuple[Trigger, ...], Contexts]:
    """Triggers, and what they make of expressions."""
    triggers: list[Trigger] = []
    contexts: dict[str, list[Lookup]] = {}
    for event, about in _events(node):
        for trigger in _of(event, about):
            triggers.append(trigger)
            contexts.setdefault(trigger.kind, []).append(_lookup(event, trigger))
    return tuple(triggers), {kind: tuple(lookups) for kind, lookups in contexts.items()}


def _events(node: Node) -> list[tuple[str, Node]]:
    if isinstance(node.value, dict):
        return list(node.table())
    return [(item.text, item.put(None)) for item in node.list()]


def _of(event: str, about: Node) -> list[Trigger]:
    line = about.line
    branches, paths = about.get("branches").texts(), about.get("paths").texts()
    if event == "push":
        found = []
        ignored = about.get("branches-ignore").texts()
        by_branch = "branches" in about or "branches-ignore" in about
        by_tag = "tags" in about or "tags-ignore" in about
        if (by_branch or not by_tag) and "**" not in ignored:
            found.append(Trigger("push", line, branches, paths))
        if by_tag or not by_branch:
            found.append(Trigger("tag", line, about.get("tags").texts(), paths))
        return found
    if event == "schedule":
        return [
            Trigger("schedule", item.line, cron=item.get("cron").text)
            for item in about.list()
            if item.get("cron").text
        ]
    kind = _KINDS.get(event, "event")
    types = about.get("types").texts()
    if kind == "change" and types and not _CHANGES & set(types):
        kind = "event"  # closed, labeled: nobody waits for what it says
    return [Trigger(kind, line, branches, paths)]


def _lookup(event: str, trigger: Trigger) -> Lookup:
    def value(name: str) -> Any:
        low = name.lower()
        if low == "github.event_name":
            return event
        if low == "github.ref":
            return _ref(event, trigger)
        if low == "github.ref_name":
            ref = _ref(event, trigger)
            return ref.removeprefix("refs/heads/") if isinstance(ref, str) else UNKNOWN
        if low == "github.ref_type":
            return {"push": "branch", "tag": "tag", "schedule": "branch"}.get(trigger.kind, UNKNOWN)
        if low == "github.event.schedule":
            return trigger.cron if trigger.kind == "schedule" else None
        if low.startswith("github.event.pull_request") or low in ("github.head_ref", "github.base_ref"):
            return UNKNOWN if event.startswith("pull_request") else None
        if low.startswith(("inputs.", "github.event.inputs.")):
            return UNKNOWN if trigger.kind in ("manual", "called") else None
        if low.startswith("github.event.client_payload"):
            return UNKNOWN if event == "repository_dispatch" else None
        if low.startswith("github.event.workflow_run"):
            return UNKNOWN if event == "workflow_run" else None
        if low.startswith("github.event.release"):
            return UNKNOWN if event == "release" else None
        return UNKNOWN

    return value


def _ref(event: str, trigger: Trigger) -> Any:
    if trigger.kind == "push":
        only = trigger.branches[0] if len(trigger.branches) == 1 else ""
        return f"refs/heads/{only}" if _PLAIN.fullmatch(only) else Starts("refs/heads/")
    if trigger.kind in ("tag", "release"):
        return Starts("refs/tags/")
    if trigger.kind == "change":
        return Starts("refs/pull/" if event == "pull_request" else "refs/heads/")
    return Starts("refs/heads/") if trigger.kind == "schedule" else UNKNOWN


def results(text: str) -> tuple[str, ...]:
    """The texts that an expression can come to: `x` and `y` of `${{ a == 'b' && 'x' || 'y' }}`."""
    if "${{" not in text:
        return (text,) if text else ()
    return tuple(
        sorted({found[2] for found in _LITERAL.finditer(text) if not found[1] and not found[3] and found[2]})
    )
