"""A line of code knows its room: who may import whom, and who alone may do what."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import mlascent
import pytest

PACKAGE = Path(mlascent.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
#: Room → the rooms that it may import.
MAY: dict[str, set[str]] = {
    "errors": set(),
    "catalogue": {"errors"},
    "filters": set(),
    "git": {"errors"},
    "history": {"errors", "git"},
    "bundle": {"errors", "history"},
    "source": {"errors", "git", "history", "bundle"},
    "questions": {"errors"},
    "answers": {"errors", "catalogue", "questions"},
    "contract": {"history", "questions", "filters"},
    "render": {"errors", "history", "questions", "source", "compiled"},
    "compiled": {"filters", "history"},
    "place": {"errors", "history"},
    "merge": {"errors", "git", "history"},
    "prompts": {"errors", "questions", "render"},
    "dataset": {"errors"},
    "rewrite": {"errors"},
    "yaml_edit": {"errors"},
    "facts": {"errors", "git"},
    "rules": {"errors", "catalogue", "facts"},
    "policy": {"errors", "catalogue", "facts", "git", "rules"},
    "assess": {"errors", "catalogue", "facts", "policy", "rules"},
}


@cache
def imports(path: Path, whole: bool = True) -> set[str]:
    """The rooms of ours that a module imports, but for types alone; without late ones if not `whole`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    nodes = ast.walk(tree) if whole else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mlascent":
            inner = (node.module or "").split(".")[1:]
            found |= {inner[0]} if inner else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("mlascent.")}
    return found - {"__version__"}


@pytest.mark.parametrize("room", MAY)
def test_who_imports_whom(room: str) -> None:
    for name, path in MODULES.items():
        if name.split(".")[0] == room:
            assert imports(path) - {room} <= MAY[room], name


def uses(library: str) -> set[str]:
    found = set()
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(used.split(".")[0] == library for used in names):
                found.add(name if name in ("commands.first_run", "dataset.plain") else name.split(".")[0])
    return found


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("copier", {"render"}),
        ("jinja2", {"render", "contract", "compiled"}),
        ("typer", {"cli"}),
        ("questionary", {"prompts"}),
        ("subprocess", {"git", "commands.first_run", "dataset.plain"}),
    ],
)
def test_who_alone_uses_what(library: str, rooms: set[str]) -> None:
    assert uses(library) == rooms


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        name.split(".")[0]: set().union(
            *(
                imports(path, whole=False)
                for other, path in MODULES.items()
                if other.split(".")[0] == name.split(".")[0]
            )
        )
        - {name.split(".")[0]}
        for name in MODULES
        if name
    }
    while leaves := [room for room, inner in graph.items() if not inner & set(graph)]:
        for room in leaves:
            del graph[room]
    assert graph == {}


def test_no_room_is_too_full() -> None:
    assert {
        name for name, path in MODULES.items() if len(path.read_text(encoding="utf-8").splitlines()) > 270
    } == set()
