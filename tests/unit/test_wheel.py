"""What is built: a wheel that works with no checkout, and the same from the sdist."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from mlascent import bundle, history, source

from .helpers import ROOT, git

pytestmark = pytest.mark.skipif(
    history.is_shallow(ROOT), reason="releases are in the history, which is not here"
)


def build(root: Path, kind: str, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, without what somebody is just working on."""
    place = tmp_path_factory.mktemp("clone")
    git(place, "clone", "--quiet", str(ROOT), "mlascent")
    return place / "mlascent"


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(clone, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(place)
    return place


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-P", "-m", "mlascent", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_what_pages_are_made_of(installed: Path) -> None:
    names = {path.name for path in (installed / "mlascent" / "report" / "check").iterdir()}
    assert {"html.py", "page.css", "page.js"} <= names


def test_same_from_the_sdist(clone: Path, wheel: Path, tmp_path: Path) -> None:
    sdist = build(clone, "sdist", tmp_path / "sdist")
    with tarfile.open(sdist) as tar:
        tar.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("mlascent-*")
    assert not (unpacked / ".git").exists()
    assert build(unpacked, "wheel", tmp_path / "again").read_bytes() == wheel.read_bytes()
    told = run(unpacked / "generator", tmp_path, "new", "churn", "--defaults", "--json")  # not even built
    assert told.returncode == 0, told.stderr


def test_projects_without_a_checkout(clone: Path, installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "new", "churn", "--level", "2", "--defaults", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    state = history.state(clone)
    assert told["template"]["version"] == state.version
    assert bundle.files(bundle.load(installed / "mlascent" / bundle.NAME), state.version) == state.files
    assert git(tmp_path / "churn", "status", "--porcelain") == ""


def test_a_project_of_every_release_comes_to_this_one(
    clone: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by the release itself; then updated by the wheel alone, without a network."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    releases = history.releases(clone)
    assert releases.keys() <= set(bundle.versions(bundle.load(installed / "mlascent" / bundle.NAME)))
    newest = history.state(clone).version
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert run(installed, fresh, "new", "churn", "--level", "2", "--defaults").returncode == 0
    for version, commit in releases.items():
        place = tmp_path / version
        place.mkdir()
        git(place, "clone", "--quiet", str(clone), "release")
        git(place / "release", "checkout", "--quiet", commit)
        made = run(place / "release/generator", place, "new", "churn", "--level", "1", "--defaults", "--json")
        assert json.loads(made.stdout)["template"]["version"] == version
        for change in (["--level", "1"], ["--next"]):
            told = run(installed, place / "churn", "update", *change, "--json")
            assert told.returncode == 0, told.stderr
            assert json.loads(told.stdout)["after"]["template"] == newest
        assert git(place / "churn", "rev-parse", "HEAD^{tree}") == git(
            fresh / "churn", "rev-parse", "HEAD^{tree}"
        )


def test_everything_that_runs_is_in_it(wheel: Path, installed: Path, tmp_path: Path) -> None:
    for arguments in (["--help"], ["levels", "2"], ["explain", "data-validation", "--lang", "pt"]):
        assert run(installed, tmp_path, *arguments).returncode == 0
    assert (installed / "mlascent/py.typed").exists()
    unwanted = {"tests", "conftest.py", "uv.lock", "__pycache__"}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if unwanted.intersection(name.split("/"))]


def test_without_the_file_it_says_so(installed: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run(["cp", "-r", installed, bare], check=True)
    (bare / "mlascent" / bundle.NAME).unlink()
    done = run(bare, tmp_path, "new", "churn", "--defaults")
    assert done.returncode == 4
    assert "this installation of mlascent has no template" in done.stderr


def test_a_release(tmp_path: Path) -> None:
    """Setting the version makes the release: plain Copier may update what it creates."""
    git(tmp_path, "clone", "--quiet", str(ROOT), "clone")
    version = tmp_path / "clone/generator/mlascent/__init__.py"
    version.write_text('"""mlascent."""\n\n__version__ = "99.0.0"\n')
    git(tmp_path / "clone", "commit", "--quiet", "-am", "release 99.0.0")
    built = build(tmp_path / "clone", "wheel", tmp_path / "wheel")
    assert built.name.startswith("mlascent-99.0.0-")
    zipfile.ZipFile(built).extractall(tmp_path / "installed")
    done = run(tmp_path / "installed", tmp_path, "new", "churn", "--defaults")
    assert done.returncode == 0, done.stderr
    assert "development version" not in done.stdout
    assert "_commit: v99.0.0\n" in (tmp_path / "churn/.copier-answers.yml").read_text()
    assert run(tmp_path / "installed", tmp_path, "--version").stdout == "mlascent 99.0.0\n"


def test_the_bundle_is_for_installations_only() -> None:
    assert source._bundle() is None or not (ROOT / ".git").exists()
