"""Repositories of a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent

from mlascent.facts import Facts

DAY = date(2026, 1, 15)


def write(root: Path, tree: Mapping[str, str | bytes]) -> Path:
    """Write a tree: path → content; text is dedented."""
    for path, content in tree.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            place.write_text(dedent(content).lstrip("\n"), encoding="utf-8")
    return root


def facts(root: Path, tree: Mapping[str, str | bytes], as_of: date = DAY) -> Facts:
    """The facts of a tree, without a cache."""
    return Facts.of(write(root, tree), as_of)
