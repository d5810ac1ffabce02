"""Azure Pipelines: stages, jobs, deployment jobs and templates of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlascent.facts.ci import azure_events as events
from mlascent.facts.ci.azure_expand import Item, Scope, called, condition, items, variables
from mlascent.facts.ci.azure_steps import steps
from mlascent.facts.ci.build import Context, possible
from mlascent.facts.ci.model import Job, Workflow
from mlascent.facts.ci.tree import Node, document

_PATH = re.compile(r"azure|pipeline|devops|\.ado/|(?:^|/)\.?ci[/.-]|build|release|deploy", re.IGNORECASE)
_OTHERS = (".github/", ".gitlab/", ".circleci/")
_LOOKS = re.compile(r"^(?:trigger|pr|pool|stages|jobs|steps|schedules|extends)\s*:", re.MULTILINE)
_STARTS = frozenset({"trigger", "pr", "schedules", "pool", "resources", "extends", "name"})
_SECTIONS = {"stages": ("stage", "template"), "jobs": ("job", "deployment", "template"), "steps": ()}
_STEPS = ("script", "bash", "pwsh", "powershell", "task", "template", "checkout")
_NAMED = re.compile(r"(?:\$\{\{\s*(variables|parameters)(?:\.|\[')([\w.-]+)(?:'\])?\s*\}\}|\$\(([\w.]+)\))")


@dataclass(frozen=True)
class _Frame:
    """What jobs have from the pipeline and from their stage."""

    contexts: Mapping[str, tuple[events.Lookup, ...]]
    kinds: frozenset[str]
    variables: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...] = ()
    stage: str = ""
    gated: bool = False
    group: str = ""


def read(context: Context) -> tuple[Workflow, ...]:
    """Every file that is a pipeline; which of them a server runs is its own affair."""
    found: dict[str, Workflow] = {}
    for path in context.files.ending(".yml", ".yaml"):
        if not _PATH.search(path) or path.startswith(_OTHERS) or not _LOOKS.search(context.files.text(path)):
            continue
        root = document(context.files, path)
        if _is_pipeline(root):
            found[path] = _workflow(context, root)
    return tuple(w for path, w in found.items() if w.rooted or path not in context.templates)


def _is_pipeline(root: Node) -> bool:
    if root.get("extends", "template").text:
        return True
    for section, keys in _SECTIONS.items():
        nodes = root.get(section)
        if isinstance(nodes.value, list):
            return any(key in node for node in nodes.list() for key in keys or _STEPS) or any(
                key.startswith("${{") for node in nodes.list() for key, _ in node.table()
            )
    return False


def _workflow(context: Context, root: Node) -> Workflow:
    triggers, contexts = events.read(root)
    scope = Scope(root.file, (root.file,), {})
    known = variables(root.get("variables"))
    for parameter in root.get("parameters").list():
        known[f"parameters.{parameter.get('name').text}"] = parameter.get("values").texts()
    frame = _Frame(contexts, frozenset(contexts), known, group=root.get("lockBehavior").text)
    name = root.file.rpartition("/")[2].lower()
    rooted = bool(_STARTS & set(root.value)) or name.startswith("azure-pipelines")
    jobs = tuple(_whole(context, root, scope, frame))
    return Workflow("azure", root.file, root.get("name").text, triggers, jobs, None, rooted)


def _whole(context: Context, root: Node, scope: Scope, frame: _Frame) -> Iterator[Job]:
    if "extends" in root:
        inner = called(context, root.get("extends"), scope)
        if inner is not None:
            yield from _whole(context, *inner, frame)
        return
    if "stages" in root:
        yield from _stages(context, root.get("stages"), scope, frame)
    elif "jobs" in root:
        yield from _jobs(context, root.get("jobs"), scope, frame)
    elif "steps" in root:
        yield from _job(context, Item(root, scope), frame, "", frame.kinds, (), False)


def _stages(context: Context, nodes: Node, scope: Scope, frame: _Frame) -> Iterator[Job]:
    made: dict[str, tuple[Job, ...]] = {}
    able: dict[str, frozenset[str]] = {}
    last: tuple[str, ...] = ()
    for number, item in enumerate(items(context, nodes, "stages", scope)):
        node = item.node
        name = item.scope.text(node.get("stage")) or f"stage{number + 1}"
        ahead = node.get("dependsOn").texts() if "dependsOn" in node else last
        said, kinds = _kinds(item, frame, frame.kinds)
        if not said or "succeeded(" in said.lower():
            for stage in ahead:
                kinds &= able.get(stage, kinds)
        before = [job for stage in ahead for job in made.get(stage, ())]
        inner = _Frame(
            frame.contexts,
            kinds,
            {**frame.variables, **variables(node.get("variables"))},
            tuple(job.name for job in before),
            name,
            node.get("trigger").text == "manual" or any(_asks(job) for job in before),
            node.get("lockBehavior").text or frame.group,
        )
        able[name] = kinds
        made[name] = tuple(_jobs(context, node.get("jobs"), item.scope, inner))
        yield from made[name]
        last = (name,)


def _asks(job: Job) -> bool:
    """Whether a person agrees in this job, or did before it: what comes after need not ask again."""
    return job.approval and not job.environment


def _jobs(context: Context, nodes: Node, scope: Scope, frame: _Frame) -> Iterator[Job]:
    made: dict[str, Job] = {}
    for number, item in enumerate(items(context, nodes, "jobs", scope)):
        node = item.node
        name = item.scope.text(node.get("job")) or item.scope.text(node.get("deployment"))
        name = name or f"job{number + 1}"
        ahead = tuple(
            f"{frame.stage}/{need}" if frame.stage else need for need in node.get("dependsOn").texts()
        )
        said, kinds = _kinds(item, frame, frame.kinds)
        if not said or "succeeded(" in said.lower():
            for need in ahead:
                kinds &= made[need].triggers if need in made else kinds
        gated = frame.gated or any(need in made and _asks(made[need]) for need in ahead)
        job = next(_job(context, item, frame, name, kinds, ahead, gated))
        made[job.name] = job
        yield job


def _kinds(item: Item, frame: _Frame, kinds: frozenset[str]) -> tuple[str, frozenset[str]]:
    """A condition as written, and what can start what it guards."""
    said = item.scope.text(item.node.get("condition"))
    for text in (said, *item.scope.when):
        kinds = possible(condition(text), frame.contexts, kinds)
    return said, kinds


def _job(
    context: Context,
    item: Item,
    frame: _Frame,
    name: str,
    kinds: frozenset[str],
    needs: tuple[str, ...],
    gated: bool,
) -> Iterator[Job]:
    node, scope = item.node, item.scope
    known = {**frame.variables, **variables(node.get("variables"))} if name else frame.variables
    env = {key: values[-1] for key, values in known.items() if values and "parameters." not in key}
    counts = scope.text(node.get("continueOnError")).lower() != "true"
    made = tuple(
        step for nodes in _hooks(node) for step in steps(context, nodes, scope, frame.contexts, kinds, env)
    )
    environment = node.get("environment")
    named = scope.put(environment.text or environment.get("name").text)
    asked = gated or any(step.uses.startswith("ManualValidation@") for step in made)
    container = node.get("container")
    yield Job(
        name=f"{frame.stage}/{name}" if frame.stage else name or "job",
        line=node.line,
        triggers=kinds,
        needs=needs or frame.needs,
        steps=made,
        environment=named,
        approval=asked or bool(named),
        condition=" and ".join(text for text in (scope.text(node.get("condition")), *scope.when) if text),
        counts=counts,
        permissions=None,
        image=container.text or container.get("image").text,
        services=tuple(value.text for _, value in node.get("services").table()),
        disabled=not kinds,
        environments=_names(named, known),
        timeout=node.get("timeoutInMinutes").text,
        group=frame.group,
        path=node.file,
    )


def _hooks(node: Node) -> Iterator[Node]:
    """Lists of steps: of a job, or of a deployment's strategy in its order."""
    if "steps" in node:
        yield node.get("steps")
    for _, strategy in node.get("strategy").table():
        for hook in ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic"):
            if "steps" in strategy.get(hook):
                yield strategy.get(hook, "steps")
        for outcome in ("success", "failure"):
            if "steps" in strategy.get("on", outcome):
                yield strategy.get("on", outcome, "steps")


def _names(named: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What an environment can be called, where a variable or a parameter names it."""
    found = _NAMED.fullmatch(named)
    if not found:
        return (named,) if named and "$" not in named else ()
    key = found[2] or found[3]
    values = known.get(f"parameters.{key}" if found[1] == "parameters" else key, ())
    return tuple(sorted(value for value in set(values) if value and "$" not in value))
