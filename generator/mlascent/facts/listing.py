"""Which files a directory holds: what git tracks or would track, else whatever is there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlascent import git
from mlascent.errors import MlascentError

LINK = "120000"
SUBMODULE = "160000"
_SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox"})
#: A repository's own settings could name a program to ask; none is started.
_ALONE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


@dataclass(frozen=True, slots=True)
class File:
    """One file.

    Attributes:
        path: Relative to the directory, with slashes.
        blob: git's id of what is staged; empty where git does not track it.
        size: In bytes, as it is on disk.
        mode: As git writes it, of what is on disk: `100644`, `100755`, `120000` for a link, `160000` for a
            repository inside.
        stamp: Changes whenever the file does.
    """

    path: str
    blob: str
    size: int
    mode: str
    stamp: str = ""


def listed(root: Path) -> list[File] | None:
    """Files that git tracks and that are there, and those that it neither tracks nor ignores.

    Returns:
        The files; nothing where no git repository holds the directory, or where it ignores it.
    """
    words = ("ls-files", "--stage", "--others", "--exclude-standard", "-t", "-z")
    try:
        out = git.run(*_ALONE, *words, cwd=root)
    except MlascentError:
        return None
    known: dict[str, tuple[str, str]] = {}
    for row in out.split(b"\0"):
        if row[:2] == b"? ":
            known[os.fsdecode(row[2:])] = ("", "")
        elif row:
            about, path = row[2:].split(b"\t", 1)
            mode, blob, _ = about.decode("ascii").split()
            known[os.fsdecode(path)] = (blob, mode)
    if not known and not (root / ".git").exists():
        return None
    return list(_present(root, known))


def _present(root: Path, known: dict[str, tuple[str, str]]) -> Iterator[File]:
    """What is there of these paths, as it is on disk; never through a linked folder."""
    base = os.fspath(root) + os.sep
    plain: dict[str, bool] = {"": True}

    def inside(folder: str) -> bool:
        if folder not in plain:
            above = inside(folder.rpartition("/")[0])
            plain[folder] = above and not os.path.islink(base + folder)
        return plain[folder]

    for path, (blob, mode) in known.items():
        if path.endswith("/"):  # a repository inside, which git does not enter
            continue
        if not inside(path.rpartition("/")[0]):
            continue
        try:
            about = os.lstat(base + path)
        except OSError:  # deleted in the work tree
            continue
        if mode == SUBMODULE:
            yield File(path, blob, 0, SUBMODULE)
        elif found := _seen(path, blob, about):
            yield found


def _seen(path: str, blob: str, about: os.stat_result) -> File | None:
    """A file as it is on disk; nothing for a folder, pipe or device."""
    if stat.S_ISREG(about.st_mode):
        mode = "100755" if about.st_mode & 0o100 else "100644"
        stamp = f"{about.st_mtime_ns}:{about.st_ctime_ns}:{about.st_size}:{about.st_ino}"
        return File(path, blob, about.st_size, mode, stamp)
    return File(path, blob, about.st_size, LINK) if stat.S_ISLNK(about.st_mode) else None


def walked(root: Path, most: int) -> list[File]:
    """Every file below a directory, up to one more than `most`."""
    found: list[File] = []
    for folder, folders, names in os.walk(root, followlinks=False):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = sorted(set(folders) - _SKIPPED - set(links))
        for name in sorted([*names, *links]):
            full = os.path.join(folder, name)
            try:
                file = _seen(os.path.relpath(full, root).replace(os.sep, "/"), "", os.lstat(full))
            except OSError:  # gone since
                continue
            if file:
                found.append(file)
                if len(found) > most:
                    return found
    return found
