"""From a syntax tree to plain data, in one walk."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from mlascent.facts.python.choices import choices, is_main
from mlascent.facts.python.literal import literal
from mlascent.facts.python.model import RELATIVE
from mlascent.facts.python.names import Names
from mlascent.facts.python.starts import STARTERS, started

KIND = "python/3"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEEPEST = 150
_MOST_STRINGS = 5_000


def parse(text: str) -> dict[str, Any]:
    """Plain data of a module; see `Module`.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It is nested too deeply.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    return _Walk().module(tree)


class _Walk(Names):
    """Collects what a module says; `inside` is the scope that is walked."""

    def __init__(self) -> None:
        super().__init__()
        self.imports: list[list[Any]] = []
        self.calls: list[list[Any]] = []
        self.functions: list[list[Any]] = []
        self.strings: list[list[Any]] = []
        self.starts: list[list[Any]] = []
        self.choices: list[str] = []  # every word that has a parser of its own
        self.guards: list[list[Any]] = []  # [scope, word, its chain's words, names]
        self.levels: dict[str, dict[str, None]] = {"": {}, "main": {}}
        self.owner = ""
        self.main = False
        self.asserts = 0

    def module(self, tree: ast.Module) -> dict[str, Any]:
        """Walk a whole module."""
        self.local = {node.name for node in tree.body if isinstance(node, _SCOPES)}
        for node in ast.walk(
            tree
        ):  # an import in one function is an alias in all: names rarely mean two things
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.alias(node)
        names = self.levels[""]
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                self.setting(node)
            for inner in node.body if isinstance(node, ast.If) else [node]:
                if isinstance(inner, ast.AugAssign):
                    self.added(inner)
        for node in tree.body:
            if isinstance(node, ast.If) and is_main(node.test):
                self.main = True
                for inner in node.body:
                    self.visit(inner, "", self.levels["main"], 0)
            else:
                self.visit(node, "", names, 0)
        return {
            "imports": self.imports, "calls": self.calls, "functions": self.functions,
            "strings": self.strings,
            "globals": self.globals, "tables": self.tables, "starts": self.starts, "guards": self.guards,
            "names": list(names), "main_names": list(self.levels["main"]), "main": self.main, "outputs": 0,
        }  # fmt: skip

    def visit(self, node: ast.AST, inside: str, names: dict[str, None], depth: int) -> None:
        """One node and everything below it."""
        if depth > _DEEPEST:
            raise ValueError(f"is nested more than {_DEEPEST} deep")
        if isinstance(node, _SCOPES):
            self.scope(node, inside, names, depth)
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imported(node, inside)
            return
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and len(self.strings) < _MOST_STRINGS:
                self.strings.append([node.lineno, node.value[:500]])
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.made_of(node.targets[0].id, node.value)
            if not inside and node.targets[0].id in self.tables:
                return
        elif isinstance(node, ast.AnnAssign) and not inside and isinstance(node.target, ast.Name):
            if node.target.id in self.tables:
                return
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name):
                    self.made_of(item.optional_vars.id, item.context_expr)
        elif isinstance(node, ast.Assert):
            self.asserts += 1
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            rows = literal(node.iter, self.known)
            if isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
                self.known[f"each {node.target.id}"] = rows
        if isinstance(node, ast.Call):
            self.call(node, inside)
            if self.parser(node, inside):
                self.visit(node.func, inside, names, depth + 1)
                return
        if isinstance(node, ast.Name | ast.Attribute):
            self.mention(node, inside, names, depth)
            return
        if isinstance(node, ast.If | ast.IfExp | ast.Match) and self.guarded(node, inside, names, depth):
            return
        for child in ast.iter_child_nodes(node):
            self.visit(child, inside, names, depth + 1)

    def mention(
        self, node: ast.Name | ast.Attribute, inside: str, names: dict[str, None], depth: int
    ) -> None:
        """A name that is used."""
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            base = base.value
        if isinstance(base, ast.Name):
            if isinstance(node, ast.Attribute) and base.id in ("self", "cls") and self.owner:
                names[f"{self.owner}.{_first(node)}"] = None
            names[self.dotted(node)] = None
        else:
            if isinstance(node, ast.Attribute):
                names[f".{node.attr}"] = None
            self.visit(base, inside, names, depth + 1)

    def imported(self, node: ast.Import | ast.ImportFrom, inside: str) -> None:
        """An import statement."""
        if isinstance(node, ast.Import):
            for item in node.names:
                self.imports.append(
                    [item.name, "", item.asname or item.name.split(".")[0], node.lineno, inside]
                )
        else:
            base = RELATIVE * node.level + (node.module or "")
            for item in node.names:
                self.imports.append([base, item.name, item.asname or item.name, node.lineno, inside])

    def call(self, node: ast.Call, inside: str) -> None:
        """A call with its literal arguments; a program that it starts."""
        name = self.dotted(node.func)
        if not name:
            return
        args = [literal(arg, self.known) for arg in node.args[:50]]
        keywords = {word.arg: literal(word.value, self.known) for word in node.keywords[:100] if word.arg}
        self.calls.append([name, node.lineno, inside, args, keywords])
        last = name.rpartition(".")[2]
        if name == "pytest.raises" or last.lower().startswith("assert"):
            self.asserts += 1
        if name in STARTERS and node.args:
            self.start(node.args[0], node.lineno, inside)

    def parser(self, node: ast.Call, inside: str) -> bool:
        """`add_parser("train").set_defaults(run=train)`: a function that a word chooses."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "set_defaults":
            return False
        target = node.func.value
        word = self.words.get(target.id) if isinstance(target, ast.Name) else None
        if isinstance(target, ast.Call) and self.dotted(target.func) == ".add_parser" and target.args:
            word = literal(target.args[0], {})
        if not isinstance(word, str):
            return False
        values = (item.value for item in node.keywords)
        names = [self.dotted(value) for value in values if isinstance(value, ast.Name | ast.Attribute)]
        self.choices.append(word)
        self.guards.append([inside, [word], self.choices, names])
        return True

    def start(self, node: ast.expr, line: int, inside: str) -> None:
        """A program that is started."""
        self.starts += [[line, inside, words] for words in started(node, self.known)]

    def guarded(
        self, node: ast.If | ast.IfExp | ast.Match, inside: str, names: dict[str, None], depth: int
    ) -> bool:
        """A choice by a word (`if name == "train"`, `match name`): names of branches beside their words."""
        branches, tests = choices(node)
        words = [word for several, _ in branches for word in several]
        if not words:
            return False
        for test in tests:
            self.visit(test, inside, names, depth + 1)
        for several, body in branches:
            held: dict[str, None] = {}
            for child in body:
                self.visit(child, inside, held, depth + 1)
            self.guards.append([inside, several, words, list(held)])
        return True

    def scope(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        inside: str,
        names: dict[str, None],
        depth: int,
    ) -> None:
        """A function or class."""
        name = f"{inside}.{node.name}" if inside else node.name
        decorators = []
        for decorator in node.decorator_list:
            func = decorator.func if isinstance(decorator, ast.Call) else decorator
            decorators.append(self.dotted(func))
            if isinstance(decorator, ast.Call):
                self.visit(decorator, inside, names, depth + 1)
            else:
                self.calls.append([self.dotted(func), decorator.lineno, inside, [], {}])
                self.visit(decorator, inside, names, depth + 1)
        own: dict[str, None] = {}
        is_class = isinstance(node, ast.ClassDef)
        row = [name, node.lineno, node.end_lineno or node.lineno, "class" if is_class else "function"]
        place = len(self.functions)
        self.functions.append(row)
        kept = self.asserts, self.owner, dict(self.made)
        self.asserts = 0
        if isinstance(node, ast.ClassDef):
            bases = [
                self.dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases
            ]
            fields = [
                n.target.id
                for n in node.body
                if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            ]
            self.owner = name
            own.update(dict.fromkeys(bases))
        else:
            bases = []
            given = node.args
            every = [
                *given.posonlyargs,
                *given.args,
                *([given.vararg] if given.vararg else []),
                *given.kwonlyargs,
            ]
            fields = [arg.arg for arg in every]
            for default in [
                *given.defaults,
                *given.kw_defaults,
                node.returns,
                *(arg.annotation for arg in every),
            ]:
                if default is not None:
                    self.visit(default, inside, names if default in given.defaults else own, depth + 1)
        for child in node.body:
            self.visit(child, name, own, depth + 1)
        row += [decorators, [base for base in bases if base], fields, list(own), self.asserts]
        self.functions[place] = row
        self.asserts, self.owner, self.made = kept[0] + self.asserts, kept[1], kept[2]


def _first(node: ast.Attribute) -> str:
    """The attribute that is next to the base."""
    while isinstance(node.value, ast.Attribute):
        node = node.value
    return node.attr
