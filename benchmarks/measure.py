"""Measure commands, one at a time or in pairs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_LAUNCHER = Path(__file__).with_name("launcher.py")
# A child that writes no bytecode compiles all that it imports at every start, and one that finds our packages
# is not itself.
_LEAKS = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")


@dataclass(frozen=True)
class Command:
    """Something to measure.

    Attributes:
        words: Program and arguments.
        cwd: Where it runs.
        env: Variables to set.
        codes: Exit codes that are no error: a checker that finds something says so by its code.
    """

    words: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str] | None = None
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Run:
    """What one run cost.

    Attributes:
        seconds: Wall time.
        mebibytes: Peak resident memory of the largest process.
    """

    seconds: float
    mebibytes: float


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings that everything is measured in."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEAKS}
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Bench"), ("EMAIL", "bench@example.com"))
    }
    return {
        **kept,
        **who,
        "NO_COLOR": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        "DVC_NO_ANALYTICS": "1",
        **(extra or {}),
    }


def once(command: Command) -> Run:
    """Run a command once.

    Raises:
        RuntimeError: It ended with an error.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, output = Path(folder, "report"), Path(folder, "output")
        words = [str(word) for word in command.words]
        with output.open("wb") as file:
            subprocess.run(
                [sys.executable, "-I", "-S", _LAUNCHER, report, *words],
                cwd=command.cwd,
                env=environment(command.env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=True,
            )
        seconds, peak, code = report.read_text().split()
        if int(code) not in command.codes:
            said = output.read_text(errors="replace")
            raise RuntimeError(f"`{' '.join(words)}` ended with {code}:\n{said}")
    return Run(float(seconds), int(peak) / 1024)


def several(make: Callable[[], Command], times: int) -> list[Run]:
    """Run a command several times, after one run that does not count; `make` prepares each, unmeasured."""
    once(make())
    return [once(make()) for _ in range(times)]


def pairs(ours: Callable[[], Command], theirs: Callable[[], Command], times: int) -> list[tuple[Run, Run]]:
    """Run two commands in turn, each one first every second time, after one run each that does not count.

    What slows this machine for a while then slows both, and leaves their ratio alone.
    """
    once(ours()), once(theirs())
    found = []
    for number in range(times):
        if number % 2:
            second = once(theirs())
            found.append((once(ours()), second))
        else:
            first = once(ours())
            found.append((first, once(theirs())))
    return found


def middle(runs: Sequence[Run]) -> Run:
    """The median run, for time and for memory."""
    return Run(median(run.seconds for run in runs), median(run.mebibytes for run in runs))
