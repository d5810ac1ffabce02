"""What is known of a module; lists are made of what the cache keeps when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

#: Before a name: one for every dot of a relative import. A cached module does not know its own name.
RELATIVE = "\x01"


@dataclass(frozen=True, slots=True)
class Call:
    """A call, or a decorator.

    Attributes:
        name: Dotted, with import aliases undone: `mlflow.log_metric`, `pandas.read_csv`; a method of an
            object that is made in sight is `sklearn.svm.SVC.fit`, of any other `.fit`.
        line: From 1.
        inside: Qualified name of the function or class that holds it; empty at module level.
        args: Positional arguments: a literal's value (a path's text), or None for anything else.
        keywords: Keyword → a literal's value, or None for anything else.
    """

    name: str
    line: int
    inside: str
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Import:
    """An import.

    Attributes:
        module: Absolute, relative dots resolved: `sklearn.pipeline`.
        name: What is taken from it; empty for the module itself.
        alias: The name that it has here.
        line: From 1.
        inside: Function that holds it; empty at module level.
    """

    module: str
    name: str
    alias: str
    line: int
    inside: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or class.

    Attributes:
        name: Qualified: `Model.predict`.
        line: From 1.
        end: Last line.
        kind: `function` or `class`.
        decorators: Dotted names, aliases undone.
        bases: Of a class: dotted names.
        fields: Of a class: annotated names in its body; of a function: its parameters.
        names: Dotted names that its body mentions, aliases undone.
        asserts: Number of `assert` statements and of `pytest.raises`, `assert_*` and `.assert*` calls.
    """

    name: str
    line: int
    end: int
    kind: str
    decorators: tuple[str, ...]
    bases: tuple[str, ...]
    fields: tuple[str, ...]
    names: tuple[str, ...]
    asserts: int


class Module:
    """A Python file, or the code cells of a notebook.

    Attributes:
        path: Relative to the root.
        name: Dotted, from its source root (`src/`, or a folder without `__init__.py`): `churn.train`.
        test: Whether pytest would collect it, or it serves tests (conftest.py, below tests/).
        main: Whether it has an `if __name__ == "__main__"` block (a notebook: always).
        outputs: Of a notebook: number of cells with outputs.
        raw: What the parser made of it.
    """

    def __init__(self, path: str, name: str, test: bool, raw: Mapping[str, Any]) -> None:
        """Take what the cache keeps."""
        self.path, self.name, self.test, self.raw = path, name, test, raw
        self.main: bool = raw["main"]
        self.outputs: int = raw["outputs"]
        self.package = name if path.endswith("__init__.py") else name.rpartition(".")[0]

    def absolute(self, name: str) -> str:
        """A name with relative dots resolved."""
        if RELATIVE not in name:
            return name
        bare = name.lstrip(RELATIVE)
        up = len(name) - len(bare) - 1
        parts = self.package.split(".") if self.package else []
        return ".".join([*parts[: len(parts) - up], *([bare] if bare else [])])

    def value(self, held: Any) -> Any:
        """A literal in which the package's name is put in."""
        if isinstance(held, str):
            return held.replace("\x02", self.package) if "\x02" in held else held
        if isinstance(held, list):
            return [self.value(item) for item in held]
        return {key: self.value(item) for key, item in held.items()} if isinstance(held, dict) else held

    def call(self, row: list[Any]) -> Call:
        """A call of the cache."""
        name, line, inside, args, keywords = row
        return Call(self.absolute(name), line, inside, tuple(self.value(args)), self.value(keywords))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """In the order of the file."""
        return tuple(Import(self.absolute(row[0]), *row[1:]) for row in self.raw["imports"])

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """In the order of the file."""
        return tuple(self.call(row) for row in self.raw["calls"])

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """By qualified name."""
        found = {}
        for name, line, end, kind, decorators, bases, fields, names, asserts in self.raw["functions"]:
            absolute = self.absolute
            found[name] = Function(
                name,
                line,
                end,
                kind,
                tuple(map(absolute, decorators)),
                tuple(map(absolute, bases)),
                tuple(fields),
                tuple(map(absolute, names)),
                asserts,
            )
        return found

    @cached_property
    def strings(self) -> tuple[tuple[int, str], ...]:
        """(line, text) of string literals that are no docstrings, up to 500 characters each."""
        return tuple((line, text) for line, text in self.raw["strings"])

    @cached_property
    def globals(self) -> Mapping[str, Any]:
        """Module-level names → literal value (a path's text), or None for anything else."""
        held: Mapping[str, Any] = self.value(self.raw["globals"])
        return held


@dataclass(frozen=True, slots=True)
class Found:
    """A call in its module."""

    path: str
    call: Call
