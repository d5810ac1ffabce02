"""What the package index would serve: installed alone, it makes projects without a checkout or a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .children import ROOT, environment, run, tool
from .conftest import Bake

pytestmark = pytest.mark.full

#: A proxy that nobody runs, for a machine that cannot take the network away from a program.
_REFUSED = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clone") / "mlascent"
    run("git", "clone", "--quiet", ROOT.as_uri(), place, cwd=place.parent)
    return place


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"), clone, "--wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, in an environment that holds nothing else."""
    place = tmp_path_factory.mktemp("venv") / "venv"
    run(tool("uv"), "venv", "--quiet", place, cwd=place.parent)
    run(tool("uv"), "pip", "install", "--quiet", "--python", place, wheel, cwd=place.parent)
    return place / "bin" / "mlascent"


def build(out: Path, source: Path, kind: str) -> Path:
    run(tool("uv"), "build", "--quiet", kind, "--out-dir", out, source, cwd=out)
    (built,) = [*out.glob("*.whl"), *out.glob("*.tar.gz")]
    return built


def test_wheel_is_the_same_from_the_sdist(clone: Path, wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "sdist").mkdir()
    (tmp_path / "again").mkdir()
    sdist = build(tmp_path / "sdist", clone, "--sdist")
    again = build(tmp_path / "again", sdist, "--wheel")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_project_without_a_checkout(bake: Bake, installed: Path) -> None:
    project = bake(level=2, program=installed)
    for word in ("lint", "test", "train", "predict"):
        project.just(word)
    with project.serving() as service:
        service.answers_as(project.meta())


def test_creation_without_a_network(installed: Path, bake: Bake, tmp_path: Path) -> None:
    online = bake("same", level=2, setup=False, program=installed)
    cut, env = offline()
    place = tmp_path / "same"
    run(*cut, installed, "new", place, "--defaults", "--level=2", cwd=tmp_path, env=env)
    listed = run("git", "ls-tree", "-r", "HEAD", cwd=place)
    assert listed == online.git("ls-tree", "-r", "HEAD")


def offline() -> tuple[list[str], dict[str, str]]:
    """What to put before a command, or into its environment, so that it reaches nobody."""
    for cut in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        try:
            if not subprocess.run(
                [*cut, "true"], env=environment(), capture_output=True, check=False
            ).returncode:
                return cut, {}
        except FileNotFoundError:
            break
    return [], _REFUSED
