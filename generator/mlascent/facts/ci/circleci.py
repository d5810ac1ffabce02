"""CircleCI: workflows, jobs and commands of one file."""

from __future__ import annotations

from collections.abc import Iterator

from mlascent.facts.ci.build import MOST_CALLS, Context
from mlascent.facts.ci.model import Job, Step, Trigger, Workflow
from mlascent.facts.ci.tree import Node, document

_PATHS = (".circleci/config.yml", ".circleci/config.yaml")
_SCHEDULED = "scheduled_pipeline"


def read(context: Context) -> tuple[Workflow, ...]:
    """Each workflow of the file; a job that stands in none never runs."""
    found: list[Workflow] = []
    for path in _PATHS:
        if path in context.files:
            root = document(context.files, path)
            flows = [(n, flow) for n, flow in root.get("workflows").table() if isinstance(flow.value, dict)]
            if not flows and "build" in root.get("jobs"):  # version 2.0 runs the job `build`
                flows = [("build", root.put({"jobs": ["build"]}))]
            found.extend(_workflow(context, root, name, flow) for name, flow in flows)
    return tuple(found)


def _workflow(context: Context, root: Node, name: str, flow: Node) -> Workflow:
    crons = [item.get("schedule") for item in flow.get("triggers").list() if item.get("schedule")]
    if crons:
        triggers = tuple(Trigger("schedule", cron.line, cron=cron.get("cron").text) for cron in crons)
    else:
        when = str(flow.get("when").value or "")
        kinds = ("schedule",) if _SCHEDULED in when and "not" not in when else ("push", "change", "event")
        triggers = tuple(Trigger(kind, flow.line) for kind in kinds)
    never = flow.get("when").value is False
    jobs: list[Job] = []
    gates: set[str] = set()
    for node in flow.get("jobs").list():
        entry = next(iter(node.table()), (node.text, node.put(None)))
        job = _job(context, root, entry, triggers, never, gates)
        if job.approval:
            gates.add(job.name)
        jobs.append(job)
    return Workflow("circleci", root.file, name, triggers, tuple(jobs), None, True)


def _job(
    context: Context,
    root: Node,
    entry: tuple[str, Node],
    triggers: tuple[Trigger, ...],
    never: bool,
    gates: set[str],
) -> Job:
    ref, about = entry
    node = root.get("jobs", ref)
    asks = about.get("type").text == "approval"
    needs = about.get("requires").texts()
    kinds = frozenset(trigger.kind for trigger in triggers) if not never else frozenset()
    filters = about.get("filters")
    if kinds and "tags" in filters:
        ignored = filters.get("branches", "ignore").texts()
        kinds = frozenset({"tag"}) if "/.*/" in ignored else kinds | {"tag"}
    elif filters.get("branches", "only").texts():
        kinds -= {"change"}
    image = next((item.get("image").text for item in node.get("docker").list()), "")
    services = tuple(item.get("image").text for item in list(node.get("docker").list())[1:])
    steps: tuple[Step, ...] = ()
    if not node and ref and not asks:
        steps = (Step("", about.line, ref, {}, {}, (), "", True, kinds, about.file),)
    elif node:
        folder = context.folder(node.get("working_directory").text)
        env = node.get("environment").env()
        steps = tuple(_steps(context, root, node.get("steps"), kinds, folder, env, ()))
    return Job(
        name=about.get("name").text or ref,
        line=about.line,
        triggers=kinds,
        needs=needs,
        steps=steps,
        environment="",
        approval=asks or any(need in gates for need in needs),
        condition="",
        counts=True,
        permissions=None,
        image=image,
        services=services,
        disabled=not kinds,
        path=about.file,
    )


def _steps(
    context: Context,
    root: Node,
    nodes: Node,
    kinds: frozenset[str],
    folder: str,
    env: dict[str, str],
    calls: tuple[str, ...],
) -> Iterator[Step]:
    for node in nodes.list():
        if not context.spend(root.file):
            return
        key, about = next(iter(node.table()), (node.text, node.put(None)))
        if key == "run":
            text = about if about.text else about.get("command")
            place = context.folder(about.get("working_directory").text) or folder
            whole = {**env, **about.get("environment").env()}
            launches = context.launches(text.text, text.file, text.start, place, whole) if kinds else ()
            when = about.get("when").text
            yield Step(
                about.get("name").text, node.line, "", {}, whole, launches, when, True, kinds, node.file
            )
        elif key in ("when", "unless"):
            yield from _steps(context, root, about.get("steps"), kinds, folder, env, calls)
        elif key in root.get("commands") and key not in calls and len(calls) < MOST_CALLS:
            inner = root.get("commands", key, "steps")
            yield from _steps(context, root, inner, kinds, folder, env, (*calls, key))
        elif key:
            given = dict(about.value) if isinstance(about.value, dict) else {}
            yield Step("", node.line, key, given, env, (), "", True, kinds, node.file)
