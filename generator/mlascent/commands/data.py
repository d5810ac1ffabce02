"""`mlascent data use`: a team's own table in the example's place."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from mlascent import git
from mlascent.commands.data_edits import Edit, Project, find, metric_of, plan
from mlascent.dataset import plain, reading
from mlascent.dataset.judge import Judgement, Remark, judge
from mlascent.dataset.reading import Progress
from mlascent.dataset.survey import Survey, repeats, survey
from mlascent.errors import RefusedError, UsageError
from mlascent.rewrite import together

#: Where a table is kept that does not stand in the project yet; git ignores all of `data/`.
KEPT = "data/source"
#: What the pipelines write, and would overwrite.
_OUTPUTS = ("data/raw/", "data/validated/", "data/prepared/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to use, and how; each attribute is an option of `mlascent data use`.

    Attributes:
        target: The column to predict.
        keep: Columns to keep as features, whatever they look like.
        drop: Columns to leave out.
        metric: The metric that decides; the project's own without it.
        missing: Further values that mean an absent one.
        decimal: The decimal sign, `,` or `.`, of columns that write numbers with commas.
        separator: What stands between two values, where it is not found.
        encoding: The encoding, where it is not found.
    """

    target: str
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    metric: str | None = None
    missing: Sequence[str] = ()
    decimal: str | None = None
    separator: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What was put in place, or would be.

    Attributes:
        project: Where.
        source: The file that was given.
        stored: The table, as the project names it.
        change: What was done to the file: `none`, `copied` or `rewritten`.
        found: What stands in it.
        target: The column to predict.
        metric: The metric that decides.
        judgement: What each column is for.
        edits: What changes in the project's files.
        notes: What a person should look at.
        parquet: Whether the file is Parquet.
        written: False for a dry run.
    """

    project: Project
    source: Path
    stored: str
    change: str
    found: Survey
    target: str
    metric: str
    judgement: Judgement
    edits: tuple[Edit, ...]
    notes: tuple[Remark, ...]
    parquet: bool = False
    written: bool = False


def use(
    file: Path,
    wish: Wish,
    *,
    project: Path | None = None,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Used:
    """Put a table in the example's place.

    Args:
        file: CSV or Parquet.
        wish: What to predict, and how to read the file.
        project: A directory of the project; the current one without it.
        force: Whether to change files that have uncommitted changes, or hold other data.
        dry_run: Whether to write nothing.
        progress: Told how far the reading is.

    Raises:
        UsageError: There is no such file or column.
        RefusedError: The file, the project, or both together do not allow it; nothing was written.
        FailedError: Something broke; nothing was left behind.
    """
    home = find(project or Path.cwd())
    metric = metric_of(home, wish.metric)
    with _as_csv(file, home.root) as table:
        found, target, judgement = _looked_at(table, wish, home, progress)
        rewritten = table != file or not found.plain
        stored = _place(file, home.root, rewritten)
        here = not rewritten and home.root / stored == Path(os.path.realpath(file))
        edits = plan(
            home, stored, target, metric, found.columns, judgement,
            lambda: repeats(found, target, judgement.keep),
        )  # fmt: skip
        used = Used(
            home, file, stored, "none" if here else "rewritten" if rewritten else "copied",
            found, target, metric, judgement, edits, tuple(_notes(file, home, found, stored, judgement)),
            parquet=plain.is_parquet(file),
        )  # fmt: skip
        if not force:
            _check(used, table)
        if dry_run:
            return used
        with together() as stage:
            if not here:
                stage(home.root / stored, lambda new: _write_table(used, table, new))
            for edit in edits:
                stage(Path(os.path.realpath(home.root / edit.path)), edit.write)
    return replace(used, written=True)


@contextmanager
def _as_csv(file: Path, project: Path) -> Iterator[Path]:
    if not plain.is_parquet(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="mlascent-") as folder:
        table = Path(folder, "table.csv")
        plain.from_parquet(file, table, project)
        yield table


def _looked_at(
    table: Path, wish: Wish, home: Project, progress: Progress | None
) -> tuple[Survey, str, Judgement]:
    """What stands in the file, the target by its right name, and what each column is for."""
    form = reading.form(table, wish.encoding, wish.separator)
    names = reading.clean(form.header)
    target = _known(wish.target, names, "--target")
    keep = [_known(name, names, "--keep") for name in wish.keep]
    drop = [_known(name, names, "--drop") for name in wish.drop]
    if clash := sorted({target, *keep}.intersection(drop)):
        raise UsageError(f"--drop leaves out {', '.join(clash)}, which is the target or to be kept")
    classes = home.task == "classification"
    found = survey(
        table, form, target, classes, missing=wish.missing, decimal=wish.decimal, progress=progress
    )
    return found, target, judge(found.columns, target, home.task, keep, drop)


def _known(name: str, names: Sequence[str], option: str) -> str:
    """A column by its name; spaces around it do not count."""
    wanted = " ".join(name.split())
    if wanted in names:
        return wanted
    folded = {known.casefold(): known for known in names}
    near = get_close_matches(wanted.casefold(), folded, n=3, cutoff=0.5)
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    hint = f"Did you mean {' or '.join(folded[match] for match in near)}?" if near else f"There are: {shown}."
    raise UsageError(f"{option}: there is no column '{name}'", hint)


def _place(file: Path, root: Path, rewritten: bool) -> str:
    """Where the table will stand, relative to the project.

    It is copied, because a path out of the project works on one machine only; it goes where git looks away,
    because data does not belong into git; and it stays where it is if it is in such a place already.
    """
    here = Path(os.path.realpath(file))
    inside = here.relative_to(root).as_posix() if here.is_relative_to(root) else ""
    if inside.startswith("data/") and not inside.startswith(_OUTPUTS) and not rewritten:
        return inside
    letters = unicodedata.normalize("NFKD", file.stem).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "table"
    stored = f"{KEPT}/{name}.csv"
    return f"{KEPT}/{name}-plain.csv" if stored == inside else stored


def _write_table(used: Used, table: Path, new: Path) -> None:
    if used.change == "rewritten":
        plain.write(table, used.found.form, used.found.mending, new)
    else:
        shutil.copyfile(table, new)


def _check(used: Used, table: Path) -> None:
    """Refuse to overwrite other data, and to mix with changes that no commit holds.

    Nobody could tell the two apart afterwards.
    """
    home, there = used.project, used.project.root / used.stored
    others = there.exists() and used.change != "none" and home.params["data"].get("source") != used.stored
    if others and (used.change == "rewritten" or not filecmp.cmp(there, table, shallow=False)):
        raise RefusedError(
            f"{used.stored} exists and may hold other data", "Rename one of the two, or use --force."
        )
    if not used.edits or git.top_of(home.root) is None:
        return
    paths = [edit.path for edit in used.edits]
    told = git.run("status", "--porcelain", "-z", "--", *paths, cwd=home.root).decode(errors="replace")
    if changed := [entry[3:] for entry in told.split("\0") if entry]:
        raise RefusedError(
            f"these files have changes that no commit holds: {', '.join(changed)}",
            "Commit them first, or use --force.",
        )


def _notes(file: Path, home: Project, found: Survey, stored: str, judgement: Judgement) -> Iterator[Remark]:
    for name, tokens in found.filled.items():
        yield Remark("filled", {"name": name, "values": ", ".join(map(repr, tokens))})
    yield from judgement.notes
    here = Path(os.path.realpath(file))
    if here.is_relative_to(home.root) and here != home.root / stored and not _ignored(here, home.root):
        yield Remark("seen_by_git", {"path": here.relative_to(home.root).as_posix()})
    if (home.root / "mlflow.db").exists():
        yield Remark("champion", {})


def _ignored(path: Path, root: Path) -> bool:
    return git.top_of(root) is not None and bool(
        git.run("check-ignore", "--", str(path), cwd=root, ok=(0, 1))
    )
