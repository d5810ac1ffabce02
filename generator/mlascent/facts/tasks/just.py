"""Justfiles: recipes, imports and modules; what stands in `{{ }}` is put in where it can be known."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mlascent.facts.files import Files, Problem
from mlascent.facts.tasks.expression import Scope, evaluate
from mlascent.facts.tasks.model import Command, Task

NAMES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
_MOST_FILES = 100
_IMPORT = re.compile(r"""import(\?)?\s+(?:x?['"])([^'"]+)['"]""")
_MODULE = re.compile(r"""mod(\?)?\s+([\w-]+)(?:\s+['"]([^'"]+)['"])?\s*(?:#.*)?\Z""")
_SETTING = re.compile(r"(?:export\s+|eager\s+|lazy\s+)*([A-Za-z_][\w-]*)\s*:=\s*(.*)\Z", re.DOTALL)
_ALIAS = re.compile(r"alias\s+([\w-]+)\s*:=\s*([\w:-]+)")
_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)((?:[^:'\"]|'[^']*'|\"[^\"]*\")*?):(?!=)(.*)\Z")
_PARAMETER = re.compile(
    r"""([*+]?)\$?([A-Za-z_][\w-]*)(?:\s*=\s*('[^']*'|"(?:[^"\\]|\\.)*"|\([^()]*\)|[^\s]+))?"""
)
_NEED = re.compile(r"""\(\s*([\w:-]+)([^()]*(?:\([^()]*\)[^()]*)*)\)|([\w:-]+)""")
_HOLE = re.compile(r"\{\{\{\{|\{\{((?:[^{}'\"]|'[^']*'|\"(?:[^\"\\]|\\.)*\"|\{(?!\{)|\}(?!\}))*)\}\}")


@dataclass(slots=True)
class Recipe:
    """A recipe, nothing put in yet."""

    name: str
    path: str
    line: int
    parameters: list[tuple[str, str, str | None]]
    needs: list[tuple[str, str]]
    after: list[tuple[str, str]]
    private: bool
    folder: str
    body: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Justfile:
    """A justfile with all that it imports; modules by name."""

    files: Files
    path: str
    folder: str
    recipes: dict[str, Recipe] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    modules: dict[str, Justfile] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    default: str = ""

    def find(self, name: str) -> tuple[Justfile, Recipe] | None:
        """A recipe by name, alias or `module::name`, with the file whose variables it sees."""
        head, _, rest = name.partition("::")
        if rest:
            return self.modules[head].find(rest) if head in self.modules else None
        recipe = self.recipes.get(name) or self.recipes.get(self.aliases.get(name, ""))
        return (self, recipe) if recipe else None

    def bound(self, recipe: Recipe, args: Sequence[str]) -> Scope:
        """Variables, and parameters with what was given for them."""
        scope = Scope(self.values, self.files, self.folder)
        left = list(args)
        for kind, name, default in recipe.parameters:
            if kind:
                given = " ".join(left) if left else evaluate(default, scope) if default else ""
                left = []
            elif left:
                given = left.pop(0)
            else:
                given = evaluate(default, scope) if default else "${" + name + "}"
            scope.bound[name] = given
        return scope

    def commands(self, recipe: Recipe, args: Sequence[str] = ()) -> tuple[Command, ...]:
        """What a recipe runs."""
        scope = self.bound(recipe, args)

        def put(text: str) -> str:
            return _HOLE.sub(lambda m: "{{" if m[1] is None else evaluate(m[1], scope), text)

        if recipe.body and recipe.body[0][1].startswith("#!"):
            first = recipe.body[0][1]
            if not re.search(r"\b(?:ba|z|da|k)?sh\b", first):
                return ()
            text = "\n".join(put(row) for _, row in recipe.body[1:])
            strict = " -e" in first or " -xe" in first or " -ue" in first
            return (Command(text, recipe.path, recipe.body[0][0] + 1, strict=strict, folder=recipe.folder),)
        found = []
        for line, row in recipe.body:
            bare = row.lstrip("@-")
            prefix = row[: len(row) - len(bare)]
            text = put(bare).strip()
            if text and not text.startswith("#"):
                found.append(
                    Command(text, recipe.path, line, "-" not in prefix, strict=False, folder=recipe.folder)
                )
        return tuple(found)

    def tasks(self, prefix: str = "") -> Iterator[Task]:
        """All of them, modules too."""
        for recipe in self.recipes.values():
            yield Task(
                "just",
                prefix + recipe.name,
                recipe.path,
                recipe.line,
                tuple(name for _, name, _ in recipe.parameters),
                tuple(prefix + name for name, _ in recipe.needs),
                self.commands(recipe),
                recipe.private,
                tuple(prefix + name for name, _ in recipe.after),
            )
        for name, module in self.modules.items():
            yield from module.tasks(f"{prefix}{name}::")


def load(files: Files, path: str, seen: frozenset[str] = frozenset()) -> Justfile:
    """Read a justfile; imports that are missing, outside of the repository or cyclic bring nothing."""
    found = Justfile(files, path, path.rpartition("/")[0])
    _Loader(found, set(seen)).read(path)
    return found


class _Loader:
    """Reads a justfile and what it imports into one."""

    def __init__(self, into: Justfile, seen: set[str]) -> None:
        self.into, self.seen = into, seen

    def read(self, path: str) -> None:
        """One file; what is defined nearer to the first file wins."""
        if path in self.seen or len(self.seen) > _MOST_FILES:
            self.into.files.problems.add(Problem(path, "is imported in a circle, or by too many files"))
            return
        self.seen.add(path)
        imports: list[str] = []
        recipe: Recipe | None = None
        attributes = ""
        for line, row in _rows(self.into.files.text(path)):
            text = row.strip()
            if row[:1] in " \t" and recipe is not None:
                if text:
                    recipe.body.append((line, text))
                continue
            if not text or text.startswith("#"):
                continue
            recipe = None
            if text.startswith("["):
                attributes += text
                continue
            if match := _IMPORT.match(text):
                imports.append(self.place(path, match[2]))
            elif match := _MODULE.match(text):
                self.module(path, match[2], match[3])
            elif match := _ALIAS.match(text):
                self.into.aliases.setdefault(match[1], match[2])
            elif text.startswith(("set ", "unexport ")):
                pass
            elif match := _SETTING.match(text):
                self.into.values.setdefault(match[1], match[2])
            elif match := _RECIPE.match(text):
                recipe = self.recipe(match, path, line, attributes)
            attributes = ""
        for other in imports:
            if other in self.into.files:
                self.read(other)

    def place(self, path: str, other: str) -> str:
        """A path that a file names."""
        return posixpath.normpath(posixpath.join(path.rpartition("/")[0], other))

    def module(self, path: str, name: str, given: str | None) -> None:
        """A module: its own file, variables and folder."""
        places = [self.place(path, given)] if given else []
        for base in places or [self.place(path, name)]:
            for other in (base, f"{base}.just", f"{base}/mod.just", *(f"{base}/{each}" for each in NAMES)):
                if other in self.into.files and name not in self.into.modules and other not in self.seen:
                    self.into.modules[name] = load(self.into.files, other, frozenset(self.seen))

    def recipe(self, match: re.Match[str], path: str, line: int, attributes: str) -> Recipe:
        """Begin a recipe; one that is defined already keeps its body."""
        name, parameters, needs = match.groups()
        needs = re.sub(r"\s#.*", "", needs)
        before, _, after = needs.partition("&&")
        where = re.search(r"working-directory:?\s*\(?\s*['\"]([^'\"]+)", attributes)
        folder = posixpath.normpath(posixpath.join(self.into.folder, where[1])) if where else self.into.folder
        found = Recipe(
            name,
            path,
            line,
            [(m[1], m[2], m[3]) for m in _PARAMETER.finditer(parameters)],
            [(m[1] or m[3], m[2] or "") for m in _NEED.finditer(before)],
            [(m[1] or m[3], m[2] or "") for m in _NEED.finditer(after)],
            name.startswith("_") or "private" in attributes,
            "" if folder == "." else folder,
        )
        if re.search(r"\b(?:windows|macos)\b", attributes) and not re.search(
            r"\b(?:linux|unix)\b", attributes
        ):
            return found  # another system's
        self.into.recipes.setdefault(name, found)
        if not self.into.default and path == self.into.path:
            self.into.default = name
        return found


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, continued ones joined, and brackets of a value closed."""
    held, begun = "", 0
    for number, row in enumerate(text.splitlines(), 1):
        begun = begun or number
        if row.endswith("\\") and not row.endswith("\\\\"):
            held += row[:-1] + " "
            continue
        yield begun, held + (row.lstrip() if held else row)
        held, begun = "", 0
    if held:
        yield begun, held
