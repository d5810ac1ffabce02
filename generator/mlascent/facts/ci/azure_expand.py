"""Templates and template expressions of Azure Pipelines, put in where they stand."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mlascent.facts.ci.build import MOST_CALLS, Context
from mlascent.facts.ci.tree import Node, document

_DIRECTIVE = re.compile(r"\$\{\{\s*(if|elseif|else|each|insert)\b\s*(.*?)\s*\}\}$", re.DOTALL)
_PARAMETER = re.compile(r"\$\{\{\s*parameters(?:\.([\w-]+)|\['([\w-]+)'\])\s*\}\}")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True)
class Scope:
    """Where a part of a pipeline stands.

    Attributes:
        owner: The pipeline's file.
        calls: Templates on the way here, the pipeline's file first.
        given: Parameters of the template; empty in the pipeline itself, whose parameters a person chooses.
        when: Conditions of `${{ if }}` around it.
    """

    owner: str
    calls: tuple[str, ...]
    given: Mapping[str, Node]
    when: tuple[str, ...] = ()

    def text(self, node: Node) -> str:
        """A text with parameters put in."""
        return self.put(node.text)

    def put(self, text: str) -> str:
        """A text with parameters put in, as far as they are known."""
        if "${{" not in text:
            return text
        return _PARAMETER.sub(lambda found: self._known(found[1] or found[2], found[0]), text)

    def _known(self, name: str, otherwise: str) -> str:
        node = self.given.get(name)
        return node.text if node is not None and not isinstance(node.value, dict | list) else otherwise


@dataclass(frozen=True)
class Item:
    """A stage, job or step where it comes to stand."""

    node: Node
    scope: Scope


def items(context: Context, nodes: Node, section: str, scope: Scope) -> Iterator[Item]:
    """The items of a list, templates and expressions followed.

    Args:
        context: The repository.
        nodes: The list.
        section: `stages`, `jobs` or `steps`: what a template brings here.
        scope: Where the list stands.
    """
    passed = _PARAMETER.fullmatch(nodes.text.strip())
    if passed and (given := scope.given.get(passed[1] or passed[2])):
        nodes = given
    before = ""
    for node in nodes.list() if isinstance(nodes.value, list) else ():
        if not context.spend(scope.owner):
            return
        inserted = _PARAMETER.fullmatch(node.text.strip())
        if inserted and len(scope.calls) <= MOST_CALLS:
            given = scope.given.get(inserted[1] or inserted[2])
            if given is not None and isinstance(given.value, list):
                yield from items(context, given, section, replace(scope, given={}))
            continue
        directives = [(key, inner, found) for key, inner in node.table() if (found := _DIRECTIVE.match(key))]
        for _, inner, found in directives:
            word, condition = found[1], scope.put(found[2])
            if word == "if":
                before = condition
            when = {"else": f"not({before})"}.get(word, condition) if word != "each" else ""
            yield from items(
                context, inner, section, replace(scope, when=(*scope.when, when) if when else scope.when)
            )
        if directives:
            continue
        if "template" in node and len(node.value) <= 3:
            yield from template(context, node, section, scope)
        elif isinstance(node.value, dict):
            yield Item(node, scope)


def template(context: Context, node: Node, section: str, scope: Scope) -> Iterator[Item]:
    """What a template of the repository brings."""
    inner = called(context, node, scope)
    if inner is None:
        return
    root, below = inner
    if section in root:
        yield from items(context, root.get(section), section, below)


def called(context: Context, node: Node, scope: Scope) -> tuple[Node, Scope] | None:
    """A template's file and its scope; nothing for another repository's, a missing one, and a cycle."""
    said, _, repository = scope.text(node.get("template")).partition("@")
    if repository not in ("", "self") or not said:
        return None
    if said.startswith("/"):
        path = posixpath.normpath(said.lstrip("/").removeprefix(context.files.prefix))
    else:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(node.file), said))
    if path not in context.files or path in scope.calls or len(scope.calls) > MOST_CALLS:
        return None
    context.templates.add(path)
    root = document(context.files, path)
    given = dict(_defaults(root.get("parameters")))
    for name, value in node.get("parameters").table():
        passed = _PARAMETER.fullmatch(value.text.strip())
        known = scope.given.get(passed[1] or passed[2]) if passed else None
        given[name] = known if known is not None else value.put(scope.text(value)) if value.text else value
    return root, replace(scope, calls=(*scope.calls, path), given=given)


def _defaults(nodes: Node) -> Iterator[tuple[str, Node]]:
    """Names and defaults of parameters, in the new form and in the old."""
    if isinstance(nodes.value, dict):
        yield from nodes.table()
        return
    for node in nodes.list():
        if node.get("default"):
            yield node.get("name").text, node.get("default")


def variables(node: Node) -> dict[str, tuple[str, ...]]:
    """Variable → the values that it can have, those under `${{ if }}` included."""
    found: dict[str, list[str]] = {}
    _collect(node, found, 0)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _collect(node: Node, found: dict[str, list[str]], depth: int) -> None:
    if depth > MOST_CALLS:
        return
    if isinstance(node.value, list):
        for item in node.list():
            if "name" in item:
                found.setdefault(item.get("name").text, []).append(item.get("value").text)
            else:
                _collect(item, found, depth + 1)
        return
    for key, value in node.table():
        if _DIRECTIVE.match(key):
            _collect(value, found, depth + 1)
        else:
            found.setdefault(key, []).append(value.text or value.get("value").text)


def condition(text: str) -> str:
    """A condition in which what templates would put in is a name that nobody knows."""
    text = _EXPRESSION.sub("__put_in__", text)
    return re.sub(r"'[^']*__put_in__[^']*'", "unknown.value", text).replace("__put_in__", "unknown.value")
