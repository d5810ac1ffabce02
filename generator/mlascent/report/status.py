"""Where a project stands, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlascent.catalogue import catalogue
from mlascent.report.climb_words import say

if TYPE_CHECKING:
    from mlascent.commands.status import Status

SCHEMA = 1


def as_json(status: Status) -> dict[str, Any]:
    """The status as plain data; paths are those of the repository."""
    above = status.next
    return {
        "schema": SCHEMA,
        "directory": str(status.directory),
        "project_name": status.name,
        "level": status.level,
        "areas": status.areas,
        "template": {"version": status.version, "newest": status.newest},
        "files": {"given": status.files, "edited": list(status.edited), "deleted": list(status.deleted)},
        "answers_edited_by_hand": list(status.by_hand),
        "update": status.under_way or None,
        "next": {
            "level": above.level,
            "gained": list(above.gained),
            "deepened": list(above.deepened),
            "files": above.files,
        }
        if above
        else None,
        "needs_you": status.needs_you,
    }


def as_text(status: Status, language: str) -> str:
    """The status as a person reads it."""
    return "\n".join(_lines(status, language))


def _lines(status: Status, language: str) -> Iterator[str]:
    slug = catalogue().level(status.level).name.in_(language).lower()
    told = say(language, "status", name=status.name, level=status.level, slug=slug)
    if status.areas:
        areas = ", ".join(f"{area} ({level})" for area, level in sorted(status.areas.items()))
        told += f"; {say(language, 'areas', areas=areas)}"
    yield told
    key = "template" if status.version == status.newest else "template_old"
    yield say(language, key, version=status.version, newest=status.newest)
    edited, deleted = len(status.edited), len(status.deleted)
    same = status.files - edited - deleted
    yield say(language, "drift", files=status.files, same=same, edited=edited, deleted=deleted)
    for key, paths in (("edited", status.edited), ("deleted", status.deleted)):
        if paths:
            yield f"  {say(language, key)}: {', '.join(paths)}"
    if status.by_hand:
        yield say(language, "hand", names=", ".join(status.by_hand))
    if status.under_way:
        yield say(language, status.under_way)
    yield ""
    if status.next is None:
        yield say(language, "highest")
        return
    above = status.next
    yield say(language, "brings", level=above.level, files=above.files, count=len(above.gained))
    yield f"  {', '.join(above.gained)}"
