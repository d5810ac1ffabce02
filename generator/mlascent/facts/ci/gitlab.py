"""GitLab CI: what is included, extended and referred to, put together as GitLab does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mlascent.facts.ci.build import MOST_CALLS, Context
from mlascent.facts.ci.gitlab_files import collect, strays
from mlascent.facts.ci.gitlab_rules import Part, Pipeline, part, pipelines
from mlascent.facts.ci.gitlab_whole import Whole
from mlascent.facts.ci.model import Job, Step, Trigger, Workflow
from mlascent.facts.ci.tree import Node

ROOT = ".gitlab-ci.yml"
_STAGES = (".pre", "build", "test", "deploy", ".post")


def read(context: Context) -> tuple[Workflow, ...]:
    """The pipeline of `.gitlab-ci.yml`, a workflow a file; then files that nothing includes."""
    seen: set[str] = set()
    found: list[Workflow] = []
    roots = [ROOT] if ROOT in context.files else []
    for root in [*roots, *strays(context.files)]:
        if root not in seen:
            jobs = collect(context, root)
            found.extend(_pipeline(context, Whole(jobs, root, (root,)), root == ROOT))
            seen.update(jobs.files)
    return tuple(found)


def _pipeline(context: Context, whole: Whole, rooted: bool) -> list[Workflow]:
    workflow = whole.top("workflow")
    every = pipelines(workflow, whole.items)
    line = workflow.line if workflow else 1
    triggers = tuple(Trigger(kind, line) for kind in dict.fromkeys(each.kind for each in every))
    by_file: dict[str, list[Job]] = {}
    for job in _jobs(context, whole, every):
        by_file.setdefault(job.path, []).append(job)
    return [
        Workflow("gitlab", path, "", triggers, tuple(jobs), None, rooted) for path, jobs in by_file.items()
    ]


def _jobs(context: Context, whole: Whole, every: tuple[Pipeline, ...]) -> Iterator[Job]:
    workflow = whole.top("workflow")
    restricted = workflow is not None and "rules" in workflow
    stages = whole.top("stages")
    order = list((".pre", *stages.texts(), ".post") if stages is not None else _STAGES)
    visible = {
        name: whole.job(name)
        for name in whole.jobs.all
        if not name.startswith(".") and context.spend(whole.root)
    }
    visible = {name: job for name, job in visible.items() if _ROLES & set(job)}
    by_stage: dict[str, list[str]] = {}
    for name, job in visible.items():
        by_stage.setdefault(_stage(job), []).append(name)
    before: dict[str, tuple[str, ...]] = {}
    last: tuple[str, ...] = ()
    for stage in order:
        before[stage] = last
        last = tuple(by_stage.get(stage, ())) or last
    gates = {name for name, job in visible.items() if part(job, every, restricted, whole.items).manual}
    for name, job in visible.items():
        told = part(job, every, restricted, whole.items)
        explicit = "needs" in job
        needs = _needs(whole, job["needs"]) if explicit else before.get(_stage(job), ())
        gated = explicit and any(need in gates for need in needs)
        if "trigger" in job:
            yield from _child(context, whole, name, job, told)
        yield _job(context, whole, name, job, told, needs, gated)


_ROLES = {"script", "run", "trigger", "before_script", "extends", "stage"}


def _stage(job: Mapping[str, Node]) -> str:
    return job["stage"].text if "stage" in job else "test"


def _needs(whole: Whole, node: Node) -> tuple[str, ...]:
    items = [item.text or item.get("job").text for item in whole.items(node)]
    return tuple(item for item in items if item)


def _job(
    context: Context,
    whole: Whole,
    name: str,
    job: Mapping[str, Node],
    told: Part,
    needs: tuple[str, ...],
    gated: bool,
) -> Job:
    anchor = next(iter(whole.jobs.all[name].values()), None) or next(iter(job.values()))
    place = whole.jobs.places[name]
    env = whole.variables(job)
    before = whole.inherited(job, "before_script")
    shell = (*whole.shell(before), *whole.shell(job.get("script")))
    script = job.get("script") or anchor
    steps = []
    if shell:
        launches = context.run(shell, "", env) if told.kinds else ()
        steps.append(Step("", script.line, "", {}, env, launches, "", True, told.kinds, script.file))
    later = whole.inherited(job, "after_script")
    if later is not None and told.kinds:
        launches = context.run(whole.shell(later), "", env)
        steps.append(
            Step("after_script", later.line, "", {}, env, launches, "", False, told.kinds, later.file)
        )
    environment = job.get("environment")
    named = (environment.text or environment.get("name").text) if environment else ""
    image = whole.inherited(job, "image")
    services = whole.inherited(job, "services")
    timeout, group = whole.inherited(job, "timeout"), job.get("resource_group")
    return Job(
        name=name,
        line=place.line,
        triggers=told.kinds | ({"manual"} if told.manual and told.kinds else frozenset()),
        needs=needs,
        steps=tuple(steps),
        environment=named,
        approval=told.manual or gated,
        condition=told.condition,
        counts=told.counts,
        permissions=None,
        image=(image.text or image.get("name").text) if image else "",
        services=tuple(item.text or item.get("name").text for item in services.list()) if services else (),
        disabled=not told.kinds,
        environments=whole.names(job, named, env),
        timeout=timeout.text if timeout else "",
        group=group.text if group else "",
        path=place.file,
    )


def _child(context: Context, whole: Whole, name: str, job: Mapping[str, Node], told: Part) -> Iterator[Job]:
    """The jobs of a child pipeline that stands in the repository."""
    included = job["trigger"].get("include")
    nodes = [included] if included.text or isinstance(included.value, dict) else list(included.list())
    for node in nodes:
        path = (node.text or node.get("local").text).lstrip("/")
        if path not in context.files or path in whole.calls or len(whole.calls) > MOST_CALLS:
            continue
        if not context.spend(whole.root):
            return
        inner = Whole(collect(context, path), path, (*whole.calls, path))
        every = tuple(Pipeline(kind, "parent_pipeline", named=True) for kind in sorted(told.kinds))
        for found in _jobs(context, inner, every):
            yield replace(found, name=f"{name} / {found.name}", approval=found.approval or told.manual)
