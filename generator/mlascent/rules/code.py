"""What rules ask of code: the texts in it, whether it can refuse, what tests execute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.python import Module
from mlascent.facts.settings import Setting
from mlascent.rules.entries import Reached, once
from mlascent.rules.model import Evidence
from mlascent.rules.words import parts

#: Calls that end a process or an exchange with a refusal: exceptions are called as they are raised.
REFUSES = (
    "sys.exit",
    "exit",
    "quit",
    "os._exit",
    "*Error",
    "*Exception",
    "*Exit",
    "*.abort",
)
#: Files that hold the numbers that a run depends on.
_CONFIG = re.compile(
    r"(.*/)?(params|parameters|config|settings|hparams|hyperparameters|mlproject)(\.\w+)?"
    r"|(.*/)?(conf|config|configs|params)/.*",
    re.IGNORECASE,
)


def modules(facts: Facts, within: Iterable[tuple[str, str]]) -> tuple[Module, ...]:
    """Modules of which something is reached."""
    paths = sorted({path for path, _ in within})
    return tuple(facts.python.modules[path] for path in paths if path in facts.python.modules)


def texts(facts: Facts, within: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, str]]:
    """(path, line, text) of string literals of the modules that are reached."""
    for module in modules(facts, within):
        for line, text in module.strings:
            yield module.path, line, text


def text_like(facts: Facts, within: Iterable[tuple[str, str]], pattern: str) -> Evidence | None:
    """The first string literal that matches a pattern from its beginning, folded."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for path, line, text in texts(facts, within):
        if wanted.match(text):
            return Evidence(path, line, f'"{text[:60]}"')
    return None


def names(facts: Facts, within: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Dotted names that reached functions mention."""
    found: set[str] = set()
    for path, name in within:
        module = facts.python.modules.get(path)
        function = module.functions.get(name) if module else None
        if function:
            found |= set(function.names)
    return frozenset(found)


def mentions(facts: Facts, within: Reached, *words: str) -> Evidence | None:
    """Where reached code names a key: as a text (`params["seed"]`) or as an attribute (`config.seed`)."""
    for path, line, text in texts(facts, within):
        if text in words or any(text.endswith((f".{word}", f"--{word}", f"/{word}")) for word in words):
            return Evidence(path, line, f'"{text[:60]}"')
    for path, name in sorted(within):
        module = facts.python.modules.get(path)
        function = module.functions.get(name) if module else None
        if function and any(said.rpartition(".")[2] in words and "." in said for said in function.names):
            return Evidence(path, function.line, f"{name}() reads {'/'.join(words)}")
        if function and set(function.fields) & set(words):
            return Evidence(path, function.line, f"{name}({'/'.join(words)})")
    return None


def refuses(facts: Facts, within: Iterable[tuple[str, str]]) -> bool:
    """Whether reached code can stop with an error."""
    within = frozenset(within)
    if facts.python.calls(REFUSES, within):
        return True
    return any(
        function.asserts
        for path, name in within
        if (module := facts.python.modules.get(path)) and (function := module.functions.get(name))
    )


@once
def tested(facts: Facts) -> Reached:
    """What tests execute that assert something, their fixtures included."""
    entries: list[str] = []
    helpers: set[str] = set()
    for module in facts.python.modules.values():
        if not module.test:
            continue
        if module.path.endswith("conftest.py"):
            helpers |= {f"{module.path}::{name}" for name in module.functions}
            continue
        sure = [
            n
            for n, f in module.functions.items()
            if f.asserts and parts(n.rpartition(".")[2])[:1] == ("test",)
        ]
        if not sure:
            continue
        helpers |= {f"{module.path}::{n}" for n, f in module.functions.items() if _fixture(f.decorators)}
        entries += [module.path, *(f"{module.path}::{name}" for name in sure)]
    return facts.python.reach([*entries, *helpers]) if entries else frozenset()


def _fixture(decorators: Iterable[str]) -> bool:
    return any(name.rpartition(".")[2] == "fixture" for name in decorators)


@once
def config(facts: Facts) -> tuple[Setting, ...]:
    """Files of parameters: params.yaml, conf/*.yaml, config.json, MLproject and their like."""
    own = [setting for setting in facts.settings.own() if _CONFIG.fullmatch(setting.path)]
    return tuple(own) + tuple(s for s in facts.settings.named("MLproject") if s.data)


def keys(setting: Setting) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key of a settings file with its value, keys above it first."""
    for above, mapping in setting.mappings():
        for key, value in mapping.items():
            yield (*above, str(key)), value


def numbers(setting: Setting, pattern: str) -> list[tuple[tuple[str, ...], Any]]:
    """Keys that match a pattern and have a number; MLproject's `default` counts as one."""
    wanted = re.compile(pattern, re.IGNORECASE)
    found = []
    for path, value in keys(setting):
        number = value.get("default") if isinstance(value, dict) else value
        if wanted.fullmatch(path[-1]) and isinstance(number, int | float) and not isinstance(number, bool):
            found.append((path, number))
    return found
