"""Commands, tasks and launches."""

from __future__ import annotations

from dataclasses import dataclass

RUNNERS = ("just", "make", "nox", "tox", "poe", "invoke", "npm", "hatch", "pdm", "pixi", "mlflow", "script")


@dataclass(frozen=True, slots=True)
class Command:
    """Shell, where it stands.

    Attributes:
        text: One line or several.
        path: Its file.
        line: Of the first line of the text, from 1.
        counts: False where a failure of the whole is ignored.
        strict: Whether the shell stops at the first failure (`sh -e`); a runner's line does not (`a; b`).
        pipefail: Whether it looks at every part of a pipe.
        folder: Where it runs, from the root; nothing for where the caller is.
    """

    text: str
    path: str
    line: int
    counts: bool = True
    strict: bool = True
    pipefail: bool = False
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A word.

    Attributes:
        runner: `just`, `make`, `nox`, `tox`, `poe`, `invoke`, `npm`, `hatch`, `pdm`, `pixi`, `mlflow`,
            or `script`.
        name: The word.
        path: Where it is defined.
        line: From 1.
        parameters: Names of its parameters.
        needs: Words that run before it.
        commands: Its body.
        internal: Whether it is private (`_name`, `[private]`).
        after: Words that run after it.
    """

    runner: str
    name: str
    path: str
    line: int
    parameters: tuple[str, ...]
    needs: tuple[str, ...]
    commands: tuple[Command, ...]
    internal: bool = False
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Launch:
    """A program that a command starts in the end, wrappers taken off.

    Attributes:
        argv: `("pytest", "-q")`: without `uv run …`, `poetry run`, `env X=1`, `sudo`, `time`, `python -m`.
            A Python module or file: `("python", "-m", "churn.train", "--fast")`, `("python", "train.py")`;
            `python -m pytest` is `("pytest",)`.
        entry: Path of the repository's module or script that it runs; empty for any other program.
        path: Where the innermost command stands.
        line: From 1.
        via: How one gets there, outermost first: `just retrain`, `just train`, `dvc repro`, `stage train`.
        counts: Whether its exit code counts: false behind `|| true`, `set +e`, `; true`, a `-` before it.
    """

    argv: tuple[str, ...]
    entry: str
    path: str
    line: int
    via: tuple[str, ...] = ()
    counts: bool = True
