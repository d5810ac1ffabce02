"""TOML, with the lines of tables, keys and items of arrays."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from mlascent.facts.parsing import MOST_DEPTH, SEPARATOR, MalformedError, bounded

#: Longer texts have no line numbers (lock files).
_MOST = 300_000
#: `a.a.a.…` costs the square of its length.
_MOST_DOTS = re.compile(r"(?:[A-Za-z0-9_\"'-]{1,200}\s?\.\s?){200}")
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|\[\[|\]\]|[\[\]{}=,.\n]|[^\s\[\]{}=,.\n"\'#]+',
    re.DOTALL,
)


def document(text: str) -> tuple[Any, dict[str, int]]:
    """Value, and lines of tables, keys and items.

    Raises:
        MalformedError: It is no TOML, or too much of it.
    """
    if _MOST_DOTS.search(text):
        raise MalformedError("has a key of more than 200 parts")
    try:
        value = _plain(bounded(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        said = re.sub(r" \(at .*", "", str(error))
        raise MalformedError(f"is no TOML: {said}", int(at[1]) if at else 0) from None
    except RecursionError:
        raise MalformedError(f"is nested more than {MOST_DEPTH} deep") from None
    return value, _lines(text) if len(text) <= _MOST else {}


def _plain(value: Any) -> Any:
    """The same data with dates as ISO text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _lines(text: str) -> dict[str, int]:
    """Path → line, for a text that is known to be TOML."""
    found: dict[str, int] = {}
    tables: dict[str, int] = {}
    base: list[str] = []  # the table that keys go to
    key: list[str] = []  # what stands before `=`
    depth: list[int | None] = []  # of brackets after `=`: the index in an array, nothing in an inline table
    header, after, line = "", False, 1
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word == "\n":
            line += 1
            if not depth:
                key, after = [], False
        elif word[0] == "#" or (word == "." and not after):
            continue
        elif header:
            if word in ("]", "]]"):
                base = _table(found, tables, base, word == "]]", line)
                header, key = "", []
            else:
                base.append(_name(word))
        elif not after and not key and word in ("[", "[["):
            header, base = word, []
        elif not after and word == "=":
            after = True
            _note(found, [*base, *key], line)
        elif not after:
            key.append(_name(word))
        else:
            _value(found, [*base, *key], depth, word, line)
        if len(word) > 5:
            line += word.count("\n")
    return found


def _table(
    found: dict[str, int], tables: dict[str, int], parts: list[str], several: bool, line: int
) -> list[str]:
    """The path of a table: names with the index of the last table of each array on the way."""
    path: list[str] = []
    for number, part in enumerate(parts):
        path.append(part)
        name = SEPARATOR.join(path)
        if several and number == len(parts) - 1:
            tables[name] = tables.get(name, -1) + 1
        if name in tables:
            path.append(str(tables[name]))
    _note(found, path, line)
    return path


def _value(found: dict[str, int], path: list[str], depth: list[int | None], word: str, line: int) -> None:
    """Follow brackets after `=`; items of the outermost array have lines."""
    if len(depth) == 1 and depth[0] is not None and word not in ("]", "]]", ","):
        _note(found, [*path, str(depth[0])], line)
    if word in ("[", "[["):
        depth.extend([0] * len(word))
    elif word == "{":
        depth.append(None)
    elif word in ("]", "]]", "}"):
        del depth[max(0, len(depth) - len(word)) :]
    elif word == "," and depth and depth[-1] is not None:
        depth[-1] += 1


def _note(found: dict[str, int], path: list[str], line: int) -> None:
    name = SEPARATOR.join(path)
    if len(name) <= 1_000:
        found.setdefault(name, line)


def _name(word: str) -> str:
    return word[1:-1] if word[0] in "\"'" else word
