"""Names of metrics in PromQL, without its whole grammar."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<range>\[[^\]]*\])
    | (?P<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?:ms|[smhdwy])?(?:\d+(?:ms|[smhdwy]))*\b)
    | (?P<name>[A-Za-z_:$][\w:$]*)
    | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
#: After these stands a list of labels in brackets.
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({*_LISTS, "and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "start", "end"})
#: After a function or an aggregation stands one of these.
_BEFORE = ("(", "by", "without")
_LONGEST = 20_000
_NAME = "__name__"


def metrics_of(expr: str) -> frozenset[str]:
    """Names of metrics in a PromQL expression; functions, labels and keywords left out."""
    if len(expr) > _LONGEST:
        return frozenset()
    tokens = _tokens(expr)
    found: set[str] = set()
    at = 0
    while at < len(tokens):
        kind, value = tokens[at]
        follows = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        at += 1
        if value == "{":
            at = _selector(tokens, at, found)
        elif kind == "name" and value.lower() in _LISTS and follows == "(":
            while at < len(tokens) and tokens[at][1] != ")":
                at += 1
        elif kind == "name" and value.lower() not in _WORDS and value[0] != "$" and follows not in _BEFORE:
            found.add(value)
    return frozenset(found)


def _tokens(expr: str) -> list[tuple[str, str]]:
    """Kind and text of each word, up to a text or range that has no end."""
    tokens: list[tuple[str, str]] = []
    for found in _TOKEN.finditer(expr):
        if found[0] in ('"', "'", "`", "["):
            break
        if found.lastgroup != "space":
            tokens.append((found.lastgroup or "", found[0]))
    return tokens


def _selector(tokens: list[tuple[str, str]], at: int, found: set[str]) -> int:
    """Past a selector's labels; `__name__="x"` names a metric, and so does a text alone."""
    alone = True
    while at < len(tokens) and tokens[at][1] != "}":
        kind, value = tokens[at]
        if kind == "text":
            said = [text for _, text in tokens[at - 2 : at]]
            if said == [_NAME, "="] or (alone and tokens[at - 1][1] in "{," and _follows(tokens, at) in ",}"):
                found.add(value[1:-1])
        at += 1
    return at + 1


def _follows(tokens: list[tuple[str, str]], at: int) -> str:
    return tokens[at + 1][1] if at + 1 < len(tokens) else "}"
