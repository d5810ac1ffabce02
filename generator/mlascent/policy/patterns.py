"""Regular expressions of a policy, such that no file of a repository can make them run for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import factorial
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Longer lines are read up to here.
MOST_LINE = 1_000
#: A repeat of more than this is as good as one without end.
_MANY = 64
#: Repeats without end in one pattern: each one is another loop over the line.
_MOST_REPEATS = 3
#: Steps that matching may take in one rule, at worst.
_MOST_STEPS = 2_000_000_000

_PLAIN = frozenset({codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.AT})


class TooMuchError(ValueError):
    """There is more to read than the pattern may be tried on."""


def fault(pattern: str) -> str:
    """Why a pattern may not be used; empty when it may."""
    try:
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    try:
        repeats = sum(_walk(tree, inside=False))
    except ValueError as error:
        return str(error)
    if repeats > _MOST_REPEATS:
        return f"has more than {_MOST_REPEATS} repeats without end"
    return ""


def _walk(tree: Any, inside: bool) -> Iterator[int]:
    """One for each repeat without end.

    Raises:
        ValueError: A repeat inside a repeat, a reference back, or a look around.
    """
    for code, about in tree:
        if code in _PLAIN:
            continue
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, inner = about
            if inside:
                raise ValueError("has a repeat inside a repeat")
            if most > _MANY:
                yield 1
            yield from _walk(inner, inside=most > 1)
        elif code is codes.SUBPATTERN:
            yield from _walk(about[3], inside)
        elif code is codes.BRANCH:
            if inside:
                raise ValueError("has a choice inside a repeat")
            for branch in about[1]:
                yield from _walk(branch, inside)
        else:
            raise ValueError("looks around or refers back")


def lines(pattern: str, text: str) -> Iterator[tuple[int, str]]:
    """The lines, from 1, that a pattern is found in.

    Raises:
        TooMuchError: Trying all lines could take too long.
    """
    regex = re.compile(pattern)
    loops = 1 + sum(_walk(parser.parse(pattern), inside=False))
    left = _MOST_STEPS
    for number, line in enumerate(text.splitlines(), start=1):
        read = line[:MOST_LINE]
        left -= len(read) ** loops // factorial(loops)
        if left < 0:
            raise TooMuchError("there is more to read than this pattern may be tried on")
        if regex.search(read):
            yield number, read.strip()
