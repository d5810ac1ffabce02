"""Small pieces of Markdown that the reference pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

HEADER = (
    "<!-- Generated from the catalogue by `just generate`; edit generator/mlascent/catalogue instead. -->"
)


def page(title: str, *blocks: str) -> str:
    """A generated page: its header line, a title, and blocks with an empty line between them."""
    return "\n\n".join((HEADER, f"# {title}", *(block for block in blocks if block))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; a pipe in a cell is escaped."""
    lines = [_row(head), _row(["---"] * len(head))]
    return "\n".join([*lines, *(_row(row) for row in rows)])


def bullets(items: Iterable[str]) -> str:
    """A bulleted list."""
    return "\n".join(f"- {item}" for item in items)


def code(items: Iterable[str]) -> str:
    """Inline code, separated by commas."""
    return ", ".join(f"`{item}`" for item in items)


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
