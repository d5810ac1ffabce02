"""The verbs of an existing project: status, update, add, remove, diff."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlascent.cli.shared import Json, Lang, language_of, show, somebody_there
from mlascent.errors import UsageError

if TYPE_CHECKING:
    from mlascent.commands.updated import Updated
    from mlascent.commands.wanted import Change

app = typer.Typer()

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]

Where = Annotated[
    Path, typer.Option("--project", metavar="DIR", help="The project; the current directory's without it.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="A template version; the newest without it.")
]
Branch = Annotated[str, typer.Option(metavar="NAME", help="Make this branch and commit there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show everything that would happen; write nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Lower a level without asking.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the body of a pull request.")]
Ids = Annotated[list[str], typer.Argument(metavar="CAPABILITY...", help="For example data-validation.")]
HERE = Path()


@app.command("status")
def _status(project: Where = HERE, as_json: Json = False, lang: Lang = "en") -> None:
    """Tell where a project stands: level, template, drift, and what comes next."""
    from mlascent.commands.status import status
    from mlascent.report import status as report

    found = status(project)
    show(report.as_json(found) if as_json else report.as_text(found, language_of(lang)))
    raise typer.Exit(1 if found.needs_you else 0)


@app.command("update")
def _update(
    level: Annotated[str | None, typer.Option(metavar="LEVEL", help="By number or name.")] = None,
    next_: Annotated[bool, typer.Option("--next", help="Climb to the next level.")] = False,
    area: Annotated[
        list[str] | None, typer.Option(metavar="AREA=N", help="An area that stands higher.")
    ] = None,
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="CAPABILITY", help="Take one ahead of its level.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(metavar="CAPABILITY", help="Leave one out.")] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="PLATFORM", help="Where the project runs: local.")
    ] = None,
    ci: Annotated[
        str | None, typer.Option(metavar="CI", help="github, gitlab, azure, jenkins or none.")
    ] = None,
    workload: Annotated[str | None, typer.Option(metavar="WORKLOAD", help="online, batch or both.")] = None,
    data: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Any answer.")] = None,
    to: To = None,
    branch: Branch = "",
    dry_run: DryRun = False,
    continue_: Annotated[bool, typer.Option("--continue", help="Commit when conflicts are settled.")] = False,
    abort_: Annotated[bool, typer.Option("--abort", help="Take an unfinished update back.")] = False,
    project: Where = HERE,
    yes: Yes = False,
    as_json: Json = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Bring a project to another level, choice or template version; nothing of yours is lost."""
    from mlascent.answers import Wish
    from mlascent.commands import unfinished
    from mlascent.commands.wanted import Change
    from mlascent.report import update as report

    wish = Wish(
        level=level,
        areas=area or (),
        with_=with_ or (),
        without=without or (),
        platform=platform,
        ci=ci,
        workload=workload,
        data=data or (),
    )
    if continue_ or abort_:
        if wish != Wish() or next_ or to or branch or dry_run or (continue_ and abort_):
            raise UsageError("--continue and --abort stand alone")
        done = unfinished.resume(project) if continue_ else unfinished.abort(project)
        told = report.finished_as_json(done) if as_json else report.finished_as_text(done, language_of(lang))
        show(told, quiet)
        return
    shown = _shown(as_json, markdown, quiet, lang)
    _run(project, Change(wish=wish, up=next_), to, branch, dry_run, yes, shown, lang)


@app.command("add")
def _add(
    capability: Ids,
    to: To = None,
    branch: Branch = "",
    dry_run: DryRun = False,
    project: Where = HERE,
    as_json: Json = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Add a capability ahead of its level, and what it requires."""
    from mlascent.commands.wanted import Change

    shown = _shown(as_json, markdown, quiet, lang)
    _run(project, Change(add=capability), to, branch, dry_run, True, shown, lang)


@app.command("remove")
def _remove(
    capability: Ids,
    to: To = None,
    branch: Branch = "",
    dry_run: DryRun = False,
    project: Where = HERE,
    as_json: Json = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Take a capability out again; what you changed in its files stays."""
    from mlascent.commands.wanted import Change

    shown = _shown(as_json, markdown, quiet, lang)
    _run(project, Change(remove=capability), to, branch, dry_run, True, shown, lang)


@app.command("diff")
def _diff(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]", help="Files or folders.")] = None,
    project: Where = HERE,
    lang: Lang = "en",
) -> None:
    """Show a project beside what the template would give it now, as a patch."""
    from mlascent.commands.diff import diff
    from mlascent.report.climb_words import say

    language = language_of(lang)
    patch = diff(project, paths or (), colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    if patch:
        sys.stdout.write(patch)
    else:
        print(say(language, "same"), file=sys.stderr)


def _shown(as_json: bool, markdown: bool, quiet: bool, lang: str) -> Callable[[Updated], None]:
    """How to show the result."""
    from mlascent.report import update as report

    language = language_of(lang)
    if as_json and markdown:
        raise UsageError("--json and --markdown contradict each other", "Choose one.")
    if as_json:
        return lambda updated: show(report.as_json(updated))
    if markdown:
        return lambda updated: show(report.as_markdown(updated, language))
    return lambda updated: show(report.as_text(updated, language), quiet)


def _run(
    project: Path,
    change: Change,
    to: str | None,
    branch: str,
    dry_run: bool,
    yes: bool,
    shown: Callable[[Updated], None],
    lang: str,
) -> None:
    from mlascent.commands.update import update

    updated = update(
        project, change, to=to, branch=branch, dry_run=dry_run, agree=lambda plan: yes or _agreed(plan, lang)
    )
    shown(updated)
    raise typer.Exit(1 if updated.needs_you else 0)


def _agreed(updated: Updated, lang: str) -> bool:
    """Whether a person at the terminal wants the level lowered."""
    if not somebody_there():
        return False
    from mlascent.report.climb_words import say

    gone = sum(change.kind == "D" for change in updated.changes)
    question = say(
        lang,
        "agree",
        name=updated.after.answers.get("project_name", updated.directory.name),
        old=say(lang, "at", level=updated.before.level, version=updated.before.version),
        new=say(lang, "at", level=updated.after.level, version=updated.after.version),
        lost=say(lang, "agree_files", count=gone),
    )
    return typer.confirm(question, err=True)
