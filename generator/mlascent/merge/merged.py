"""The outcome of `git merge-tree`: additions of both sides taken, markers that name the sides."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mlascent.errors import FailedError, RefusedError
from mlascent.merge import resolve
from mlascent.merge.journal import Change
from mlascent.merge.repository import OLDEST, Repository
from mlascent.merge.sides import Decision, Note

#: Long enough that no file holds such a line of its own.
_MARKER = 41
_PLAIN = (b"100644", b"100755")


class Merged:
    """A merge in memory."""

    def __init__(self, repository: Repository, ours: str, theirs: str, labels: tuple[str, str]) -> None:
        """Merge two commits.

        Args:
            repository: That holds them.
            ours: The project.
            theirs: The new rendering.
            labels: What conflict markers call the two.
        """
        self.repository = repository
        self.notes: list[Note] = []
        # Moves are followed before this, and told; git's own guess would follow others, silently.
        quiet = ("-c", "merge.renames=false", "-c", "merge.directoryRenames=false")
        out = _merge_tree(
            repository, *quiet, "merge-tree", "--write-tree", "-z", "--no-messages", ours, theirs
        )
        tree, *rows = out.split(b"\0")
        self.tree = tree.decode()
        self.rows: dict[str, list[bytes]] = {}
        for row in rows:
            if row:
                self.rows.setdefault(os.fsdecode(row.split(b"\t", 1)[1]), []).append(row)
        self.blobs: dict[str, tuple[str, str]] = {}
        for path in list(self.rows):
            self._settle(path, labels)

    def _settle(self, path: str, labels: tuple[str, str]) -> None:
        """Resolve additions; else mark the conflict with names that a person understands."""
        stages = {int(stage): (mode, blob.decode()) for mode, blob, stage in map(_about, self.rows[path])}
        if not {2, 3} <= set(stages) or any(mode not in _PLAIN for mode, _ in stages.values()):
            return
        contents = dict(
            zip(stages, self.repository.blobs([blob for _, blob in stages.values()]), strict=True)
        )
        if any(b"\0" in content[:8000] for content in contents.values()):
            return
        sides = contents[2], contents.get(1, b""), contents[3]
        text = resolve.additions(
            path, self._merge_file(sides, labels, "--zdiff3", f"--marker-size={_MARKER}"), _MARKER
        )
        mode = stages[2][0].decode()
        if text is None:
            self.blobs[path] = mode, self._write(self._merge_file(sides, labels))
            return
        self.blobs[path] = mode, self._write(text)
        del self.rows[path]
        self.notes.append(Note(path, Decision.RESOLVED))

    def _merge_file(self, sides: tuple[bytes, bytes, bytes], labels: tuple[str, str], *options: str) -> bytes:
        """Merge one file; without options the markers look as the user's git is told to write them."""
        with tempfile.TemporaryDirectory(prefix="mlascent-") as scratch:
            files = [Path(scratch, name) for name in ("ours", "base", "theirs")]
            for file, content in zip(files, sides, strict=True):
                file.write_bytes(content)
            names = ("-L", labels[0], "-L", "before", "-L", labels[1])
            return self.repository.git("merge-file", "-p", *options, *names, *map(str, files), ok=range(128))

    def _write(self, content: bytes) -> str:
        return self.repository.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def changes(self) -> tuple[Change, ...]:
        """What differs between the project's commit and the merge."""
        found: dict[str, Change] = {}
        fields = self.repository.git(
            "diff-tree", "-r", "-z", "--no-renames", self.repository.tree, self.tree
        ).split(b"\0")
        for about, name in zip(fields[0::2], fields[1::2], strict=False):
            _, mode, _, blob, kind = about.decode().split()
            path = os.fsdecode(name)
            found[path] = Change(path, "M" if kind == "T" else kind, mode, blob)
        listing = self.repository.listing() if self.blobs or self.rows else {}
        for path, (mode, blob) in self.blobs.items():
            if listing.get(path) == (mode, blob):
                found.pop(path, None)
                continue
            found[path] = Change(path, "M" if path in listing else "A", mode, blob)
        for path in self.rows:
            here = path in listing
            ours = listing[path][0] if here else self._stage(path, 2)[0]
            # What cannot be marked stays as it is; where it moved to, it is written.
            marked = self.blobs.get(path, (ours, "" if here else self._stage(path, 2)[1]))
            found[path] = Change(path, "M" if here else "A", *marked, conflict=True)
        return tuple(sorted(found.values()))

    def _stage(self, path: str, wanted: int) -> tuple[str, str]:
        """Mode and object id of one side of a conflict."""
        for mode, blob, stage in map(_about, self.rows[path]):
            if int(stage) == wanted:
                return mode.decode(), blob.decode()
        return "100644", ""

    def stages(self) -> tuple[bytes, ...]:
        """Index rows of the conflicts."""
        return tuple(row for rows in self.rows.values() for row in rows)


def _merge_tree(repository: Repository, *args: str) -> bytes:
    try:
        return repository.git(*args, ok=(0, 1))
    except FailedError as error:
        version = repository.git("version").decode().split()[2]
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
            raise RefusedError(
                f"git {version} cannot merge in memory", "Install git 2.38 or later."
            ) from error
        raise


def _about(row: bytes) -> list[bytes]:
    """Mode, object id and stage of an index row."""
    return row.split(b"\t", 1)[0].split()
