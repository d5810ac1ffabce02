"""Expressions of just, as far as a repository alone decides them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlascent.facts.files import Files

_TOKEN = re.compile(
    r"""\s*(?:(?P<block>'''.*?'''|\"\"\".*?\"\"\")|(?P<raw>'[^']*')|(?P<text>"(?:[^"\\]|\\.)*")|(?P<tick>`[^`]*`)"""
    r"""|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|=~|!~|&&|\|\||[-+/(){},]))""",
    re.DOTALL,
)
_DEEPEST = 40


@dataclass
class Scope:
    """What names stand for.

    Attributes:
        values: Variables, unevaluated.
        files: For `path_exists`.
        folder: Of the justfile.
        bound: Parameters and variables that are known.
    """

    values: Mapping[str, str]
    files: Files
    folder: str
    bound: dict[str, str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    def name(self, name: str) -> str:
        """A variable's value; itself in `${}` where nothing says it, or it needs itself."""
        if (
            name not in self.bound
            and name in self.values
            and name not in self.busy
            and len(self.busy) < _DEEPEST
        ):
            self.busy.add(name)
            self.bound[name] = evaluate(
                self.values[name], Scope(self.values, self.files, self.folder, {}, self.busy)
            )
            self.busy.discard(name)
        return self.bound.get(name, "${" + name + "}")

    def exists(self, path: str) -> str:
        """Whether a file or folder is there."""
        import posixpath

        place = posixpath.normpath(posixpath.join(self.folder, path))
        known = place in (".", "") or place in self.files or place in self.files.folders
        return "true" if known or (place == ".git" and self.files.in_git) else "false"


def evaluate(text: str, scope: Scope) -> str:
    """The value of an expression; what cannot be known stands as `${…}`."""
    try:
        return _Evaluation(text, scope).either(0)[:20_000]
    except (_RefusedError, RecursionError):
        return "${…}"


class _RefusedError(Exception):
    """The expression cannot be read."""


class _Evaluation:
    def __init__(self, text: str, scope: Scope) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.scope, self.at = scope, 0
        at = 0
        text = text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                if text[at:].lstrip()[:1] in ("#", ""):
                    break
                raise _RefusedError
            self.tokens.append((match.lastgroup or "", match[0].strip()))
            at = match.end()

    def peek(self, *words: str) -> bool:
        return (
            self.at < len(self.tokens)
            and self.tokens[self.at][1] in words
            and self.tokens[self.at][0]
            in (
                "sign",
                "name",
            )
        )

    def take(self, word: str = "") -> tuple[str, str]:
        if self.at >= len(self.tokens) or (word and self.tokens[self.at][1] != word):
            raise _RefusedError
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self, depth: int) -> str:
        """`a || b`, `a && b`."""
        if depth > _DEEPEST:
            raise _RefusedError
        value = self.sum(depth)
        while self.peek("||", "&&"):
            sign = self.take()[1]
            other = self.sum(depth)
            value = (value or other) if sign == "||" else (other if value else "")
        return value

    def sum(self, depth: int) -> str:
        value = self.item(depth)
        while self.peek("+", "/"):
            sign = self.take()[1]
            other = self.item(depth)
            value = value + other if sign == "+" else f"{value}/{other}"
        return value

    def item(self, depth: int) -> str:
        if self.peek("if"):
            return self.choice(depth)
        if self.peek("("):
            self.take()
            value = self.either(depth + 1)
            self.take(")")
            return value
        if self.peek("/"):
            self.take()
            return "/" + self.item(depth)
        kind, text = self.take()
        if kind == "raw":
            return text[1:-1]
        if kind == "block":
            return text[3:-3]
        if kind == "text":
            unescaped = {"n": "\n", "t": "\t", "r": "\r"}
            return re.sub(r"\\(.)", lambda m: unescaped.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)
        if kind == "tick":
            return f"$({text[1:-1]})"
        if kind != "name":
            raise _RefusedError
        return self.call(text, depth) if self.peek("(") else self.scope.name(text)

    def choice(self, depth: int) -> str:
        """`if a == b { … } else { … }`; where the condition is not known, the branch that does something."""
        self.take("if")
        left = self.either(depth + 1)
        sign = self.take()[1]
        right = self.either(depth + 1)
        self.take("{")
        yes = self.either(depth + 1)
        self.take("}")
        self.take("else")
        if self.peek("if"):
            no = self.choice(depth + 1)
        else:
            self.take("{")
            no = self.either(depth + 1)
            self.take("}")
        if "${" in left or "${" in right or "$(" in left:
            return yes or no
        if sign in ("=~", "!~"):
            try:
                matches = re.search(right, left) is not None
            except re.error:  # Rust's expressions are nearly Python's
                return yes or no
            return yes if matches == (sign == "=~") else no
        return yes if (left == right) == (sign == "==") else no

    def call(self, name: str, depth: int) -> str:
        """A function of just."""
        self.take("(")
        args = []
        while not self.peek(")"):
            args.append(self.either(depth + 1))
            if self.peek(","):
                self.take()
        self.take(")")
        first = args[0] if args else ""
        if name == "path_exists":
            return self.scope.exists(first)
        if name in ("env", "env_var", "env_var_or_default"):
            return args[1] if len(args) > 1 else "${" + first + "}"
        known = {"just_executable": "just", "os": "linux", "os_family": "unix", "error": "", "arch": "x86_64"}
        if name == "quote":
            return "'" + first.replace("'", "'\\''") + "'"
        if name in ("trim", "lowercase", "uppercase", "replace", "join"):
            return {
                "trim": first.strip(),
                "lowercase": first.lower(),
                "uppercase": first.upper(),
                "replace": first.replace(args[1], args[2]) if len(args) == 3 else first,
                "join": "/".join(args),
            }[name]
        if name in ("justfile_directory", "invocation_directory", "source_directory", "justfile_dir"):
            return "."
        return known.get(name, "${" + name + "()}")
