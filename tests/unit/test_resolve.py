"""What only looks like a conflict: additions at one place, settled where the result still parses."""

from __future__ import annotations

import pytest
from mlascent.merge.resolve import additions


def marked(ours: str, base: str, theirs: str, before: str = "", after: str = "") -> bytes:
    """A file in conflict, with markers of nine signs."""
    hunk = f"{'<' * 9} yours\n{ours}{'|' * 9} before\n{base}{'=' * 9}\n{theirs}{'>' * 9} template\n"
    return f"{before}{hunk}{after}".encode()


@pytest.mark.parametrize(
    ("path", "ours", "base", "theirs", "wanted"),
    [
        ("a.toml", "x = 1\n", "", "y = 2\n", "y = 2\nx = 1\n"),
        ("a.toml", "x = 1\n", "", "x = 2\n", None),  # twice the same key
        ("a.yml", "x: 1\n", "", "y: 2\n", "y: 2\nx: 1\n"),
        ("a.yaml", "x: 1\n", "", "x: 2\n", None),
        ("a.yaml", "x: [1\n", "", "y: 2\n", None),
        ("a.py", "x = 1\n", "", "y = 2\n", "y = 2\nx = 1\n"),
        ("a.py", "def f(\n", "", "y = 2\n", None),
        ("a.json", '"x": 1\n', "", '"y": 2\n', None),
        (".gitignore", "x\n", "", "y\n", "y\nx\n"),
        ("a.md", "x\n", "", "y\n", "y\nx\n"),
        ("justfile", "x:\n", "", "y:\n", None),  # no parser, no guess
        # one side changes a line, the other adds beside it
        ("a.toml", "a = 9\n", "a = 1\n", "a = 1\nb = 2\n", "a = 9\nb = 2\n"),
        ("a.toml", "a = 9\n", "a = 1\n", "b = 2\na = 1\n", "b = 2\na = 9\n"),
        ("a.toml", "a = 1\nb = 2\n", "a = 1\n", "a = 9\n", "a = 9\nb = 2\n"),
        ("a.toml", "b = 2\na = 1\n", "a = 1\n", "a = 9\n", "b = 2\na = 9\n"),
        ("a.toml", "", "a = 1\n", "a = 1\nb = 2\n", "b = 2\n"),
        ("a.toml", "a = 8\n", "a = 1\n", "a = 9\n", None),
    ],
)
def test_additions(path: str, ours: str, base: str, theirs: str, wanted: str | None) -> None:
    found = additions(path, marked(ours, base, theirs), 9)
    assert (found.decode() if found is not None else None) == wanted


def test_every_hunk_must_be_settled() -> None:
    one, two = marked("x = 1\n", "", "y = 2\n"), marked("a = 8\n", "a = 1\n", "a = 9\n")
    assert additions("a.toml", one + b"m = 0\n" + marked("p = 1\n", "", "q = 2\n"), 9) == (
        b"y = 2\nx = 1\nm = 0\nq = 2\np = 1\n"
    )
    assert additions("a.toml", one + two, 9) is None


def test_signs_of_the_users_are_no_markers() -> None:
    """A heading underlined with seven signs, and a quoted conflict, belong to the file."""
    text = "Title\n=======\n<<<<<<< quoted\n"
    assert additions("a.md", marked("x\n", "", text), 9) == (text + "x\n").encode()


def test_deep_nesting_is_no_error() -> None:
    assert additions("a.json", marked("[" * 100_000 + "\n", "", "\n"), 9) is None
