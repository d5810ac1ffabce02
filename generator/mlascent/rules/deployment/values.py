"""Keys and values deep in plain data, whatever leads to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, the outermost first."""
    waiting = [value]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, dict):
            yield from ((str(key), inner) for key, inner in each.items())
            waiting += list(each.values())
        elif isinstance(each, list | tuple):
            waiting += list(each)


def values_of(value: Any, name: str) -> Iterator[Any]:
    """What stands under a key, wherever it is."""
    return (inner for key, inner in walk(value) if key == name)


def holds(value: Any, name: str) -> bool:
    """Whether a key stands somewhere, with something under it."""
    return any(inner not in (None, "", [], {}, False) for inner in values_of(value, name))


def number(value: Any) -> float | None:
    """A number, from one or from its text."""
    try:
        return float(str(value).rstrip("%"))
    except ValueError:
        return None


def at(value: Any, *keys: str) -> Any:
    """What stands under these keys, one below the other; nothing where there is none, or no mapping."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
