"""Write git's index in one step, from a copy of ours.

git's own commands leave `index.lock` behind where they are killed, and then nothing works until somebody
deletes it. Ours is known by its content: it is the copy, or the beginning of it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from mlascent import git
from mlascent.errors import FailedError
from mlascent.merge.repository import Repository

_COPY = "mlascent-index"
#: How long git keeps a lock on a reference at most, in seconds.
_PATIENCE = 2.0


def change(repository: Repository, rows: Sequence[bytes]) -> None:
    """Change entries of the index, as `git update-index --index-info` reads them."""
    env = _begin(repository)
    stdin = b"".join(row + b"\0" for row in rows)
    repository.git("update-index", "-z", "--index-info", stdin=stdin, env=env)
    _install(repository.directory)


def refresh(repository: Repository, tree: bool) -> str:
    """Let the index know the files of the work tree.

    Args:
        repository: The project's.
        tree: Whether to write the index as a tree, too.

    Returns:
        The tree's id; empty without one.
    """
    env = _begin(repository)
    repository.git("update-index", "-q", "--refresh", ok=(0, 1), env=env)
    name = repository.git("write-tree", env=env).decode().strip() if tree else ""
    _install(repository.directory)
    return name


def check_out(repository: Repository, paths: Sequence[str], *options: str) -> None:
    """Write files of the index to the work tree."""
    if paths:
        stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
        repository.git("checkout-index", "--quiet", "-z", *options, "--stdin", stdin=stdin)


def entries(repository: Repository) -> dict[str, tuple[str, str]]:
    """What the index holds, without conflicts: path → (mode, object id)."""
    found: dict[str, tuple[str, str]] = {}
    for row in repository.git("ls-files", "--stage", "-z").split(b"\0"):
        if row:
            about, path = row.split(b"\t", 1)
            mode, blob, stage = about.decode().split()
            if stage == "0":
                found[os.fsdecode(path)] = mode, blob
    return found


def _begin(repository: Repository) -> dict[str, str]:
    copy, index = repository.directory / _COPY, repository.directory / "index"
    if index.exists():
        shutil.copyfile(index, copy)
    return {"GIT_INDEX_FILE": str(copy)}


def _install(directory: Path) -> None:
    """Put our copy into the place of the index, holding git's lock meanwhile."""
    lock, index = directory / "index.lock", directory / "index"
    mode = index.stat().st_mode & 0o777 if index.exists() else 0o666
    try:
        file = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    except FileExistsError as error:
        raise FailedError("another git command is at work in the repository", "Wait for it.") from error
    try:
        with open(file, "wb") as out:
            out.write((directory / _COPY).read_bytes())
        os.replace(lock, index)
    except BaseException:
        lock.unlink(missing_ok=True)
        raise


def sweep(directory: Path, branch: str = "") -> None:
    """Remove what an update that was killed left of itself in git's directory.

    Args:
        directory: git's own directory of the work tree.
        branch: The branch that was checked out, in full; only its lock is looked at.
    """
    lock, copy = directory / "index.lock", directory / _COPY
    if lock.exists() and copy.exists() and copy.read_bytes().startswith(lock.read_bytes()):
        lock.unlink()
    common = directory / git.text("rev-parse", "--git-common-dir", cwd=directory)
    for name in (directory / "HEAD", directory / "CHERRY_PICK_HEAD", common / "packed-refs", common / branch):
        _release(name.with_name(name.name + ".lock"))
    drop_copy(directory)


def drop_copy(directory: Path) -> None:
    """Remove our copy of the index."""
    for name in (_COPY, f"{_COPY}.lock"):
        (directory / name).unlink(missing_ok=True)


def _release(lock: Path) -> None:
    """Remove a lock that nobody holds any more; git holds those for milliseconds."""
    began = time.monotonic()
    while lock.exists():
        if time.monotonic() - began > _PATIENCE:
            lock.unlink(missing_ok=True)
            return
        time.sleep(0.05)
