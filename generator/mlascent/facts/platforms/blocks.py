"""Terraform's and Bicep's resources, by a small reader of blocks.

Both languages compute; nothing is computed here. A literal is its value, anything else is its text. That is
all that a rule asks of them; python-hcl2 would bring a parser generator for it, and know no Bicep.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mlascent.facts.parsing import MalformedError, bounded
from mlascent.facts.platforms.tokens import Token

MOST_DEPTH = 60
_LITERALS = {"true": True, "false": False, "null": None}
_OPENS = {"{": "}", "[": "]", "(": ")"}

#: That another file, or somebody by hand, made what Bicep only refers to (`existing`).
THERE = "\x00existing"
#: Where a body keeps the resources that Bicep declares inside it: [line, name, type, body].
INNER = "\x00resources"


def _literal(kind: str, value: str) -> Any:
    """A number, a truth value, a text; JSON in a text is its data."""
    if kind == "number":
        return float(value) if re.search(r"[.eE]", value) else int(value[:300])
    if kind == "word":
        return _LITERALS.get(value, value)
    if value.lstrip()[:1] in ("{", "["):
        try:
            return bounded(json.loads(value))
        except (ValueError, RecursionError):
            return value
    return value


class Reader:
    """Reads values and bodies from words."""

    def __init__(self, found: list[Token]) -> None:
        """Begin at the first word."""
        self.found = found
        self.at = 0

    def peek(self, ahead: int = 0) -> Token:
        """A word that is not taken yet."""
        at = self.at + ahead
        return self.found[at] if at < len(self.found) else ("end", "", self.found[-1][2] if self.found else 0)

    def skip(self) -> None:
        """Past newlines and commas."""
        while self.peek()[0] == "newline" or self.peek()[:2] == ("sign", ","):
            self.at += 1

    def body(self, depth: int) -> dict[str, Any]:
        """Attributes and blocks up to the closing bracket, which is taken."""
        if depth > MOST_DEPTH:
            raise MalformedError(f"is nested more than {MOST_DEPTH} deep", self.peek()[2])
        begun = self.peek()[2]
        found: dict[str, Any] = {}
        while True:
            self.skip()
            kind, value, _ = self.peek()
            if kind == "end":
                raise MalformedError("a block that begins here has no end", begun)
            self.at += 1
            if (kind, value) == ("sign", "}"):
                return found
            if kind not in ("word", "text", "number"):
                self.value(depth)  # a computed key, a loop: not literal
                continue
            name = str(value)
            if (kind, value) == ("word", "resource") and self.peek(1)[0] == "text":
                line = self.found[self.at - 1][2]
                if declared := self.declared(depth):
                    found.setdefault(INNER, []).append([line, *declared])
                    continue
            if self.peek()[1] in ("=", ":") and self.peek()[0] == "sign":
                self.at += 1
                found[name] = self.value(depth)
                continue
            labels = []
            while self.peek()[0] in ("word", "text"):
                labels.append(str(self.peek()[1]))
                self.at += 1
            if self.peek()[:2] != ("sign", "{"):
                self.value(depth)
                continue
            self.at += 1
            inner: Any = self.body(depth + 1)
            for label in reversed(labels[:3]):  # no block has more
                inner = {label: inner}
            several = found.get(name)
            if several is None:
                found[name] = inner
            elif isinstance(several, list):
                several.append(inner)
            else:
                found[name] = [several, inner]

    def declared(self, depth: int) -> tuple[str, str, dict[str, Any]] | None:
        """Name, type and body of what Bicep declares; nothing where something else stands here."""
        begun, name, type_ = self.at, self.peek(), self.peek(1)
        if name[0] == "word" and type_[0] == "text":
            self.at += 2
            there = self.peek()[:2] == ("word", "existing")
            while self.peek()[0] not in ("end", "newline") and self.peek()[:2] != ("sign", "{"):
                self.at += 1
            if self.peek()[:2] == ("sign", "{"):
                self.at += 1
                return str(name[1]), str(type_[1]), self.body(depth + 1) | ({THERE: True} if there else {})
        self.at = begun
        return None

    def value(self, depth: int) -> Any:
        """A value up to the end of its line, a comma or a closing bracket."""
        begun = self.at
        kind, value, _ = self.peek()
        if kind == "sign" and value in ("{", "["):
            self.at += 1
            made: Any = self.body(depth + 1) if value == "{" else self.items(depth + 1)
            if self._ends():
                return made
        elif (kind, value) == ("word", "jsonencode") and self.peek(1)[1] == "(":
            self.at += 2
            self.skip()
            made = self.value(depth + 1) if depth < MOST_DEPTH else None
            self.skip()
            if self.peek()[:2] == ("sign", ")"):
                self.at += 1
                return made
        elif kind in ("text", "number", "word"):
            self.at += 1
            if self._ends():
                return _literal(kind, value)
        self.at = begun
        return self.raw()

    def items(self, depth: int) -> list[Any]:
        """The items of a list up to its closing bracket, which is taken."""
        if depth > MOST_DEPTH:
            raise MalformedError(f"is nested more than {MOST_DEPTH} deep", self.peek()[2])
        found: list[Any] = []
        begun = self.peek()[2]
        while True:
            self.skip()
            if self.peek()[0] == "end":
                raise MalformedError("a list that begins here has no end", begun)
            if self.peek()[:2] == ("sign", "]"):
                self.at += 1
                return found
            before = self.at
            found.append(self.value(depth))
            if self.at == before:
                raise MalformedError("a bracket closes that never opened", self.peek()[2])

    def raw(self) -> str:
        """An expression as its text."""
        parts: list[str] = []
        open_: list[str] = []
        while True:
            kind, value, line = self.peek()
            if kind == "end" or (not open_ and self._ends()):
                break
            self.at += 1
            if kind == "sign" and value in _OPENS:
                open_.append(_OPENS[value])
                if len(open_) > MOST_DEPTH * 2:
                    raise MalformedError(f"is nested more than {MOST_DEPTH * 2} deep", line)
            elif kind == "sign" and open_ and value == open_[-1]:
                open_.pop()
            if kind != "newline":
                parts.append(f'"{value}"' if kind == "text" else str(value))
        if not parts and self.peek()[0] != "end" and self.peek()[1] not in ("}", "]", ")", ",", "\n"):
            self.at += 1
        return " ".join(parts)[:2_000]

    def _ends(self) -> bool:
        kind, value, _ = self.peek()
        return kind in ("newline", "end") or (kind == "sign" and value in (",", "}", "]", ")"))
