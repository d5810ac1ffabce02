"""Functions that texts name: tables such as `{"train": "training:train"}`, modules imported by a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlascent.facts.python.model import Module

#: Calls that import by a name which a text holds.
IMPORTS = frozenset({"importlib.import_module", "pkgutil.resolve_name"})
#: A function by its module, as entry points say it.
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Tables:
    """Every such table, by the module that imports by it."""

    def __init__(self, modules: Mapping[str, Module], named: Mapping[str, Module]) -> None:
        """Take all modules, by path and by name."""
        self.modules, self.named = modules, named
        self._known: dict[str, dict[str, list[tuple[Module, str]]]] = {}

    def of(self, module: Module, word: str, own: bool) -> Iterator[tuple[Module, str]]:
        """Functions that tables of the packages below a module name, and the modules that hold the tables.

        Args:
            module: Who imports.
            word: What is asked for; without it every function of the tables.
            own: Whether the word was said to the module's own package: one that no table knows then
                names nothing. A word for another program says nothing of these tables.
        """
        if module.path not in self._known:
            self._known[module.path] = self._below(module)
        known = self._known[module.path]
        chosen = [known[word]] if word in known else [] if word and own else known.values()
        for pairs in chosen:
            yield from pairs

    def plugins(self, module: Module, first: int, last: int) -> Iterator[Module]:
        """Modules of the repository that texts between two lines of a module name.

        Args:
            module: Who imports.
            first: The first line of the function that imports.
            last: Its last line.
        """
        for line, text in module.strings:
            bare = text.lstrip(".")
            if first <= line <= last and _NAME.fullmatch(bare):
                home = self.named.get(f"{module.package}.{bare}") or self.named.get(bare)
                if home is not None and home is not module:
                    yield home

    def _below(self, module: Module) -> dict[str, list[tuple[Module, str]]]:
        found: dict[str, list[tuple[Module, str]]] = {}
        for holder in self.modules.values():
            if module.package and not f"{holder.name}.".startswith(f"{module.package}."):
                continue
            for table in holder.globals.values():
                for key, target in table.items() if _names_functions(table) else ():
                    found.setdefault(key, []).extend(self._target(holder, target))
        return found

    def _target(self, holder: Module, target: str) -> Iterator[tuple[Module, str]]:
        place, _, name = target.partition(":")
        for whole in (f"{holder.package}.{place}", place):
            home = self.named.get(whole)
            if home is not None and name in home.functions:
                yield holder, ""
                yield home, name
                return


def _names_functions(table: object) -> bool:
    """Whether a value is a table of functions by their modules."""
    return (
        isinstance(table, dict)
        and bool(table)
        and all(isinstance(target, str) and _TARGET.fullmatch(target) for target in table.values())
    )


def among(module: Module, argument: str, chain: list[str]) -> bool:
    """Whether a list of words in the module holds both the argument and the words of a choice."""
    wanted = {argument, *chain}
    lists: list[Any] = [*module.globals.values(), *module.raw["tables"].values()]
    lists += [call.keywords.get("choices") for call in module.calls if "choices" in call.keywords]
    return any(isinstance(held, list | dict) and wanted <= {str(item) for item in held} for held in lists)
