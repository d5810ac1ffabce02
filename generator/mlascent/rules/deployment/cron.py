"""Cron expressions of five fields: whether their time ever comes, and how far apart two times are."""

from __future__ import annotations

import re
from datetime import timedelta

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = dict(
    zip(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        range(1, 13),
        strict=True,
    )
)
_DAYS = dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True))
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def fields(text: str) -> tuple[frozenset[int], ...] | None:
    """The values of each field; nothing where it is no cron expression. `H` of Jenkins is any one value."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith(("TZ=", "#"))]
    words = _NAMED.get(lines[0].strip(), lines[0]).split() if lines else []
    if len(words) != len(_FIELDS):
        return None
    found = []
    for number, (word, (low, high)) in enumerate(zip(words, _FIELDS, strict=True)):
        names = _MONTHS if number == 3 else _DAYS if number == 4 else {}
        values = _values(word.lower(), low, high, names)
        if not values:
            return None
        found.append(frozenset(0 if number == 4 and value == 7 else value for value in values))
    return tuple(found)


def _values(word: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        match = re.fullmatch(
            r"(\*|\?|h(?:\(\d+-\d+\))?|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:/(\d{1,3}))?", part
        )
        if not match:
            return set()
        first, last, step = match[1], match[2], int(match[3] or 1)
        if first in ("*", "?"):
            begin, end = low, high
        elif first.startswith("h"):
            begin, end = (low, low) if not match[3] else (low, high)
        else:
            begin = names.get(first, -1) if first.isalpha() else int(first)
            closing = first if last is None else last
            end = names.get(closing, -1) if closing.isalpha() else int(closing)
            end = high if last is None and match[3] else end
        if step < 1 or not low <= begin <= end <= high:
            return set()
        found |= set(range(begin, end + 1, step))
    return found


def ever(text: str) -> bool:
    """Whether its time comes at all: 30 February does not."""
    known = fields(text)
    if known is None:
        return False
    _, _, days, months, weekdays = known
    if len(weekdays) < 7:
        return True
    return any(min(days) <= _LONGEST.get(month, 31) for month in months)


def same(one: str, other: str) -> bool:
    """Whether two expressions mean the same times."""
    return fields(one) == fields(other)


def interval(text: str) -> timedelta:
    """About how far apart two of its times are; a month where it cannot be told."""
    known = fields(text)
    if known is None:
        return timedelta(days=31)
    _, hours, days, months, weekdays = known
    if len(months) < 12:
        return timedelta(days=366 / len(months))
    if len(weekdays) < 7:
        return timedelta(days=7 / len(weekdays))
    if len(days) < 31:
        return timedelta(days=31 / len(days))
    return timedelta(days=1) if len(hours) < 24 else timedelta(hours=1)
