"""A Jenkinsfile as a tree of statements, read and never run.

Groovy needs no grammar here: a pipeline is names, arguments and blocks. Texts and comments are told apart
exactly, since a command in a comment is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlascent.facts.parsing import MalformedError

MOST_TOKENS = 200_000
MOST_DEPTH = 60

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f]+|\\\n)
    | (?P<line>//[^\n]*|\#![^\n]*)
    | (?P<block>/\*)
    | (?P<long>\"\"\"|''')
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<open>["'])
    | (?P<newline>\n|;)
    | (?P<word>[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>[{}()\[\],:]|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_SLASHY = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}

#: Kind (`word`, `text`, `sign`, `newline`), value, line.
Token = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Statement:
    """`name arguments { body }`.

    Attributes:
        name: Its first word; empty for a bare block.
        line: From 1.
        tokens: All that is not in a block, the name first.
        body: Statements of its blocks; nothing where it has none.
    """

    name: str
    line: int
    tokens: tuple[Token, ...]
    body: tuple[Statement, ...] | None

    def inside(self, *names: str) -> Iterator[Statement]:
        """Statements of its body that have one of these names."""
        return (inner for inner in self.body or () if inner.name in names)

    def argument(self, name: str = "") -> Token | None:
        """A text, word or number: the named argument, or the first that has no name."""
        tokens = [token for token in self.tokens[1:] if token[0] != "newline"]
        for index, (kind, value, _) in enumerate(tokens):
            named = index + 1 < len(tokens) and tokens[index + 1][1] == ":" and kind == "word"
            if named and value == name and index + 2 < len(tokens):
                return tokens[index + 2]
            before = tokens[index - 1][1] if index else ""
            if not name and not named and kind in ("text", "word", "number") and before != ":":
                return tokens[index]
        return None

    def text(self, name: str = "") -> str:
        """An argument's value; empty without one."""
        token = self.argument(name)
        return token[1] if token else ""


def parse(text: str) -> list[Any]:
    """The statements of a file as plain data: [name, line, tokens, body].

    Raises:
        MalformedError: A text or comment has no end, brackets do not match, or it is too much.
    """
    tokens = list(_tokens(text))
    at, found = _block(tokens, 0, 0)
    if at < len(tokens):
        raise MalformedError("a bracket closes that never opened", tokens[at][2])
    return found


def statements(data: list[Any]) -> tuple[Statement, ...]:
    """Plain data as statements."""
    return tuple(
        Statement(
            name, line, tuple((k, v, n) for k, v, n in tokens), None if body is None else statements(body)
        )
        for name, line, tokens, body in data
    )


def _tokens(text: str) -> Iterator[Token]:
    at, line, last, count = 0, 1, "", 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:  # never: the last alternative takes any character
            raise MalformedError("is no Groovy", line)
        kind, value, begun = found.lastgroup or "", found[0], line
        end = found.end()
        if kind == "block":
            end = _end(text, "*/", end, line, "a comment")
        elif kind == "long":
            end = _end(text, value, end, line, "a text")
            yield "text", _plain(text[at + 3 : end - 3]), line
        elif kind == "open":
            raise MalformedError("a text has no end on its line", line)
        elif kind == "text":
            yield "text", _plain(value[1:-1]), line
        elif value == "/" and last in ("", "(", ",", "=", "~", ":", "return", "sh"):
            slashy = _SLASHY.match(text, at)
            if slashy:
                end = slashy.end()
                yield "text", slashy[0][1:-1].replace("\\/", "/"), line
            else:
                yield "sign", value, line
        elif kind in ("newline", "word", "number", "sign"):
            yield kind, value, line
        count += 1
        if count > MOST_TOKENS:
            raise MalformedError(f"holds more than {MOST_TOKENS:,} words", line)
        if kind not in ("space", "line", "block"):
            last = value if kind in ("word", "sign") else "text" if kind != "newline" else ""
        line = begun + text.count("\n", at, end)
        at = end


def _end(text: str, sign: str, at: int, line: int, what: str) -> int:
    """Where a long text or a comment ends; a backslash takes what follows it."""
    while True:
        found = text.find(sign, at)
        if found < 0:
            raise MalformedError(f"{what} that begins here has no end", line)
        slashes = 0
        while sign != "*/" and text[found - slashes - 1] == "\\":
            slashes += 1
        if slashes % 2 == 0:
            return found + len(sign)
        at = found + 1


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)


def _block(tokens: list[Token], at: int, depth: int) -> tuple[int, list[Any]]:
    """Statements up to the bracket that closes the block."""
    if depth > MOST_DEPTH:
        raise MalformedError(f"is nested more than {MOST_DEPTH} deep", tokens[at - 1][2])
    found: list[Any] = []
    while at < len(tokens) and tokens[at][1:2] != ("}",):
        if tokens[at][0] == "newline":
            at += 1
            continue
        at, statement = _statement(tokens, at, depth)
        found.append(statement)
    return at, found


def _statement(tokens: list[Token], at: int, depth: int) -> tuple[int, list[Any]]:
    begun = tokens[at][2]
    own: list[Token] = []
    body: list[Any] | None = None
    brackets: list[str] = []
    while at < len(tokens):
        kind, value, line = tokens[at]
        if kind == "text":
            own.append(tokens[at])
        elif kind == "newline":
            if not brackets and not _goes_on(tokens, at, own):
                break
        elif value in ("(", "["):
            brackets.append(value)
            own.append(tokens[at])
        elif value in (")", "]"):
            if not brackets:
                raise MalformedError("a bracket closes that never opened", line)
            brackets.pop()
            own.append(tokens[at])
        elif value == "{":
            at, inner = _block(tokens, at + 1, depth + 1)
            if at >= len(tokens):
                raise MalformedError("a block that begins here has no end", line)
            body = (body or []) + inner
            if not brackets:
                at += 1
                break
        elif value == "}":
            break
        else:
            own.append(tokens[at])
        at += 1
    if brackets:
        raise MalformedError("a bracket that opens here is never closed", begun)
    name = own[0][1] if own and own[0][0] == "word" else ""
    return at, [name, begun, [list(token) for token in own], body]


def _goes_on(tokens: list[Token], at: int, own: list[Token]) -> bool:
    """Whether a statement goes on on the next line: after an operator, or before a block or `.call`."""
    if tokens[at][1] == ";":
        return False
    if own and own[-1][0] == "sign" and own[-1][1] in ",+=:&|?":
        return True
    while at < len(tokens) and tokens[at][0] == "newline":
        at += 1
    follows = tokens[at] if at < len(tokens) else ("", "", 0)
    return follows[0] == "sign" and follows[1] in ("{", "+", "&", "|", ".") and follows[1] != ""
