"""The merge in memory: what an update will do, before it does anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from mlascent import git
from mlascent.history import Tree
from mlascent.merge import moves as following
from mlascent.merge import policy
from mlascent.merge.journal import Change
from mlascent.merge.look import Given, Looker
from mlascent.merge.merged import Merged
from mlascent.merge.objects import NOBODY, store
from mlascent.merge.repository import MARK, Listing, Repository
from mlascent.merge.sides import NEEDS_YOU, Decision, Note, Sides


@dataclass(frozen=True, slots=True)
class Plan:
    """An update, settled in every respect.

    Attributes:
        message: Of the commit.
        theirs: The commit of the new rendering; git's own continue and abort work from it.
        tree: The merged tree; empty with conflicts, and where only the index will hold all of it.
        changes: What happens to the work tree, by path.
        stages: Index rows of the conflicts, as `git update-index --index-info` reads them.
        notes: What was decided for the user, and why.
        known: What git's configuration says about the person.
    """

    message: str
    theirs: str
    tree: str
    changes: tuple[Change, ...]
    stages: tuple[bytes, ...]
    notes: tuple[Note, ...]
    known: Mapping[str, str]

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The files that a person has to settle."""
        return tuple(change for change in self.changes if change.conflict)

    @property
    def needs_you(self) -> bool:
        """Whether something is left for a person."""
        return bool(self.conflicts) or any(note.decision in NEEDS_YOU for note in self.notes)


def plan(
    repository: Repository,
    ours: Listing,
    base: Tree,
    theirs: Tree,
    *,
    message: str,
    answers: str,
    given: Given,
    labels: tuple[str, str] = ("yours", "template"),
    package: tuple[str, str, str] = ("", "", ""),
) -> Plan:
    """Merge a new rendering into a project, in memory.

    Args:
        repository: Where the project stands.
        ours: Every file of its commit.
        base: What the template gave it, by paths in the repository.
        theirs: What the template gives it now.
        message: Of the commit.
        answers: Path of the answers file in the repository.
        given: What the template gave for earlier answers.
        labels: What conflict markers call the two sides.
        package: The folder that the package lies in, and the package's name before and after.
    """
    folder, old, new = package
    sides = Sides(dict(base), dict(ours), dict(theirs))
    looker = Looker(repository, sides, answers, given)
    if old != new:
        following.answered(sides, looker.look, {f"{folder}{old}/": f"{folder}{new}/"})
    looker.rebase()
    policy.settle(sides, looker.look)
    known = git.settings(repository.top)
    _, their_commit, our_commit = store(
        repository, sides.base, sides.theirs, sides.moves, MARK + message, _identity(known)
    )
    merged = Merged(repository, our_commit, their_commit, labels)
    named = _naming(repository, merged.tree, old) if old != new else []
    notes = tuple(sorted([*sides.notes, *merged.notes, *named]))
    tree = "" if merged.rows or merged.blobs else merged.tree
    return Plan(MARK + message, their_commit, tree, merged.changes(), merged.stages(), notes, known)


def _naming(repository: Repository, tree: str, package: str) -> list[Note]:
    """Files that import a package by the name that it no longer has."""
    pattern = f"(^|[^A-Za-z0-9_.])(from|import|-m) +{package}([^A-Za-z0-9_]|$)"
    where = f":(top,literal){repository.prefix}" if repository.prefix else ":(top)"
    out = repository.git("grep", "-l", "-z", "-I", "-E", "-e", pattern, tree, "--", where, ok=(0, 1))
    paths = [os.fsdecode(row).split(":", 1)[1] for row in out.split(b"\0") if row]
    return [Note(path, Decision.NAMES_OLD, package) for path in paths]


def _identity(known: Mapping[str, str]) -> tuple[str, str]:
    """The person whom git knows; a settled conflict is committed in the name of the rendering's author."""
    name = os.environ.get("GIT_AUTHOR_NAME") or known.get("user.name") or NOBODY[0]
    email = os.environ.get("GIT_AUTHOR_EMAIL") or known.get("user.email") or NOBODY[1]
    return _plain(name), _plain(email)


def _plain(text: str) -> str:
    """Text without what separates the parts of an identity."""
    return text.translate({ord(char): None for char in "<>\n"}).strip() or NOBODY[0]
