"""Markdown documents by section, and what in them is still a placeholder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts.files import Files

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)")
_UNDERLINE = re.compile(r"([=~^\"'*+#-])\1{2,}\s*\Z")
_RULE = re.compile(r"[\s|:=+*_-]+\Z")
_PLACEHOLDER = re.compile(
    r"(?-i:\bTODO\b)|\btodo:|\bTBD\b|\bTBC\b|\bFIXME\b|\bXXX+\b|lorem ipsum"
    r"|\bto be (?:filled|written|completed|decided|defined)\b"
    r"|\bfill (?:this )?in\b|\bpreencher?\b|\ba (?:definir|preencher)\b|\bcoming soon\b|\bplaceholder\b"
    r"|<(?:your|seu|sua|insert|add|name|e-?mail|date|team|describe|todo|link|url)\b[^<>\n]{0,80}>"
    r"|\[(?:your|insert|add|describe|name|date|team|more information needed|todo|optional)\b[^\]\n]{0,80}\]"
    r"(?![(\[:])"
    r"|\{\{[^{}\n]{0,80}\}\}|\[\s*(?:\.\.\.|…)\s*\]|_{4,}",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"\b(?:this is an |only an |marked as (?:an )?)example\b|\bexample: true\b"
    r"|^\W*(?:example|exemplo|example text|texto de exemplo)\b\W*(?::|\Z)"
    r"|\b(?:só|apenas) um exemplo\b|\((?:example|exemplo)\)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?-->|^<!--.*\Z", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"[^\W_][\w'’.,%/-]*")
_LINK = re.compile(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,1000}\)")
_MOST_SECTIONS = 1_000
_MOST_MARKS = 200


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next one of its depth or above; deeper sections are part of the text.

    Attributes:
        title: Without markup.
        depth: 1 to 6; 0 for what stands before the first heading.
        line: From 1.
        text: As written.
        written: Number of words that a person wrote or a run filled in: without headings, comments, code
            fences, table rules, template placeholders (`TODO`, `TBD`, `<your …>`, `[…]`, `Lorem ipsum`) and
            parts marked as an example.
        placeholders: (line, text) of what is still to be filled in, or is marked as an example.
    """

    title: str
    depth: int
    line: int
    text: str
    written: int
    placeholders: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Document:
    """A Markdown (or reStructuredText) file.

    Attributes:
        path: Relative to the root.
        front: Its YAML front matter.
        sections: In order.
        code: (line, language, text) of fenced and indented code.
    """

    path: str
    front: Mapping[str, Any]
    sections: tuple[Section, ...]
    code: tuple[tuple[int, str, str], ...]

    def section(self, *words: str) -> Section | None:
        """The first section whose title holds one of these words (folded case and accents)."""
        wanted = [_folded(word) for word in words]
        return next(
            (s for s in self.sections if s.depth and any(w in _folded(s.title) for w in wanted)), None
        )


class Documents:
    """All of them, by path; each is parsed when it is first asked for."""

    def __init__(self, files: Files, paths: list[str]) -> None:
        """Remember where they are."""
        self.all: Mapping[str, Document] = _Lazy(files, paths)

    def find(self, *names: str) -> Document | None:
        """A document by file name without folder and ending, in any spelling (`model-card`, `MODEL_CARD`).

        The shallowest one of the first name that there is.
        """
        for name in names:
            wanted = _spelled(name)
            for path in sorted(self.all, key=lambda path: (path.count("/"), path)):
                if _spelled(path.rpartition("/")[2].partition(".")[0]) == wanted:
                    return self.all[path]
        return None


class _Lazy(Mapping[str, Document]):
    """Path → document."""

    def __init__(self, files: Files, paths: list[str]) -> None:
        self._files, self._paths = files, dict.fromkeys(paths)
        self._known: dict[str, Document] = {}

    def __getitem__(self, path: str) -> Document:
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._known:
            raw = self._files.parsed(path, "document/1", _rst if path.endswith(".rst") else _markdown) or {}
            self._known[path] = Document(
                path,
                raw.get("front", {}),
                tuple(
                    Section(title, depth, line, text, written, tuple((at, said) for at, said in marks))
                    for title, depth, line, text, written, marks in raw.get("sections", ())
                ),
                tuple((line, language, text) for line, language, text in raw.get("code", ())),
            )
        return self._known[path]

    def __iter__(self) -> Any:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def read(files: Files) -> Documents:
    """Every Markdown and reStructuredText file."""
    return Documents(files, sorted(files.ending(".md", ".markdown", ".MD", ".rst")))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _spelled(name: str) -> str:
    return re.sub(r"[-_ ]+", "", _folded(name))


