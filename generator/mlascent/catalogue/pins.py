"""Files that others run `mlascent check` from name the release that they came with."""

from __future__ import annotations

import re

from mlascent import __version__
from mlascent.catalogue.sources import Sources

_PIN = re.compile(r"(mlascent==|\bref: (?:refs/tags/)?v|\brev: v)\d+\.\d+\.\d+")


def _pinned(path: str, book: Sources) -> str | None:
    if not (book.root / path).exists():  # a catalogue that stands alone
        return None
    text = (book.root / path).read_text(encoding="utf-8")
    return _PIN.sub(rf"\g<1>{__version__.partition('.dev')[0]}", text)


def action(book: Sources) -> str | None:
    """The GitHub action."""
    return _pinned("action.yml", book)


def hook(book: Sources) -> str | None:
    """The hook of pre-commit."""
    return _pinned(".pre-commit-hooks.yaml", book)


def gitlab(book: Sources) -> str | None:
    """The template for GitLab."""
    return _pinned("integrations/gitlab/check.yml", book)


def azure(book: Sources) -> str | None:
    """The template for Azure Pipelines."""
    return _pinned("integrations/azure/check.yml", book)


def page(book: Sources) -> str | None:
    """The page that says how to use them."""
    return _pinned("docs/how-to/check-in-ci.md", book)
