"""Words of task runners, and what a shell command really launches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlascent.facts.files import Files
from mlascent.facts.tasks.just import NAMES, Justfile, load
from mlascent.facts.tasks.launch import Launcher
from mlascent.facts.tasks.model import RUNNERS, Command, Launch, Task
from mlascent.facts.tasks.others import every

if TYPE_CHECKING:
    from mlascent.facts.dvc import Dvc
    from mlascent.facts.python import Python


@dataclass(frozen=True)
class Tasks:
    """All words.

    Attributes:
        words: Name → tasks of that name, in the order of the runners.
        launcher: Follows commands.
    """

    words: Mapping[str, tuple[Task, ...]]
    launcher: Launcher = field(repr=False, compare=False)

    def get(self, *names: str) -> Task | None:
        """The first task that has one of these names."""
        return next((task for name in names for task in self.words.get(name, ())), None)

    def launches(self, commands: tuple[Command, ...], folder: str = "") -> tuple[Launch, ...]:
        """Every program that these commands start, through task runners, shell scripts, DVC and pre-commit.

        A runner's call itself is in the result also (`("just", "train")`, `("dvc", "repro")`), before what
        it leads to, and so are programs that a Python program of the repository starts by a literal list
        of words. Cycles end.

        Args:
            commands: Shell.
            folder: Where they run, relative to the root.
        """
        return self.launcher.follow(commands, folder)

    def of(self, task: Task) -> tuple[Launch, ...]:
        """What a task launches, the tasks that it needs first."""
        return self.launcher.task(task)


def read(files: Files, dvc: Dvc, python: Python) -> Tasks:
    """Read every task file."""
    justfiles: dict[str, Justfile] = {}
    for path in files.named(*NAMES):
        justfiles.setdefault(path.rpartition("/")[0], load(files, path))
    # Tasks at the root come before those of folders.
    found = [
        task
        for folder in sorted(justfiles, key=lambda f: (f.count("/") + bool(f), f))
        for task in justfiles[folder].tasks()
    ]
    found += every(files, python)
    found.sort(
        key=lambda task: (task.path.count("/") if task.runner != "just" else 0, RUNNERS.index(task.runner))
    )
    words: dict[str, list[Task]] = {}
    for task in found:
        words.setdefault(task.name, []).append(task)
    frozen = {name: tuple(tasks) for name, tasks in words.items()}
    return Tasks(frozen, Launcher(files, dvc, python, frozen, justfiles))


__all__ = ["Command", "Launch", "Task", "Tasks", "read"]
