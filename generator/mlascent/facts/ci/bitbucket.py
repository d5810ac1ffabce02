"""Bitbucket Pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts.ci.build import Context, several
from mlascent.facts.ci.model import Job, Step, Trigger, Workflow
from mlascent.facts.ci.tree import Node, document

PATH = "bitbucket-pipelines.yml"
#: Section → kinds; custom pipelines are started by hand or by API; see `_CLOCK`.
_KINDS = {
    "default": ("push", "change"),
    "branches": ("push",),
    "pull-requests": ("change",),
    "tags": ("tag",),
    "custom": ("manual", "event"),
}
#: Schedules are settings of the host; a custom pipeline has one where its name says so.
_CLOCK = re.compile(r"schedul|night|dail|week|month|hour|cron|retrain", re.IGNORECASE)


def read(context: Context) -> tuple[Workflow, ...]:
    """Each pipeline of the file."""
    if PATH not in context.files:
        return ()
    root = document(context.files, PATH)
    found: list[Workflow] = []
    for section, node in root.get("pipelines").table():
        flows = (
            [(section, node)]
            if section == "default"
            else [(f"{section}/{n}", flow) for n, flow in node.table()]
        )
        for name, flow in flows:
            kinds = _KINDS.get(section, ())
            if section == "custom" and _CLOCK.search(name):
                kinds = (*_KINDS[section], "schedule")
            branches = (name.partition("/")[2],) if section == "branches" else ()
            triggers = tuple(Trigger(kind, flow.line, branches) for kind in kinds)
            jobs = tuple(_jobs(context, root, flow, frozenset(kinds)))
            found.append(Workflow("bitbucket", PATH, name, triggers, jobs, None, True))
    return tuple(found)


def _jobs(context: Context, root: Node, flow: Node, kinds: frozenset[str]) -> Iterator[Job]:
    before: tuple[str, ...] = ()
    gated = False
    for number, (node, together) in enumerate(_steps(flow, "", 0), 1):
        if not context.spend(PATH):
            return
        name = node.get("name").text or f"step{number}"
        gated = gated or node.get("trigger").text == "manual"
        named = node.get("deployment").text or together
        launches = context.run(several(node.get("script"))) if kinds else ()
        pipes = [item.get("pipe").text for item in node.get("script").list() if "pipe" in item]
        after = context.run(several(node.get("after-script"))) if kinds else ()
        steps = [Step("", node.line, "", {}, {}, launches, "", True, kinds, PATH)]
        steps += [Step("", node.line, pipe, {}, {}, (), "", True, kinds, PATH) for pipe in pipes]
        steps += [Step("after-script", node.line, "", {}, {}, after, "", False, kinds, PATH)] if after else []
        image = node.get("image") or root.get("image")
        yield Job(
            name=name,
            line=node.line,
            triggers=kinds,
            needs=before,
            steps=tuple(steps),
            environment=named,
            approval=gated,
            condition="",
            counts=True,
            permissions=None,
            image=image.text or image.get("name").text,
            services=node.get("services").texts(),
            disabled=not kinds,
            environments=(named,) if named else (),
            timeout=node.get("max-time").text,
            path=PATH,
        )
        before = (name,)


def _steps(nodes: Node, environment: str, depth: int) -> Iterator[tuple[Node, str]]:
    """Steps of a pipeline, those in stages and parallel groups included, with the stage's environment."""
    for item in nodes.list() if depth < 5 else ():
        for key, node in item.table():
            if key == "step":
                yield node, environment
            elif key in ("parallel", "stage"):
                inner = node if isinstance(node.value, list) else node.get("steps")
                yield from _steps(inner, node.get("deployment").text or environment, depth + 1)
