"""JSON, with the lines of keys and items of a text that is not too long."""

from __future__ import annotations

import json
import re
from typing import Any

from mlascent.facts.parsing import MOST_DEPTH, SEPARATOR, MalformedError, bounded

#: Longer texts have no line numbers.
_MOST = 500_000
_LONGEST_PATH = 1_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s"{}\[\],:]+')


def document(text: str) -> tuple[Any, dict[str, int]]:
    """Value, and lines of keys and items.

    Raises:
        MalformedError: It is no JSON, or too much of it.
    """
    try:
        value = bounded(json.loads(text))
    except json.JSONDecodeError as error:
        raise MalformedError(f"is no JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise MalformedError(f"is nested more than {MOST_DEPTH} deep") from None
    return value, _lines(text) if len(text) <= _MOST else {}


def _lines(text: str) -> dict[str, int]:
    """Path → line, for a text that is known to be JSON."""
    found: dict[str, int] = {}
    stack: list[int | None] = []  # the index in a list, or nothing in an object
    parts: list[str] = []
    line, key, awaited = 1, "", False
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word == "\n":
            line += 1
        elif word == ":":
            awaited = False
            parts[-1] = key
            _note(found, parts, line)
        elif word == ",":
            if stack and stack[-1] is not None:
                stack[-1] += 1
                parts[-1] = str(stack[-1])
            else:
                awaited = True
        elif word in "}]":
            stack.pop()
            parts.pop()
        else:
            if stack and stack[-1] is not None:
                _note(found, parts, line)
            if word in "{[":
                stack.append(0 if word == "[" else None)
                parts.append("0" if word == "[" else "")
                awaited = word == "{"
            elif awaited:
                key = json.loads(word) if "\\" in word else word[1:-1]
    return found


def _note(found: dict[str, int], parts: list[str], line: int) -> None:
    if sum(map(len, parts)) + len(parts) <= _LONGEST_PATH:
        found[SEPARATOR.join(parts)] = line
