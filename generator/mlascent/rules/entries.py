"""Where training, evaluation and serving begin: modules that something launches, and what they reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.facts.tasks import Command, Launch
from mlascent.rules.words import SERVERS, SERVICES, fits, kinds, parts, program

T = TypeVar("T")
Reached = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Where a process enters the repository's code.

    Attributes:
        path: A module, or `path::function`.
        argument: The first word of its command line; empty without one.
        path_of: Where it is launched; empty where nothing launches it (a `main` block alone).
        line: There.
        names: What it is called: the word, the stage, the argument, the module.
    """

    path: str
    argument: str = ""
    path_of: str = ""
    line: int = 0
    names: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """What its names say that it is for: the narrowest name that says something counts."""
        return next((said for name in self.names if (said := kinds(name))), frozenset())


def once(function: Callable[[Facts], T]) -> Callable[[Facts], T]:
    """Compute something of the facts one time only, however many rules ask."""

    @wraps(function)
    def remembered(facts: Facts) -> T:
        key = f"{function.__module__}.{function.__qualname__}"
        if key not in facts.memo:
            facts.memo[key] = function(facts)
        found: T = facts.memo[key]
        return found

    return remembered


def of_launch(facts: Facts, launch: Launch, name: str = "", word: str = "") -> Entry | None:
    """The entry behind a launch; nothing for a program that is not the repository's.

    Args:
        facts: The repository.
        launch: What starts.
        name: The stage that it is.
        word: The task that leads to it, which may lead to much else.
    """
    path, words = launch.entry, launch.argv
    if program(launch) in SERVERS and (served := _served(facts, launch, name or word)):
        return served
    if not path:
        return None
    argument = next((said for said in _after_module(words)[:1] if re.fullmatch(r"[A-Za-z][\w-]*", said)), "")
    stem = path.rpartition("/")[2].rpartition(".")[0]
    stages = [step.removeprefix("stage ") for step in reversed(launch.via) if step.startswith("stage ")]
    tasks = [step.rpartition(" ")[2] for step in reversed(launch.via) if not step.startswith("stage ")]
    chosen = argument if _chooses(facts, path, argument) else ""
    names = tuple(said for said in (chosen, *stages, name, stem, *tasks, word) if said)
    return Entry(path, argument, launch.path, launch.line, names)


def _after_module(words: tuple[str, ...]) -> tuple[str, ...]:
    """What follows the module or script on a command line."""
    if "-m" in words[:4]:
        return words[words.index("-m") + 2 :]
    for number, word in enumerate(words):
        if word.endswith((".py", ".ipynb", ".sh")):
            return words[number + 1 :]
    return words[1:]


def _served(facts: Facts, launch: Launch, name: str) -> Entry | None:
    for word in launch.argv[1:]:
        module, colon, attribute = word.partition(":")
        found = facts.python.named(module) if colon or program(launch) in ("fastapi", "flask") else None
        if found:
            function = attribute.removesuffix("()")
            whole = f"{found.path}::{function}" if function in found.functions else found.path
            return Entry(whole, "", launch.path, launch.line, (found.name.rpartition(".")[2], name, "serve"))
    return None


def _chooses(facts: Facts, path: str, argument: str) -> bool:
    """Whether a module knows a word that it is given: as a function's name, or as a text.

    A package that is run (`__main__.py`) may leave it to the modules beside and below it.
    """
    module = facts.python.modules.get(path)
    if module is None or not argument:
        return False
    asked = [module]
    if path.endswith("/__main__.py"):
        asked = [m for p, m in facts.python.modules.items() if p.startswith(path.removesuffix("__main__.py"))]
    return any(
        argument in each.functions or any(text == argument for _, text in each.strings) for each in asked
    )


def of_launches(
    facts: Facts, launches: Iterable[Launch], name: str = "", word: str = ""
) -> tuple[Entry, ...]:
    """The entries behind launches, each once."""
    return tuple(dict.fromkeys(e for launch in launches if (e := of_launch(facts, launch, name, word))))


