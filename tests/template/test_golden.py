"""Projects have the paths that are written down in tests/golden."""

from __future__ import annotations

from .golden import GOLDEN, listings
from .matrix import Workshop


def test_paths_are_as_written_down(workshop: Workshop) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")}
    assert listings(workshop) == written, "look at what changed, then `python -m tests.template.golden`"
