"""Tasks of make, nox, tox, poe, invoke, npm, hatch, pdm, pixi, MLflow projects and console scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlascent.facts.files import Files
from mlascent.facts.tasks.model import Task

if TYPE_CHECKING:
    from mlascent.facts.python import Python


def every(files: Files, python: Python) -> Iterator[Task]:
    """All of them."""
    from mlascent.facts.tasks import make, manifests, sessions

    yield from make.tasks(files)
    yield from sessions.tasks(files, python)
    yield from manifests.tasks(files, python)
