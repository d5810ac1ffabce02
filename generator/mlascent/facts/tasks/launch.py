"""From commands to the programs that they start in the end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlascent.facts import shell
from mlascent.facts.files import Files
from mlascent.facts.tasks import hooks
from mlascent.facts.tasks.entry import SHELLS, join, named
from mlascent.facts.tasks.just import Justfile
from mlascent.facts.tasks.model import Command, Launch, Task
from mlascent.facts.tasks.wrappers import unwrapped

if TYPE_CHECKING:
    from mlascent.facts.dvc import Dvc, Stage
    from mlascent.facts.python import Python

_MOST = 5_000
_DEEPEST = 25
_RUNNERS = {
    "make": "make", "gmake": "make", "nox": "nox", "tox": "tox", "poe": "poe", "invoke": "invoke",
    "inv": "invoke",
    "npm": "npm", "yarn": "npm", "pnpm": "npm", "hatch": "hatch", "pdm": "pdm", "pixi": "pixi",
}  # fmt: skip


class Launcher:
    """Follows commands through runners, scripts, DVC and pre-commit."""

    def __init__(
        self,
        files: Files,
        dvc: Dvc,
        python: Python,
        words: Mapping[str, tuple[Task, ...]],
        justfiles: Mapping[str, Justfile],
    ) -> None:
        """Take what is known of the repository."""
        self.files, self.dvc, self.python = files, dvc, python
        self.words, self.justfiles = words, justfiles

    def follow(self, commands: Sequence[Command], folder: str = "") -> tuple[Launch, ...]:
        """Every program that commands start."""
        trail = _Trail(self)
        for command in commands:
            trail.command(command, folder, (), counts=True)
        return tuple(trail.found)

    def task(self, task: Task) -> tuple[Launch, ...]:
        """What a task launches."""
        trail = _Trail(self)
        trail.task(task, task.path.rpartition("/")[0] if task.runner != "just" else "", (), (), counts=True)
        return tuple(trail.found)


class _Trail:
    """One walk; what is on the way already is not entered again."""

    def __init__(self, launcher: Launcher) -> None:
        self.of = launcher
        self.found: list[Launch] = []
        self.open: set[object] = set()

    def command(self, command: Command, folder: str, via: tuple[str, ...], counts: bool) -> None:
        """A text of shell: `cd` moves the following programs."""
        place = folder if command.folder is None else command.folder
        for one in shell.commands(command.text, command.strict, command.pipefail):
            words = unwrapped(one.words)
            if words and words[0] in ("cd", "pushd") and len(words) > 1:
                place = join(place, words[-1])
            elif words:
                line = command.line + one.line
                self.program(words, place, command.path, line, via, counts and command.counts and one.counts)

    def program(
        self, words: tuple[str, ...], folder: str, path: str, line: int, via: tuple[str, ...], counts: bool
    ) -> None:
        """A program, and then what it leads to."""
        if len(self.found) >= _MOST or len(via) > _DEEPEST:
            return
        argv, entry = named(self.of.files, self.of.python, words, folder)
        self.found.append(Launch(argv, entry, path, line, via, counts))
        name = argv[0]
        if name == "just":
            self.just(argv[1:], folder, via, counts)
        elif name in _RUNNERS:
            self.runner(_RUNNERS[name], argv[1:], folder, via, counts)
        elif name == "dvc" and argv[1:2] in (("repro",), ("exp",)):
            self.dvc(argv, folder, via, counts)
        elif name == "mlflow" and argv[1:2] == ("run",):
            self.runner("mlflow", argv[2:], folder, via, counts)
        elif name == "pre-commit" and "run" in argv:
            self.hooks(argv, folder, via, counts)
        elif name in SHELLS or name.endswith(".sh") or entry.endswith(".sh"):
            self.script(argv, entry, folder, path, line, via, counts)
        elif entry.endswith((".py", ".ipynb")):
            self.children(argv, entry, folder, via, counts)

    def enter(self, key: object) -> bool:
        """Whether something is not on the way yet."""
        if key in self.open:
            return False
        self.open.add(key)
        return True

    def task(self, task: Task, folder: str, args: Sequence[str], via: tuple[str, ...], counts: bool) -> None:
        """A word, after those that it needs."""
        key = (task.runner, task.path, task.name, tuple(args))
        if len(via) > _DEEPEST or not self.enter(key):
            return
        step = (*via, f"{task.runner} {task.name}")
        if task.runner == "just":
            self.recipe(task, args, step, counts)
        else:
            for name in task.needs:
                for other in self.of.words.get(name, ()):
                    if other.runner == task.runner and other.path == task.path:
                        self.task(other, folder, (), step, counts)
            for command in task.commands:
                extra = " ".join(args) if task.runner in ("npm", "poe", "hatch", "pdm", "pixi") else ""
                text = f"{command.text} {extra}" if extra else command.text
                self.command(replace(command, text=text), folder, step, counts)
        self.open.discard(key)

    def recipe(self, task: Task, args: Sequence[str], via: tuple[str, ...], counts: bool) -> None:
        """A recipe of just, with what was given for its parameters."""
        for justfile in self.of.justfiles.values():
            if (held := justfile.find(task.name)) and held[1].path == task.path:
                owner, recipe = held
                prefix = task.name.rpartition("::")[0]
                for needs, after in ((recipe.needs, False), (recipe.after, True)):
                    if after:
                        for command in owner.commands(recipe, args):
                            self.command(command, recipe.folder, via, counts)
                    for name, _ in needs:
                        full = f"{prefix}::{name}" if prefix else name
                        for other in self.of.words.get(full, ()):
                            if other.runner == "just" and justfile.find(full):
                                self.task(other, "", (), via, counts)
                                break
                return

    def just(self, words: Sequence[str], folder: str, via: tuple[str, ...], counts: bool) -> None:
        """`just [options] word arguments…`; several words where the first ones take no arguments."""
        given, place, rest = "", folder, list(words)
        while rest and (rest[0].startswith("-") or re.match(r"[A-Za-z_]\w*=", rest[0])):
            option = rest.pop(0)
            name, _, value = option.partition("=")
            if name in ("-f", "--justfile", "-d", "--working-directory", "--set", "--dotenv-path"):
                value = value or (rest.pop(0) if rest else "")
                given = join(folder, value) if name in ("-f", "--justfile") else given
            elif name in (
                "--list",
                "-l",
                "--summary",
                "--dry-run",
                "-n",
                "--show",
                "--evaluate",
                "--fmt",
                "--version",
            ):
                return
        while place not in self.of.justfiles and place:
            place = place.rpartition("/")[0]
        justfile = (
            next((j for j in self.of.justfiles.values() if j.path == given), None)
            if given
            else self.of.justfiles.get(place)
        )
        if justfile is None:
            return
        rest = rest or [justfile.default]
        while rest:
            name = rest.pop(0)
            if rest and name in justfile.modules and justfile.find(f"{name}::{rest[0]}"):
                name = f"{name}::{rest.pop(0)}"
            held = justfile.find(name)
            if held is None:
                return
            real = f"{name.rpartition('::')[0]}::{held[1].name}" if "::" in name else held[1].name
            takes = held[1].parameters
            number = len(rest) if any(kind for kind, _, _ in takes) else min(len(takes), len(rest))
            args, rest = rest[:number], rest[number:]
            for task in self.of.words.get(real, ()):
                if task.runner == "just" and task.path == held[1].path:
                    self.task(task, "", args, via, counts)
                    break

    def runner(
        self, runner: str, words: Sequence[str], folder: str, via: tuple[str, ...], counts: bool
    ) -> None:
        """Words of another runner."""
        names, args, place = hooks.asked(runner, words, folder)
        tasks = [task for several in self.of.words.values() for task in several if task.runner == runner]
        here = [task for task in tasks if task.path.rpartition("/")[0] == place] or (
            tasks if runner != "make" else []
        )
        chosen = [task for name in names for task in here if task.name == name]
        if not names and here and runner in ("make", "tox", "nox"):
            visible = [task for task in here if not task.internal]
            chosen = visible[:1] if runner == "make" else visible
        for task in chosen:
            self.task(task, task.path.rpartition("/")[0], args, via, counts)

    def dvc(self, argv: tuple[str, ...], folder: str, via: tuple[str, ...], counts: bool) -> None:
        """`dvc repro`: the stages that are meant, after those that they need."""
        stages = hooks.meant(self.of.dvc, argv, folder)
        step = (*via, f"dvc {argv[1]}")
        for stage in stages:
            self.stage(stage, step, counts)

    def stage(self, stage: Stage, via: tuple[str, ...], counts: bool) -> None:
        """A stage's commands."""
        key = ("stage", stage.path, stage.name)
        if not stage.frozen and self.enter(key):
            for text in stage.cmd:
                command = Command(text, stage.path, stage.line, strict=False)
                self.command(command, stage.wdir, (*via, f"stage {stage.name}"), counts)
            self.open.discard(key)

    def hooks(self, argv: tuple[str, ...], folder: str, via: tuple[str, ...], counts: bool) -> None:
        """Hooks of pre-commit."""
        for command in hooks.hooks(self.of.files, argv):
            self.command(command, folder, (*via, "pre-commit run"), counts)

    def script(
        self,
        argv: tuple[str, ...],
        entry: str,
        folder: str,
        path: str,
        line: int,
        via: tuple[str, ...],
        counts: bool,
    ) -> None:
        """A shell script of the repository, or `sh -c "…"`."""
        if argv[0] in SHELLS and any(re.match(r"-\w*c\Z", word) for word in argv[1:]):
            at = next(number for number, word in enumerate(argv) if re.match(r"-\w*c\Z", word))
            if at + 1 < len(argv):
                strict = any("e" in word for word in argv[1 : at + 1] if not word.startswith("--"))
                self.command(
                    Command(argv[at + 1], path, line, strict=strict), folder, (*via, f"{argv[0]} -c"), counts
                )
        elif entry and self.enter(entry):
            text = self.of.files.text(entry)
            first = text.partition("\n")[0]
            strict = bool(re.search(r"\s-\w*e", first)) or any(re.match(r"-\w*e", word) for word in argv[1:2])
            self.command(Command(text, entry, 1, strict=strict), folder, (*via, entry), counts)
            self.open.discard(entry)

    def children(
        self, argv: tuple[str, ...], entry: str, folder: str, via: tuple[str, ...], counts: bool
    ) -> None:
        """Programs that a Python program of the repository starts."""
        words = argv[3:] if argv[1:2] == ("-m",) else argv[2:]
        argument = next((word for word in words if not word.startswith("-")), "")
        key = ("python", entry, argument)
        if len(via) <= _DEEPEST and self.enter(key):
            if hooks.wraps(self.of.python, words, entry, argument, {"just", *_RUNNERS}):
                self.program(words, folder, entry, 0, (*via, entry), counts)
            for path, line, one in self.of.python.starts(entry, argument):
                inner = unwrapped(one)
                if inner:
                    self.program(inner, folder, path, line, (*via, entry), counts)
            self.open.discard(key)
