"""What `mlascent update` did or would do: as text, as JSON, and as the body of a pull request."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mlascent.report.climb_words import say

if TYPE_CHECKING:
    from mlascent.commands.unfinished import Finished
    from mlascent.commands.updated import Side, Updated
    from mlascent.merge.sides import Note

SCHEMA = 1
_SIGNS = {"A": "+", "M": "~", "D": "-", "U": "!"}
_KINDS = {"A": "added", "M": "changed", "D": "removed"}


def as_json(updated: Updated) -> dict[str, Any]:
    """The result as plain data; paths are those of the repository."""
    recovered = updated.recovered
    return {
        "schema": SCHEMA,
        "written": updated.written,
        "directory": str(updated.directory),
        "prefix": updated.prefix,
        "before": _side(updated.before),
        "after": _side(updated.after),
        "gained": list(updated.gained),
        "deepened": list(updated.deepened),
        "dropped": list(updated.lost),
        "changes": [
            {"path": change.path, "kind": _KINDS[change.kind], "conflict": change.conflict}
            for change in updated.changes
        ],
        "conflicts": [change.path for change in updated.plan.conflicts],
        "decisions": [
            {"path": note.path, "decision": str(note.decision), "about": note.about or None}
            for note in updated.notes
        ],
        "answers": {"edited_by_hand": list(updated.by_hand), "no_longer_asked": list(updated.dropped)},
        "recovered": _finished(recovered) if recovered else None,
        "commit": updated.commit or None,
        "branch": updated.branch or None,
        "needs_you": updated.needs_you,
        "next": next_steps(updated, "en"),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "level": side.level,
        "areas": dict(side.answers.get("areas", {})),
        "template": side.version,
        "capabilities": dict(side.capabilities),
    }


def finished_as_json(done: Finished) -> dict[str, Any]:
    """What came of `--continue` or `--abort`, as plain data."""
    return {"schema": SCHEMA, **_finished(done)}


def _finished(done: Finished) -> dict[str, Any]:
    return {"commit": done.commit or None, "kept": list(done.kept), "was_complete": done.finished}


def finished_as_text(done: Finished, language: str) -> str:
    """What came of `--continue` or `--abort`."""
    key = "finished" if done.finished else "continued" if done.commit else "aborted"
    lines = [say(language, key, commit=done.commit[:9])]
    if done.kept:
        lines.append(say(language, "recovered_kept", names=", ".join(done.kept)))
    return "\n".join(lines)


def as_text(updated: Updated, language: str) -> str:
    """The result as a person reads it."""
    return "\n".join(_lines(updated, language))


def _lines(updated: Updated, language: str) -> Iterator[str]:
    if recovered := updated.recovered:
        yield say(language, "recovered_done" if recovered.finished else "recovered_back")
        if recovered.kept:
            yield say(language, "recovered_kept", names=", ".join(recovered.kept))
    name = str(updated.after.answers.get("project_name", updated.directory.name))
    if not updated.changes:
        at = say(language, "at", level=updated.after.level, version=updated.after.version)
        yield say(language, "nothing", name=name, at=at)
        yield from _notes(updated.notes, language)
        return
    key = "would" if not updated.written else "did" if updated.commit else "stopped"
    yield say(language, key, name=name, what="; ".join(_steps(updated, language)))
    yield from _capabilities(updated, language)
    yield ""
    yield say(language, "files", told=_counts(updated, language))
    if not updated.written:
        for change in updated.changes:
            yield f"  {_SIGNS['U' if change.conflict else change.kind]} {change.path}"
    elif updated.plan.conflicts:
        yield f"{say(language, 'conflicts')}:"
        yield from (f"  {change.path}" for change in updated.plan.conflicts)
    yield from _notes(updated.notes, language)
    for key, names in (("by_hand", updated.by_hand), ("dropped", updated.dropped)):
        if names:
            yield say(language, key, names=", ".join(names))
    yield ""
    if not updated.written:
        yield say(language, "dry")
    elif updated.commit:
        branch = say(language, "on_branch", branch=updated.branch) if updated.branch else ""
        yield say(language, "commit", commit=updated.commit[:9], branch=branch)
    if updated.written and (steps := next_steps(updated, language)):
        yield say(language, "next")
        yield from (f"  {step}" for step in steps)


def _steps(updated: Updated, language: str) -> list[str]:
    """What differs between before and after: level, template, answers."""
    before, after = updated.before, updated.after
    steps = []
    if before.level != after.level:
        steps.append(say(language, "step_level", old=before.level, new=after.level))
    if before.version != after.version:
        steps.append(say(language, "step_template", old=before.version, new=after.version))
    for name in sorted(set(before.answers).intersection(after.answers) - {"level"}):
        old, new = before.answers[name], after.answers[name]
        if old != new:
            steps.append(say(language, "step_answer", name=name, old=_plain(old), new=_plain(new)))
    return steps or [say(language, "at", level=after.level, version=after.version)]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in ("", None) else str(value)


def _capabilities(updated: Updated, language: str) -> Iterator[str]:
    for key, ids in (("gained", updated.gained), ("deepened", updated.deepened), ("lost", updated.lost)):
        if ids:
            yield ""
            yield say(language, key, count=len(ids))
            yield _filled(ids)


def _filled(ids: Sequence[str]) -> str:
    text = ", ".join(ids)
    return textwrap.fill(text, 96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _counts(updated: Updated, language: str) -> str:
    kinds = ["U" if change.conflict else change.kind for change in updated.changes]
    told = [say(language, kind, count=kinds.count(kind)) for kind in "AMDU" if kind in kinds]
    return ", ".join(told) or say(language, "none")


def _notes(notes: Sequence[Note], language: str) -> Iterator[str]:
    if notes:
        yield ""
        yield f"{say(language, 'notes')}:"
    for note in notes:
        yield f"  {note.path}: {_why(note, language)}"


def _why(note: Note, language: str) -> str:
    key = f"{note.decision}-in" if note.decision == "stays-deleted" and note.about else str(note.decision)
    return say(language, key, about=note.about)


def next_steps(updated: Updated, language: str) -> list[str]:
    """What is left for a person."""
    steps = []
    if updated.plan.conflicts:
        steps += [say(language, "next_settle"), say(language, "next_continue")]
    if any(note.decision == "in-the-way" for note in updated.notes):
        steps.append(say(language, "next_move"))
    if updated.relock:
        steps.append(say(language, "next_setup"))
    return steps


def as_markdown(updated: Updated, language: str) -> str:
    """The body of a pull request."""
    return "\n".join(_markdown(updated, language))


def _markdown(updated: Updated, language: str) -> Iterator[str]:
    yield f"**{'; '.join(_steps(updated, language))}**"
    for key, ids in (("gained", updated.gained), ("deepened", updated.deepened), ("lost", updated.lost)):
        if ids:
            yield from ("", f"{say(language, key, count=len(ids))}: {', '.join(f'`{i}`' for i in ids)}")
    yield from (
        "",
        "<details>",
        f"<summary>{say(language, 'files', told=_counts(updated, language))}</summary>",
        "",
    )
    for change in updated.changes:
        yield f"- {_SIGNS['U' if change.conflict else change.kind]} `{change.path}`"
    yield from ("", "</details>")
    if updated.notes:
        yield from ("", f"{say(language, 'notes')}:", "")
        yield from (f"- `{note.path}`: {_why(note, language)}" for note in updated.notes)
    for key, names in (("by_hand", updated.by_hand), ("dropped", updated.dropped)):
        if names:
            yield from ("", say(language, key, names=", ".join(f"`{name}`" for name in names)))
    if steps := next_steps(updated, language):
        yield from ("", say(language, "next"), "", *(f"- [ ] {step}" for step in steps))
