"""The command line: parse, call, print, exit."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from mlascent.cli import check, climb, data
from mlascent.cli.shared import Json, Lang, asker, language_of, show, tell
from mlascent.errors import MlascentError

HELP_WIDTH = 100

app = typer.Typer(
    name="mlascent",
    help="One template for machine-learning repositories, and the levels that a project climbs in place.",
    epilog="Exit codes: 0 done, 1 done and it needs you, 2 usage, 3 refused (nothing written), "
    "4 failed (nothing half-written), 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH},
)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if version:
        from mlascent import __version__

        print(f"mlascent {__version__}")
        raise typer.Exit


@app.command("new")
def _new(
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="A directory that is not there, or empty.")
    ],
    level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Maturity level, by number or name (en or pt).")
    ] = None,
    area: Annotated[
        list[str] | None, typer.Option(metavar="AREA=N", help="An area that stands higher.")
    ] = None,
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="CAPABILITY", help="Take one ahead of its level.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(metavar="CAPABILITY", help="Leave one out.")] = None,
    profile: Annotated[
        list[str] | None, typer.Option(metavar="PROFILE", help="Take the capabilities of a profile.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="PLATFORM", help="Where the project runs: local.")
    ] = None,
    ci: Annotated[
        str | None, typer.Option(metavar="CI", help="github, gitlab, azure, jenkins or none.")
    ] = None,
    workload: Annotated[str | None, typer.Option(metavar="WORKLOAD", help="online, batch or both.")] = None,
    data: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Any answer.")] = None,
    data_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A YAML file of answers.")] = None,
    template: Annotated[
        str | None, typer.Option(metavar="URL|PATH", help="Another template than this release's.")
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing.")] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no repository and no commit.")] = False,
    setup: Annotated[bool, typer.Option("--setup", help="Then run `just setup` and `just train`.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files; write nothing.")] = False,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="en|pt", help="Language of what is printed and of documents."),
    ] = None,
) -> None:
    """Make a project: a repository at a maturity level, with one commit."""
    from mlascent.answers import Wish
    from mlascent.commands.new import new
    from mlascent.report import project

    language = language_of(lang or "en")
    wish = Wish(
        level=level,
        areas=area or (),
        with_=with_ or (),
        without=without or (),
        profiles=profile or (),
        platform=platform,
        ci=ci,
        workload=workload,
        data=data or (),
        data_file=data_file,
    )
    if template and sys.stderr.isatty() and not quiet:
        print(f"reading {template}", file=sys.stderr)  # a clone may take seconds
    made = new(
        destination,
        wish,
        template=template,
        language=lang,
        use_git=not no_git,
        setup=setup,
        dry_run=dry_run,
        ask=None if defaults or as_json or quiet else asker(language),
        follow=None if quiet else lambda line: print(line, file=sys.stderr, flush=True),
    )
    show(project.as_json(made) if as_json else project.as_text(made, language), quiet)
    if made.first_run and made.first_run.failed:
        raise typer.Exit(130 if made.first_run.interrupted else 1)


@app.command("levels")
def _levels(
    level: Annotated[
        str | None, typer.Argument(metavar="[LEVEL]", help="One level, by number or name.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="In whose words: google, microsoft, aws, generic or ccr."),
    ] = None,
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Show the maturity levels, or what one of them brings."""
    from mlascent.commands.levels import levels
    from mlascent.report import ladder

    told = levels(level, model, language_of(lang))
    show(told if as_json else ladder.levels(told, lang, model))


@app.command("explain")
def _explain(
    name: Annotated[
        str, typer.Argument(metavar="CAPABILITY|RULE", help="For example data-validation, or DE080.")
    ],
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Explain a capability or a rule: meaning, reason, files, proof."""
    from mlascent.commands.explain import explain
    from mlascent.report import ladder

    told = explain(name, language_of(lang))
    show(told if as_json else ladder.explain(told, lang))


app.registered_commands += climb.app.registered_commands + check.app.registered_commands
app.add_typer(data.app, name="data")
app.add_typer(check.policies, name="policy")


def run(arguments: list[str]) -> int:
    """Run a command; every error that a person can do something about is told in one way.

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = app(arguments, prog_name="mlascent", standalone_mode=False)
        sys.stdout.flush()
    except MlascentError as error:
        return tell(error.message, error.hint, error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # `mlascent levels | head`: who reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.TyperException as error:
        said = getattr(error, "format_message", error.__str__)()
        return tell(said, "`mlascent --help` lists the commands, `mlascent COMMAND --help` their options.", 2)
    except Exception as error:
        if os.environ.get("MLASCENT_DEBUG"):
            raise
        told = f"mlascent itself failed: {type(error).__name__}: {error}"
        return tell(told, "Run it again with MLASCENT_DEBUG=1, and report what it prints.", 4)
    if code == 130:
        return tell("interrupted", "", 130)
    return code if isinstance(code, int) else 0


def help_text(_: object = None) -> str:
    """The text of `mlascent --help`, for the file that answers it without a parser."""
    command = typer.main.get_command(app)
    context = command.make_context("mlascent", [], resilient_parsing=True, terminal_width=HELP_WIDTH)
    return command.get_help(context) + "\n"


def _stop(*_: object) -> None:
    """Being ended is like Ctrl-C: what was begun is cleaned up."""
    raise KeyboardInterrupt
