"""Whole or not at all: failures and Ctrl-C at any moment leave nothing behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlascent import place
from mlascent.errors import RefusedError

TREE = {
    "a/b.txt": ("100644", b"b"),
    "run": ("100755", b"#!"),
    "link": ("120000", b"a/b.txt"),
    ".dot": ("100644", b""),
}


def names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*"))


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_placed(there: bool, tmp_path: Path) -> None:
    destination = tmp_path / "parent/project"
    if there:
        destination.mkdir(parents=True)
    place.project(destination, lambda directory: place.write(TREE, directory), {tmp_path / "c/beside": b"x"})
    assert names(destination) == [".dot", "a", "a/b.txt", "link", "run"]
    assert os.readlink(destination / "link") == "a/b.txt"
    assert (tmp_path / "c/beside").read_bytes() == b"x"
    assert names(tmp_path / "parent") == ["project", *(f"project/{name}" for name in names(destination))]


def test_modes_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        place.project(tmp_path / "p", lambda directory: place.write(TREE, directory), {})
    finally:
        os.umask(before)
    modes = {name: (tmp_path / "p" / name).stat().st_mode & 0o777 for name in ("run", "a/b.txt", "a", "")}
    assert modes == {"run": 0o750, "a/b.txt": 0o640, "a": 0o750, "": 0o750}


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_failure_while_building(there: bool, error: type[BaseException], tmp_path: Path) -> None:
    destination = tmp_path / "parent/project"
    if there:
        destination.mkdir(parents=True)
    before = names(tmp_path)

    def build(directory: Path) -> None:
        place.write(TREE, directory)
        raise error

    with pytest.raises(RefusedError if error is OSError else error):
        place.project(destination, build, {})
    assert names(tmp_path) == before


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_failure_while_moving(
    there: bool, call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = tmp_path / "parent/project"
    if there:
        destination.mkdir(parents=True)
    before = names(tmp_path)
    rename, calls = os.rename, 0

    def fail(*arguments: str) -> None:
        nonlocal calls
        calls += 1
        if calls == (call if there else 1):
            raise OSError(28, "No space left on device")
        rename(*arguments)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(RefusedError, match="No space left on device"):
        place.project(destination, lambda directory: place.write(TREE, directory), {tmp_path / "c/d": b""})
    assert names(tmp_path) == before


def test_a_file_beside_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    def build(directory: Path) -> None:
        place.write(TREE, directory)
        (tmp_path / "beside").write_text("mine")

    with pytest.raises(RefusedError):
        place.project(tmp_path / "project", build, {tmp_path / "first": b"1", tmp_path / "beside": b"ours"})
    assert names(tmp_path) == ["beside"]
    assert (tmp_path / "beside").read_text() == "mine"


def test_a_parent_that_somebody_else_uses_meanwhile_stays(tmp_path: Path) -> None:
    def build(directory: Path) -> None:
        (tmp_path / "parent/other").write_text("theirs")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        place.project(tmp_path / "parent/project", build, {})
    assert names(tmp_path) == ["parent", "parent/other"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RefusedError, match="cannot be written"):
        place.check(tmp_path / "project")
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_signals_at_any_moment(number: signal.Signals, there: bool, tmp_path: Path) -> None:
    """The command is ended at many moments: the project is whole, or nothing of it exists."""
    chance = random.Random(5)
    outcomes = set()
    for attempt in range(15):
        ground = tmp_path / str(attempt)
        (ground / "project" if there else ground).mkdir(parents=True)
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlascent",
                "new",
                "deep/project" if not there else "project",
                "--defaults",
                "-q",
            ],
            cwd=ground,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(chance.uniform(0.05, 0.35))
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        made = names(ground)
        whole = [name for name in made if name.endswith("project/.copier-answers.yml")]
        if whole:
            assert not [name for name in made if "mlascent-" in name.replace("workflows/mlascent-", "")]
            done = subprocess.run(
                ["git", "status", "--porcelain"], cwd=ground / Path(whole[0]).parent, capture_output=True
            )
            assert (done.returncode, done.stdout) == (0, b"")
        else:
            assert made == (["project"] if there else []), said
        code = -number if process.returncode == 1 and "KeyboardInterrupt" in said else process.returncode
        outcomes.add((bool(whole), code))
    # Before the command has begun, or after its end, Python itself dies of the signal, in ways of its own.
    assert {code for whole, code in outcomes if whole} <= {0, 130, -number, -signal.SIGINT}
    assert {code for whole, code in outcomes if not whole} <= {130, -number, -signal.SIGINT}
