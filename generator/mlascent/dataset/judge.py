"""What a profile means for a model: columns to leave out, groups to look at, an honest bar."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlascent.dataset import fit, hints
from mlascent.dataset.profile import MOST_DISTINCT, Column
from mlascent.errors import RefusedError

CLASSIFICATION_METRICS = ("accuracy", "f1_macro", "roc_auc", "log_loss")
REGRESSION_METRICS = ("rmse", "mae", "r2")
_MOST_SLICES = 3
#: The service of a project takes no longer text.
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell a person; `report.dataset` has the sentence for each key.

    Attributes:
        key: Which sentence.
        values: What fills its blanks.
    """

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is proposed for a file and a target.

    Attributes:
        labelled: Rows that have a target.
        drop: Columns to leave out, each with the reason.
        keep: Columns that the model learns from.
        slices: Columns whose groups are measured apart.
        personal: Columns with personal data, by name or values, each with its category.
        classes: Each class and its rows; empty for a regression.
        guess: What a model reaches that looks at no feature, by metric.
        notes: What a person should look at.
    """

    labelled: int
    drop: Mapping[str, Remark]
    keep: tuple[str, ...]
    slices: tuple[str, ...]
    personal: Mapping[str, str]
    classes: Mapping[str, int]
    guess: Mapping[str, float]
    notes: tuple[Remark, ...]


def judge(
    columns: Mapping[str, Column], target: str, task: str, keep: Sequence[str] = (), drop: Sequence[str] = ()
) -> Judgement:
    """Decide what each column is for.

    Args:
        columns: The profile of the file.
        target: The column to predict.
        task: What the project does: `classification` or `regression`.
        keep: Columns that the user wants as features, whatever they look like.
        drop: Columns that the user wants left out.

    Raises:
        RefusedError: No model of this project can learn this target from this file; all reasons at once.
    """
    truth = columns[target]
    dropped: dict[str, Remark] = {}
    personal: dict[str, str] = {}
    for name, column in columns.items():
        if name == target:
            continue
        direct = _names_a_person(column)
        if category := direct or hints.sensitive(name):
            personal[name] = category
        reason = Remark("asked", {}) if name in drop else _reason(column, target, direct)
        if reason and name not in keep:
            dropped[name] = reason
    features = tuple(name for name in columns if name != target and name not in dropped)
    if problems := [*fit.of_target(truth, task), *fit.of_columns(columns, features)]:
        told = "\n".join(f"- {problem}" for problem in problems)
        raise RefusedError(f"this file and this project do not fit:\n{told}")
    return Judgement(
        labelled=truth.present,
        drop=dropped,
        keep=features,
        slices=_slices([columns[name] for name in features]),
        personal=personal,
        classes=dict(truth.values) if task == "classification" else {},
        guess=_guess(truth, task),
        notes=tuple(_notes(columns, target, task, features)),
    )


def _names_a_person(column: Column) -> str:
    """The category of personal data that names one person, or nothing."""
    category = hints.personal(column.name, column.sample)
    # A plan with or without e-mail, or a count of phone calls, names nobody.
    if column.kind == "text" and column.distinct >= 20:
        return category
    many = column.distinct > min(MOST_DISTINCT, column.rows) / 2
    return category if column.kind == "number" and many and category.endswith("identifier") else ""


def _reason(column: Column, target: str, direct: str) -> Remark | None:
    """Why a column is no feature, if it is none."""
    if column.kind == "empty":
        return Remark("empty", {})
    if column.follows_target in ("same", "renamed", "ordered"):
        return Remark(f"leak_{column.follows_target}", {"target": target})
    if column.distinct == 1 and not column.missing:
        return Remark("constant", {})
    if direct:
        return Remark("personal", {"category": direct})
    each = column.distinct > 0.9 * min(MOST_DISTINCT, column.present)
    if each and hints.identifier(column.name):
        return Remark("identifier", {})
    if column.kind == "number":
        return _reason_of_a_number(column)
    if column.kind == "text" and not column.almost:
        if hints.dates(column.sample):
            return Remark("date", {})
        if column.longest > LONGEST_TEXT:
            return Remark("free_text", {"longest": column.longest})
        if each and column.present > fit.FEWEST_ROWS:
            return Remark("unique", {})
    return None


def _reason_of_a_number(column: Column) -> Remark | None:
    if not column.whole or column.low is None or column.high is None:
        return None
    if max(-column.low, column.high) >= 2**63:
        return Remark("overlong", {})
    each = column.distinct >= min(MOST_DISTINCT, column.rows)
    return Remark("counter", {}) if each and column.high - column.low + 1 == column.rows else None


def _slices(features: Sequence[Column]) -> tuple[str, ...]:
    """Columns that part the rows into few, large groups; those that describe people first."""

    def grouped(column: Column) -> bool:
        return 2 <= len(column.values) <= 10 and max(column.values.values()) < 0.95 * column.rows

    people = [c for c in features if hints.sensitive(c.name) and (grouped(c) or c.kind == "number")]
    groups = [c for c in features if c.kind != "number" and grouped(c)]
    numbers = [c for c in features if c.kind == "number" and c.distinct > 10]
    chosen = people + groups or numbers[:1]
    return tuple(dict.fromkeys(column.name for column in chosen))[:_MOST_SLICES]


def _guess(truth: Column, task: str) -> dict[str, float]:
    """What each metric says of always guessing the commonest class, the classes' shares, or the mean."""
    if task == "regression":
        spread = truth.deviation or 0.0
        return {"rmse": spread, "mae": spread, "r2": 0.0}
    shares = [rows / truth.present for rows in truth.values.values()]
    commonest = max(shares)
    return {
        "accuracy": commonest,
        "f1_macro": 2 * commonest / (1 + commonest) / len(shares),
        "roc_auc": 0.5,
        "log_loss": -sum(share * math.log(share) for share in shares),
    }


def _notes(
    columns: Mapping[str, Column], target: str, task: str, features: Sequence[str]
) -> Iterator[Remark]:
    truth = columns[target]
    if truth.missing:
        yield Remark("unlabelled", {"rows": truth.missing, "target": target})
    if truth.present < 4 * fit.FEWEST_ROWS:
        yield Remark("few_rows", {"rows": truth.present})
    if task == "classification":
        rarest, rows = min(truth.values.items(), key=lambda item: item[1])
        if rows < 0.05 * truth.present:
            yield Remark("rare_class", {"value": rarest, "share": f"{rows / truth.present:.1%}"})
        if len({value.strip().casefold() for value in truth.values}) < len(truth.values):
            yield Remark("alike", {"target": target})
    for name in features:
        column = columns[name]
        if column.almost:
            told = ", ".join(f"{value!r} ({rows})" for value, rows in column.almost.items())
            yield Remark("almost", {"name": name, "values": told})
        if column.zeros:
            yield Remark("zeros", {"name": name})
        if column.follows_target == "decides":
            yield Remark("decides", {"name": name, "target": target})
        if column.missing > 0.5 * column.rows:
            yield Remark("absent", {"name": name, "share": f"{column.missing / column.rows:.0%}"})
