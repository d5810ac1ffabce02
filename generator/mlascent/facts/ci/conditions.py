"""Conditions of CI files, decided as far as a trigger decides them.

One grammar serves GitHub (`github.event_name == 'push' && …`), GitLab (`$CI_PIPELINE_SOURCE == "push"`),
Azure Pipelines (`eq(variables['Build.Reason'], 'Schedule')`) and Travis (`type = cron AND branch = main`).
What the file alone cannot tell is neither true nor false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mlascent.facts.ci.values import UNKNOWN, Regex, any_of, apply, call, same, truth

#: Longer conditions are not looked into: nothing is known of them.
_MOST = 4_000
_DEEPEST = 60

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")
    | (?P<number>\d+(?:\.\d+)?\b)
    | (?P<regex>/(?:[^/\\\n]|\\.)+/[a-z]*)
    | (?P<op>&&|\|\||==|!=|=~|!~|<=|>=|<|>|!|=|\(|\)|,|\[|\])
    | (?P<name>\$?\{?[A-Za-z_*][\w.*-]*\}?)
    | (?P<dot>\.[\w*]+)
    )""",
    re.VERBOSE,
)
_WORDS = {"AND": "&&", "OR": "||", "NOT": "!"}
_BINDS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "=~": 3, "!~": 3, "=": 3, "<": 3, ">": 3, "<=": 3, ">=": 3}


Lookup = Callable[[str], Any]


def decide(text: str, lookup: Lookup) -> bool | None:
    """Whether a condition holds; nothing where that cannot be told.

    Args:
        text: The condition, without `${{ }}`.
        lookup: Name → its value, or `UNKNOWN`.
    """
    if len(text) > _MOST:
        return None
    try:
        return truth(_Reader(text, lookup).whole())
    except (ValueError, IndexError):
        return None


class _Reader:
    """Reads and decides at once; both sides of an operator are always read."""

    def __init__(self, text: str, lookup: Lookup) -> None:
        self._lookup = lookup
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._deep = 0
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found or found.end() == at:
                raise ValueError(f"no condition: {text[at : at + 20]}")
            kind = found.lastgroup or ""
            value = found.group(kind)
            if kind == "name" and value in _WORDS:
                kind, value = "op", _WORDS[value]
            self._tokens.append((kind, value))
            at = found.end()

    def whole(self) -> Any:
        value = self._binary(0)
        if self._at < len(self._tokens):
            raise ValueError("something is left over")
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _binary(self, least: int) -> Any:
        self._deep += 1
        if self._deep > _DEEPEST:
            raise ValueError("too deep")
        left = self._unary()
        while self._peek()[0] in ("op", "name"):
            kind, sign = self._peek()
            if kind == "name":  # Travis: `tag IS present`, `type IN (push, cron)`
                left = self._spoken(left)
                continue
            bind = _BINDS.get(sign, 0)
            if not bind or bind <= least:
                break
            self._take()
            left = apply(sign, left, self._binary(bind))
        self._deep -= 1
        return left

    def _spoken(self, left: Any) -> Any:
        word = self._take()[1].upper()
        if word == "IS":
            said = self._take()[1].lower()
            known = truth(left)
            return UNKNOWN if known is None else known == (said == "present")
        if word == "IN":
            self._take()
            return any_of([same(left, value) for value in self._arguments()])
        raise ValueError(f"no operator: {word}")

    def _unary(self) -> Any:
        kind, value = self._take()
        if kind == "op" and value == "!":
            known = truth(self._binary(2))
            return UNKNOWN if known is None else not known
        if kind == "op" and value == "(":
            inner = self._binary(0)
            self._close(")")
            return inner
        if kind == "text":
            quote = value[0]
            return value[1:-1].replace(quote * 2, quote) if quote == "'" else value[1:-1]
        if kind == "number":
            return float(value)
        if kind == "regex":
            return Regex(value[1 : value.rindex("/")])
        if kind == "name":
            return self._named(value)
        raise ValueError(f"no value: {value}")

    def _named(self, name: str) -> Any:
        if self._peek() == ("op", "("):
            self._take()
            return call(name.lower(), self._arguments())
        while self._peek()[0] == "dot" or self._peek() == ("op", "["):
            kind, value = self._take()
            if kind == "dot":
                name += value
                continue
            inner = self._binary(0)
            name += f".{inner}" if isinstance(inner, str) else ".*"
            self._close("]")
        low = name.lower()
        if low in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[low]
        return self._lookup(name.replace("{", "").replace("}", ""))

    def _arguments(self) -> list[Any]:
        found: list[Any] = []
        while self._peek() != ("op", ")"):
            found.append(self._binary(0))
            if self._peek() == ("op", ","):
                self._take()
            elif self._peek() != ("op", ")"):
                raise ValueError("no argument")
        self._take()
        return found

    def _close(self, sign: str) -> None:
        if self._take() != ("op", sign):
            raise ValueError(f"{sign} is missing")