@once
def entries(facts: Facts) -> tuple[Entry, ...]:
    """Every entry: of words, DVC stages, containers, CI, console scripts, and of `main` blocks."""
    found: list[Entry] = []
    for stage in facts.dvc.stages:
        commands = tuple(Command(cmd, stage.path, stage.line) for cmd in stage.cmd)
        found += of_launches(facts, facts.tasks.launches(commands, stage.wdir), stage.name)
    for tasks in facts.tasks.words.values():
        for task in tasks:
            found += of_launches(facts, facts.tasks.of(task), word=task.name)
    for image in facts.containers.dockerfiles:
        if image.command:
            line = next((i.line for i in reversed(image.instructions) if i.name in ("CMD", "ENTRYPOINT")), 1)
            command = (Command(" ".join(image.command), image.path, line),)
            found += of_launches(facts, facts.tasks.launches(command))
    for run in facts.ci.runs(lambda launch: bool(launch.entry), counting=False):
        found += of_launches(facts, (run.launch,))
    for name, target in sorted(facts.python.scripts.items()):
        module, _, function = target.partition(":")
        if home := facts.python.named(module):
            whole = f"{home.path}::{function}" if function else home.path
            found.append(Entry(whole, "", "pyproject.toml", names=(name,)))
    launched = {entry.path for entry in found}
    for module_ in facts.python.package():
        if module_.main and module_.path not in launched:
            stem = module_.path.rpartition("/")[2].rpartition(".")[0]
            found.append(Entry(module_.path, names=(stem,)))
    return tuple(dict.fromkeys(found))


def reached(facts: Facts, some: Iterable[Entry]) -> Reached:
    """What running these entries can execute."""
    memo: dict[tuple[str, str], Reached] = facts.memo.setdefault("reached", {})
    found: set[tuple[str, str]] = set()
    for entry in some:
        key = (entry.path, entry.argument)
        if key not in memo:
            memo[key] = facts.python.reach([entry.path], entry.argument)
        found |= memo[key]
    return frozenset(found)


@once
def entries_of_training(facts: Facts) -> tuple[Entry, ...]:
    """Entries whose code fits a model; those called training, where some are."""
    nodes = _nodes(fits(facts))
    fitting = _launched([e for e in entries(facts) if not nodes.isdisjoint(reached(facts, [e]))], "train")
    called = [e for e in fitting if "train" in e.kinds]
    others = {"tune", "evaluate", "validate", "score", "serve", "monitor"}
    other = [e for e in fitting if not e.kinds & others]
    return tuple(called or other or fitting)


def _nodes(found: Iterable[Found]) -> Reached:
    """Where calls stand, as `reach` names it."""
    return frozenset((f.path, f.call.inside) for f in found)


def _launched(found: list[Entry], kind: str) -> list[Entry]:
    """What is launched, where something of the kind is; a `main` block that nothing runs is then none."""
    if any(entry.path_of and kind in entry.kinds for entry in found):
        return [entry for entry in found if entry.path_of]
    return found


@once
def entries_of_service(facts: Facts) -> tuple[Entry, ...]:
    """Entries that answer requests: what a server is given, or a module that makes an application."""
    nodes = _nodes(facts.python.calls(SERVICES))
    made = {e for e in entries(facts) if not nodes.isdisjoint(reached(facts, [e]))}
    inside = {f"{f.path}::{f.call.inside}" if f.call.inside else f.path: f for f in _applications(facts)}
    covered = {path for path, _ in reached(facts, made)}
    for whole, found in sorted(inside.items()):
        if found.path not in covered:
            made.add(Entry(whole, "", found.path, found.call.line, ("serve",)))
    return tuple(sorted(made))


def _applications(facts: Facts) -> list[Found]:
    package = {module.path for module in facts.python.package()}
    return [found for found in facts.python.calls(SERVICES) if found.path in package]


@once
def entries_of_scoring(facts: Facts) -> tuple[Entry, ...]:
    """Entries that predict many rows at once: called scoring or prediction, and reaching a prediction."""
    service = {e.path for e in entries_of_service(facts)}
    nodes = _nodes(facts.python.calls(("*.predict", "*.predict_proba", "*.transform")))
    found = [
        e
        for e in entries(facts)
        if "score" in e.kinds and e.path not in service and not nodes.isdisjoint(reached(facts, [e]))
    ]
    return tuple(_launched(found, "score"))


@once
def entries_of_serving(facts: Facts) -> tuple[Entry, ...]:
    """Entries of the service and of batch scoring."""
    return tuple(dict.fromkeys((*entries_of_service(facts), *entries_of_scoring(facts))))


@once
def entries_of_evaluation(facts: Facts) -> tuple[Entry, ...]:
    """Entries called evaluation."""
    return tuple(e for e in entries(facts) if "evaluate" in e.kinds and "test" not in parts(e.path))


@once
def training(facts: Facts) -> Reached:
    """All that training can execute."""
    return reached(facts, entries_of_training(facts))


@once
def serving(facts: Facts) -> Reached:
    """All that serving and scoring can execute."""
    return reached(facts, entries_of_serving(facts))
