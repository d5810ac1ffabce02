"""What the policies ask about, answered by git; each answer is looked up once, when it is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping
from functools import partial

from mlascent.history import Tree
from mlascent.merge.objects import store
from mlascent.merge.repository import Repository
from mlascent.merge.sides import Look, Sides

#: Content of an answers file, as a commit had it → the paths that the template gave for it; nothing where
#: this installation does not know that template version.
Given = Callable[[bytes], Container[str] | None]

#: How far back deletions are looked for, in commits of the first-parent line.
_DEPTH = 5000


class Looker:
    """Looks at a repository for one update."""

    def __init__(self, repository: Repository, sides: Sides, answers: str, given: Given) -> None:
        """Look nothing up yet.

        Args:
            repository: The project's.
            sides: Of the update, before any policy.
            answers: Path of the answers file in the repository.
            given: What the template gave for earlier answers.
        """
        self._repository = repository
        self._sides = sides
        self._before: tuple[Tree, Tree] = dict(sides.base), dict(sides.theirs)
        self._answers = answers
        self._given = given
        self._found: dict[str, Mapping[str, str]] = {}
        self.look = Look(
            blob_id=repository.blob_id,
            read=lambda blob: repository.blobs([blob])[0],
            exists=repository.exists,
            is_folder=repository.is_folder,
            user_renames=partial(self._renames, "user"),
            template_renames=partial(self._renames, "template"),
            deleted_before=self._deleted,
        )

    def rebase(self) -> None:
        """Take the sides as they are now for those that renames are looked for between."""
        self._before = dict(self._sides.base), dict(self._sides.theirs)

    def _renames(self, who: str) -> Mapping[str, str]:
        if not self._found:
            base, theirs, ours = store(self._repository, *self._before, dict(self._sides.moves))
            self._found = {"user": self._between(base, ours), "template": self._between(base, theirs)}
        return self._found[who]

    def _between(self, old: str, new: str) -> Mapping[str, str]:
        args = (
            "diff-tree",
            "-r",
            "-z",
            "-M50%",
            "-l0",
            "--no-rename-empty",
            "--diff-filter=R",
            "--name-status",
        )
        fields = self._repository.git(*args, old, new).split(b"\0")
        return {os.fsdecode(a): os.fsdecode(b) for a, b in zip(fields[1::3], fields[2::3], strict=False)}

    def _deleted(self, paths: list[str]) -> Mapping[str, str]:
        """Deletions by a person: those of files that the template gave at that commit.

        A lowered level deletes files, too, and so does the revert of an update: the answers beside them say
        so.
        """
        git = self._repository.git
        bound = (
            git("rev-list", "--first-parent", f"--skip={_DEPTH}", "--max-count=1", "HEAD").decode().strip()
        )
        log = ("log", "--diff-filter=D", "--no-renames", "--name-only", "-z", "--format=%x01%H")
        args = (*log, "HEAD", *([f"^{bound}"] if bound else []), "--", *paths)
        wanted, persons = set(paths), {}
        for entry in git("--literal-pathspecs", *args).split(b"\x01")[1:]:
            commit, *names = os.fsdecode(entry).replace("\n", "\0").split("\0")
            last = wanted.intersection(names)  # later deletions come first
            wanted -= last
            if last:
                by_hand = self._by_hand(commit)
                persons.update({path: commit for path in last if by_hand(path)})
        return persons

    def _by_hand(self, commit: str) -> Callable[[str], bool]:
        """Whether a person deleted a path in a commit."""
        git = self._repository.git
        content = git("show", f"{commit}:{self._answers}", ok=(0, 128))
        given = self._given(content) if content else ()
        if given is not None:
            return given.__contains__
        changed = git("diff-tree", "--no-commit-id", "-r", "--name-only", commit, "--", self._answers)
        return lambda _: not changed
