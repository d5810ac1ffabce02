"""The first run of a new project: `just setup`, then `just train`, each recorded."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlascent import git

#: Told of every line that a program prints.
Follow = Callable[[str], None]

#: A word, and the message of the commit that records what it leaves.
_WORDS = (("setup", "Lock the dependencies"), ("train", "Record the first training"))
#: Where a project runs on a platform; its first training stays here, for nobody said where or who pays.
_PLATFORM = Path("deploy", "platform.just")


@dataclass(frozen=True, slots=True)
class FirstRun:
    """How it went.

    Attributes:
        done: The words that succeeded.
        failed: The word that did not, if one.
        output: What that one printed.
        interrupted: Whether a person stopped it.
    """

    done: tuple[str, ...]
    failed: str = ""
    output: str = ""
    interrupted: bool = False


def first_run(project: Path, record: Callable[[str], object] | None, follow: Follow | None) -> FirstRun:
    """Set a project up and train its first model.

    Args:
        project: The project's directory.
        record: Commits what a word left, under a message; nothing is committed without it.
        follow: Told of every line that the words print.
    """
    done: list[str] = []
    for word, message in _WORDS:
        try:
            code, output = _just(word, project, follow)
        except KeyboardInterrupt:
            return FirstRun(tuple(done), word, interrupted=True)
        if code:
            return FirstRun(tuple(done), word, output)
        if record:
            git.run("add", "--all", cwd=project)
            if git.run("diff", "--cached", "--name-only", cwd=project):
                record(message)
        done.append(word)
    return FirstRun(tuple(done))


def _just(word: str, project: Path, follow: Follow | None) -> tuple[int, str]:
    # The environment that mlascent itself runs in is none of the project's business.
    surroundings = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    lines: list[str] = []
    with subprocess.Popen(
        ["just", word, *(["--local"] if word == "train" and (project / _PLATFORM).is_file() else [])],
        cwd=project,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line)
                if follow:
                    follow(line.rstrip("\n"))
        except BaseException:
            process.terminate()
            raise
    return process.returncode, "".join(lines[-40:])
