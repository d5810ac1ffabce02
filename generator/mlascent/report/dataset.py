"""What `mlascent data use` found and changed, as text and as JSON."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlascent.report.dataset_words import say

if TYPE_CHECKING:
    from mlascent.commands.data import Used
    from mlascent.dataset.judge import Remark
    from mlascent.dataset.profile import Column

SCHEMA = 1
_MOST_COLUMNS = 30
_MOST_CLASSES = 12
_MOST_NOTES = 12


def as_json(used: Used) -> dict[str, Any]:
    """The result as plain data. It holds no value of any column but the target's classes."""
    return {
        "schema": SCHEMA,
        "written": used.written,
        "project": str(used.project.root),
        "file": str(used.source),
        "stored": used.stored,
        "change": used.change,
        "encoding": used.found.form.encoding,
        "separator": used.found.form.separator,
        "target": used.target,
        "task": used.project.task,
        "rows": used.found.columns[used.target].rows,
        "labelled": used.judgement.labelled,
        "classes": dict(used.judgement.classes),
        "columns": [_column(used, column) for column in used.found.columns.values()],
        "metric": used.metric,
        "guess": dict(used.judgement.guess),
        "slices": list(used.judgement.slices),
        "notes": [_remark(note, "en") for note in used.notes],
        "edits": [{"path": edit.path, "diff": edit.diff} for edit in used.edits],
        "next": next_steps(used),
    }


def _column(used: Used, column: Column) -> dict[str, Any]:
    dropped = used.judgement.drop.get(column.name)
    use = "target" if column.name == used.target else "dropped" if dropped else "feature"
    return {
        "name": column.name,
        "kind": column.kind,
        "use": use,
        "reason": _remark(dropped, "en") if dropped else None,
        "missing": column.missing,
        "distinct": column.distinct,
        "low": column.low,
        "high": column.high,
        "personal": used.judgement.personal.get(column.name),
    }


def _remark(remark: Remark, language: str) -> dict[str, str]:
    return {"key": remark.key, "text": _told(remark, language)}


def as_text(used: Used, language: str) -> str:
    """The result as a person reads it."""
    return "\n".join(_lines(used, language))


def _lines(used: Used, language: str) -> Iterator[str]:
    truth, judgement = used.found.columns[used.target], used.judgement
    yield say(
        language,
        "rows",
        file=used.source,
        rows=truth.rows,
        columns=len(used.found.columns),
        form="Parquet" if used.parquet else used.found.form,
    )
    task = say(language, f"task_{used.project.task}")
    yield say(language, "target", target=used.target, task=task, labelled=judgement.labelled)
    yield from (f"  {line}" for line in _target(used, language))
    features = [used.found.columns[name] for name in judgement.keep]
    yield from ("", say(language, "features", count=len(features)))
    shown = [f"{column.name}: {_described(column, language)}" for column in features]
    yield from _limited(shown, _MOST_COLUMNS, language)
    if judgement.drop:
        yield from ("", say(language, "left_out", count=len(judgement.drop)))
        told = [f"{name}: {_told(reason, language)}" for name, reason in judgement.drop.items()]
        yield from _limited(told, _MOST_COLUMNS, language)
    if notes := [*(_told(note, language) for note in used.notes), *_personal(used, language)]:
        yield from ("", say(language, "look"))
        yield from _limited(notes, _MOST_NOTES, language)
    slices = ", ".join(judgement.slices) or say(language, "nothing")
    yield from ("", say(language, "measured", metric=used.metric, slices=slices))
    yield say(language, "bar", metric=used.metric, value=f"{judgement.guess[used.metric]:.3g}")
    yield from (
        "",
        say(language, "changes"),
        f"  {say(language, f'table_{used.change}', stored=used.stored)}",
    )
    yield from _edits(used, language)
    yield ""
    if not used.written:
        yield say(language, "dry_run")
        return
    yield from (say(language, "done"), say(language, "next"))
    yield from (f"  {step}" for step in next_steps(used))


def _target(used: Used, language: str) -> Iterator[str]:
    truth, classes = used.found.columns[used.target], used.judgement.classes
    if not classes:
        numbers = {name: f"{getattr(truth, name) or 0:.6g}" for name in ("low", "high", "mean", "deviation")}
        yield say(language, "range", **numbers)
    for value, rows in list(classes.items())[:_MOST_CLASSES]:
        shown = value if value.isprintable() else repr(value)
        yield say(language, "class", value=shown, rows=rows, share=f"{rows / used.judgement.labelled:.1%}")
    if len(classes) > _MOST_CLASSES:
        yield say(language, "more", count=len(classes) - _MOST_CLASSES)


def _described(column: Column, language: str) -> str:
    low, high = (f"{number:.6g}" if number is not None else "" for number in (column.low, column.high))
    told = say(language, f"column_{column.kind}", low=low, high=high, distinct=column.distinct)
    if column.missing:
        told += ", " + say(language, "missing", share=f"{column.missing / column.rows:.1%}")
    return told


def _personal(used: Used, language: str) -> Iterator[str]:
    kept = {
        name: category for name, category in used.judgement.personal.items() if name in used.judgement.keep
    }
    for name, category in kept.items():
        yield say(language, "sensitive", name=name, category=say(language, category))
    if used.judgement.personal:
        yield say(language, "tell_privacy")


def _edits(used: Used, language: str) -> Iterator[str]:
    if not used.edits:
        yield f"  {say(language, 'nothing_to_change')}"
    for edit in used.edits:
        if edit.path.endswith(".py"):
            yield f"  {say(language, 'written_anew', path=edit.path)}"
            continue
        yield f"  {edit.path}"
        changed = [line for line in edit.diff.splitlines()[2:] if line.startswith(("+", "-"))]
        yield from (f"    {line}" for line in changed)


def _told(remark: Remark, language: str) -> str:
    values = dict(remark.values)
    if remark.key == "personal":
        values["category"] = say(language, values["category"])
    return say(language, remark.key, **values)


def _limited(lines: list[str], most: int, language: str) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  {say(language, 'more', count=len(lines) - most)}"


def next_steps(used: Used) -> list[str]:
    """The commands to type next."""
    here = os.path.relpath(used.project.root)
    steps = [] if here == "." else [f"cd {shlex.quote(here)}"]
    if not (used.project.root / "uv.lock").exists():
        steps.append("just setup")
    return [*steps, "just train", "just evaluate", "just test"]
