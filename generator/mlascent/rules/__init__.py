"""Pure functions from facts to verdicts: a module for each group of capabilities, in a folder an area.

A rule judges; it opens no file (`facts/` does), speaks no prose beyond one sentence (the catalogue does),
and knows no level (`assess.py` does).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from mlascent.rules.model import CHECKS, Check


@cache
def load() -> dict[str, Check]:
    """Every rule that has a function, by id: all modules in the folders of the areas are imported."""
    here = Path(__file__).parent
    for path in sorted(here.glob("*/*.py")):
        if path.stem != "__init__":
            import_module(f"{__name__}.{path.parent.name}.{path.stem}")
    return dict(sorted(CHECKS.items()))
