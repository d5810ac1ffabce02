"""The catalogue as people write it: YAML files, read at development time only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: The repository's root, in a checkout.
ROOT = HERE.parents[2]

#: The files of ``crosswalks/``.
CROSSWALKS = ("tools", "documents", "ml-test-score", "standards", "assessment")

Mapping = dict[str, Any]


@dataclass(frozen=True)
class Sources:
    """All that the generated files come from.

    Attributes:
        ladder: ``ladder.yml``.
        files: Each capability's file, relative to the catalogue, and its content.
        crosswalks: The files of ``crosswalks/`` by name.
        root: The repository's root.
    """

    ladder: Mapping
    files: dict[str, Mapping]
    crosswalks: dict[str, Mapping]
    root: Path

    @cached_property
    def capabilities(self) -> list[Mapping]:
        """All capabilities by area, then by the level that brings them, then by id."""
        areas = [area["id"] for area in self.ladder["areas"]]
        return sorted(
            self.files.values(), key=lambda c: (areas.index(c["area"]), c["introduced"], c["level"], c["id"])
        )

    @cached_property
    def by_id(self) -> dict[str, Mapping]:
        """Capabilities by id."""
        return {c["id"]: c for c in self.capabilities}

    def closure(self, capability_id: str) -> list[str]:
        """All that a capability requires, directly or not, sorted."""
        found: set[str] = set()
        queue = list(self.by_id[capability_id]["requires"])
        while queue:
            required = queue.pop()
            if required not in found:
                found.add(required)
                queue += self.by_id[required]["requires"]
        return sorted(found)


def read(catalogue: Path = HERE, root: Path = ROOT) -> Sources:
    """Read the catalogue's YAML files.

    Args:
        catalogue: The folder of ``ladder.yml`` and the areas.
        root: The repository's root, for files that are generated in place.
    """
    files = {
        path.relative_to(catalogue).as_posix(): _load(path)
        for path in sorted(catalogue.glob("*/*.yml"))
        if path.parent.name != "crosswalks"
    }
    crosswalks = {name: _load(catalogue / "crosswalks" / f"{name}.yml") for name in CROSSWALKS}
    return Sources(_load(catalogue / "ladder.yml"), files, crosswalks, root)


def _load(path: Path) -> Mapping:
    # PyYAML is a development dependency: run time reads the compiled JSON.
    import yaml

    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise ValueError(f"{path} is not a mapping")
    return loaded
