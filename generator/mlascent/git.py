"""The one place that starts git."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlascent.errors import FailedError, RefusedError

# A hook or an alias that calls mlascent sets these; they would point git at the wrong repository.
_LOCATION = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)


def run(
    *args: str,
    cwd: Path | str,
    stdin: bytes | None = None,
    ok: Sequence[int] = (0,),
    env: Mapping[str, str] | None = None,
) -> bytes:
    """Run git and return what it printed.

    Args:
        args: The arguments after `git`.
        cwd: The directory to run in.
        stdin: What git reads, if anything.
        ok: The exit codes that are no error.
        env: Variables to set for this run.

    Raises:
        RefusedError: git is not installed.
        FailedError: git ended with another exit code.
    """
    surroundings = {key: value for key, value in os.environ.items() if key not in _LOCATION}
    try:
        done = subprocess.run(
            ["git", *args],
            cwd=cwd,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env={**surroundings, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **(env or {})},
            check=False,
        )
    except FileNotFoundError as error:
        if not Path(cwd).is_dir():
            raise FailedError(f"there is no directory {cwd}") from error
        raise RefusedError("git is not installed", "Install git, then run the same command again.") from error
    if done.returncode == -signal.SIGINT:  # Ctrl-C reached git first
        raise KeyboardInterrupt
    if done.returncode not in ok:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise FailedError(f"git {args[0]} failed in {cwd}: {said}")
    return done.stdout


def text(*args: str, cwd: Path | str, ok: Sequence[int] = (0,)) -> str:
    """Run git and return what it printed as stripped text; see `run`."""
    return run(*args, cwd=cwd, ok=ok).decode(errors="surrogateescape").strip()


def top_of(path: Path) -> Path | None:
    """The root of the repository that a path, existing or not, would belong to; nothing where there is none.

    A path that its repository ignores does not belong to it.

    Raises:
        FailedError: git does not trust the repository.
    """
    ground = next(parent for parent in (path, *path.parents) if parent.is_dir())
    try:
        top = text("rev-parse", "--show-toplevel", cwd=ground)
    except FailedError as error:
        if "not a git repository" in error.message or "must be run in a work tree" in error.message:
            return None
        raise
    ignored = run("check-ignore", "--", str(path), cwd=ground, ok=(0, 1, 128))
    return None if ignored else Path(top)


def settings(path: Path) -> dict[str, str]:
    """What git's configuration says about the person and their habits, as seen from a directory."""
    wanted = r"^(user\.name|user\.email|init\.defaultbranch)$"
    rows = run("config", "--null", "--get-regexp", wanted, cwd=path, ok=(0, 1)).decode(errors="replace")
    return dict(row.partition("\n")[::2] for row in rows.split("\0") if row)


def default_branch(root: Path) -> str:
    """The default branch of a repository as its remote says; empty where nothing says it."""
    name = text("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", cwd=root, ok=(0, 1))
    return name.removeprefix("origin/")


def start(directory: Path, branch: str, executables: Sequence[str]) -> None:
    """Make a repository of a directory, and stage everything in it."""
    run("-c", f"init.defaultBranch={branch}", "init", "--quiet", cwd=directory)
    if (directory / ".git/HEAD").read_text(encoding="utf-8").strip() != f"ref: refs/heads/{branch}":
        run("symbolic-ref", "HEAD", f"refs/heads/{branch}", cwd=directory)  # git before 2.28
    # What the template ships is meant to be there, whatever a person's own ignore file says.
    run("-c", "core.safecrlf=false", "add", "--all", "--force", ".", cwd=directory)
    if executables:
        run("update-index", "--chmod=+x", "--", *executables, cwd=directory)


def commit(directory: Path, message: str, author: str, email: str) -> str:
    """Commit what is staged, as the person whom git knows, or else as the author given.

    No hook runs and nothing is signed: both may ask a person something, and nobody may be there.

    Returns:
        The commit's id.
    """
    quiet = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false", "-c", "maintenance.auto=false")
    known = ("-c", "user.useConfigOnly=true")  # never a name guessed from the machine's
    words = ("commit", "--quiet", "--no-verify", "--message", message)
    try:
        run(*quiet, *known, *words, cwd=directory)
    except FailedError as error:
        if "auto-detection is disabled" not in error.message:
            raise
        run(*quiet, *words, cwd=directory, env=_identity(directory, author, email))
    return text("rev-parse", "HEAD", cwd=directory)


def _identity(directory: Path, author: str, email: str) -> dict[str, str]:
    """Variables for what git does not know of the person."""
    known = settings(directory)
    fallback = {"NAME": author or "mlascent", "EMAIL": email or "mlascent@localhost"}
    return {
        f"GIT_{role}_{part}": fallback[part]
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
        if f"user.{part.lower()}" not in known and not os.environ.get(f"GIT_{role}_{part}")
    }