def _markdown(text: str) -> dict[str, Any]:
    """Plain data of a Markdown text."""
    rows = text.splitlines()
    front: dict[str, Any] = {}
    start = 0
    if rows and rows[0].strip() == "---":
        end = next((at for at in range(1, len(rows)) if rows[at].strip() in ("---", "...")), 0)
        if end:
            from mlascent.facts.parsing import yaml_of

            value = yaml_of("\n".join(rows[1:end])).value
            front, start = (value if isinstance(value, dict) else {}), end + 1
    heads: list[tuple[int, int, str]] = []
    code: list[list[Any]] = []
    dead: set[int] = set()
    fence, begun, language = "", 0, ""
    hidden = _hidden(text)
    for at in range(start, len(rows)):
        row = rows[at]
        match = _FENCE.match(row)
        if fence:
            dead.add(at)
            if match and match[1].startswith(fence) and not row.strip().strip(fence[0]):
                code.append([begun + 2, language, "\n".join(rows[begun + 1 : at])])
                fence = ""
        elif at in hidden:
            dead.add(at)
        elif match:
            fence, begun, language = match[1], at, match[2]
            dead.add(at)
        elif heading := _HEADING.match(row):
            heads.append((at, len(heading[1]), heading[2] or ""))
            dead.add(at)
        elif at > start and at - 1 not in dead and _underlined(rows[at - 1], row):
            heads.append((at - 1, 1 if "=" in row else 2, rows[at - 1].strip()))
            dead |= {at - 1, at}
    if fence:
        code.append([begun + 2, language, "\n".join(rows[begun + 1 :])])
    return {"front": front, "sections": _sections(rows, heads, dead, hidden, start), "code": code}


def _rst(text: str) -> dict[str, Any]:
    """Plain data of a reStructuredText: titles are underlined."""
    rows = text.splitlines()
    heads: list[tuple[int, int, str]] = []
    order: list[str] = []
    for at in range(1, len(rows)):
        match = _UNDERLINE.match(rows[at])
        if match and rows[at - 1].strip() and not _UNDERLINE.match(rows[at - 1]) and len(rows[at]) >= 3:
            if match[1] not in order:
                order.append(match[1])
            heads.append((at - 1, min(order.index(match[1]) + 1, 6), rows[at - 1].strip()))
    dead = {line for at, _, _ in heads for line in (at, at + 1)}
    return {"front": {}, "sections": _sections(rows, heads, dead, set(), 0), "code": []}


def _hidden(text: str) -> set[int]:
    """Lines that hold nothing but a comment."""
    if "<!--" not in text:
        return set()
    bare = _COMMENT.sub(lambda m: re.sub(r"[^\n]", "\0", m[0]), text)
    rows = enumerate(bare.splitlines())
    return {at for at, row in rows if "\0" in row and not row.replace("\0", "").strip()}


def _underlined(above: str, row: str) -> bool:
    """Whether a row makes the one above it a heading."""
    text = above.strip()
    plain = text and "|" not in text and not text.startswith(("-", "*", ">"))
    return bool(plain and re.match(r" {0,3}(?:=+|-+)\s*\Z", row))


def _sections(
    rows: list[str], heads: list[tuple[int, int, str]], dead: set[int], hidden: set[int], start: int
) -> list[list[Any]]:
    """Rows of title, depth, line, text, words, placeholders."""
    heads = heads[:_MOST_SECTIONS]
    total = [0]  # words up to each line
    marks: list[list[Any] | None] = []
    titles = {at for at, _, _ in heads}
    example = ""  # `section` after a comment that says so, `paragraph` after such a text
    for at, row in enumerate(rows):
        if at in titles or (example == "paragraph" and not row.strip()):
            example = ""
        number, mark = 0, None
        if at in hidden:
            inner = row.replace("<!--", "").replace("-->", "").strip()
            found = _EXAMPLE.search(inner)
            example = "section" if found else ""
            found = found or _PLACEHOLDER.search(inner)
            mark = [at + 1, found[0].strip()] if found else None
        elif at >= start and at not in dead and not _RULE.match(row):
            found = _EXAMPLE.search(row)
            if found:
                example = example or "paragraph"
            found = found or _PLACEHOLDER.search(row)
            mark = [at + 1, found[0].strip()] if found else None
            if not found and not example:
                number = len(_WORD.findall(_LINK.sub(r"\1", _COMMENT.sub("", row))))
        total.append(total[-1] + number)
        marks.append(mark)
    places = [(start, 0, ""), *heads]
    made: list[list[Any]] = []
    for (at, depth, title), end in zip(places, _ends(places, len(rows)), strict=True):
        below = at if not depth else at + 1
        if depth or any(row.strip() for row in rows[at:end]):
            held = [mark for mark in marks[below:end] if mark][:_MOST_MARKS]
            bare = re.sub(r"[`*_]|<[^>]*>", "", _LINK.sub(r"\1", title)).strip()
            made.append([bare, depth, at + 1, "\n".join(rows[below:end]), total[end] - total[below], held])
    return made


def _ends(places: list[tuple[int, int, str]], last: int) -> list[int]:
    """Where each section ends: at the next of its depth or above; the first, at the first heading."""
    found = []
    for number, (_, depth, _) in enumerate(places):
        later = places[number + 1 :]
        found.append(next((at for at, deep, _ in later if not depth or deep <= depth), last))
    return found
