"""`mlascent new`: a project at a chosen level, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlascent import git, place, source
from mlascent.answers import Wish, collect
from mlascent.commands.first_run import FirstRun, Follow, first_run
from mlascent.errors import RefusedError, UsageError
from mlascent.history import Tree
from mlascent.questions import questions
from mlascent.render import Ask, Rendering, render, with_copier
from mlascent.source import Template

#: What git is asked for where nobody said it: answer → git's setting.
_FROM_GIT = {"author": "user.name", "email": "user.email", "default_branch": "init.defaultbranch"}


@dataclass(frozen=True, slots=True)
class Made:
    """A project that was made, or would be.

    Attributes:
        directory: Where it is.
        template: The template version that it was made from.
        rendering: Its files, answers, and what was derived from them.
        root: The root of the repository that it is a subdirectory of, if it is one.
        beside: Files that go elsewhere in that repository, relative to `root`.
        commit: The commit that holds the project, if one was made.
        written: False for a dry run.
        first_run: How `--setup` went, if it was asked for.
    """

    directory: Path
    template: Template
    rendering: Rendering
    root: Path | None
    beside: Tree
    commit: str = ""
    written: bool = False
    first_run: FirstRun | None = None

    @property
    def capabilities(self) -> dict[str, list[str]]:
        """Area → the capabilities that the project has; empty for a template that knows of none."""
        found: dict[str, list[str]] = {}
        context = self.rendering.context
        for capability in context.get("catalogue", {}).get("capabilities", ()):
            if context["has"][capability["key"]]:
                found.setdefault(capability["area"], []).append(capability["id"])
        return found


def new(
    destination: Path,
    wish: Wish | None = None,
    *,
    template: str | None = None,
    language: str | None = None,
    use_git: bool = True,
    setup: bool = False,
    dry_run: bool = False,
    ask: Ask | None = None,
    follow: Follow | None = None,
) -> Made:
    """Make a project.

    Args:
        destination: A directory that does not exist, or an empty one.
        wish: What the project should be.
        template: URL or path of another template than this installation's.
        language: Of the documents that people fill in, where no answer says it.
        use_git: Whether to make a repository with one commit.
        setup: Whether to run `just setup` and `just train`, and to commit what they leave.
        dry_run: Whether to write nothing.
        ask: How to put a question to a person; nobody is asked without it.
        follow: Told of each line that the first run prints.

    Raises:
        UsageError: Answers that the questions refuse, all told together; nothing was written.
        RefusedError: The destination or the machine does not allow it; nothing was written.
        FailedError: Something broke; nothing was left behind.
    """
    directory = Path(os.path.realpath(destination))
    place.check(directory)
    _demand_programs([*(["git"] if use_git or template else []), *(["uv", "just"] if setup else [])])
    root = git.top_of(directory) if use_git else None
    with source.opened(template) as layer:
        made = _rendered(directory, root, layer, wish or Wish(), {"language": language}, ask)
    if dry_run:
        return made
    made = _written(made, use_git)
    if setup:
        who = made.rendering.answers
        record = (lambda message: _commit(directory, message, who)) if made.commit else None
        made = replace(made, first_run=first_run(directory, record, follow))
    return made


def _rendered(
    directory: Path,
    root: Path | None,
    template: Template,
    wish: Wish,
    likely: Mapping[str, Any],
    ask: Ask | None,
) -> Made:
    """The project in memory, everything about it settled."""
    direct = template.ours or _keeps_the_rules(template)
    asked = questions(template.files["copier.yml"][1]) if direct else {}
    given = {"project_name": directory.name, **collect(wish, asked)}
    if root:
        inside = directory.relative_to(root).as_posix()
        if given.get("subdirectory", inside) != inside:
            raise UsageError(
                f"subdirectory is {given['subdirectory']}, but {directory} is {inside} of {root}"
            )
        given["subdirectory"] = inside
    if not direct:
        return Made(directory, template, with_copier(template, given), root, {})
    known = _known_to_git(directory, root) | {name: value for name, value in likely.items() if value}
    rendering = render([template], {n: v for n, v in given.items() if n in asked}, known, ask)
    beside: Tree = {}
    if subdirectory := rendering.answers.get("subdirectory"):
        root = root or _root_by_path(directory, subdirectory)
        stays, beside = place.lift(rendering.tree, str(rendering.context["slug"]))
        rendering = replace(rendering, tree=stays)
        if there := [path for path in beside if (root / path).exists()]:
            raise RefusedError(
                f"{root / there[0]} exists: another project of this repository has the same name",
                "Give this one another name with --data project_name=NAME.",
            )
    return Made(directory, template, rendering, root if subdirectory else None, beside)


def _keeps_the_rules(template: Template) -> bool:
    from mlascent.contract import faults

    return not faults(template.files)


def _written(made: Made, use_git: bool) -> Made:
    commit = ""

    def build(directory: Path) -> None:
        nonlocal commit
        place.write(made.rendering.tree, directory)
        if use_git and not made.root:
            executables = [path for path, (mode, _) in made.rendering.tree.items() if mode == "100755"]
            git.start(directory, made.rendering.answers.get("default_branch", "main"), executables)
            commit = _commit(directory, _first_message(made), made.rendering.answers)

    beside = {made.root / path: content for path, (_, content) in made.beside.items()} if made.root else {}
    place.project(made.directory, build, beside)
    return replace(made, commit=commit, written=True)


def _first_message(made: Made) -> str:
    level = made.rendering.answers.get("level")
    at = f" at level {level}" if level is not None else ""
    name = made.rendering.answers.get("project_name", made.directory.name)
    return f"Start {name}{at}\n\nFrom {made.template.url} {made.template.version}"


def _commit(directory: Path, message: str, answers: Mapping[str, Any]) -> str:
    return git.commit(directory, message, answers.get("author", ""), answers.get("email", ""))


def _known_to_git(directory: Path, root: Path | None) -> dict[str, str]:
    """Who begins the project, and its branch, where git knows."""
    if not shutil.which("git"):
        return {}
    settings = git.settings(root or place.existing_parent(directory))
    known = {answer: settings[setting] for answer, setting in _FROM_GIT.items() if setting in settings}
    if root and (branch := git.default_branch(root)):
        known["default_branch"] = branch
    return known


def _root_by_path(directory: Path, subdirectory: str) -> Path:
    parts = Path(subdirectory).parts
    if directory.parts[-len(parts) :] != parts:
        raise UsageError(
            f"subdirectory is {subdirectory}, but the destination is {directory}",
            "Give a destination that ends in the subdirectory.",
        )
    return directory.parents[len(parts) - 1]


def _demand_programs(programs: list[str]) -> None:
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        pip = [{"just": "rust-just"}.get(program, program) for program in missing if program != "git"]
        hints = [f"`pip install {' '.join(pip)}`"] if pip else []
        if "git" in missing:
            hints.append("install git, or make no repository with --no-git")
        raise RefusedError(f"not installed: {', '.join(missing)}", f"Next: {'; '.join(hints)}.")
