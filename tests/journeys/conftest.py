"""Every journey updates between the synthetic releases, as an installation that carries them does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlascent import source

from . import releases
from .support import Repo, made

Make = Callable[..., Repo]


@pytest.fixture(autouse=True)
def _released(monkeypatch: pytest.MonkeyPatch) -> None:
    releases.packed()  # of this checkout: before it looks like an installation
    monkeypatch.setattr(source, "_bundle", releases.packed)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a project; keywords are its answers, and `version` an older template."""

    def _make(level: int = 0, name: str = "churn", **given: Any) -> Repo:
        return made(tmp_path / name, level, **given)

    return _make


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the releases, for commands of their own process."""
    return releases.installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases as a tagged repository."""
    return releases.tagged(tmp_path_factory.mktemp("hosted") / "template")
