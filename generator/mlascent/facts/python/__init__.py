"""Python code by its syntax tree: modules, imports, calls, and what is reachable from where.

Nothing is imported or run. Reachability is by name: from a function to the functions that it names, within
the repository; where a name cannot be followed (a variable, a plug-in), the whole imported module counts.
"""

from __future__ import annotations

import ast
import gc
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mlascent.facts.files import Files
from mlascent.facts.parsing import toml_file
from mlascent.facts.python.match import matcher
from mlascent.facts.python.model import Call, Found, Function, Import, Module
from mlascent.facts.python.reach import Graph, Walk

_ELSEWHERE = re.compile(
    r"(?:^|/)(?:docs?|examples?|benchmarks?|build|dist)/|(?:^|/)(?:setup|noxfile|tasks|conf|fabfile)\.py$"
)
_TEST = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$)")
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)
Node = tuple[str, str]


@dataclass(frozen=True)
class Python:
    """All modules.

    Attributes:
        modules: By path.
        scripts: `[project.scripts]` and the like: command → `module:function`.
    """

    modules: Mapping[str, Module]
    scripts: Mapping[str, str]
    _reached: dict[tuple[tuple[str, ...], str], frozenset[Node]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _matched: dict[tuple[str, ...], tuple[Found, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.modules)

    def named(self, name: str) -> Module | None:
        """A module by dotted name."""
        return self._graph.named.get(name)

    @cached_property
    def _called(self) -> dict[str, list[tuple[int, int]]]:
        """Name → where it is called: number of the module, and of the call in it."""
        places: dict[str, list[tuple[int, int]]] = {}
        for at, module in enumerate(self.modules.values()):
            for number, row in enumerate(module.raw["calls"]):
                places.setdefault(module.absolute(row[0]), []).append((at, number))
        return places

    @cached_property
    def _imports(self) -> dict[str, list[tuple[int, int]]]:
        """Whole name → where it is imported."""
        places: dict[str, list[tuple[int, int]]] = {}
        for at, module in enumerate(self.modules.values()):
            for number, item in enumerate(module.imports):
                full = f"{item.module}.{item.name}" if item.name else item.module
                places.setdefault(full, []).append((at, number))
        return places

    def package(self) -> tuple[Module, ...]:
        """Modules that are neither tests nor notebooks, nor setup.py, docs/ and the like."""
        return self._package

    @cached_property
    def _package(self) -> tuple[Module, ...]:
        return tuple(
            module
            for path, module in self.modules.items()
            if not module.test and path.endswith(".py") and not _ELSEWHERE.search(path)
        )

    def reach(self, entries: Iterable[str], argument: str = "") -> frozenset[Node]:
        """What running these entries can execute: (path, qualified name; empty for module level).

        Args:
            entries: Paths of modules (run as programs: module level and what it calls), or `path::function`.
            argument: The first word of the command line where the module chooses by it
                (`python -m churn.stages train`): functions that only another word chooses are left out,
                where that can be seen (a match or if on the word, a mapping, a Typer or argparse command).
        """
        key = (tuple(sorted(set(entries))), argument)
        if key not in self._reached:
            walk = Walk(self._graph, argument)
            for entry in key[0]:
                walk.enter(entry)
            self._reached[key] = walk.run()
        return self._reached[key]

    def calls(self, names: Iterable[str], within: Iterable[Node] | None = None) -> tuple[Found, ...]:
        """Calls whose name matches one of these shell patterns (`mlflow.log_*`, `*.fit`).

        Args:
            names: Patterns.
            within: What `reach` gave; everywhere without it.
        """
        key = tuple(names)
        if key not in self._matched:
            fits = matcher(key)
            rows = sorted(row for name, rows in self._called.items() if fits(name) for row in rows)
            modules = list(self.modules.items())
            self._matched[key] = tuple(
                Found(modules[at][0], modules[at][1].call(modules[at][1].raw["calls"][row]))
                for at, row in rows
            )
        found = self._matched[key]
        if within is None:
            return found
        nodes = frozenset(within)
        return tuple(one for one in found if (one.path, one.call.inside) in nodes)

    def imported(
        self, names: Iterable[str], within: Iterable[Node] | None = None
    ) -> tuple[tuple[str, Import], ...]:
        """(path, import) of modules with one of these dotted names, or below it."""
        wanted = tuple(names)
        below = tuple(f"{name}." for name in wanted)
        nodes = None if within is None else frozenset(within)
        rows = sorted(
            row
            for full, rows in self._imports.items()
            if full in wanted or full.startswith(below)
            for row in rows
        )
        modules = list(self.modules.items())
        found = ((modules[at][0], modules[at][1].imports[row]) for at, row in rows)
        return tuple((path, one) for path, one in found if nodes is None or (path, one.inside) in nodes)

    def modules_reached(self, entries: Iterable[str]) -> frozenset[str]:
        """Paths of modules that the import graph leads to, the entries included."""
        queue = [path for path in entries if path in self.modules]
        found = set(queue)
        while queue:
            module = self.modules[queue.pop()]
            for item in module.imports:
                for name in (f"{item.module}.{item.name}", item.module):
                    target = self._graph.named.get(name)
                    if target is not None and target.path not in found:
                        found.add(target.path)
                        queue.append(target.path)
        return frozenset(found)

    def starts(self, entry: str, argument: str = "") -> tuple[tuple[str, int, tuple[str, ...]], ...]:
        """(path, line, words) of programs that running an entry starts, as far as their words are literal."""
        nodes = self.reach([entry], argument)
        found = []
        for path in sorted({path for path, _ in nodes}):
            module = self.modules[path]
            for line, inside, words in module.raw["starts"]:
                if (path, inside) in nodes:
                    found.append((path, line, tuple(module.value(words))))
        return tuple(found)


def read(files: Files) -> Python:
    """Parse every Python file and notebook."""
    paths = [*files.ending(".py"), *files.ending(".ipynb")]
    packages = {path.rpartition("/")[0] for path in files.named("__init__.py")}
    modules: dict[str, Module] = {}
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage; looking for it would double the time
    try:
        for path in sorted(paths):
            notebook = path.endswith(".ipynb")
            raw = files.parsed(
                path, "notebook/3" if notebook else "python/3", _notebook if notebook else _parse
            )
            if raw is not None:
                modules[path] = Module(path, _name(path, packages), bool(_TEST.search(path)), raw)
    finally:
        if collecting:
            gc.enable()
    return Python(modules, _scripts(files))


def _name(path: str, packages: set[str]) -> str:
    """The dotted name, from the outermost folder that is a package, or from `src/`, or from the root."""
    folder, _, last = path.rpartition("/")
    stem = last.rpartition(".")[0]
    parts = [] if stem == "__init__" else [stem]
    while folder and (folder in packages or not (folder == "src" or folder.endswith("/src"))):
        above = folder.rpartition("/")[0]
        in_package = folder in packages
        if not in_package and (parts or stem == "__init__") and packages and _rooted(folder, packages):
            break
        parts.insert(0, folder.rpartition("/")[2])
        folder = above
    return ".".join(parts)


def _rooted(folder: str, packages: set[str]) -> bool:
    """Whether a folder that is no package holds packages: names begin below it."""
    return any(package.rpartition("/")[0] == folder for package in packages)


def _parse(text: str) -> object:
    from mlascent.facts.python.syntax import parse

    return parse(text)


def _notebook(text: str) -> object:
    """The code cells of a notebook as one module; lines are those of the cells joined."""
    from mlascent.facts.parsing import MalformedError
    from mlascent.facts.python.syntax import parse

    try:
        held = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedError(f"is no notebook: {error.msg}", error.lineno) from None
    cells = held.get("cells") if isinstance(held, dict) else None
    sources, outputs = [], 0
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            outputs += bool(cell.get("outputs"))
            source = cell.get("source")
            joined = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
            joined = "" if joined.lstrip().startswith("%%") else _MAGIC.sub("pass", joined)
            try:
                ast.parse(joined)
            except (SyntaxError, ValueError):
                joined = "\n" * joined.count("\n")
            sources.append(joined)
    found = parse("\n".join(sources))
    return {**found, "main": True, "outputs": outputs}


def _scripts(files: Files) -> dict[str, str]:
    """Console scripts of pyproject.toml and setup.cfg."""
    found: dict[str, str] = {}
    if "pyproject.toml" in files:
        doc = toml_file(files, "pyproject.toml")
        for place in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
            found |= {name: value for name, value in doc.table(*place).items() if isinstance(value, str)}
    if "setup.cfg" in files:
        match = re.search(r"^console_scripts\s*=((?:\n[ \t]+.*)+)", files.text("setup.cfg"), re.MULTILINE)
        for row in match[1].splitlines() if match else ():
            name, sign, value = (part.strip() for part in row.partition("="))
            if sign:
                found[name] = value
    return found


__all__ = ["Call", "Found", "Function", "Import", "Module", "Python", "read"]
