"""What a project depends on, and what locks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlascent.facts.dependencies import locks, manifests
from mlascent.facts.dependencies.model import Dependency, Lock
from mlascent.facts.files import Files
from mlascent.facts.parsing import toml_file


@dataclass(frozen=True)
class Dependencies:
    """All of it.

    Attributes:
        declared: Direct requirements of pyproject.toml, requirements*.txt/.in, environment.yml, setup.cfg,
            setup.py (literals only) and Pipfile.
        locks: What pins them.
        requires_python: `>=3.11`; empty where nothing says.
        python_from: The file that says so.
        pyproject: pyproject.toml at the project's root, whole; empty where there is none.
    """

    declared: tuple[Dependency, ...] = ()
    locks: tuple[Lock, ...] = ()
    requires_python: str = ""
    python_from: str = ""
    pyproject: Mapping[str, Any] = field(default_factory=dict)

    def of(self, *names: str) -> tuple[Dependency, ...]:
        """Direct requirements with one of these names, in any group."""
        return tuple(d for d in self.declared if d.name in names)


def read(files: Files) -> Dependencies:
    """Read every manifest and lock."""
    found = manifests.read(files)
    pinned, plain = locks.requirements(files, found.declared)
    held = [*locks.read(files), *pinned]
    direct = tuple(sorted(plain, key=lambda d: (d.path.count("/"), d.path, d.line, d.name)))
    whole = toml_file(files, "pyproject.toml").table() if "pyproject.toml" in files else {}
    return Dependencies(direct, tuple(held), found.python, found.python_from, whole)


__all__ = ["Dependencies", "Dependency", "Lock", "read"]
