"""Projects made by the real command line, and really set up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .children import mlascent
from .project import Project

Bake = Callable[..., Project]


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Make a project; `where` is its directory, every further keyword an answer.

    All projects share uv's own cache, so that a package is downloaded once.
    """

    def make(
        where: Path | str = "project",
        *options: str | Path,
        level: int,
        setup: bool = True,
        env: dict[str, str] | None = None,
        program: Path | None = None,
        **answers: str,
    ) -> Project:
        place = tmp_path_factory.mktemp("baked") / where
        place.parent.mkdir(parents=True, exist_ok=True)
        # DVC keeps the state of all repositories of a machine in one place; ours stays out of it.
        env = {"DVC_SITE_CACHE_DIR": str(tmp_path_factory.mktemp("dvc")), **(env or {})}
        data = [f"--data={name}={value}" for name, value in answers.items()]
        words = [
            "new",
            place,
            "--defaults",
            f"--level={level}",
            *data,
            *options,
            *(["--setup"] if setup else []),
        ]
        mlascent(*words, cwd=place.parent, program=program, env=env)
        return Project(place, env)

    return make


@pytest.fixture(scope="session")
def level_0(bake: Bake) -> Project:
    return bake("level-0", level=0)


@pytest.fixture(scope="session")
def level_1(bake: Bake) -> Project:
    return bake("level-1", level=1)


@pytest.fixture(scope="session")
def level_2(bake: Bake) -> Project:
    return bake("level-2", level=2)


@pytest.fixture
def project(level: int, request: pytest.FixtureRequest) -> Project:
    """The project of a level with every answer left as it is, set up and trained; made once."""
    made = request.getfixturevalue(f"level_{level}")
    assert isinstance(made, Project)
    return made
