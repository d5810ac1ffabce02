"""Requirements and locks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?![A-Za-z0-9._-])\s*(?:\[[^\]]*\])?\s*(?:\(?\s*((?:[=!<>~^]=?=?[^;#()]*)?)\)?|@\s*([^\s;#]+))\s*(?:;.*)?(?:\s#.*)?\Z"
)


@dataclass(frozen=True, slots=True)
class Dependency:
    """One requirement, as somebody wrote it.

    Attributes:
        name: Normalised (PEP 503).
        specifier: `>=2,<3`; empty where any version will do.
        group: Extra or dependency group; empty for what the package itself needs.
        path: Where it stands.
        line: From 1.
    """

    name: str
    specifier: str
    group: str
    path: str
    line: int


@dataclass(frozen=True)
class Lock:
    """A lock file, or requirements in which every line is pinned.

    Attributes:
        path: The file.
        kind: `uv`, `poetry`, `pdm`, `pixi`, `conda`, `pipenv`, `requirements`.
        versions: Normalised name → version.
    """

    path: str
    kind: str
    versions: Mapping[str, str]


def normal(name: str) -> str:
    """A project's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str) -> tuple[str, str] | None:
    """(name, specifier) of a requirement; nothing for another text. A URL is its own specifier."""
    match = _REQUIREMENT.match(text[:1_000])
    if not match:
        return None
    return normal(match[1]), re.sub(r"\s+", "", match[2] or "") or (f"@{match[3]}" if match[3] else "")
