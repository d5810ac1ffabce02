"""Versions and ranges, as far as support windows need them."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def version(text: str) -> Version:
    """The numbers of a version: `1.15.2rc1` → 1, 15, 2."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", text.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def clauses(specifier: str) -> tuple[tuple[str, Version], ...]:
    """Operators with their versions; `^1.2` and `~1.2` of Poetry too."""
    found = re.findall(r"(===|==|~=|!=|<=|>=|<|>|\^|~)?\s*v?(\d+(?:\.\d+)*)(\.\*)?", specifier)
    return tuple(("==*" if star else operator or "==", version(text)) for operator, text, star in found)


def lowest(specifier: str) -> Version:
    """The lower bound; empty where there is none."""
    bounds = [v for operator, v in clauses(specifier) if operator not in ("<", "<=", "!=")]
    return max(bounds, default=())


def all_below(specifier: str, limit: Version) -> bool:
    """Whether every version that a range allows is below a limit."""
    for operator, bound in clauses(specifier):
        if operator in ("==", "===", "<=", "==*") and _padded(bound) < _padded(limit):
            return True
        if operator == "<" and _padded(bound) <= _padded(limit):
            return True
        if operator in ("~=", "~") and len(bound) > 1 and _padded(_next(bound[:-1])) <= _padded(limit):
            return True
        if operator == "^" and bound and _padded(_caret(bound)) <= _padded(limit):
            return True
    return False


def _next(bound: Version) -> Version:
    return (*bound[:-1], bound[-1] + 1)


def _caret(bound: Version) -> Version:
    at = next((n for n, part in enumerate(bound) if part), len(bound) - 1)
    return _next(bound[: at + 1])


def _padded(bound: Version) -> Version:
    return (*bound, 0, 0, 0, 0)[:4]
