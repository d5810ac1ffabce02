"""Shell patterns over many names, most of which need no regular expression."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence

_WILD = re.compile(r"[*?\[]")


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name matches one of these patterns (`mlflow.log_*`, `*.fit`)."""
    exact: set[str] = set()
    starts: list[str] = []
    ends: list[str] = []
    others: list[str] = []
    for pattern in patterns:
        if not _WILD.search(pattern):
            exact.add(pattern)
        elif not _WILD.search(pattern[1:]) and pattern[0] == "*":
            ends.append(pattern[1:])
        elif not _WILD.search(pattern[:-1]) and pattern[-1] == "*":
            starts.append(pattern[:-1])
        else:
            others.append(fnmatch.translate(pattern))
    begin, end = tuple(starts), tuple(ends)
    regex = re.compile("|".join(others)).match if others else None
    return lambda name: (
        name in exact
        or name.startswith(begin)
        or name.endswith(end)
        or (regex is not None and regex(name) is not None)
    )
