"""Where a project stands in its repository, and whether an update may begin."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlascent import git
from mlascent.errors import FailedError, RefusedError
from mlascent.merge import journal

#: path → (mode, object id), as a commit holds them.
Listing = dict[str, tuple[str, str]]

#: First words of the message of an update's commits.
MARK = "mlascent: "
#: `git merge-tree --write-tree` came with it; `--zdiff3` before.
OLDEST = (2, 38)

_BUSY = {
    "MERGE_HEAD": "a merge",
    "REVERT_HEAD": "a revert",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "BISECT_LOG": "a bisection",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """A project's repository at its current commit.

    Attributes:
        top: Root of the work tree.
        directory: git's own directory of this work tree.
        prefix: Path of the project inside the repository with a slash at its end; empty at the root.
        objects: Where git keeps the repository's objects.
        head: Id of the current commit; empty where nobody asked for it.
        tree: Id of its tree.
        files: Every file of that commit; nothing where nobody asked for them.
        aside: Where to write objects instead, so that the repository is only read.
    """

    top: Path
    directory: Path
    prefix: str
    objects: Path
    head: str = ""
    tree: str = ""
    files: Listing | None = None
    aside: Path | None = None

    def git(
        self,
        *args: str,
        stdin: bytes | None = None,
        ok: Sequence[int] = (0,),
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run git at the root of the work tree; see `mlascent.git.run`."""
        places: dict[str, str] = {}
        if self.aside:
            quoted = str(self.objects).replace("\\", "\\\\").replace('"', '\\"')
            places["GIT_OBJECT_DIRECTORY"] = str(self.aside)
            places["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = f'"{quoted}"'
        return git.run(*args, cwd=self.top, stdin=stdin, ok=ok, env={**places, **(env or {})})

    def listing(self, commit: str = "") -> Listing:
        """Every file of a commit, the current one without any."""
        if self.files is not None and commit in ("", self.head):
            return dict(self.files)
        found: Listing = {}
        for row in self.git("ls-tree", "-r", "-z", "--full-tree", commit or self.head).split(b"\0"):
            if row:
                about, path = row.split(b"\t", 1)
                mode, _, name = about.decode().split()
                found[os.fsdecode(path)] = mode, name
        return found

    def blob_id(self, content: bytes) -> str:
        """The id that git gives a file's content."""
        digest = hashlib.sha1 if len(self.head) == 40 else hashlib.sha256
        return digest(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    def blobs(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of files, by id."""
        if not ids:
            return []
        out = self.git("cat-file", "--batch", stdin="".join(f"{i}\n" for i in ids).encode())
        found, at = [], 0
        for _ in ids:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            found.append(out[end + 1 : end + 1 + size])
            at = end + size + 2
        return found

    def committed(self, path: str) -> tuple[str, bytes]:
        """Mode and content of a file of the current commit; from the work tree where it is the same there."""
        mode, blob = self.listing()[path]
        try:
            content = (self.top / path).read_bytes()
        except OSError:
            content = b""
        return mode, content if self.blob_id(content) == blob else self.blobs([blob])[0]

    def exists(self, path: str) -> bool:
        """Whether anything is at a path of the work tree, a broken link included."""
        return os.path.lexists(self.top / path)

    def is_folder(self, path: str) -> bool:
        """Whether a folder is at a path of the work tree; a link to one is none."""
        return (self.top / path).is_dir() and not (self.top / path).is_symlink()


def located(project: Path) -> Repository:
    """A project's repository, without a look at its commits.

    Raises:
        RefusedError: The project is in none.
    """
    places = ("--show-toplevel", "--absolute-git-dir", "--show-prefix", "--git-path", "objects")
    try:
        rows = os.fsdecode(git.run("rev-parse", *places, cwd=project)).split("\n")
    except FailedError as error:
        if "not a git repository" not in error.message and "must be run in a work tree" not in error.message:
            raise
        raise RefusedError(
            f"{project} is in no git repository",
            "Run `git init`, `git add --all` and `git commit`: an update needs a commit to come back to.",
        ) from error
    return Repository(Path(rows[0]), Path(rows[1]), rows[2], project / rows[3])


def at_head(repository: Repository) -> Repository:
    """The same repository with its current commit.

    Raises:
        RefusedError: There is no commit yet.
    """
    out = git.text("rev-parse", "--quiet", "HEAD", "HEAD^{tree}", cwd=repository.top, ok=(0, 128)).split()
    if len(out) != 2 or len(out[0]) < 40:
        raise RefusedError(
            f"{repository.top} has no commit yet", "Commit first: an update needs a commit to come back to."
        )
    return replace(repository, head=out[0], tree=out[1])


def opened(found: Repository, tracked: str) -> Repository:
    """A repository at its current commit, if an update may begin there.

    Args:
        found: As it was located.
        tracked: A file of the project that the repository must track.

    Raises:
        RefusedError: There is no commit, tracked files have changes, git is in the middle of something or too
            old.
    """
    if journal.read(found.directory):
        raise RefusedError(
            f"an update of {found.top} is not finished",
            "See `mlascent status`; `mlascent update --abort` ends it.",
        )
    for name, what in _BUSY.items():
        if (found.directory / name).exists():
            raise RefusedError(
                f"{what} is under way in {found.top}", "Finish or abort it first; `git status` says how."
            )
    if (found.directory / "index.lock").exists():
        raise RefusedError(
            f"another git command is at work in {found.top}",
            f"Wait for it. If there is none, it was cut off: delete {found.directory / 'index.lock'}.",
        )
    found = at_head(found)
    rows = found.git("ls-files", "-v", "--stage", "-z").split(b"\0")
    entries = [(row[:1], *row[2:].split(b"\t", 1)) for row in rows if row]
    staged = {os.fsdecode(path): _entry(about) for _, about, path in entries}
    told = [os.fsdecode(path) for tag, _, path in entries if tag.islower() or tag == b"S"]
    hidden = [path for path in told if found.exists(path) and not _same(found, path, staged[path][1])]
    if dirty := [*looked(found).changed, *hidden]:
        raise RefusedError(f"there are uncommitted changes: {few(dirty)}", "Commit or stash them first.")
    if found.prefix + tracked not in staged:
        raise RefusedError(
            f"{found.top} does not track {found.prefix}{tracked}",
            "Commit the project first: an update needs a commit to come back to.",
        )
    return replace(found, files=staged)  # nothing is changed: the index is the commit


def _entry(about: bytes) -> tuple[str, str]:
    """Mode and object id of a row of the index."""
    mode, blob, _ = about.decode().split()
    return mode, blob


@dataclass(frozen=True, slots=True)
class Looked:
    """A repository as git sees it at a moment.

    Attributes:
        head: Id of the current commit.
        branch: The branch that is checked out, in full; empty for none.
        changed: Tracked files that differ from the commit.
    """

    head: str
    branch: str
    changed: list[str]


def looked(repository: Repository) -> Looked:
    """What is checked out, and what differs from it."""
    args = ("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=no")
    rows = os.fsdecode(repository.git(*args, "--ignore-submodules=all")).split("\0")
    about = dict(row[2:].split(" ", 1) for row in rows if row.startswith("# "))
    branch = about["branch.head"]
    if branch == "(detached)":
        branch = ""
    elif not branch.startswith("refs/"):
        branch = f"refs/heads/{branch}"
    paths = [row.split(" ", 10 if row[0] == "u" else 8)[-1] for row in rows if row[:1] in ("1", "u")]
    return Looked(about["branch.oid"], branch, paths)


def _same(repository: Repository, path: str, blob: str) -> bool:
    """Whether a file that git was told not to look at is as committed."""
    return repository.git("hash-object", "--", path).decode().strip() == blob


def few(names: Iterable[str], limit: int = 5) -> str:
    """The first names of a list, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
