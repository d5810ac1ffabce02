"""The words of Terraform and Bicep."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts.parsing import MalformedError

MOST_TOKENS = 300_000

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\ufeff]+)
    | (?P<comment>(?:\#|//)[^\n]*)
    | (?P<block>/\*)
    | (?P<heredoc><<-?(?P<end>[A-Za-z_]\w*)[ \t]*\r?\n)
    | (?P<long>''')
    | (?P<quote>["'])
    | (?P<newline>\n)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b)
    | (?P<word>[A-Za-z_@][\w.-]*)
    | (?P<sign>=>|==|!=|<=|>=|&&|\|\||\?\?|.)""",
    re.VERBOSE,
)

#: Kind, text or value, line.
Token = tuple[str, Any, int]


def tokens(text: str) -> list[Token]:
    """The words of a file.

    Raises:
        MalformedError: A text or comment has no end, or there are too many words.
    """
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise MalformedError("holds what is no word", line)
        kind, value, end = match.lastgroup or "", match[0], match.end()
        if kind == "end":
            kind = "heredoc"
        if kind == "block":
            end = _after(text, "*/", end, line, "a comment")
        elif kind == "long":
            end = _after(text, "'''", end, line, "a text")
            found.append(("text", text[at + 3 : end - 3], line))
        elif kind == "heredoc":
            close = re.compile(rf"^[ \t]*{re.escape(match['end'])}[ \t]*\r?$", re.MULTILINE).search(text, end)
            if not close:
                raise MalformedError(f"the text up to {match['end']} has no end", line)
            found.append(("text", text[end : close.start()], line))
            end = close.end()
        elif kind == "quote":
            end = _quoted(text, at, line)
            found.append(("text", _plain(text[at + 1 : end - 1]), line))
        elif kind not in ("space", "comment"):
            found.append((kind, value, line))
        if len(found) > MOST_TOKENS:
            raise MalformedError(f"holds more than {MOST_TOKENS:,} words", line)
        line += text.count("\n", at, end)
        at = end
    return found


def _after(text: str, sign: str, at: int, line: int, what: str) -> int:
    found = text.find(sign, at)
    if found < 0:
        raise MalformedError(f"{what} that begins here has no end", line)
    return found + len(sign)


def _quoted(text: str, at: int, line: int) -> int:
    """Where a text ends; `${ … }` in it may hold texts."""
    quote, depth, end = text[at], 0, at + 1
    while end < len(text):
        sign = text[end]
        if sign == "\\":
            end += 1
        elif text.startswith("${", end) and not text.startswith("$${", end - 1):
            depth += 1
            end += 1
        elif sign == "}" and depth:
            depth -= 1
        elif sign == quote and not depth:
            return end + 1
        elif sign == "\n" and not depth:
            break
        end += 1
    raise MalformedError("a text has no end on its line", line)


def _plain(text: str) -> str:
    return re.sub(r"\\([\\\"'$])", r"\1", text)
