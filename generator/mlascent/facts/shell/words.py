"""The words and signs of a shell text, read one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGNS = ("&&", "||", ";;", "|&", ";", "|", "&", "(", ")", "\n")
_REDIRECTION = re.compile(r"\d*(?:<<<|<<-?|>>|<>|[<>]&|&>>?|>\||<|>)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_DEFAULT = re.compile(r"([A-Za-z_]\w*)(?::?[-=+?](.*))?\Z", re.DOTALL)


@dataclass(slots=True)
class Token:
    """A word or a sign.

    Attributes:
        text: Of a word: quotes taken off, known variables put in.
        line: From 0.
        sign: Whether it is an operator or a line's end.
        bare: Whether nothing in it was quoted or put in: only such words can be keywords.
        loose: Whether it is one variable without quotes, whose value is split into words.
        inner: Texts of `$(…)` and backticks in it.
    """

    text: str
    line: int
    sign: bool = False
    bare: bool = True
    loose: bool = False
    inner: tuple[str, ...] = ()


class Reader:
    """Reads tokens of a text; `variables` may change between two of them."""

    def __init__(self, text: str, variables: dict[str, str]) -> None:
        """Begin at the start."""
        self.text, self.variables = text, variables
        self.at = self.line = 0
        self._waiting: list[tuple[str, bool]] = []  # here-documents that begin on the next line

    def next(self) -> Token | None:
        """The next word or sign; redirections are left out. Nothing at the end."""
        text = self.text
        while self.at < len(text):
            here = text[self.at]
            if here in " \t\r":
                self.at += 1
            elif text.startswith(("\\\n", "\\\r\n"), self.at):
                self._move(text.index("\n", self.at) + 1)
            elif here == "#":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif match := _REDIRECTION.match(text, self.at):
                self._redirect(match)
            elif sign := next((sign for sign in _SIGNS if text.startswith(sign, self.at)), ""):
                token = Token(sign, self.line, sign=True)
                self._move(self.at + len(sign))
                if sign == "\n":
                    self._skip_documents()
                return token
            else:
                return self._word()
        return None

    def _move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def _redirect(self, match: re.Match[str]) -> None:
        """Skip a redirection and its target; remember a here-document."""
        self.at = match.end()
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        if self.text[self.at : self.at + 1] == "(":  # <(…): its content follows as a group
            return
        if self.at < len(self.text) and not self.text.startswith(_SIGNS, self.at):
            target = self._word()
            if match[0].endswith(("<<", "<<-")):
                self._waiting.append((target.text, match[0].endswith("-")))

    def _skip_documents(self) -> None:
        for end, dashed in self._waiting:
            while self.at < len(self.text):
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                row = self.text[self.at : stop].rstrip("\r")
                self._move(min(stop + 1, len(self.text)))
                if (row.lstrip("\t ") if dashed else row.strip()) == end:
                    break
        self._waiting.clear()

    def _word(self) -> Token:
        """A word, to the next blank or sign outside of quotes."""
        text, token, parts = self.text, Token("", self.line), []
        start = self.at
        while self.at < len(text):
            here = text[self.at]
            if here in " \t\r\n;|&()<>" and not (here in "<>" and self.at == start):
                break
            if here == "'":
                end = text.find("'", self.at + 1)
                end = len(text) if end < 0 else end
                parts.append(text[self.at + 1 : end])
                token.bare = False
                self._move(end + 1)
            elif here == '"':
                parts.append(self._quoted(token))
            elif here == "\\":
                if text.startswith(("\\\n", "\\\r\n"), self.at):
                    self._move(text.index("\n", self.at) + 1)
                    continue
                parts.append(text[self.at + 1 : self.at + 2])
                self._move(min(self.at + 2, len(text)))
                token.bare = False
            elif here in "$`":
                first = self.at == start
                parts.append(self._dollar(token))
                token.loose = first and (self.at >= len(text) or text[self.at] in " \t\r\n;|&()")
                token.bare = False
            else:
                parts.append(here)
                self._move(self.at + 1)
        token.text = "".join(parts)
        return token

    def _quoted(self, token: Token) -> str:
        """A text in double quotes."""
        text, parts = self.text, []
        token.bare = False
        self.at += 1
        while self.at < len(text) and text[self.at] != '"':
            if text[self.at] == "\\" and text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                parts.append(text[self.at + 1].replace("\n", ""))
                self._move(self.at + 2)
            elif text[self.at] in "$`":
                parts.append(self._dollar(token))
            else:
                parts.append(text[self.at])
                self._move(self.at + 1)
        self.at = min(self.at + 1, len(text))
        return "".join(parts)

    def _dollar(self, token: Token) -> str:
        """A variable, command or expression that is put in; as written where it is not known."""
        text, start = self.text, self.at
        if text[start] == "`":
            end = text.find("`", start + 1)
            end = len(text) if end < 0 else end
            token.inner += (text[start + 1 : end],)
            self._move(min(end + 1, len(text)))
            return "$(…)"
        if match := _EXPRESSION.match(text, start):
            self._move(match.end())
            return match[0]
        if text.startswith("$(", start):
            end = closing(text, start + 1, "(", ")")
            if not text.startswith("$((", start):
                token.inner += (text[start + 2 : end - 1],)
            self._move(end)
            return "$(…)"
        if text.startswith("${", start):
            end = closing(text, start + 1, "{", "}")
            self._move(end)
            about = _DEFAULT.match(text[start + 2 : end - 1])
            if about and about[1] in self.variables:
                return self.variables[about[1]]
            return about[2].strip("\"'") if about and about[2] else text[start:end]
        if name := _NAME.match(text, start + 1):
            self._move(name.end())
            return self.variables.get(name[0], name.group(0).join(("$", "")))
        self._move(
            min(start + 2, len(text))
            if text[start + 1 : start + 2] in tuple("@*#?!$-0123456789")
            else start + 1
        )
        return text[start : self.at]


def closing(text: str, start: int, opened: str, closed: str) -> int:
    """The position behind the bracket that closes the one at `start`; the end where none does."""
    depth, at = 0, start
    while at < len(text):
        here = text[at]
        if here == "\\":
            at += 1
        elif here == "'" and opened == "(":
            at = text.find("'", at + 1)
            if at < 0:
                break
        elif here == opened:
            depth += 1
        elif here == closed:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(text)
