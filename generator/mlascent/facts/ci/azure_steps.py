"""The steps of a job of Azure Pipelines, and the shell in its tasks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from mlascent.facts.ci.azure_events import Lookup
from mlascent.facts.ci.azure_expand import Item, Scope, condition, items, variables
from mlascent.facts.ci.build import Context, possible
from mlascent.facts.ci.model import Step
from mlascent.facts.ci.tree import Node
from mlascent.facts.tasks import Launch

_SHELLS = ("script", "bash", "pwsh", "powershell")
#: Task → inputs that hold shell, and inputs that name a file of it.
_TASKS = {
    "bash": (("script",), ("filePath",)),
    "shellscript": ((), ("scriptPath",)),
    "cmdline": (("script",), ()),
    "powershell": (("script",), ("filePath",)),
    "azurecli": (("inlineScript",), ("scriptPath",)),
    "pythonscript": ((), ("scriptPath",)),
}


def steps(
    context: Context,
    nodes: Node,
    scope: Scope,
    contexts: Mapping[str, tuple[Lookup, ...]],
    kinds: frozenset[str],
    env: Mapping[str, str],
) -> Iterator[Step]:
    """The steps of a list, templates followed."""
    for item in items(context, nodes, "steps", scope):
        node, inner = item.node, item.scope
        said = inner.text(node.get("condition"))
        able = kinds
        for text in (said, *inner.when):
            able = possible(condition(text), contexts, able)
        if node.get("enabled").text == "false":
            able = frozenset()
        own = {name: inner.put(values[-1]) for name, values in variables(node.get("env")).items()}
        whole = {**env, **own}
        task = inner.text(node.get("task"))
        key = next((key for key in ("checkout", "publish", "download", "template") if key in node), "")
        yield Step(
            name=inner.text(node.get("displayName")) or node.get("name").text,
            line=node.line,
            uses=task or (f"{key}:{inner.text(node.get(key))}" if key else ""),
            with_=dict(node.get("inputs").value) if isinstance(node.get("inputs").value, dict) else {},
            env=whole,
            launches=_launches(context, item, task, whole) if able else (),
            condition=" and ".join(text for text in (said, *inner.when) if text),
            counts=inner.text(node.get("continueOnError")).lower() != "true",
            triggers=able,
            path=node.file,
        )


def _launches(context: Context, item: Item, task: str, env: Mapping[str, str]) -> tuple[Launch, ...]:
    node, scope = item.node, item.scope
    inputs = node.get("inputs")
    folder = scope.text(node.get("workingDirectory")) or scope.text(inputs.get("workingDirectory"))
    folder = context.folder(folder)
    for key in _SHELLS:
        if node.get(key).text:
            return _run(context, node.get(key), scope, folder, env)
    shells, paths = _TASKS.get(task.partition("@")[0].lower(), ((), ()))
    for key in shells:
        if inputs.get(key).text:
            return _run(context, inputs.get(key), scope, folder, env)
    for key in paths:
        path = scope.text(inputs.get(key))
        if path:
            program = "python" if task.lower().startswith("python") else "bash"
            arguments = scope.text(inputs.get("arguments") or inputs.get("args"))
            text = f"{program} {shlex.quote(context.folder(path) or path)} {arguments}"
            return context.launches(text, node.file, inputs.get(key).line, folder, env)
    return ()


def _run(
    context: Context, node: Node, scope: Scope, folder: str, env: Mapping[str, str]
) -> tuple[Launch, ...]:
    # Azure gives the text to bash without -e: only the last line's failure counts.
    return context.launches(scope.text(node), node.file, node.start, folder, env, strict=False)
