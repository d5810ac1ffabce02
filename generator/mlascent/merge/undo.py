"""Take an unfinished update back. Only what it touched is touched, and only where nobody wrote since."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mlascent.merge import index, journal
from mlascent.merge.journal import Change, Journal
from mlascent.merge.repository import Listing, Repository, at_head

#: Stands for the content of a folder where a file was.
_FOLDER = "a folder"
_PLAIN = ("100644", "100755")


def undo(repository: Repository, settled: bool = False) -> list[str]:
    """Bring a repository back to where an unfinished update found it.

    Args:
        repository: Where it is.
        settled: Whether what a person did to files in conflict goes, too; that is what `abort` means.

    Returns:
        Files that somebody wrote since; they stay as they are.
    """
    noted = journal.read(repository.directory)
    if noted is None:
        return []
    kept: list[str] = []
    if noted.head:
        index.sweep(repository.directory, noted.branch or noted.previous)
        repository = at_head(repository)
        if repository.head == noted.head:  # otherwise the commit was made: only marks are left
            kept = _restore(repository, noted, settled)
            _switch_back(repository, noted)
        _clear(repository, noted)
    journal.forget(repository.directory)
    return kept


def _restore(repository: Repository, noted: Journal, settled: bool) -> list[str]:
    every = repository.listing(noted.head)
    touched = [change.path for change in noted.changes]
    before = {path: every[path] for path in touched if path in every}
    none = "0" * len(noted.head)
    kept, remove_, write = _sorted(repository, noted.changes, before, settled)
    rows = [f"0 {none}\t".encode() + os.fsencode(path) for path in touched]
    rows += [f"{mode} {blob} 0\t".encode() + os.fsencode(path) for path, (mode, blob) in before.items()]
    index.drop_copy(repository.directory)
    for path in remove_:  # first: on a full disk it makes the room that the index needs
        remove(repository.top, path)
    index.change(repository, rows)
    rules = [path for path in write if path.endswith(".gitattributes")]  # they say how the others are written
    index.check_out(repository, rules, "--force")
    index.check_out(repository, [path for path in write if path not in rules], "--force")
    index.refresh(repository, tree=False)
    index.drop_copy(repository.directory)
    return kept


def _sorted(
    repository: Repository, changes: Sequence[Change], before: Listing, settled: bool
) -> tuple[list[str], list[str], list[str]]:
    """What stays as it is, what is removed, and what is written as it was."""
    now = contents(repository, [change.path for change in changes])
    own = {c.path for c in changes if _own(repository, c, before.get(c.path), now.get(c.path))}
    added = own.intersection(now).difference(before)
    kept, gone, write = [], [], []
    for change in changes:
        was = before.get(change.path, ("", ""))
        here = now.get(change.path)
        ours = change.path in own or (settled and change.conflict)
        if here == _FOLDER:
            ours = _beneath(repository.top, change.path) <= added
        if not ours:
            kept.append(change.path)
        elif was[1]:
            if here != was[1] or not _same_bits(repository.top / change.path, was[0]):
                write.append(change.path)
        elif here is not None:
            gone.append(change.path)
    return kept, gone, write


def _own(repository: Repository, change: Change, was: tuple[str, str] | None, here: str | None) -> bool:
    """Whether a file is as it was before, as the update writes it, or the beginning of one of the two.

    git and Python write into the file itself: killed there, they leave its beginning.
    """
    sides = [side for side in (was, (change.mode, change.blob)) if side and side[1]]
    if here is None or here in [blob for _, blob in sides]:
        return True
    full = repository.top / change.path
    if here == _FOLDER or full.is_symlink():
        return False
    content = full.read_bytes()
    return any(_begins(repository, change.path, blob, content) for mode, blob in sides if mode in _PLAIN)


def _begins(repository: Repository, path: str, blob: str, content: bytes) -> bool:
    """Whether content is the beginning of a blob, with either line endings or as its filters write it."""
    if _unix(repository.blobs([blob])[0]).startswith(_unix(content)):
        return True
    return repository.git("cat-file", "--filters", f"--path={path}", blob).startswith(content)


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").removesuffix(b"\r")


def _beneath(top: Path, folder: str) -> set[str]:
    """Every file in a folder, by its path in the repository."""
    return {
        Path(where, name).relative_to(top).as_posix()
        for where, _, names in os.walk(top / folder)
        for name in names
    }


def _same_bits(path: Path, mode: str) -> bool:
    if os.name == "nt":
        return True
    return path.is_symlink() == (mode == "120000") and bool(path.lstat().st_mode & 0o100) >= (
        mode == "100755"
    )


def contents(repository: Repository, paths: Sequence[str]) -> dict[str, str]:
    """The object ids that the work tree's files would have; nothing for what is not there."""
    found: dict[str, str] = {}
    files = []
    for path in paths:
        full = repository.top / path
        if full.is_symlink():
            found[path] = repository.blob_id(os.fsencode(os.readlink(full)))
        elif full.is_file():
            files.append(path)
        elif full.exists():
            found[path] = _FOLDER
    if files:
        stdin = b"".join(os.fsencode(path) + b"\n" for path in files)
        names = repository.git("hash-object", "--stdin-paths", stdin=stdin).decode().split()
        found.update(zip(files, names, strict=True))
    return found


def _switch_back(repository: Repository, noted: Journal) -> None:
    """Leave the branch that was made for the update, and delete it."""
    if not noted.branch:
        return
    current = repository.git("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).decode().strip()
    if current == noted.branch:
        if noted.previous:
            repository.git("symbolic-ref", "HEAD", noted.previous)
        else:
            repository.git("update-ref", "--no-deref", "HEAD", noted.head)
    made = repository.git("rev-parse", "--quiet", "--verify", noted.branch, ok=(0, 1)).decode().strip()
    if made == noted.head and current in (noted.branch, noted.previous):
        repository.git("update-ref", "-d", noted.branch, noted.head)


def _clear(repository: Repository, noted: Journal) -> None:
    """Drop git's marks, if they are this update's."""
    picked = journal.picked(repository.directory)
    if picked == noted.theirs:
        repository.git("update-ref", "-d", "CHERRY_PICK_HEAD", noted.theirs)
    if picked in ("", noted.theirs):
        (repository.directory / "MERGE_MSG").unlink(missing_ok=True)


def remove(top: Path, path: str) -> None:
    """Remove a file, and the folders that it leaves empty; a shell's own folder stays, as git keeps it."""
    full = top / path
    if full.is_dir() and not full.is_symlink():  # a folder has come in its place
        return
    full.unlink(missing_ok=True)
    here = Path.cwd().resolve()
    for parent in full.parents:
        if parent == top or parent.resolve() == here:
            return
        try:
            parent.rmdir()
        except OSError:  # not empty, or gone
            return
