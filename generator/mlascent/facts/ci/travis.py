"""Travis CI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlascent.facts.ci.build import Context, possible, several
from mlascent.facts.ci.model import Job, Step, Trigger, Workflow
from mlascent.facts.ci.tree import Node, document
from mlascent.facts.ci.values import UNKNOWN

_BEFORE = ("before_install", "install", "before_script", "script")
_AFTER = ("after_success", "after_failure", "after_deploy", "after_script")
_KINDS = {"push": "push", "change": "pull_request", "schedule": "cron", "event": "api", "tag": "push"}
_KNOWN = (
    "type",
    "branch",
    "tag",
    "sender",
    "fork",
    "repo",
    "head_branch",
    "head_repo",
    "os",
    "commit_message",
)


def read(context: Context) -> tuple[Workflow, ...]:
    """`.travis.yml` of the root; a cron job, a setting of the host, counts where a condition names it."""
    found = [path for path in (".travis.yml", ".travis.yaml") if path in context.files]
    return tuple(_workflow(context, document(context.files, path)) for path in found)


def _workflow(context: Context, root: Node) -> Workflow:
    triggers = tuple(Trigger(kind, 1) for kind in _KINDS)
    kinds = possible(_condition(root.get("if")), _CONTEXTS, frozenset(_KINDS))
    included = [
        node
        for key in ("jobs", "matrix")
        for node in root.get(key, "include").list()
        if isinstance(node.value, dict)
    ]
    jobs = [] if included and "script" not in root else [_job(context, root, root, "job", kinds)]
    jobs += [_job(context, root, node, f"job{n}", kinds) for n, node in enumerate(included, 1)]
    return Workflow("travis", root.file, "", triggers, tuple(jobs), None, True)


def _lookup(kind: str) -> Any:
    values = {"type": _KINDS[kind], "tag": UNKNOWN if kind == "tag" else None, "branch": UNKNOWN}

    def value(name: str) -> Any:
        if name.startswith(_KNOWN) or "$" in name:
            return values.get(name, UNKNOWN)
        return name  # a text without quotation marks

    return value


_CONTEXTS = {kind: (_lookup(kind),) for kind in _KINDS}


def _condition(node: Node) -> str:
    return " AND ".join(f"({text})" for text in node.texts()) if isinstance(node.value, list) else node.text


def _job(context: Context, root: Node, node: Node, otherwise: str, kinds: frozenset[str]) -> Job:
    name = node.get("name").text or node.get("stage").text or otherwise
    said = _condition(node.get("if")) if node is not root else ""
    kinds = possible(said, _CONTEXTS, kinds)
    if "cron" not in f"{said} {_condition(root.get('if'))}":
        kinds -= {"schedule"}  # that a cron job exists is a setting of the host
    steps = tuple(_steps(context, root, node, kinds)) if context.spend(root.file) else ()
    allowed = [each for key in ("jobs", "matrix") for each in root.get(key, "allow_failures").list()]
    return Job(
        name=name,
        line=node.line,
        triggers=kinds,
        needs=(),
        steps=steps,
        environment="",
        approval=False,
        condition=said,
        counts=not any(_fits(node, each) for each in allowed),
        permissions=None,
        image="",
        services=root.get("services").texts(),
        disabled=not kinds,
        path=node.file,
    )


def _fits(node: Node, allowed: Node) -> bool:
    """Whether a job is one of those that may fail."""
    keys = list(allowed.table())
    return bool(keys) and all(node.get(key).value == value.value for key, value in keys)


def _steps(context: Context, root: Node, node: Node, kinds: frozenset[str]) -> Iterator[Step]:
    for phase in (*_BEFORE, "deploy", *_AFTER):
        told = node.get(phase) if phase in node else root.get(phase)
        if not told:
            continue
        if phase == "deploy":
            providers = [told] if isinstance(told.value, dict) else list(told.list())
            for provider in providers:
                yield _deploy(context, provider, kinds)
            continue
        launches = context.run(several(told)) if kinds else ()
        yield Step(phase, told.line, "", {}, {}, launches, "", phase in _BEFORE, kinds, told.file)


def _deploy(context: Context, node: Node, kinds: frozenset[str]) -> Step:
    on = node.get("on")
    if on.get("tags").value is True:
        kinds &= {"tag"}
    elif on or not node.get("on", "all_branches").value:
        kinds -= {"change"}  # deployments never run for pull requests
    launches = context.run(several(node.get("script"))) if kinds else ()
    condition = " ".join(f"{key}: {value.text}" for key, value in on.table())
    return Step(
        "deploy",
        node.line,
        f"deploy:{node.get('provider').text}",
        {},
        {},
        launches,
        condition,
        True,
        kinds,
        node.file,
    )
