"""Put a rendered tree where it belongs, whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mlascent.errors import FailedError, RefusedError
from mlascent.history import Tree

_WORKFLOWS = ".github/workflows/"
_OURS = _WORKFLOWS + "mlascent-"


def lift(tree: Tree, slug: str) -> tuple[Tree, Tree]:
    """Part a tree that goes into a subdirectory: what stays there, and what the repository's root needs.

    GitHub reads workflows at the root of a repository only, so those carry the project's name there.
    """
    stays = {path: file for path, file in tree.items() if not path.startswith(_OURS)}
    lifted = {
        f"{_OURS}{slug}-{path.removeprefix(_OURS)}": file
        for path, file in tree.items()
        if path.startswith(_OURS)
    }
    return stays, lifted


def write(tree: Tree, directory: Path) -> None:
    """Write files into a directory that has none of them, with the modes that the umask leaves."""
    made = set()
    for path, (mode, content) in tree.items():
        full = os.path.join(directory, path)
        folder = os.path.dirname(full)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if mode == "120000":
            os.symlink(os.fsdecode(content), full)
            continue
        bits = 0o777 if mode == "100755" else 0o666
        with open(os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, bits), "wb") as file:
            file.write(content)


def check(destination: Path) -> None:
    """Refuse a destination that would lose something or cannot be written.

    Raises:
        RefusedError: It exists and is no empty directory, or its parent cannot be written.
    """
    if destination.is_symlink() or destination.exists():
        if not destination.is_dir():
            raise RefusedError(f"{destination} exists and is no directory", "Choose another destination.")
        if os.listdir(destination):
            raise RefusedError(f"{destination} is not empty", "Choose a new or an empty directory.")
    ground = destination if destination.is_dir() else existing_parent(destination)
    if not ground.is_dir():
        raise RefusedError(f"{ground} is no directory", "Choose another destination.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise RefusedError(
            f"{ground} cannot be written", "Choose another destination, or change its permissions."
        )


def existing_parent(path: Path) -> Path:
    """The nearest parent that exists."""
    return next(parent for parent in path.parents if parent.exists())


def project(destination: Path, build: Callable[[Path], None], beside: Mapping[Path, bytes]) -> None:
    """Build a project next to its destination and move it there when it is whole.

    Whatever goes wrong, Ctrl-C included, leaves everything as it was.

    Args:
        destination: A path that `check` allowed.
        build: Fills an empty directory with the project.
        beside: Further files to write, path → content; none may exist.

    Raises:
        RefusedError: The destination changed meanwhile, or cannot be written.
    """
    inside = destination.is_dir()
    name = f".mlascent-{secrets.token_hex(4)}"
    staging = destination / name if inside else destination.with_name(f".{destination.name}{name}")
    placed: list[Path] = []
    parents: list[Path] = []
    try:
        _make_parents(staging, parents)
        os.mkdir(staging)
        build(staging)
        with _undisturbed():
            _write_beside(beside, placed, parents)
            if inside:  # keeps the directory itself: it may be somebody's current one, or a mount
                for entry in os.listdir(staging):
                    os.rename(staging / entry, destination / entry)
                    placed.append(destination / entry)
                os.rmdir(staging)
            else:
                os.rename(staging, destination)
    except BaseException as error:
        with _undisturbed():
            for path in (staging, *placed):
                _remove(path)
            for path in reversed(parents):
                if not os.listdir(path):
                    os.rmdir(path)
        if isinstance(error, OSError):
            raise RefusedError(f"{destination} cannot be written: {error.strerror or error}") from error
        raise


def _make_parents(path: Path, made: list[Path]) -> None:
    missing = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(missing):
        with _undisturbed():
            os.mkdir(parent)
            made.append(parent)


def _write_beside(beside: Mapping[Path, bytes], placed: list[Path], parents: list[Path]) -> None:
    for path, content in beside.items():
        _make_parents(path, parents)
        with open(path, "xb") as file:
            placed.append(path)
            file.write(content)


def _remove(path: Path) -> None:
    """Remove whatever is there, patiently: a git that was just ended may write a last file."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    for attempt in range(100):
        if not path.exists():
            return
        time.sleep(0.02 if attempt else 0)
        if os.name == "nt":  # git's objects are read-only, and Windows deletes nothing read-only
            for folder, _folders, names in os.walk(path):
                for entry in names:
                    os.chmod(os.path.join(folder, entry), 0o600)
        shutil.rmtree(path, ignore_errors=True)
    raise FailedError(f"{path} could not be removed", "Remove it; nothing else was left behind.")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C break the last, short steps; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
