"""`mlascent status`: where a project stands, and what the next level would bring."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mlascent import source
from mlascent.commands.project import Project, find, placed
from mlascent.commands.unfinished import under_way
from mlascent.commands.update import made_from
from mlascent.commands.wanted import capabilities, deepened, rendered
from mlascent.errors import RefusedError
from mlascent.merge.repository import located
from mlascent.questions import questions
from mlascent.render import ANSWERS_FILE
from mlascent.source import Versions


@dataclass(frozen=True, slots=True)
class Next:
    """What the level above would bring.

    Attributes:
        level: Its number.
        gained: Capabilities that would be new.
        deepened: Capabilities that would go further.
        files: How many files would be new.
    """

    level: int
    gained: tuple[str, ...]
    deepened: tuple[str, ...]
    files: int


@dataclass(frozen=True, slots=True)
class Status:
    """Where a project stands.

    Attributes:
        directory: Its root.
        name: What it is called.
        level: The level that it claims.
        areas: Areas that stand higher.
        version: The template version of its files.
        newest: The newest version that this installation brings.
        files: How many files the template gave it.
        edited: Those that differ from what the template gave.
        deleted: Those that are gone.
        by_hand: Answers that somebody edited in the answers file.
        next: The level above; nothing at the top.
        under_way: `interrupted`, `running` or `waiting` where an update is unfinished, else empty.
    """

    directory: Path
    name: str
    level: int
    areas: dict[str, int]
    version: str
    newest: str
    files: int
    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    by_hand: tuple[str, ...]
    next: Next | None
    under_way: str

    @property
    def needs_you(self) -> bool:
        """Whether something is left for a person."""
        return bool(self.under_way or self.by_hand)


def status(start: Path) -> Status:
    """Look at a project; nothing is written.

    Raises:
        RefusedError: There is no project, its answers cannot be read, or its template version is unknown.
    """
    project = find(start)
    prefix, top, state = "", project.directory, ""
    try:
        repository = located(project.directory)
    except RefusedError:  # in no repository: no update is possible, but there is something to tell
        repository = None
    if repository:
        prefix, top, state = repository.prefix, repository.top, under_way(repository)
    with source.versions(project.url) as versions:
        given = placed(rendered(made_from(project, versions), project.url, project.applied), prefix)
        above = _above(project, versions)
    missing = [path for path in given if not os.path.lexists(top / path)]
    edited = [
        path
        for path, (mode, content) in given.items()
        if path not in missing and path != prefix + ANSWERS_FILE and _differs(top / path, mode, content)
    ]
    return Status(
        project.directory,
        str(project.answers.get("project_name", project.directory.name)),
        int(project.answers["level"]),
        dict(project.answers.get("areas", {})),
        project.version,
        versions.newest.version,
        len(given),
        tuple(sorted(edited)),
        tuple(sorted(missing)),
        project.by_hand,
        above,
        state,
    )


def _above(project: Project, versions: Versions) -> Next | None:
    """What the next level would bring, at the newest version."""
    newest, level = versions.newest, int(project.answers["level"])
    if level + 1 not in questions(newest.files["copier.yml"][1])["level"].choices.values():
        return None
    areas = {area: n for area, n in project.answers.get("areas", {}).items() if n > level + 1}
    now = rendered(newest, project.url, project.answers)
    then = rendered(newest, project.url, {**project.answers, "level": level + 1, "areas": areas})
    had, has = capabilities(now), capabilities(then)
    return Next(
        level + 1,
        tuple(key for key in has if key not in had),
        deepened(had, has),
        len(set(then.tree) - set(now.tree)),
    )


def _differs(full: Path, mode: str, content: bytes) -> bool:
    """Whether a file is not what the template gave; line endings are the checkout's to choose."""
    if mode == "120000" or full.is_symlink():
        return not (mode == "120000" and full.is_symlink() and os.fsencode(os.readlink(full)) == content)
    return not full.is_file() or full.read_bytes().replace(b"\r\n", b"\n") != content
