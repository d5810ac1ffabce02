"""`mlascent data …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlascent.cli.shared import Json, Lang, language_of, progress, show

app = typer.Typer(help="Put a table of your own in the example's place.", rich_markup_mode=None)


@app.command("use")
def _data_use(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or Parquet file.")],
    target: Annotated[str, typer.Option("--target", "-t", metavar="COLUMN", help="The column to predict.")],
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The project; the current directory's without it.")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Leave a column out.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Keep one that would be left out.")
    ] = None,
    metric: Annotated[str | None, typer.Option(metavar="METRIC", help="The metric that decides.")] = None,
    missing: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A value that means an absent one.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(metavar=",|.", help="The decimal sign, where numbers hold commas.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="CHAR", help="What stands between two values.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(metavar="NAME", help="The file's encoding.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also over uncommitted changes and other data.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show everything; write nothing.")] = False,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    lang: Lang = "en",
) -> None:
    """Use a file as this project's data: profile it, then fit parameters, schema and thresholds to it."""
    from mlascent.commands.data import Wish, use
    from mlascent.report import dataset

    language = language_of(lang)
    wish = Wish(
        target=target,
        keep=keep or (),
        drop=drop or (),
        metric=metric,
        missing=missing or (),
        decimal=decimal,
        separator=separator,
        encoding=encoding,
    )
    used = use(file, wish, project=project, force=force, dry_run=dry_run, progress=progress(quiet))
    show(dataset.as_json(used) if as_json else dataset.as_text(used, language), quiet)
