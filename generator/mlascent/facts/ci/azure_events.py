"""What starts a pipeline of Azure, and what its conditions mean then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mlascent.facts.ci.model import Trigger
from mlascent.facts.ci.tree import Node
from mlascent.facts.ci.values import UNKNOWN, Starts

Lookup = Callable[[str], Any]
_PLAIN = re.compile(r"[\w./-]+")
_REASONS = {
    "change": ("PullRequest", Starts("refs/pull/")),
    "tag": ("IndividualCI", Starts("refs/tags/")),
    "schedule": ("Schedule", Starts("refs/heads/")),
    "manual": ("Manual", UNKNOWN),
    "after": ("ResourceTrigger", Starts("refs/")),
    "event": ("ResourceTrigger", Starts("refs/")),
}


def read(root: Node) -> tuple[tuple[Trigger, ...], Mapping[str, tuple[Lookup, ...]]]:
    """Triggers, and what they make of conditions. Without `trigger` and `pr` all of them count."""
    found = [*_pushes(root), *_changes(root)]
    for item in root.get("schedules").list():
        if item.get("cron").text:
            branches = item.get("branches", "include").texts()
            found.append(Trigger("schedule", item.line, branches, cron=item.get("cron").text))
    for key in ("pipelines", "webhooks", "repositories", "containers"):
        for item in root.get("resources", key).list():
            told = item.get("trigger")
            if key == "webhooks":
                found.append(Trigger("event", item.line))
            elif told and told.text not in ("none", "false"):
                found.append(Trigger("after", told.line, told.get("branches", "include").texts()))
    found.append(Trigger("manual", 1))
    lookups: dict[str, list[Lookup]] = {}
    for trigger in found:
        lookups.setdefault(trigger.kind, []).append(_lookup(trigger))
    return tuple(found), {kind: tuple(each) for kind, each in lookups.items()}


def _pushes(root: Node) -> list[Trigger]:
    node = root.get("trigger")
    if node.text == "none":
        return []
    line = node.line if "trigger" in root else 1
    if not isinstance(node.value, dict):
        return [Trigger("push", line, node.texts())]
    paths = node.get("paths", "include").texts()
    found = []
    if "branches" in node or "tags" not in node:
        found.append(Trigger("push", line, node.get("branches", "include").texts(), paths))
    if "tags" in node:
        found.append(Trigger("tag", line, node.get("tags", "include").texts(), paths))
    return found


def _changes(root: Node) -> list[Trigger]:
    node = root.get("pr")
    if node.text == "none":
        return []
    line = node.line if "pr" in root else 1
    if not isinstance(node.value, dict):
        return [Trigger("change", line, node.texts())]
    branches = node.get("branches", "include").texts()
    return [Trigger("change", line, branches, node.get("paths", "include").texts())]


def _lookup(trigger: Trigger) -> Lookup:
    only = trigger.branches[0] if len(trigger.branches) == 1 else ""
    only = only.removeprefix("refs/heads/")
    reason, branch = _REASONS.get(trigger.kind, ("IndividualCI", Starts("refs/heads/")))
    if trigger.kind in ("push", "schedule") and _PLAIN.fullmatch(only):
        branch = f"refs/heads/{only}"

    def value(name: str) -> Any:
        low = name.lower().removeprefix("variables.")
        if low == "build.reason":
            return reason
        if low == "build.sourcebranch":
            return branch
        if low == "build.sourcebranchname":
            return branch.rpartition("/")[2] if isinstance(branch, str) else UNKNOWN
        if low.startswith("system.pullrequest."):
            return UNKNOWN if trigger.kind == "change" else None
        return UNKNOWN

    return value
