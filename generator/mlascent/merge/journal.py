"""The note in git's directory of an update that is being written, or that waits for its conflicts.

It is complete before anything else is written. Whoever writes holds a lock on it, which the system lets go
of when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlascent import git
from mlascent.errors import RefusedError

NAME = "mlascent-update"
_VERSION = b"mlascent 1"
_BEGUN, _WAITING = b"begun", b"waiting"
#: Seconds to wait for a lock.
_PATIENCE = 1.0

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 1 << 30, os.SEEK_SET)  # past the end: what is locked cannot be read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What happens to one file.

    Attributes:
        path: In the repository.
        kind: `A` added, `M` changed, `D` deleted.
        mode: Its new mode.
        blob: The object id of its new content; for a conflict, of the content with markers.
        conflict: Whether a person has to settle it.
    """

    path: str
    kind: str
    mode: str
    blob: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """An update that is not finished.

    Attributes:
        head: The commit before it.
        theirs: The commit of the new rendering, which git's mark of it names.
        branch: The branch that was made for it, in full; empty without one.
        previous: The branch that was checked out before, in full; empty for none.
        changes: What it changes.
        waiting: Whether it waits for a person; otherwise it is being written, or was cut off.
    """

    head: str
    theirs: str
    branch: str
    previous: str
    changes: tuple[Change, ...]
    waiting: bool = False


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Be the only one who writes an update in a repository.

    Raises:
        RefusedError: Another process writes one.
    """
    path = directory / f"{NAME}.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _wait_for(file)
        yield
    finally:
        os.close(file)


def _wait_for(file: int) -> None:
    """Take the lock. What was just killed may hold it for a moment yet, by a process that it had started."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return _lock(file)
        except OSError as error:
            if time.monotonic() > end:
                raise RefusedError(
                    "another mlascent is at work in this repository", "Wait for it."
                ) from error
            time.sleep(0.02)


def busy(directory: Path) -> bool:
    """Whether another process writes an update at this moment."""
    if not (directory / f"{NAME}.lock").exists():
        return False
    try:
        with exclusive(directory):
            return False
    except RefusedError:
        return True


def write(directory: Path, journal: Journal) -> None:
    """Note an update that is about to be written, in the place of an earlier note of it."""
    rows = [_row(change) for change in journal.changes]
    names = (journal.head, journal.theirs, journal.branch, journal.previous)
    fields = [_VERSION, *map(os.fsencode, names), *rows, _BEGUN, b""]
    new = directory / f"{NAME}.new"
    new.write_bytes(b"\0".join(fields))
    os.replace(new, directory / NAME)


def wait(directory: Path) -> None:
    """Note that the rest is a person's to do."""
    with open(directory / NAME, "ab") as file:
        file.write(_WAITING + b"\0")


def read(directory: Path) -> Journal | None:
    """The unfinished update of a repository, if there is one.

    One whose conflicts were settled or given up by git's own commands is finished.
    """
    try:
        fields = (directory / NAME).read_bytes().split(b"\0")[:-1]
    except FileNotFoundError:
        return None
    if _BEGUN not in fields or fields[0] != _VERSION:  # cut off while it was noted: nothing else was written
        return Journal("", "", "", "", ())
    head, theirs, branch, previous = map(os.fsdecode, fields[1:5])
    rows = fields[5 : fields.index(_BEGUN)]
    waiting = fields[-1] == _WAITING
    if waiting and picked(directory) != theirs:
        return None
    return Journal(head, theirs, branch, previous, tuple(map(_change, rows)), waiting)


def picked(directory: Path) -> str:
    """The commit that git has marked as being picked."""
    args = (f"--git-dir={directory}", "rev-parse", "--quiet", "--verify", "CHERRY_PICK_HEAD")
    return git.text(*args, cwd=directory, ok=(0, 1))


def forget(directory: Path) -> None:
    """Drop what was noted."""
    for name in (f"{NAME}.new", NAME):
        (directory / name).unlink(missing_ok=True)


def _row(change: Change) -> bytes:
    about = f"{change.kind}{'U' if change.conflict else ''} {change.mode} {change.blob or '-'}\t"
    return about.encode() + os.fsencode(change.path)


def _change(row: bytes) -> Change:
    about, path = row.split(b"\t", 1)
    kind, mode, blob = about.decode().split()
    return Change(os.fsdecode(path), kind[0], mode, "" if blob == "-" else blob, kind.endswith("U"))


def paths(changes: Sequence[Change], kinds: str, conflict: bool = False) -> list[str]:
    """The paths of some kinds of changes."""
    return [change.path for change in changes if change.kind in kinds and change.conflict == conflict]
