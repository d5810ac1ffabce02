"""Values of conditions: what is known, what is known in part, and how they compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


class _Unknown:
    """A value that the file alone does not tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()


@dataclass(frozen=True, slots=True)
class Starts:
    """A text of which only the beginning is known."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern of GitLab or Travis."""

    pattern: str


class Other:
    """A name that no file writes: that of somebody's branch."""


def truth(value: Any) -> bool | None:
    """Whether a value counts as true; nothing where that is not known."""
    if value is UNKNOWN:
        return None
    if isinstance(value, Starts | Regex | Other):
        return True
    return value not in (False, None, "", 0)


def any_of(values: list[Any]) -> Any:
    """Whether one of them is true."""
    known = [truth(value) for value in values]
    return True if True in known else UNKNOWN if None in known else False


def all_of(values: list[Any]) -> Any:
    """Whether all of them are true."""
    known = [truth(value) for value in values]
    return False if False in known else UNKNOWN if None in known else True


def _not(value: Any) -> Any:
    known = truth(value)
    return UNKNOWN if known is None else not known


def same(left: Any, right: Any) -> Any:
    """Whether two values are equal, letters' case aside."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if left is right:
        return True
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Starts):
            fits = isinstance(other, str) and other.lower().startswith(one.prefix.lower())
            return UNKNOWN if fits or isinstance(other, Starts) else False
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def _matches(value: Any, pattern: Any) -> Any:
    """Only plain alternatives are tried (`/^(web|api)$/`): a hostile pattern could take for ever."""
    if value is None:
        return False
    if not isinstance(value, str) or not isinstance(pattern, Regex):
        return UNKNOWN
    found = re.fullmatch(r"(\^?)\(?([\w|-]+)\)?(\$?)", pattern.pattern)
    if not found:
        return UNKNOWN
    words = found[2].split("|")
    if found[1] and found[3]:
        return value in words
    return any(word in value for word in words)


def apply(sign: str, left: Any, right: Any) -> Any:
    """The value of an operator's expression."""
    known = truth(left)
    if sign == "&&":
        return right if known else all_of([left, right])
    if sign == "||":
        return any_of([left, right]) if known is None else left if known else right
    if sign in ("==", "="):
        return same(left, right)
    if sign == "!=":
        return _not(same(left, right))
    if sign == "=~":
        return _matches(left, right)
    if sign == "!~":
        return _not(_matches(left, right))
    return UNKNOWN


def _begins(value: Any, prefix: Any) -> Any:
    if isinstance(value, Starts) and isinstance(prefix, str):
        if value.prefix.lower().startswith(prefix.lower()):
            return True
        return UNKNOWN if prefix.lower().startswith(value.prefix.lower()) else False
    if isinstance(value, str) and isinstance(prefix, str):
        return value.lower().startswith(prefix.lower())
    return False if value is None else UNKNOWN


def call(name: str, given: list[Any]) -> Any:
    """The value of a function's call; its name in small letters."""
    if name in ("and", "or"):
        return (all_of if name == "and" else any_of)(given)
    if name in ("always", "succeeded", "success", "succeededorfailed"):
        return True
    if name == "not" and given:
        return _not(given[0])
    if name in ("eq", "ne") and len(given) == 2:
        equal = same(*given)
        return equal if name == "eq" else _not(equal)
    if name in ("in", "notin") and given:
        found = any_of([same(given[0], other) for other in given[1:]])
        return found if name == "in" else _not(found)
    if name == "startswith" and len(given) == 2:
        return _begins(*given)
    if name == "contains" and len(given) == 2 and all(isinstance(value, str) for value in given):
        return given[1].lower() in given[0].lower()
    return UNKNOWN
