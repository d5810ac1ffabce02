"""What stands in a Bicep file, read by its published grammar: no compiler is at hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))


@dataclass(frozen=True)
class Expression:
    """A value that only Azure or the compiler knows: its text."""

    text: str


@dataclass
class Resource:
    """A resource or module.

    Attributes:
        symbol: Its name in the file.
        type: Its type without the version; for a module, the path.
        version: The api-version; empty for a module.
        existing: It is only referred to.
        body: Its properties; expressions stay text.
        line: Where it begins.
    """

    symbol: str
    type: str
    version: str
    existing: bool
    body: dict[str, Any]
    line: int


@dataclass
class File:
    """A file as it stands.

    Attributes:
        parameters: Name → its default, or None.
        used: Every identifier that stands for a value somewhere.
        errors: Lines that the grammar does not know.
    """

    path: Path
    parameters: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    modules: list[Resource] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    errors: list[int] = field(default_factory=list)


@cache
def read(path: Path) -> File:
    """Read a file.

    Args:
        path: A .bicep file, or a .bicepparam as it is rendered.
    """
    source, given = path.read_bytes(), set()
    if path.suffix == ".bicepparam":
        # The grammar has no `param name = value` of a parameters file: read as a variable, told apart below.
        given = {name.decode() for name in re.findall(rb"(?m)^param (\w+) =", source)}
        source = re.sub(rb"(?m)^param (?=\w+ =)", b"var   ", source)
    tree = _PARSER.parse(source)
    file = File(path)
    if path.suffix == ".bicepparam":
        file.errors += [n for n, line in enumerate(source.splitlines(), 1) if line.startswith(b"param ")]
    for node in _nodes(tree.root_node):
        if node.is_error or node.is_missing:
            file.errors.append(node.start_point[0] + 1)
        if node.type == "identifier" and not _declares(node):
            file.used.add(_text(node))
    for node in tree.root_node.children:
        _statement(file, node)
    file.parameters |= {name: file.variables.pop(name) for name in given}
    return file


def _statement(file: File, node: Node) -> None:
    named = node.named_children
    if node.type == "parameter_declaration":
        values = [child for child in named[1:] if child.type != "type"]
        file.parameters[_text(named[0])] = value(values[0]) if values else None
    elif node.type == "variable_declaration":
        file.variables[_text(named[0])] = value(named[-1])
    elif node.type == "output_declaration":
        file.outputs[_text(named[0])] = _text(named[-1])
    elif node.type in ("resource_declaration", "module_declaration"):
        kind, _, version = _text(named[1]).strip("'").partition("@")
        existing = any(child.type == "existing" for child in node.children)
        body = value(_object(named[-1]))
        found = Resource(_text(named[0]), kind, version, existing, body, node.start_point[0] + 1)
        (file.resources if node.type.startswith("resource") else file.modules).append(found)


def _object(node: Node) -> Node:
    """The object that a declaration, a condition or a loop makes."""
    if node.type in ("object", "null"):
        return node
    inner = [child for child in _nodes(node) if child.type == "object"]
    return inner[0]


def value(node: Node) -> Any:
    """A literal as Python has it, all else as `Expression`."""
    if node.type == "object":
        pairs = [child.named_children for child in node.named_children if child.type == "object_property"]
        return {_text(pair[0]).strip("'"): value(pair[1]) for pair in pairs}
    if node.type == "array":
        inner = node.named_children
        if len(inner) == 1 and inner[0].type == "for_statement":
            return [value(_object(inner[0]))]
        return [value(child) for child in inner if child.type != "comment"]
    if node.type == "string" and not any(child.type == "interpolation" for child in _nodes(node)):
        return str(ast.literal_eval(_text(node).replace("${", "$\\u007b")))
    if node.type == "number":
        return int(_text(node))
    known = {"true": True, "false": False, "null": None}
    return known[_text(node)] if _text(node) in known else Expression(_text(node))


def _declares(node: Node) -> bool:
    """Whether an identifier only gives a name."""
    parent = node.parent
    if parent is None:
        return False
    first = parent.named_children[0]
    return first == node and (parent.type.endswith("_declaration") or parent.type == "object_property")


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
