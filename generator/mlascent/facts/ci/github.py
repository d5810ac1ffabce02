"""GitHub Actions: workflows, reusable workflows and composite actions of the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mlascent.facts.ci import github_events as events
from mlascent.facts.ci.build import MOST_CALLS, Context, possible
from mlascent.facts.ci.model import Job, Step, Workflow
from mlascent.facts.ci.tree import Node, document
from mlascent.facts.files import Files
from mlascent.facts.tasks import Launch

_WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$")
_FOLDER = ".github/workflows/"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_INPUT = re.compile(r"\$\{\{\s*(?:inputs|env|github\.event\.inputs)\.([\w-]+)\s*\}\}")
#: Conditions that let a job run although one before it did not.
_REGARDLESS = re.compile(r"\b(?:always|cancelled|failure)\s*\(")
#: Actions that wait for a person.
_ASKS = ("trstringer/manual-approval@",)
_SHELLS = ("bash", "sh", "pwsh", "powershell", "cmd")


@dataclass(frozen=True)
class _Frame:
    """What a job or step has from what is around it."""

    contexts: events.Contexts
    kinds: frozenset[str]
    env: Mapping[str, str]
    inputs: Mapping[str, str]
    folder: str
    calls: tuple[str, ...]
    owner: str


def read(context: Context) -> tuple[Workflow, ...]:
    """Every workflow, those that GitHub does not read where they stand included.

    Of a repository around the project: the workflows that run something in the project. Their paths begin at
    that repository's root.
    """
    prefix, outer = context.files.prefix, context.files.outer
    read_there = [_workflow(context, outer, path, True) for path in _paths(outer) if path.startswith(_FOLDER)]
    if not prefix:
        strays = [path for path in _paths(outer) if not path.startswith(_FOLDER)]
        return tuple(w for w in (*read_there, *(_workflow(context, outer, p, False) for p in strays)) if w)
    own = [w for w in read_there if w and any(s.launches for job in w.jobs for s in job.steps)]
    lost = [_workflow(context, context.files, path, False) for path in _paths(context.files)]
    return (*own, *(workflow for workflow in lost if workflow))


def _paths(files: Files) -> list[str]:
    return [path for path in files.ending(".yml", ".yaml") if _WORKFLOW.search(path)]


def _workflow(context: Context, files: Files, path: str, rooted: bool) -> Workflow | None:
    root = document(files, path)
    if "jobs" not in root:
        return None
    triggers, contexts = events.read(root.get("on"))
    permissions = _permissions(root.get("permissions"))
    frame = _Frame(contexts, frozenset(contexts), {}, {}, "", (root.file,), root.file)
    jobs = tuple(_jobs(context, root, frame, permissions))
    name = root.get("name").text
    return Workflow("github", root.file, name, triggers, jobs, permissions, rooted)


def _jobs(
    context: Context, root: Node, frame: _Frame, permissions: Mapping[str, str] | None
) -> Iterator[Job]:
    """The jobs of a workflow, each narrowed by those that it needs."""
    frame = replace(frame, env={**frame.env, **_put(root.get("env").env(), frame.inputs)})
    group = _group(root)
    folder = _put_in(root.get("defaults", "run", "working-directory").text, frame.inputs)
    able: dict[str, frozenset[str]] = {}
    gated: set[str] = set()
    for name, node in root.get("jobs").table():
        needs = node.get("needs").texts()
        condition = _condition(node.get("if"), frame.inputs)
        kinds = possible(condition, frame.contexts, frame.kinds)
        if not _REGARDLESS.search(condition):
            for need in needs:
                kinds &= able.get(need, kinds)
        able[name] = kinds
        inner = replace(
            frame,
            kinds=kinds,
            env={**frame.env, **_put(node.get("env").env(), frame.inputs)},
            folder=_put_in(node.get("defaults", "run", "working-directory").text, frame.inputs) or folder,
        )
        own = _permissions(node.get("permissions")) if "permissions" in node else permissions
        called = node.get("uses").text
        if called.startswith("./"):
            jobs = tuple(_called(context, node, called, inner, own))
            for job in jobs:
                ahead = tuple(f"{name} / {need}" for need in job.needs) or needs
                yield replace(job, name=f"{name} / {job.name}", needs=ahead)
            if any(job.approval and not job.environment for job in jobs):
                gated.add(name)
            continue
        steps = tuple(_steps(context, node.get("steps"), inner))
        if called:
            steps = (Step("", node.line, called, _with(node), {}, (), "", True, kinds, node.file),)
        asks = any(step.uses.startswith(_ASKS) for step in steps)
        if asks or any(need in gated for need in needs):
            gated.add(name)
        environment = node.get("environment")
        named = _put_in(environment.text or environment.get("name").text, frame.inputs)
        yield Job(
            name=name,
            line=node.line,
            triggers=kinds,
            needs=needs,
            steps=steps,
            environment=named,
            approval=bool(named) or name in gated,
            condition=condition,
            counts=not _true(node.get("continue-on-error"), inner),
            permissions=own,
            image=node.get("container").text or node.get("container", "image").text,
            services=tuple(service.get("image").text for _, service in node.get("services").table()),
            disabled=not kinds,
            environments=events.results(named),
            timeout=node.get("timeout-minutes").text,
            group=_group(node) or group,
            path=node.file,
        )


def _called(
    context: Context, node: Node, called: str, frame: _Frame, permissions: Mapping[str, str] | None
) -> Iterator[Job]:
    """The jobs of a reusable workflow, as the caller runs them."""
    path = posixpath.normpath(called)
    if path not in context.files.outer or path in frame.calls or len(frame.calls) > MOST_CALLS:
        return
    if not context.spend(frame.owner):
        return
    root = document(context.files.outer, path)
    declared = root.get("on", "workflow_call", "inputs")
    inner = replace(
        frame,
        env={},
        folder="",
        inputs=_inputs(declared, _put(node.get("with").env(), frame.inputs)),
        calls=(*frame.calls, path),
    )
    own = _permissions(root.get("permissions")) if "permissions" in root else permissions
    yield from _jobs(context, root, inner, own)


def _steps(context: Context, nodes: Node, frame: _Frame, counts: bool = True) -> Iterator[Step]:
    for node in nodes.list() if isinstance(nodes.value, list) else ():
        if not context.spend(frame.owner):
            return
        condition = _condition(node.get("if"), frame.inputs)
        kinds = possible(condition, frame.contexts, frame.kinds)
        env = {**frame.env, **_put(node.get("env").env(), frame.inputs)}
        counted = counts and not _true(node.get("continue-on-error"), frame)
        uses = node.get("uses").text
        run = node.get("run")
        shell = node.get("shell").text
        folder = _put_in(node.get("working-directory").text, frame.inputs) or frame.folder
        launches: tuple[Launch, ...] = ()
        if run.text and kinds and (not shell or shell.startswith(_SHELLS)):
            text = _put_in(run.text, {**env, **frame.inputs})
            launches = context.launches(text, node.file, run.start, context.folder(folder), env)
        name = node.get("name").text or node.get("id").text
        yield Step(name, node.line, uses, _with(node), env, launches, condition, counted, kinds, node.file)
        if uses.startswith("./"):
            inner = replace(frame, kinds=kinds, env=env)
            yield from _composite(context, node, uses, inner, counted)


def _composite(context: Context, node: Node, uses: str, frame: _Frame, counts: bool) -> Iterator[Step]:
    """The steps of a composite action of the repository."""
    folder = posixpath.normpath(uses)
    path = next(
        (p for p in (f"{folder}/action.yml", f"{folder}/action.yaml") if p in context.files.outer), ""
    )
    if not path or path in frame.calls or len(frame.calls) > MOST_CALLS:
        return
    root = document(context.files.outer, path)
    if root.get("runs", "using").text != "composite":
        return
    given = _inputs(root.get("inputs"), _put(node.get("with").env(), frame.inputs))
    inner = replace(frame, inputs=given, calls=(*frame.calls, path), folder="")
    yield from _steps(context, root.get("runs", "steps"), inner, counts)


def _inputs(declared: Node, given: Mapping[str, str]) -> dict[str, str]:
    defaults = {name: node.get("default").text for name, node in declared.table() if node.get("default")}
    return {**defaults, **given}


def _put_in(text: str, values: Mapping[str, str]) -> str:
    """A text with `${{ inputs.NAME }}` replaced, where the value is known."""
    return _INPUT.sub(lambda found: values.get(found[1], found[0]), text) if "${{" in text else text


def _put(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: _put_in(text, values) for name, text in texts.items()}


def _condition(node: Node, inputs: Mapping[str, str]) -> str:
    """A condition without `${{ }}`, inputs that are known put in."""
    text = node.text.strip()
    parts = _EXPRESSION.fullmatch(text)
    text = parts[1] if parts and "${{" not in parts[1] else _EXPRESSION.sub(r"(\1)", text)
    for name, value in inputs.items():
        if "$" not in value and f"inputs.{name}" in text:
            literal = value if value in ("true", "false") else "'" + value.replace("'", "''") + "'"
            text = re.sub(rf"\binputs\.{re.escape(name)}(?![\w-])", lambda _, told=literal: told, text)  # type: ignore[misc]
    return text


def _true(node: Node, frame: _Frame) -> bool:
    """Whether `continue-on-error` is set, whatever starts the job."""
    if not node:
        return False
    return not possible(f"!({_condition(node, frame.inputs)})", frame.contexts, frame.kinds)


def _with(node: Node) -> dict[str, object]:
    return dict(node.get("with").value) if isinstance(node.get("with").value, dict) else {}


def _group(node: Node) -> str:
    return node.get("concurrency").text or node.get("concurrency", "group").text


def _permissions(node: Node) -> dict[str, str] | None:
    if node.text:
        return {"*": node.text.removesuffix("-all")}
    return node.env() if isinstance(node.value, dict) else None
