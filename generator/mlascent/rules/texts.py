"""What rules read out of documents: tables, dates, and whether something is said at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlascent.facts.documents import Document, Section

_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "na", "none", "?", "…", "...", "tbd", "todo", "xxx"})


def folded(text: str) -> str:
    """Small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def dates(text: str) -> list[date]:
    """ISO dates in a text; what is no day of the calendar is passed over."""
    found = []
    for year, month, day in _DATE.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def day(value: Any) -> date | None:
    """A value as a day."""
    return next(iter(dates(str(value))), None) if value is not None else None


def said(value: Any) -> bool:
    """Whether a value of a settings file says something: neither empty nor a placeholder."""
    if isinstance(value, str):
        text = folded(value).strip(" .<>[]_")
        return text not in _EMPTY and not re.match(r"(your|change|replace|fill|example|todo|tbd)\b", text)
    if isinstance(value, list | dict):
        return any(said(item) for item in (value.values() if isinstance(value, dict) else value))
    return value is not None


def items(value: Any) -> list[Any]:
    """A list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: header (folded) → cell, and its line."""

    line: int
    cells: Mapping[str, str]

    def get(self, *words: str) -> str:
        """The first cell whose header holds one of these words; empty where the cell says nothing."""
        for header, cell in self.cells.items():
            if any(word in header for word in words):
                return cell if said(cell) else ""
        return ""

    def full(self, *columns: tuple[str, ...]) -> bool:
        """Whether each of these columns says something."""
        return all(self.get(*words) for words in columns)


def rows(section: Section) -> Iterator[Row]:
    """Rows of the tables in a section, code fences left out."""
    header: list[str] = []
    fenced = False
    for number, line in enumerate(section.text.splitlines(), section.line + 1):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        bare = line.strip()
        if fenced or not bare.startswith("|"):
            header = []
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", bare.strip("|"))]
        if not header:
            header = [folded(cell) for cell in cells]
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield Row(number, dict(zip(header, cells, strict=False)))


def whole(document: Document) -> str:
    """All text of a document, each line once or more."""
    return "\n".join(f"{section.title}\n{section.text}" for section in document.sections)


def lines(document: Document) -> Iterator[tuple[int, str]]:
    """Lines of prose with their numbers, each once."""
    seen: set[int] = set()
    for section in document.sections:
        for number, line in enumerate(section.text.splitlines(), section.line + 1):
            if number not in seen:
                seen.add(number)
                yield number, line


def words(document: Document) -> int:
    """How many words of a document a person or a run has written."""
    nested = 0
    total = 0
    for section in document.sections:
        if nested and section.depth > nested:
            continue
        nested = section.depth
        total += section.written
    return total
