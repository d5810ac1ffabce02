"""What an update did, or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlascent.commands.unfinished import Finished
from mlascent.commands.wanted import deepened
from mlascent.merge.journal import Change
from mlascent.merge.plan import Plan
from mlascent.merge.sides import Note


@dataclass(frozen=True, slots=True)
class Side:
    """A project before or after an update.

    Attributes:
        version: Template version.
        answers: What was chosen.
        capabilities: Capability → how far it goes.
    """

    version: str
    answers: Mapping[str, Any]
    capabilities: Mapping[str, int]

    @property
    def level(self) -> int:
        """The project's level."""
        return int(self.answers["level"])

    def area(self, name: str) -> int:
        """The level of one area."""
        return int(self.answers.get("areas", {}).get(name, self.level))


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did, or would do.

    Attributes:
        directory: The project.
        before: As it was.
        after: As it is.
        plan: Every change, conflict and decision.
        prefix: The project's path in its repository, with a slash at its end.
        dropped: Answers that the new template version no longer asks for.
        by_hand: Answers that somebody had edited in the answers file.
        relock: Whether the lock file no longer fits the project's dependencies.
        recovered: How an earlier update was brought to an end first that had been cut off.
        commit: The commit that was made; empty for a dry run, for nothing to do, and with conflicts.
        branch: The branch that was made for it, if one was asked for.
        written: Whether the project was changed.
    """

    directory: Path
    before: Side
    after: Side
    plan: Plan
    prefix: str
    dropped: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    relock: bool = False
    recovered: Finished | None = None
    commit: str = ""
    branch: str = ""
    written: bool = False

    @property
    def gained(self) -> tuple[str, ...]:
        """Capabilities that are new."""
        return tuple(key for key in self.after.capabilities if key not in self.before.capabilities)

    @property
    def deepened(self) -> tuple[str, ...]:
        """Capabilities that go further."""
        return deepened(self.before.capabilities, self.after.capabilities)

    @property
    def lost(self) -> tuple[str, ...]:
        """Capabilities that go."""
        return tuple(key for key in self.before.capabilities if key not in self.after.capabilities)

    @property
    def lowers(self) -> bool:
        """Whether the project, or an area of it, comes to stand lower."""
        areas = {*self.before.answers.get("areas", {}), *self.after.answers.get("areas", {})}
        return self.after.level < self.before.level or any(
            self.after.area(area) < self.before.area(area) for area in areas
        )

    @property
    def changes(self) -> tuple[Change, ...]:
        """What happens to files, conflicts included."""
        return self.plan.changes

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided for the user, and why."""
        return self.plan.notes

    @property
    def needs_you(self) -> bool:
        """Whether something is left for a person."""
        return self.plan.needs_you
