"""Why a file and a project do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlascent.dataset.profile import MOST_DISTINCT, Column

#: 60, 20 and 20 % of fewer rows measure nothing.
FEWEST_ROWS = 50
#: With ten rows of a class, two are left for validation and two for the test.
FEWEST_OF_A_CLASS = 10
MOST_CLASSES = 100


def of_target(truth: Column, task: str) -> list[str]:
    """Why a project with this task cannot learn this target."""
    labelled = truth.rows - truth.missing
    named = f"target '{truth.name}'"
    if labelled == 0:
        return [f"{named} has no value in any row"]
    found = []
    if labelled < FEWEST_ROWS:
        found.append(
            f"only {labelled} rows have a target: fewer than {FEWEST_ROWS} cannot be split and measured"
        )
    if truth.distinct == 1:
        return [
            *found,
            f"{named} has a single value, {next(iter(truth.sample))!r}: there is nothing to learn",
        ]
    if task == "regression":
        return found + _of_a_number(truth, named)
    if truth.kind == "number" and (not truth.whole or not truth.values):
        found.append(
            f"{named} is a number ({truth.low:g} to {truth.high:g}, {_count(truth)} different values), and"
            " this project predicts a class: make a project with `--data task=regression`, or choose a"
            " column of classes"
        )
    elif not truth.values or len(truth.values) > MOST_CLASSES:
        found.append(
            f"{named} has {_count(truth)} different values, more than {MOST_CLASSES} classes: is it an id?"
        )
    elif rare := {value: rows for value, rows in truth.values.items() if rows < FEWEST_OF_A_CLASS}:
        told = ", ".join(f"{value!r} ({rows})" for value, rows in list(rare.items())[:5])
        found.append(
            f"{named} has classes with fewer than {FEWEST_OF_A_CLASS} rows, which cannot be split in three:"
            f" {told}{', …' if len(rare) > 5 else ''}; join them or leave those rows out"
        )
    if broken := [value for value in truth.values if not value.isprintable()]:
        # They become names of columns, metrics and figures.
        found.append(f"{named} has classes with line breaks or control characters: {broken[:3]!r}")
    return found


def _of_a_number(truth: Column, named: str) -> list[str]:
    if truth.comma or truth.thousands:
        return []  # told for every such column
    if truth.kind != "number":
        told = ", ".join(repr(value) for value in truth.sample[:3])
        odd = (
            f" (all but {', '.join(map(repr, truth.almost))} are; --missing takes them out)"
            if truth.almost
            else ""
        )
        return [
            f"{named} is not made of numbers ({told}){odd}, and this project predicts one: "
            "make a project with `--data task=classification`, or choose another target"
        ]
    if truth.infinite:
        return [f"{named} holds infinite numbers"]
    if truth.distinct == 2:
        return [
            f"{named} has two values, which makes it a class, and this project predicts a number: "
            "make a project with `--data task=classification`, or choose another target"
        ]
    return []


def of_columns(columns: Mapping[str, Column], features: Sequence[str]) -> Iterator[str]:
    """What forbids to learn from these columns."""
    if not features:
        names = ", ".join(name for name in list(columns)[:10])
        yield (
            f"no column is left to learn from: of {names}, each is the target, empty, constant, an"
            " identifier, a date, personal, or gives the target away; --keep takes one back"
        )
    for name, column in columns.items():
        if column.comma or column.thousands:
            shown = next((value for value in column.sample if "," in value), column.sample[0])
            yield (
                f"column '{name}' writes numbers with commas ({shown!r}), which would be read as text: "
                "`--decimal ,` if the comma is the decimal sign, `--decimal .` if it parts thousands"
            )
        if column.infinite and name in features:
            yield f"column '{name}' holds infinite numbers: `--missing inf --missing=-inf` makes them absent"


def _count(column: Column) -> str:
    return f"at least {MOST_DISTINCT}" if column.distinct >= MOST_DISTINCT else str(column.distinct)
