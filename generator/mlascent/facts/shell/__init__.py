"""What a shell text runs, in order, and whether a failure of it would be noticed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlascent.facts.shell.grammar import And, Group, Parser, Plain, Statement

if TYPE_CHECKING:
    from mlascent.facts.shell.words import Token

#: More than this of a text is not looked at.
_MOST_CHARACTERS = 200_000
_MOST_COMMANDS = 5_000
_DEEPEST = 20
#: Of `$(…)` in one another, and beside one another.
_DEEPEST_INNER, _MOST_INNER = 4, 20


@dataclass(frozen=True, slots=True)
class Simple:
    """One program with its words.

    Attributes:
        words: Quotes taken off, known variables put in; settings of variables before it left out.
        line: From 0, in the text.
        counts: Whether the text fails when it fails.
    """

    words: tuple[str, ...]
    line: int
    counts: bool


@dataclass
class _Walk:
    """Goes through statements as the shell would."""

    strict: bool
    pipefail: bool
    functions: dict[str, Group]
    found: list[Simple] = field(default_factory=list)
    level: int = 0
    depth: int = 0
    ended: bool = False

    def statements(self, several: list[Statement], last: bool, dead: bool) -> None:
        """A list of statements; `last`: its outcome is the text's; `dead`: its outcome is ignored."""
        for number, statement in enumerate(several):
            if self.ended or len(self.found) >= _MOST_COMMANDS:
                return
            self.statement(statement, last and number == len(several) - 1, dead or statement.background)

    def statement(self, statement: Statement, last: bool, dead: bool) -> None:
        """Pipelines joined by `&&` and `||`."""
        chain = statement.chain
        skip = ""
        rescues: list[int | None] = [None] * (len(chain) + 1)
        for at in range(len(chain) - 1, -1, -1):
            rescues[at] = at if chain[at][1] == "||" else rescues[at + 1]
        for number, (pipeline, sign) in enumerate(chain):
            if skip and number and chain[number - 1][1] == skip:
                continue
            rescue = rescues[number]
            if rescue is not None:
                noticed = _fails(chain[rescue + 1][0]) if rescue + 1 < len(chain) else False
                strict, final = False, noticed
            elif sign:  # a failure before `&&` does not trip `set -e`
                strict, final = False, last
            else:
                strict, final = self.strict, last
            alone = len(chain) == 1
            self.pipeline(pipeline, strict, final, dead or pipeline.negated, alone)
            word = _word(pipeline)
            skip = "&&" if word == "false" else "||" if word in ("true", ":") else ""

    def pipeline(self, pipeline: And, strict: bool, final: bool, dead: bool, alone: bool) -> None:
        """Programs joined by pipes."""
        for number, part in enumerate(pipeline.parts):
            noticed = number == len(pipeline.parts) - 1 or self.pipefail
            counts = (strict or final) and noticed and not dead
            if isinstance(part, Plain):
                self.plain(part, counts, alone and len(pipeline.parts) == 1)
            else:
                self.group(part, final and noticed, dead or not counts)

    def group(self, group: Group, last: bool, dead: bool) -> None:
        """A compound: condition first, then bodies."""
        if self.depth >= _DEEPEST:
            return
        self.depth += 1
        rescued = group.kind == "if" and _judged(group)
        before = len(self.found)
        kept = self.ended, self.strict, self.pipefail
        self.statements(group.condition, last=False, dead=True)
        if rescued:
            self.found[before:] = [replace(one, counts=not dead) for one in self.found[before:]]
        never = group.kind == "if" and len(group.condition) == 1 and _constant(group.condition[0]) is False
        for number, body in enumerate(group.bodies):
            if not (never and number == 0):
                self.statements(body, last, dead)
                if group.kind in ("if", "for", "case", "("):
                    self.ended = kept[0]
        if group.kind == "(":
            _, self.strict, self.pipefail = kept
        self.depth -= 1

    def plain(self, part: Plain, counts: bool, alone: bool) -> None:
        """One program, after those whose output it takes."""
        for text in part.inner[:_MOST_INNER] if self.level < _DEEPEST_INNER else ():
            for one in commands(text, self.strict, self.pipefail, self.level + 1):
                noticed = counts and not part.words and one.counts
                self.found.append(Simple(one.words, part.line + one.line, noticed))
        if not part.words:
            return
        name = part.words[0]
        if name == "set":
            self.options(part.words[1:])
            return
        if name in self.functions and self.depth < _DEEPEST:
            self.group(self.functions[name], counts, not counts)
            return
        if name in ("exit", "exec", "return") and alone and (name != "exec" or len(part.words) > 1):
            self.ended = True
        self.found.append(Simple(part.words, part.line, counts))

    def options(self, words: tuple[str, ...]) -> None:
        """`set -euo pipefail` and `set +e`."""
        for word, following in zip(words, (*words[1:], ""), strict=True):
            if word[:1] in "+-" and len(word) > 1:
                on = word[0] == "-"
                if "e" in word[1:] and word[1:].isalpha():
                    self.strict = on
                if word.endswith("o") and following in ("pipefail", "errexit"):
                    setattr(self, "pipefail" if following == "pipefail" else "strict", on)


def commands(text: str, strict: bool = True, pipefail: bool = False, level: int = 0) -> list[Simple]:
    """Every program that a shell text starts, in order, but for what never runs (`if false`, after `exit`).

    Args:
        text: POSIX shell or bash.
        strict: Whether the shell stops at the first failure (`sh -e`).
        pipefail: Whether it looks at every part of a pipe.
        level: How deep in `$(…)` it stands.
    """
    parser = Parser(text[:_MOST_CHARACTERS])
    several = parser.all()
    walk = _Walk(strict, pipefail, parser.functions, level=level)
    walk.statements(several, last=True, dead=False)
    return walk.found


def _word(pipeline: And) -> str:
    """The first word of a pipeline that is one program."""
    part = pipeline.parts[0] if len(pipeline.parts) == 1 else None
    return part.words[0] if isinstance(part, Plain) and part.words else ""


def _constant(statement: Statement) -> bool | None:
    """Whether a condition always holds or never does."""
    word = _word(statement.chain[0][0]) if len(statement.chain) == 1 else ""
    value = {"true": True, ":": True, "false": False}.get(word)
    return value if value is None or not statement.chain[0][0].negated else not value


def _fails(pipeline: And) -> bool:
    """Whether what comes after `||` ends the shell with a failure."""
    part = pipeline.parts[-1]
    if isinstance(part, Plain):
        name, code = (*part.words, "", "")[:2]
        return name == "false" or (name in ("exit", "return") and code != "0")
    return bool(part.bodies) and _leaves(part.bodies[-1])


def _leaves(body: list[Statement]) -> bool:
    return any(_fails(pipeline) for statement in body for pipeline, _ in statement.chain[-1:])


def _judged(group: Group) -> bool:
    """Whether the failure of an if's condition ends the shell with a failure."""
    if len(group.condition) != 1:
        return False
    negated = group.condition[0].chain[-1][0].negated
    if negated:
        return bool(group.bodies) and _leaves(group.bodies[0])
    return len(group.bodies) > 1 and _leaves(group.bodies[-1])


__all__ = ["Simple", "Token", "commands"]
