"""`mlascent levels`: the ladder, or one rung of it, in the words of any maturity model."""

from __future__ import annotations

from typing import Any

from mlascent.catalogue import Capability, Catalogue, Level, catalogue
from mlascent.errors import UsageError

SCHEMA = 1
#: The maturity models that levels can be told in; other keys of the crosswalk are notes on these.
MODELS = ("google", "microsoft", "aws", "generic", "ccr")


def levels(number: str | None = None, model: str | None = None, language: str = "en") -> dict[str, Any]:
    """The levels as plain data.

    Args:
        number: One level, by number or name; all without it.
        model: The maturity model whose words to give; all without it.
        language: `en` or `pt`.

    Raises:
        UsageError: There is no such level or model.
    """
    if model is not None and model not in MODELS:
        raise UsageError(f"there is no model {model}", f"Choose from {', '.join(MODELS)}.")
    book = catalogue()
    chosen = book.levels if number is None else (book.level(number),)
    return {"schema": SCHEMA, "levels": [_level(level, book, model, language) for level in chosen]}


def _level(level: Level, book: Catalogue, model: str | None, language: str) -> dict[str, Any]:
    brought = [c for c in book.capabilities if c.introduced == level.number and c.selected_by == "level"]
    return {
        "level": level.number,
        "slug": level.slug,
        "name": level.name.in_(language),
        "meaning": level.meaning.in_(language),
        "available": level.number <= book.highest,
        "equivalences": {
            key: value for key, value in level.equivalences.items() if model is None or key.startswith(model)
        },
        "brings": [
            {
                "area": area.id,
                "name": area.name.in_(language),
                "capabilities": [_capability(c, language) for c in brought if c.area == area.id],
            }
            for area in book.areas
        ],
    }


def _capability(capability: Capability, language: str) -> dict[str, Any]:
    return {
        "id": capability.id,
        "name": capability.name.in_(language),
        "available": "available" in capability.status.values(),
    }
