"""Programs that tests start: their surroundings, what they print, and how they end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What must not leak from the test's own surroundings into a project: another environment, another
#: repository, another tracking server; and an end to bytecode, without which Python starts much slower.
_LEAKS = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
_LEAKING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX",
    "MLFLOW_",
    "MLASCENT_",
    "MODEL_",
    "PYTEST_",
    "UV_RUN",
    "DVC_",
)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings of a child: this process's own without what would leak, and a git identity."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _LEAKS and not name.startswith(_LEAKING)
    }
    who = {
        f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY.items()
    }
    return {**kept, **who, "NO_COLOR": "1", "DVC_NO_ANALYTICS": "1", **(extra or {})}


_IDENTITY = {"NAME": "Test", "EMAIL": "test@example.com"}


def run(
    *command: str | Path,
    cwd: Path,
    fails: bool = False,
    code: int | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 600,
) -> str:
    """Run a program to its end and return all that it printed.

    Args:
        command: Program and arguments.
        cwd: Where.
        fails: It must end with an error, whichever.
        code: It must end with this exit code.
        env: Variables to set.
        seconds: After which it is ended, and the test with it.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )
    right = done.returncode == code if code is not None else (done.returncode != 0) == fails
    assert right, f"`{' '.join(words)}` in {cwd} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def mlascent(
    *args: str | Path,
    cwd: Path,
    program: Path | None = None,
    code: int = 0,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run the command line of this checkout, or of another installation."""
    command: Sequence[str | Path] = [program] if program else [sys.executable, "-m", "mlascent"]
    return run(*command, *args, cwd=cwd, code=code, env=env)


def tool(name: str) -> str:
    """The path of a program that the tests need.

    Raises:
        AssertionError: It is not there.
    """
    path = shutil.which(name)
    assert path, f"{name} is not on the PATH: run the tests by `uv run pytest`"
    return path
