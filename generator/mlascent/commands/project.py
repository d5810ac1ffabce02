"""A project that was made before: where it is, what was chosen for it, and from which template version."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlascent import git, place
from mlascent.errors import RefusedError
from mlascent.history import Tree
from mlascent.questions import load_yaml
from mlascent.render import ANSWERS_FILE, Rendering

_DIGEST = re.compile(rb"^# .*\bdigest ([0-9a-f]{40})\b", re.MULTILINE)
#: Commits of the answers file to look through for the last one that no hand edited.
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project.

    Attributes:
        directory: Its root.
        answers: What its answers file says.
        applied: What its files were last rendered from; differs where the answers were edited by hand.
        version: The template version of that rendering.
        url: The template that it records.
    """

    directory: Path
    answers: dict[str, Any]
    applied: dict[str, Any]
    version: str
    url: str

    @property
    def by_hand(self) -> tuple[str, ...]:
        """Names of answers that were edited by hand since."""
        names = {*self.answers, *self.applied}
        return tuple(sorted(n for n in names if self.answers.get(n) != self.applied.get(n)))


def root_of(start: Path) -> Path:
    """The root of the project that a directory belongs to.

    Raises:
        RefusedError: It belongs to none.
    """
    start = Path(os.path.realpath(start))
    directory = next((d for d in (start, *start.parents) if (d / ANSWERS_FILE).is_file()), None)
    if directory is None:
        raise RefusedError(
            f"{start} is in no project: there is no {ANSWERS_FILE}", "Make one with `mlascent new DEST`."
        )
    return directory


def find(start: Path) -> Project:
    """The project that a directory belongs to.

    Raises:
        RefusedError: It belongs to none, or its answers cannot be read.
    """
    directory = root_of(start)
    file = directory / ANSWERS_FILE
    try:
        content = file.read_bytes()
        written = recorded(content)
    except (OSError, ValueError) as error:
        raise RefusedError(
            f"{file} cannot be read: {error}",
            "Settle its conflicts, or bring back the last good one with git.",
        ) from error
    applied = written if intact(content, written) else _last_intact(directory) or written
    version, url = str(applied.get("_commit", "")), str(written.get("_src_path", ""))
    if "level" not in written or not version:
        raise RefusedError(
            f"{file} is not of a project that mlascent made",
            "Use `copier update` for projects of other templates.",
        )
    return Project(directory, chosen(written), chosen(applied), version, url)


def placed(rendering: Rendering, prefix: str) -> Tree:
    """A rendering by paths in the repository."""
    tree = rendering.tree
    lifted: Tree = {}
    if prefix:
        tree, lifted = place.lift(tree, str(rendering.context["slug"]))
    return {f"{prefix}{path}": file for path, file in tree.items()} | lifted


def recorded(content: bytes) -> dict[str, Any]:
    """What an answers file holds, source and version included.

    Raises:
        ValueError: It holds no answers.
    """
    loaded = load_yaml(content)
    if not isinstance(loaded, Mapping):
        raise ValueError("it holds no answers")
    return {str(name): value for name, value in loaded.items()}


def chosen(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers without source and version."""
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def intact(content: bytes, answers: Mapping[str, Any]) -> bool:
    """Whether nobody edited the answers: the digest in the file's first comment says so."""
    match = _DIGEST.search(content)
    return match is None or match[1].decode() == digest(answers)


def digest(answers: Mapping[str, Any]) -> str:
    """The digest that the template writes above its answers."""
    text = json.dumps(answers, sort_keys=True, default=str)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _last_intact(directory: Path) -> dict[str, Any] | None:
    """The newest committed answers that no hand edited."""
    out = git.text("log", f"-{_DEPTH}", "--format=%H", "--", ANSWERS_FILE, cwd=directory, ok=(0, 128))
    for commit in out.split():
        content = git.run("show", f"{commit}:./{ANSWERS_FILE}", cwd=directory, ok=(0, 128))
        try:
            answers = recorded(content)
        except ValueError:  # a commit with conflict markers in it: look further back
            continue
        if _DIGEST.search(content) and intact(content, answers):
            return answers
    return None
