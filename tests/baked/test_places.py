"""Projects in unusual places, with unusual answers, on other versions of Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from . import datasets
from .children import environment, mlascent, run, tool
from .conftest import Bake
from .project import Project

pytestmark = pytest.mark.full

HOSTILE = (
    """He said "no"; it's {{ 7*7 }} {% raw %} ${HOME} $(id) `id` \\n \\ """
    "# <b>&amp; | * _ [x](y) --- 'é' 日本 %s {0}"
)


def works(project: Project) -> None:
    for word in ("lint", "test", "train", "evaluate", "predict"):
        project.just(word)


def test_path_with_spaces_and_accents(bake: Bake) -> None:
    works(bake("a projeção, nº 1", level=2))


@pytest.mark.parametrize("level", [0, 2])
def test_hostile_text_stays_text(bake: Bake, level: int) -> None:
    project = bake(
        level=level,
        project_name='Churn "now" {{ x }} \\ <i>',
        description=HOSTILE,
        author='Zoë O\'Hara, "Z"',
        organisation="A & B {% endraw %}",
        email="zoe+ml@example.com",
    )
    works(project)
    code = "from importlib.metadata import metadata as m; print(m('{}')['Summary'])"
    assert project.python(code.format(project.package.name)).strip() == HOSTILE


def test_subdirectory_of_a_repository(bake: Bake, tmp_path: Path) -> None:
    run("git", "init", "--quiet", cwd=tmp_path)
    (tmp_path / "README.md").write_text("the team's own\n")
    run("git", "add", "README.md", cwd=tmp_path)
    run("git", "commit", "--quiet", "-m", "begin", cwd=tmp_path)
    project = bake(tmp_path / "services" / "churn", level=2)
    assert not (project.path / ".git").exists()
    run("git", "add", "--all", cwd=tmp_path)
    run("git", "commit", "--quiet", "-m", "project", cwd=tmp_path)
    works(project)
    changed = run("git", "status", "--porcelain", "-uall", cwd=tmp_path).splitlines()
    assert all("services/churn/" in line for line in changed), changed


def test_clone_with_the_data_of_a_team(bake: Bake, tmp_path: Path) -> None:
    """What CI does on a machine that has the code alone."""
    mine = bake(level=2)
    table = tmp_path / "mine.csv"
    mlascent("data", "use", table, "--target", datasets.classes(table), cwd=mine.path)
    run(
        tool("uv"),
        "run",
        "--no-sync",
        "dvc",
        "remote",
        "add",
        "-d",
        "shared",
        tmp_path / "store",
        cwd=mine.path,
    )
    mine.just("train")
    mine.just("push")
    mine.git("add", "--all")
    mine.git("commit", "--quiet", "--message", "our data")
    run("git", "clone", "--quiet", mine.path, "clone", cwd=tmp_path)
    clone = Project(tmp_path / "clone", mine.env)
    for word in ("setup", "data", "lint", "test", "train"):
        clone.just(word)
    assert clone.json("data/raw/manifest.json") == mine.json("data/raw/manifest.json")


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_newer_python(bake: Bake, version: str) -> None:
    found = subprocess.run(
        [tool("uv"), "python", "find", "--no-python-downloads", version],
        env=environment(),
        capture_output=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"Python {version} is not installed here")
    project = bake(level=2, python_version=version, env={"UV_PYTHON": version})
    works(project)
    assert project.python("import sys; print(*sys.version_info[:2], sep='.')").strip() == version
