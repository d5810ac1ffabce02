"""`mlascent update`: the same project at another level, choice or template version; nothing lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Container
from dataclasses import replace
from functools import cache
from pathlib import Path

from mlascent import source
from mlascent.commands.project import Project, chosen, find, placed, recorded
from mlascent.commands.unfinished import recover, repository_of
from mlascent.commands.updated import Side, Updated
from mlascent.commands.wanted import Change, capabilities, rendered, wanted
from mlascent.errors import MlascentError, RefusedError, UsageError
from mlascent.merge.apply import Step, apply
from mlascent.merge.plan import plan
from mlascent.merge.repository import Repository, opened
from mlascent.render import ANSWERS_FILE
from mlascent.source import Template, Versions

#: Asked before a level is lowered, with what would happen.
Agree = Callable[[Updated], bool]


def update(
    start: Path,
    change: Change | None = None,
    *,
    to: str | None = None,
    branch: str = "",
    dry_run: bool = False,
    agree: Agree = lambda _: False,
    step: Step = lambda _: None,
) -> Updated:
    """Bring a project to what is wished for, at the newest template version or a given one.

    Args:
        start: A directory of the project.
        change: What should become different; everything else stays as it is.
        to: A template version; the newest one without it.
        branch: Make this branch and commit there.
        dry_run: Whether to write nothing.
        agree: Asked before a level is lowered.
        step: Called before each step of writing; for tests.

    Raises:
        UsageError: The change contradicts itself or the template; all of it told together.
        RefusedError: The project is not in a state to be updated; nothing was written.
        FailedError: Something could not be written; everything is as before.
    """
    start = Path(start)
    repository = repository_of(start)
    recovered = None if dry_run else recover(repository)
    project = find(start)
    repository = opened(repository, ANSWERS_FILE)
    if branch:
        _demand_new(repository, branch)
    with tempfile.TemporaryDirectory(prefix="mlascent-") as aside, source.versions(project.url) as versions:
        if dry_run:
            repository = replace(repository, aside=Path(aside))
        updated = _planned(project, repository, versions, to, change or Change())
    updated = replace(updated, recovered=recovered)
    if dry_run or not updated.changes:
        return updated
    if updated.lowers and not agree(updated):
        raise RefusedError(
            f"this lowers the project from level {updated.before.level} to {updated.after.level}"
            if updated.after.level < updated.before.level
            else "this lowers an area",
            "Look at it with --dry-run; then say --yes.",
        )
    commit = apply(repository, updated.plan, branch, step)
    return replace(updated, commit=commit, branch=branch, written=True)


def _demand_new(repository: Repository, branch: str) -> None:
    try:
        repository.git("check-ref-format", "--branch", branch)
    except MlascentError as error:
        raise UsageError(f"--branch: {branch!r} is no name for a branch") from error
    if repository.git("rev-parse", "--quiet", "--verify", f"refs/heads/{branch}", ok=(0, 1)):
        raise RefusedError(f"there is a branch {branch} already", "Choose another name with --branch.")


def _planned(
    project: Project, repository: Repository, versions: Versions, to: str | None, change: Change
) -> Updated:
    """Everything about an update settled, in memory."""
    old, new = made_from(project, versions), versions.at(to) if to else versions.newest
    prefix = repository.prefix
    answers, dropped = wanted(project, prefix.rstrip("/"), new, change)
    then, now = rendered(old, project.url, project.applied), rendered(new, project.url, answers)
    before = Side(old.version, then.answers, capabilities(then))
    after = Side(new.version, now.answers, capabilities(now))
    base, theirs = placed(then, prefix), placed(now, prefix)
    # What stands in the answers file is the template's to say; what a hand edited is in the new answers.
    listing = repository.listing()
    file = prefix + ANSWERS_FILE
    base[file] = repository.committed(file)
    done = plan(
        repository,
        listing,
        base,
        theirs,
        message=_message(before, after),
        answers=file,
        given=_given(project, versions, prefix),
        labels=("yours", f"mlascent level {after.level}, {after.version}"),
        package=(f"{prefix}src/", str(before.answers.get("package")), str(after.answers.get("package"))),
    )
    touched = {change.path for change in done.changes}
    relock = prefix + "pyproject.toml" in touched and (project.directory / "uv.lock").exists()
    return Updated(project.directory, before, after, done, prefix, dropped, project.by_hand, relock)


def made_from(project: Project, versions: Versions) -> Template:
    """The template version that a project's files come from.

    Raises:
        RefusedError: This installation does not know it, or it is not a template that mlascent can update.
    """
    if not versions.newest.ours:
        from mlascent.contract import faults

        if reasons := faults(versions.newest.files):
            raise RefusedError(
                f"{project.url} is not a template that mlascent can update: {reasons[0]}",
                "Use `copier update`.",
            )
    try:
        return versions.at(project.version)
    except UsageError as error:
        raise RefusedError(error.message, error.hint) from error


def _given(project: Project, versions: Versions, prefix: str) -> Callable[[bytes], Container[str] | None]:
    """What the template gave for the answers that an earlier commit holds; each looked at once."""

    @cache
    def given(content: bytes) -> Container[str] | None:
        try:
            answers = recorded(content)
            template = versions.at(str(answers.get("_commit", "")))
            return set(placed(rendered(template, project.url, chosen(answers)), prefix))
        except (MlascentError, ValueError):  # no answers of ours, or of a version that is not known here
            return None

    return given


def _message(before: Side, after: Side) -> str:
    """The commit's message, without the mark in front."""
    parts = []
    if before.level != after.level:
        parts.append(f"level {before.level} to {after.level}")
    if before.version != after.version:
        parts.append(f"template {before.version} to {after.version}")
    names = set(before.answers).intersection(after.answers) - {"level"}
    if more := sorted(name for name in names if before.answers[name] != after.answers[name]):
        parts.append("changed " + ", ".join(more))
    gained = [key for key in after.capabilities if key not in before.capabilities]
    lost = [key for key in before.capabilities if key not in after.capabilities]
    body = [f"{title}: {', '.join(ids)}" for title, ids in (("Gained", gained), ("Dropped", lost)) if ids]
    return "\n\n".join(["; ".join(parts) or "the template's files", *body])
