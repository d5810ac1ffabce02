"""Of what Python composes a SageMaker pipeline: names in arguments, which calls alone do not tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.platforms.model import Made
from mlascent.facts.python import Python

#: Where SDK 2, SDK 3 and the `steps` of both come from.
_SOURCES = ("sagemaker.workflow", "sagemaker.mlops", "sagemaker.core.workflow")
_MOST = 2_000


def composed(files: Files, python: Python) -> Iterator[Made]:
    """Calls with keywords, in modules that import what pipelines are made of."""
    paths = {path for path, _ in python.imported(_SOURCES) if path.endswith(".py")}
    for path in sorted(paths):
        if python.modules[path].test:
            continue
        for line, name, target, inside, given in files.parsed(path, "composed/1", made) or ():
            yield Made(path, line, name, target, inside, {key: tuple(said) for key, said in given.items()})


def made(text: str) -> list[Any]:
    """Calls of a module as [line, name, target, inside, keyword → names].

    Raises:
        SyntaxError: It is no Python.
    """
    found: list[Any] = []
    waiting: list[tuple[ast.AST, str, str]] = [(ast.parse(text), "", "")]
    while waiting and len(found) < _MOST:
        node, inside, target = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = node.name
        if isinstance(node, ast.Call):
            name = _last(node.func)
            given = {word.arg: _names(word.value) for word in node.keywords if word.arg}
            if name and given:
                found.append([node.lineno, name, target, inside, given])
        held = ""
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            held = node.targets[0].id
        below = ast.iter_child_nodes(node)
        waiting += [(child, inside, held if isinstance(child, ast.Call) else "") for child in below]
    return sorted(found, key=lambda row: (row[0], row[1]))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(value: ast.expr) -> list[str]:
    """Names and attributes in an expression, each once."""
    said: dict[str, None] = {}
    for node in ast.walk(value):
        if isinstance(node, ast.Name):
            said[node.id] = None
        elif isinstance(node, ast.Attribute):
            said[node.attr] = None
    return list(said)[:100]
