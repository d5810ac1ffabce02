"""Jenkins: declarative pipelines, and as far as it goes scripted ones. No Groovy is run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mlascent.facts.ci.build import Context
from mlascent.facts.ci.groovy import Statement, parse, statements
from mlascent.facts.ci.jenkins_when import allows, triggers
from mlascent.facts.ci.model import Job, Step, Workflow
from mlascent.facts.tasks import Launch

_PATH = re.compile(r"(?:^|/)(?:[^/]*jenkinsfile[^/]*|\.jenkins/[^/]+\.groovy)$", re.IGNORECASE)
_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_FORGIVING = frozenset({"catchError", "warnError"})
_WORDS = ("ENVIRONMENT", "DEPLOY_ENV", "TARGET_ENV", "STAGE", "ENV")
_CHOICE = re.compile(r"'([^']*)'(?!\s*[=!]=)")


@dataclass(frozen=True)
class _Frame:
    """What a stage has from what is around it."""

    path: str
    kinds: frozenset[str]
    env: Mapping[str, str]
    image: str
    timeout: str
    group: str
    needs: tuple[str, ...] = ()
    name: str = ""
    gated: bool = False
    folder: str = ""
    counts: bool = True
    condition: str = ""


def read(context: Context) -> tuple[Workflow, ...]:
    """Every Jenkinsfile; which of them a server runs is its own affair."""
    found = []
    for path in context.files.all:
        if _PATH.search(path):
            data = context.files.parsed(path, "groovy/1", parse)
            if data:
                found.append(_workflow(context, path, statements(data)))
    return tuple(found)


def _workflow(context: Context, path: str, top: tuple[Statement, ...]) -> Workflow:
    pipeline = next((statement for statement in top if statement.name == "pipeline"), None)
    inside = (pipeline.body or ()) if pipeline else top
    starts = triggers(inside)
    kinds = frozenset(trigger.kind for trigger in starts)
    frame = _around(_Frame(path, kinds, {}, "", "", ""), inside)
    if pipeline:
        jobs = list(_stages(context, pipeline, frame))
        after = Statement("post", pipeline.line, (), tuple(s for s in inside if s.name == "post"))
        made = tuple(_steps(context, after.body or (), frame))
        if made:
            ahead = (jobs[-1].name,) if jobs else ()
            jobs.append(_job(replace(frame, name="post", needs=ahead), pipeline.line, made, False))
    else:
        jobs = list(_scripted(context, top, frame))
    return Workflow("jenkins", path, "", starts, tuple(jobs), None, True)


def _around(frame: _Frame, inside: tuple[Statement, ...]) -> _Frame:
    """A frame with the agent, options and variables of a block."""
    env, image, timeout, group = dict(frame.env), frame.image, frame.timeout, frame.group
    for statement in inside:
        if statement.name == "environment":
            env |= {inner.name: _value(inner) for inner in statement.body or () if inner.name}
        elif statement.name == "agent":
            for inner in statement.inside("docker"):
                image = inner.text() or next((i.text() for i in inner.inside("image")), image)
        elif statement.name == "options":
            for inner in statement.body or ():
                if inner.name == "timeout":
                    timeout = f"{inner.text('time') or inner.text()} {inner.text('unit')}".strip()
                elif inner.name in ("disableConcurrentBuilds", "lock"):
                    group = inner.name
    return replace(frame, env=env, image=image, timeout=timeout, group=group)


def _value(statement: Statement) -> str:
    """The text of `NAME = 'text'`."""
    return "".join(value for kind, value, _ in statement.tokens[1:] if kind == "text")


def _stages(context: Context, block: Statement, frame: _Frame) -> Iterator[Job]:
    """Stages in order; each comes after the one before, those of a `parallel` do not."""
    for sequence in block.inside("stages", "parallel", "matrix"):
        needs, gated = frame.needs, frame.gated
        for stage in sequence.inside("stage"):
            if not context.spend(frame.path):
                return
            jobs = list(_stage(context, stage, replace(frame, needs=needs, gated=gated)))
            yield from jobs
            if sequence.name == "stages":
                needs = tuple(job.name for job in jobs[-1:]) or needs
                gated = gated or any(job.approval for job in jobs)
        if sequence.name == "matrix":
            yield from _stages(context, sequence, frame)


def _stage(context: Context, stage: Statement, frame: _Frame) -> Iterator[Job]:
    inside = stage.body or ()
    said = stage.text()
    name = f"{frame.name}/{said}" if frame.name else said
    whens = list(stage.inside("when"))
    kinds = frozenset(kind for kind in frame.kinds if all(allows(w, kind) is not False for w in whens))
    condition = " ".join(value for w in whens for value in _words(w))
    asks = any(stage.inside("input"))
    inner = replace(
        _around(frame, inside), name=name, kinds=kinds, condition=condition, gated=frame.gated or asks
    )
    nested = list(_stages(context, stage, inner))
    made = tuple(_steps(context, tuple(stage.inside("steps", "post")), inner))
    if made or not nested:
        asked = asks or any(_asks(steps) for steps in stage.inside("steps"))
        yield _job(inner, stage.line, made, inner.gated or asked)
    yield from nested


def _asks(block: Statement) -> bool:
    """Whether an `input` stands in a block of steps."""
    return any(inner.name == "input" or _asks(inner) for inner in block.body or ())


def _words(statement: Statement) -> Iterator[str]:
    for inner in statement.body or ():
        yield " ".join(value for _, value, _ in inner.tokens)
        yield from _words(inner)


def _job(frame: _Frame, line: int, steps: tuple[Step, ...], approval: bool) -> Job:
    named = next((frame.env[word] for word in _WORDS if word in frame.env), "")
    choices = _CHOICE.findall(named) if "$" in named else [named] if named else []
    return Job(
        name=frame.name,
        line=line,
        triggers=frame.kinds,
        needs=frame.needs,
        steps=steps,
        environment=named,
        approval=approval,
        condition=frame.condition,
        counts=frame.counts,
        permissions=None,
        image=frame.image,
        services=(),
        disabled=not frame.kinds,
        environments=tuple(sorted(set(choices))),
        timeout=frame.timeout,
        group=frame.group,
        path=frame.path,
    )


def _steps(context: Context, block: tuple[Statement, ...], frame: _Frame) -> Iterator[Step]:
    """The steps of a block, those in blocks of it included."""
    for statement in block:
        if not context.spend(frame.path):
            return
        name, inner = statement.name, frame
        body = statement.body or ()
        if name == "dir":
            inner = replace(frame, folder=posixpath.join(frame.folder, statement.text()))
        elif name in _FORGIVING or (name == "try" and not _fails(block, statement)):
            inner = replace(frame, counts=False)
        elif name == "post":
            for outcome in body:
                yield from _steps(
                    context, outcome.body or (), replace(inner, condition=f"post {outcome.name}")
                )
            continue
        elif name == "withEnv":
            texts = [value for kind, value, _ in statement.tokens if kind == "text" and "=" in value]
            inner = replace(frame, env={**frame.env, **dict(text.split("=", 1) for text in texts)})
        yield from _own(context, statement, inner)
        yield from _steps(context, body, inner)


def _fails(block: tuple[Statement, ...], attempt: Statement) -> bool:
    """Whether what follows a `try` throws again, or there is no `catch`."""
    after = block[block.index(attempt) + 1 :]
    caught = [statement for statement in after[:2] if statement.name == "catch"]
    return all(
        any(inner.name in ("throw", "error") for inner in statement.body or ()) for statement in caught
    )


def _own(context: Context, statement: Statement, frame: _Frame) -> Iterator[Step]:
    """The shell that a statement hands over: `sh '…'`, `sh(script: '…')`, `x = sh(…)`."""
    tokens = statement.tokens
    for index, (kind, value, line) in enumerate(tokens):
        if kind != "word" or value not in _SHELLS or (index and tokens[index - 1][1] == "."):
            continue
        call = replace(statement, name=value, tokens=tokens[index:])
        script = call.argument("script") or call.argument()
        if script is None or script[0] != "text":
            continue
        counts = frame.counts and call.text("returnStatus") != "true"
        launches = (
            context.launches(script[1], frame.path, script[2], context.folder(frame.folder), frame.env)
            if frame.kinds
            else ()
        )
        yield _step(frame, line, call.text("label"), "", launches, counts)
        return
    if statement.name and statement.body is None and statement.name not in ("echo", "def", "return"):
        yield _step(frame, statement.line, "", statement.name, (), frame.counts)


def _step(frame: _Frame, line: int, name: str, uses: str, launches: tuple[Launch, ...], counts: bool) -> Step:
    return Step(name, line, uses, {}, frame.env, launches, frame.condition, counts, frame.kinds, frame.path)


def _scripted(context: Context, block: tuple[Statement, ...], frame: _Frame) -> Iterator[Job]:
    """Stages of a scripted pipeline, wherever they stand; what stands in none is a job of its own."""
    needs, gated = frame.needs, frame.gated
    loose = tuple(s for s in block if s.name in _SHELLS)
    if loose:
        yield _job(
            replace(frame, name=frame.name or "node"),
            loose[0].line,
            tuple(_steps(context, loose, frame)),
            gated,
        )
    for statement in block:
        if statement.name == "stage" and statement.body is not None:
            inner = replace(frame, name=statement.text() or "stage", needs=needs, gated=gated)
            gated = gated or _asks(statement)
            made = tuple(_steps(context, statement.body, inner))
            yield _job(inner, statement.line, made, gated)
            needs = (inner.name,)
        elif statement.body and statement.name not in ("def", "properties"):
            yield from _scripted(context, statement.body, replace(frame, needs=needs, gated=gated))
