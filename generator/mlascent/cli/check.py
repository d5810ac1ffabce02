"""The verbs of proof: check, waive, policy."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mlascent.cli.shared import Json, Lang, language_of, show
from mlascent.errors import FailedError, UsageError

app = typer.Typer()
policies = typer.Typer(help="Show what a policy asks, and try it on examples.", rich_markup_mode=None)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The day; today (UTC) without it.")]
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="SOURCE",
        help="A path, https://…, git+https://…@REF#PATH or package:NAME/PATH; …@sha256:… pins it.",
    ),
]


@app.command("check")
def _check(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Any repository; the current one without it.")
    ] = None,
    level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="By number or name; the claimed one without it.")
    ] = None,
    area: Annotated[
        list[str] | None, typer.Option(metavar="AREA", help="Only this area decides the outcome.")
    ] = None,
    owed_by: Annotated[
        str, typer.Option(metavar="OWNERS", help="Who decides the outcome: template,run,team,host.")
    ] = "",
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, json, sarif, junit, markdown, github, gitlab or html.",
        ),
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.")
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOf = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Freeze what fails now; only new failures count then.")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Frozen failures; .mlascent/baseline.json without it.")
    ] = None,
    host: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A snapshot of what the code host says, as JSON.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Tell which level a repository stands on, what is missing, and what brings it."""
    from mlascent.commands.check import check
    from mlascent.report.check import FORMATS, render

    language = language_of(lang)
    if as_json and format_ not in ("text", "json"):
        raise UsageError(f"--json and --format {format_} contradict each other", "Choose one.")
    form = "json" if as_json else format_
    if form not in FORMATS:
        raise UsageError(f"--format: there is no {form}", f"Choose from {', '.join(FORMATS)}.")
    found = check(
        directory,
        level=level,
        areas=area or (),
        owed_by=[word.strip() for word in owed_by.split(",") if word.strip()],
        policy=policy,
        as_of=day_of(as_of),
        baseline_file=baseline,
        write_baseline=write_baseline,
        host=host,
        language=language,
    )
    text = render(found, form, language)
    if output:
        _write(output, text)
    elif not quiet or form != "text":
        sys.stdout.write(text)
    raise typer.Exit(0 if found.ok else 1)


@app.command("waive")
def _waive(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="For example DE040.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day of the waiver.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is let be.")] = "",
    approver: Annotated[str, typer.Option(metavar="WHO", help="Who agrees to it.")] = "",
    owner: Annotated[str, typer.Option(metavar="WHO", help="Who will mend it; git's user without it.")] = "",
    ticket: Annotated[str, typer.Option(metavar="TEXT", help="Where it is tracked.")] = "",
    control: Annotated[str, typer.Option(metavar="TEXT", help="What stands in for it meanwhile.")] = "",
    scope: Annotated[str, typer.Option(metavar="GLOB", help="Only what is found in these paths.")] = "",
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="The repository; the current one without.")
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOf = None,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Let a rule be until a day, in .mlascent/waivers.yml: by whom, why, and who agreed."""
    from mlascent.commands.waive import Wish, waive
    from mlascent.report.check.text_words import say

    language = language_of(lang)
    wish = Wish(rule, until, reason, approver, owner, ticket, control, scope)
    told = waive(wish, project, policy=policy, as_of=day_of(as_of))
    waiver = told["waiver"]
    text = say(language, "waive_wrote", rule=waiver["rule"], until=waiver["expires"], path=told["path"])
    show(told if as_json else text, quiet)


@policies.command("show")
def _policy_show(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The repository; the current one without it.")
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOf = None,
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Show what is in force, and where each value comes from."""
    from mlascent.commands.policy import show as policy_show
    from mlascent.report import policy as report

    language = language_of(lang)
    told = policy_show(directory, policy=policy, as_of=day_of(as_of))
    show(told if as_json else report.shown(told, language))


@policies.command("test")
def _policy_test(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="As for `mlascent check --policy`.")],
    directories: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Example repositories, each with an expected.yml.")
    ],
    as_of: AsOf = None,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> None:
    """Run a policy on example repositories, and compare with what each one's expected.yml says."""
    from mlascent.commands.policy import trial
    from mlascent.report import policy as report

    language = language_of(lang)
    told = trial(policy, directories, as_of=day_of(as_of))
    show(told if as_json else report.tried(told, language), quiet)
    raise typer.Exit(0 if told["ok"] else 1)


def day_of(text: str | None) -> date | None:
    """A day from what somebody typed.

    Raises:
        UsageError: It is none.
    """
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of: {text} is no day", "Write it as YYYY-MM-DD.") from error
    if day.isoformat() != text:
        raise UsageError(f"--as-of: {text} is no day", "Write it as YYYY-MM-DD.")
    return day


def _write(file: Path, text: str) -> None:
    """Write a report whole or not at all."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(text.encode("utf-8", errors="replace"))
        os.replace(beside, file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FailedError(f"the report {file} cannot be written: {error.strerror or error}") from error
