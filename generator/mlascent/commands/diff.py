"""`mlascent diff`: a project beside what the template would give it now."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mlascent import source
from mlascent.commands.project import find, placed
from mlascent.commands.update import made_from
from mlascent.commands.wanted import rendered
from mlascent.errors import UsageError
from mlascent.merge.objects import store
from mlascent.merge.repository import at_head, located
from mlascent.render import ANSWERS_FILE


def diff(start: Path, paths: Sequence[Path] = (), colour: bool = False) -> str:
    """What a project's work tree has and the template would not give now, as a patch.

    Args:
        start: A directory of the project.
        paths: Files or folders to look at; all that the template brings without any.
        colour: Whether to colour the patch.

    Raises:
        RefusedError: There is no project, or it is in no repository.
        UsageError: The template brings no such file.
    """
    project = find(start)
    repository = at_head(located(project.directory))
    with source.versions(project.url) as versions:
        made_from(project, versions)
        given = placed(rendered(versions.newest, project.url, project.answers), repository.prefix)
    given.pop(repository.prefix + ANSWERS_FILE, None)  # it differs by version and digest alone
    wanted = [_inside(path, repository.top) for path in paths]
    tree = {path: file for path, file in given.items() if not wanted or _any_of(path, wanted)}
    if lost := [str(path) for path, name in zip(paths, wanted, strict=True) if not _any_in(name, tree)]:
        raise UsageError(f"the template brings no {', '.join(lost)}")
    with tempfile.TemporaryDirectory(prefix="mlascent-") as aside:
        here = replace(repository, aside=Path(aside))
        _, theirs, _ = store(here, {}, tree, {})
        shade = f"--color={'always' if colour else 'never'}"
        args = (
            "--literal-pathspecs",
            "diff",
            "--no-ext-diff",
            "--no-renames",
            shade,
            theirs,
            "--",
            *sorted(tree),
        )
        return here.git(*args).decode(errors="replace")


def _inside(path: Path, top: Path) -> str:
    """A path as the repository names it."""
    return Path(os.path.relpath(os.path.abspath(path), top)).as_posix()


def _any_of(path: str, wanted: Sequence[str]) -> bool:
    return any(name in (".", path) or path.startswith(f"{name}/") for name in wanted)


def _any_in(name: str, tree: Iterable[str]) -> bool:
    return any(_any_of(path, [name]) for path in tree)
