"""The three sides of an update, and what was decided about them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mlascent.history import Tree
from mlascent.merge.repository import Listing


class Decision(StrEnum):
    """Why the engine did not simply take the template's side."""

    STAYS_DELETED = "stays-deleted"
    STAYS_UNTRACKED = "stays-untracked"
    KEPT_EDITED = "kept-edited"
    KEPT_YOURS = "kept-yours"
    IN_THE_WAY = "in-the-way"
    CLASH = "clash"
    MOVED = "moved"
    RESOLVED = "both-taken"
    NAMES_OLD = "names-old-package"


#: Decisions after which a person has something to do.
NEEDS_YOU = frozenset({Decision.IN_THE_WAY, Decision.CLASH, Decision.NAMES_OLD})


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One decision about one path.

    Attributes:
        path: In the repository.
        decision: What was decided.
        about: Another path, a commit or a name that the decision rests on; empty without one.
    """

    path: str
    decision: Decision
    about: str = ""


@dataclass(slots=True)
class Sides:
    """The three sides of an update, by paths in the repository; the policies adjust them.

    Attributes:
        base: The old rendering.
        ours: The project's commit.
        theirs: The new rendering.
        moves: Files of the project to move before merging, old path → new.
        notes: What was decided.
    """

    base: Tree
    ours: Listing
    theirs: Tree
    moves: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def note(self, path: str, decision: Decision, about: str = "") -> None:
        """Remember a decision."""
        self.notes.append(Note(path, decision, about))


@dataclass(frozen=True, slots=True)
class Look:
    """How the policies look at things outside the three trees.

    Attributes:
        blob_id: Content → object id.
        read: Object id → content.
        exists: Whether anything lies at a path of the work tree.
        is_folder: Whether a folder lies there.
        user_renames: Old path → new, between the old rendering and the project.
        template_renames: Old path → new, between the renderings.
        deleted_before: Paths among those given that a person deleted in an earlier commit → that commit.
    """

    blob_id: Callable[[bytes], str]
    read: Callable[[str], bytes]
    exists: Callable[[str], bool]
    is_folder: Callable[[str], bool]
    user_renames: Callable[[], Mapping[str, str]]
    template_renames: Callable[[], Mapping[str, str]]
    deleted_before: Callable[[list[str]], Mapping[str, str]]


def edited(sides: Sides, look: Look, path: str) -> bool:
    """Whether the project's file differs from the old rendering's."""
    mode, content = sides.base[path]
    return sides.ours[path] != (mode, look.blob_id(content))


def parents(path: str) -> list[str]:
    """The folders that a path lies in, the nearest first."""
    found = []
    while path := posixpath.dirname(path):
        found.append(path)
    return found
