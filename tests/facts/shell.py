"""A stand-in for the room of tasks: every command is a launch of its words, where it runs before them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from mlascent.facts.ci import Ci, Job, Workflow
from mlascent.facts.ci.build import Context
from mlascent.facts.files import Files
from mlascent.facts.tasks import Command, Launch, Tasks

from tests.rules.support import write


class Shell(Tasks):
    """Knows no runner."""

    def __init__(self) -> None:
        super().__init__({}, cast(Any, None))

    def launches(self, commands: tuple[Command, ...], folder: str = "") -> tuple[Launch, ...]:
        where = (f"[{folder}]",) if folder else ()
        return tuple(
            Launch((*where, *row.replace("\0", "").split()), "", command.path, command.line + number)
            for command in commands
            for number, row in enumerate(command.text.replace("\\\n", "\0").splitlines())
            if row.strip()
        )


def context(root: Path, tree: Mapping[str, str | bytes]) -> Context:
    return Context(Files(write(root, tree)), Shell())


def read(system: ModuleType, root: Path, tree: Mapping[str, str | bytes]) -> Ci:
    """What one system's reader makes of a tree."""
    workflows: tuple[Workflow, ...] = system.read(context(root, tree))
    return Ci(workflows)


def jobs(ci: Ci) -> dict[str, Job]:
    return {job.name: job for workflow in ci.workflows for job in workflow.jobs}


def said(job: Job) -> list[str]:
    """The commands of a job."""
    return [" ".join(launch.argv) for step in job.steps for launch in step.launches]


def lines(job: Job) -> list[int]:
    return [launch.line for step in job.steps for launch in step.launches]


def starts(ci: Ci, command: str, *triggers: str, counting: bool = True) -> bool:
    """Whether a command runs for one of these triggers."""
    wanted = tuple(command.split())
    return bool(ci.runs(lambda launch: launch.argv == wanted, *triggers, counting=counting))
