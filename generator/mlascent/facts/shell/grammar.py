"""The grammar of a shell text, as far as it decides what runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mlascent.facts.shell.words import Reader, Token

_DEEPEST = 30
_SETTING = re.compile(r"([A-Za-z_]\w*)\+?=(.*)\Z", re.DOTALL)
_OPENING = {"if", "while", "until", "for", "select", "case", "{", "function"}
_CLOSING = {"then", "else", "elif", "fi", "do", "done", "esac", "}"}


@dataclass(slots=True)
class Plain:
    """One program; no words where only variables are set."""

    words: tuple[str, ...]
    line: int
    inner: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """A compound: `if`, `while`, `for`, `case`, `{`, `(`."""

    kind: str
    condition: list[Statement] = field(default_factory=list)
    bodies: list[list[Statement]] = field(default_factory=list)


@dataclass(slots=True)
class And:
    """A pipeline."""

    parts: list[Plain | Group]
    negated: bool = False


@dataclass(slots=True)
class Statement:
    """Pipelines, each with the sign that follows it (`&&`, `||`, or nothing)."""

    chain: list[tuple[And, str]]
    background: bool = False


class Parser:
    """Reads statements; what it does not understand it takes for words."""

    def __init__(self, text: str) -> None:
        """Begin."""
        self.variables: dict[str, str] = {}
        self.functions: dict[str, Group] = {}
        self.reader = Reader(text, self.variables)
        self.token = self.reader.next()
        self.depth = 0

    def all(self) -> list[Statement]:
        """Every statement; a stray closing word is passed over."""
        found = self.several(frozenset())
        while self.token is not None:
            self.take()
            found += self.several(frozenset())
        return found

    def take(self) -> Token | None:
        """This token, and go on."""
        token, self.token = self.token, self.reader.next()
        return token

    def at(self, *texts: str, sign: bool) -> bool:
        """Whether one of these comes next, as a sign or as a keyword."""
        token = self.token
        return token is not None and token.sign == sign and token.bare and token.text in texts

    def several(self, ends: frozenset[str]) -> list[Statement]:
        """Statements up to a closing word or bracket."""
        found: list[Statement] = []
        while self.token is not None:
            if self.at("\n", ";", "&", "|", "&&", "||", "|&", sign=True):
                self.take()
            elif self.at(")", ";;", sign=True) or self.at(*_CLOSING, *ends, sign=False):
                break
            else:
                found.append(self.statement())
        return found

    def statement(self) -> Statement:
        """One statement, to the end of its line or `;`."""
        chain: list[tuple[And, str]] = []
        while True:
            pipeline = self.pipeline()
            if not self.at("&&", "||", sign=True):
                chain.append((pipeline, ""))
                break
            sign = self.take()
            chain.append((pipeline, sign.text if sign else ""))
            while self.at("\n", sign=True):
                self.take()
        return Statement(chain, background=self.at("&", sign=True))

    def pipeline(self) -> And:
        """Parts joined by pipes."""
        negated = False
        while self.at("!", sign=False):
            self.take()
            negated = not negated
        parts = [self.part()]
        while self.at("|", "|&", sign=True):
            self.take()
            while self.at("\n", sign=True):
                self.take()
            parts.append(self.part())
        return And(parts, negated)

    def part(self) -> Plain | Group:
        """A program or a compound."""
        if self.depth < _DEEPEST and (self.at("(", sign=True) or self.at(*_OPENING, sign=False)):
            self.depth += 1
            try:
                return self.compound()
            finally:
                self.depth -= 1
        return self.plain()

    def compound(self) -> Plain | Group:
        """A compound, from its first word to its last."""
        first = self.take()
        kind = first.text if first else ""
        if kind == "function":
            name = self.take()
            return self.function(name.text if name else "", first.line if first else 0)
        group = Group(kind)
        if kind in ("(", "{"):
            group.bodies.append(self.several(frozenset()))
        elif kind == "case":
            self.until("in")
            while self.token is not None and not self.at("esac", sign=False):
                while (
                    self.token is not None and not self.at(")", sign=True) and not self.at("esac", sign=False)
                ):
                    self.take()
                if self.at(")", sign=True):
                    self.take()
                    group.bodies.append(self.several(frozenset()))
        else:
            if kind in ("for", "select"):
                self.until("do", keep=True)
            else:
                group.condition = self.several(frozenset())
            while self.at("then", "do", "else", "elif", sign=False):
                word = self.take()
                body = self.several(frozenset())
                if word and word.text == "elif":
                    group.condition += body
                else:
                    group.bodies.append(body)
        if self.at("fi", "done", "esac", "}", sign=False) or self.at(")", sign=True):
            self.take()
        return group

    def until(self, word: str, keep: bool = False) -> None:
        """Pass over everything up to a word."""
        while self.token is not None and not self.at(word, sign=False):
            self.take()
        if not keep:
            self.take()

    def function(self, name: str, line: int) -> Plain:
        """A function's body, which runs when it is called."""
        while self.at("(", ")", "\n", sign=True):
            self.take()
        if self.at("{", sign=False):
            body = self.compound()
            if isinstance(body, Group):
                self.functions[name] = body
        return Plain((), line)

    def plain(self) -> Plain:
        """A program with its words; variables that are set before it are remembered where there is none."""
        line = self.token.line if self.token else 0
        if self.token is not None and self.token.sign:  # a bracket too deep to follow, or a stray sign
            self.take()
            return Plain((), line)
        words: list[str] = []
        inner: tuple[str, ...] = ()
        settings: dict[str, str] = {}
        while self.token is not None and not self.token.sign:
            token = self.token
            inner += token.inner
            match = _SETTING.match(token.text) if not words or words[0] in ("export", "local") else None
            if match and not token.loose:
                settings[match[1]] = match[2]
            else:
                words += token.text.split() if token.loose else [token.text]
            self.take_word(settings if not words or words[0] == "export" else {})
        if len(words) == 1 and self.at("(", sign=True):
            self.take()
            if self.at(")", sign=True):
                return self.function(words[0], line)
        return Plain(tuple(words) if words[:1] != ["export"] else (), line, inner)

    def take_word(self, settings: dict[str, str]) -> None:
        """Go on; at the end of a statement, settings become variables before the next word is read."""
        reader = self.reader
        rest = reader.text[reader.at : reader.at + 2].lstrip(" \t")
        if not rest or rest[0] in ";\n&":
            self.variables.update(settings)
        self.take()
