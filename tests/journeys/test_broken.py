"""Killed or failing at any point: as before, or the next command brings it there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlascent import git
from mlascent.answers import Wish
from mlascent.commands.status import status
from mlascent.commands.unfinished import recover, under_way
from mlascent.commands.update import update
from mlascent.commands.wanted import Change
from mlascent.errors import FailedError, RefusedError
from mlascent.merge.repository import located

from tests.unit.helpers import ROOT

from .conftest import Make
from .small import small, updated
from .support import Repo

WRITES = (
    "update-ref",
    "symbolic-ref",
    "update-index",
    "checkout-index",
    "write-tree",
    "commit-tree",
    "cat-file",
)
STEPS = (
    "begin journal branch switch marks index added changed deleted conflicts refreshed commit head message"
)


@pytest.fixture(params=[False, True], ids=["clean", "conflict"])
def repo(tmp_path: Path, request: pytest.FixtureRequest) -> Repo:
    return small(tmp_path / "small", request.param)


def in_conflict(repo: Repo) -> bool:
    return "user-line-4" in repo.read("clash.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize("conflict", ["clean", "conflict"])
def test_killed_at_every_step(tmp_path: Path, conflict: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.killed", str(tmp_path / "small"), conflict],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == STEPS.split()[: 11 if conflict == "conflict" else None]
    for step, (same, finished) in told.items():
        assert finished == (step in ("head", "message")), step
        assert same or finished, step


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_killed_with_all_that_it_started_at_any_time(make: Make, installed: Path) -> None:
    """git is killed as well, and with it the locks that it holds."""
    repo = make(1, version="v1.1.0")
    repo.write("own.txt", "user-line-1\n")
    repo.commit()
    before = repo.snapshot()
    command = [
        sys.executable,
        "-P",
        "-m",
        "mlascent",
        "update",
        "--level",
        "2",
        "--branch",
        "climb",
        "--quiet",
    ]
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=repo.path, env=environment, start_new_session=True)

    began = time.monotonic()
    assert start().wait() == 0
    lasts = time.monotonic() - began
    after = repo.tree()
    for number in range(6):
        repo.git("switch", "--quiet", "main")
        if "climb" in repo.git("branch"):
            repo.git("branch", "--quiet", "-D", "climb")
        process = start()
        time.sleep(lasts * random.Random(number).uniform(0.4, 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = recover(located(repo.path))
        if repo.head != before["head"] and repo.git("branch", "--show-current").strip() == "climb":
            assert repo.tree() == after
            assert repo.status() == []
        else:
            assert not done or not done.kept
            assert repo.snapshot() == before


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_each_failing_git_command_leaves_everything_as_it_was(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Full disks and missing permissions meet us as git commands that fail, before or after their work."""
    before, conflict = repo.snapshot(), in_conflict(repo)
    number = 0
    while True:
        with monkeypatch.context() as patch:
            patch.setattr(git, "run", _failing(number, late))
            error = _error_of(lambda: updated(repo))
        if error is None:
            break
        assert "no space left" in error.message
        assert "as before" in error.hint
        assert repo.snapshot() == before
        number += 1
    assert number > 6
    assert bool(repo.git("ls-files", "--unmerged")) == conflict


def _error_of(work: Callable[[], object]) -> FailedError | None:
    try:
        work()
    except FailedError as error:
        return error
    return None


def _failing(number: int, late: bool) -> Callable[..., bytes]:
    """`git.run` whose writing call of that number fails; what takes it back is left alone."""
    run = git.run
    calls = iter(range(1000))

    def failing(*args: str, **options: Any) -> bytes:
        if args[0] not in WRITES or "--batch" in args or (args[0] == "update-ref" and "-d" in args):
            return run(*args, **options)
        mine = next(calls) == number
        if mine and not late:
            raise FailedError("no space left on device")
        out = run(*args, **options)
        if mine:
            raise FailedError("no space left on device")
        return out

    return failing


def test_on_a_full_disk_what_was_written_makes_room_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, run = repo.snapshot(), git.run

    def full(*args: str, **options: Any) -> bytes:
        if args[0] in WRITES and "--batch" not in args and (repo.path / "new/deep/file.txt").exists():
            raise FailedError("no space left on device")
        return run(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(git, "run", full)
        error = _error_of(lambda: updated(repo))
    assert error is not None
    assert "as before" in error.hint
    assert repo.snapshot() == before


def test_when_it_cannot_even_be_taken_back_the_next_command_does(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen, number = repo.snapshot(), 0, 0
    while True:
        with monkeypatch.context() as patch:
            patch.setattr(git, "run", _failing_from(number))
            error = _error_of(lambda: updated(repo))
        if error is None:
            break
        number += 1
        assert "no space left" in error.message
        if repo.snapshot() != before:
            seen += 1
            assert "nor could it be taken back" in error.message
            assert under_way(located(repo.path)) == "interrupted"
            recover(located(repo.path))
        assert repo.snapshot() == before
    assert seen


def _failing_from(number: int) -> Callable[..., bytes]:
    run = git.run
    calls = iter(range(1000))

    def failing(*args: str, **options: Any) -> bytes:
        if args[0] in WRITES and "--batch" not in args and next(calls) >= number:
            raise FailedError("no space left on device")
        return run(*args, **options)

    return failing


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(repo: Repo) -> None:
    (repo.path / "gone").chmod(0o500)
    before = repo.snapshot()
    with pytest.raises(FailedError, match="gone"):
        updated(repo)
    assert repo.snapshot() == before
    (repo.path / "gone").chmod(0o700)


@pytest.mark.parametrize("step", ["marks", "index", "changed", "deleted"])
def test_an_interruption_takes_everything_back(repo: Repo, step: str) -> None:
    before = repo.snapshot()

    def stop(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        updated(repo, stop)
    assert repo.snapshot() == before


def test_what_was_written_after_a_kill_stays(repo: Repo) -> None:
    """Nobody noticed the kill, and worked on: their lines are not taken back."""
    _cut_off(repo, "deleted")
    repo.append("changed.txt", "user-line-8\n")
    repo.append("new/deep/file.txt", "user-line-9\n")
    done = recover(located(repo.path))
    assert done is not None
    assert done.kept == ("changed.txt", "new/deep/file.txt")
    assert {b"user-line-1", b"user-line-2", b"user-line-8", b"user-line-9"} <= repo.tokens()
    assert not (repo.path / "new/tool.sh").exists()
    assert repo.git("branch", "--show-current").strip() == "main"


@pytest.mark.parametrize("crlf", [False, True], ids=["lf", "crlf"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_a_file_that_was_half_written_is_no_work_of_a_person(repo: Repo, share: float, crlf: bool) -> None:
    """git writes into the file itself: killed there, it leaves the beginning of the new file or the old."""
    if crlf:
        _autocrlf(repo)
    before = repo.snapshot()
    _cut_off(repo, "refreshed")
    _cut_short(repo, share, "changed.txt", "clash.txt", "run.sh", "kind/inside.txt", "new/deep/file.txt")
    assert recover(located(repo.path)).kept == ()  # type: ignore[union-attr]
    assert repo.snapshot() == before
    _cut_off(repo, "deleted")
    old = {path: before["files"][path][1] for path in ("changed.txt", "gone/one.txt")}
    for path, content in old.items():  # killed while it took the update back
        repo.write(path, content[: int(len(content) * share)])
    assert recover(located(repo.path)).kept == ()  # type: ignore[union-attr]
    assert repo.snapshot() == before


def _autocrlf(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.git("rm", "--quiet", "--cached", "-r", ".")
    repo.git("reset", "--quiet", "--hard")


def _cut_short(repo: Repo, share: float, *paths: str) -> None:
    for path in paths:
        content = (repo.path / path).read_bytes()
        repo.write(path, content[: int(len(content) * share)])


def test_a_file_that_is_only_written_again_for_new_line_endings_is_taken_back_too(repo: Repo) -> None:
    _autocrlf(repo)
    repo.write("own.csv", "user-line-6\r\n" * 20)
    repo.commit()
    before = repo.snapshot()
    _cut_off(repo, "refreshed", {".gitattributes": "*.csv -text\n"})
    assert b"\r" not in (repo.path / "own.csv").read_bytes()
    _cut_short(repo, 0.5, "own.csv")
    assert recover(located(repo.path)).kept == ()  # type: ignore[union-attr]
    assert repo.snapshot() == before


def test_what_a_person_took_back_or_committed_after_a_kill_stands(repo: Repo) -> None:
    before = repo.snapshot()
    _cut_off(repo, "deleted")
    repo.git("reset", "--quiet", "--hard")
    recover(located(repo.path))
    assert repo.snapshot() == before
    _cut_off(repo, "refreshed")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "-m", "mine")
    repo.commit("and more")
    head = repo.head
    done = recover(located(repo.path))
    assert done is not None
    assert not done.finished
    assert repo.head == head
    assert repo.status() == []


def _cut_off(repo: Repo, step: str, more: dict[str, str] | None = None) -> None:
    """What a kill leaves, without the kill."""

    def die(name: str) -> None:
        if name == step:
            raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlascent.merge.apply.undo", lambda _: [])
        with pytest.raises(SystemExit):
            updated(repo, die, more)


def _cut_off_update(repo: Repo, step: str, level: str) -> None:
    def die(name: str) -> None:
        if name == step:
            raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlascent.merge.apply.undo", lambda _: [])
        with pytest.raises(SystemExit):
            update(repo.path, Change(wish=Wish(level=level)), step=die)


def test_a_journal_that_was_cut_off_means_nothing_was_written(repo: Repo) -> None:
    before = repo.snapshot()
    updated(repo)
    content = (repo.top / ".git/mlascent-update").read_bytes() if in_conflict(repo) else b"mlascent 1\0abc"
    repo.git("reset", "--quiet", "--hard")
    repo.git("switch", "--quiet", "main")
    repo.git("branch", "--quiet", "-D", "climb")
    (repo.top / ".git/mlascent-update").write_bytes(content[: len(content) // 2])
    assert under_way(located(repo.path)) == "interrupted"
    recover(located(repo.path))
    assert {**repo.snapshot(), "left": []} == before


def test_a_file_that_appears_meanwhile_is_left_alone(repo: Repo) -> None:
    before = repo.snapshot()

    def appear(step: str) -> None:
        if step == "index":
            repo.write("new/tool.sh", "mine\n")

    with pytest.raises(FailedError, match="could not be written"):
        updated(repo, appear)
    assert repo.read("new/tool.sh") == "mine\n"
    (repo.path / "new/tool.sh").unlink()
    (repo.path / "new").rmdir()
    assert repo.snapshot() == before


def test_another_git_at_work_is_waited_for(repo: Repo) -> None:
    repo.write(".git/index.lock", "")
    with pytest.raises(RefusedError, match="another git command"):
        updated(repo)
    assert (repo.top / ".git/index.lock").exists()


def test_two_updates_at_once(repo: Repo) -> None:
    seen = []

    def other(step: str) -> None:
        if step == "added":
            assert under_way(located(repo.path)) == "running"
            with pytest.raises(RefusedError) as refused:
                recover(located(repo.path))
            seen.append(refused.value.message)

    updated(repo, other)
    assert seen == ["another mlascent is at work in this repository"]


@pytest.mark.parametrize("what", ["file", "commit"])
def test_work_between_the_plan_and_the_update_is_safe(make: Make, what: str) -> None:
    """A person is asked whether to lower a level, and works on before answering."""
    repo = make(1)

    def asked(_: object) -> bool:
        repo.append("pyproject.toml", "# user-line-9\n")
        if what == "commit":
            repo.commit()
        return True

    changed = "the current commit" if what == "commit" else "pyproject.toml"
    with pytest.raises(RefusedError, match=f"somebody changed {changed} meanwhile"):
        update(repo.path, Change(wish=Wish(level="0")), agree=asked)
    assert "user-line-9" in repo.read("pyproject.toml")
    assert not status(repo.path).under_way


def test_the_next_update_takes_back_what_was_cut_off(make: Make) -> None:
    repo = make(0)
    _cut_off_update(repo, "changed", level="1")
    assert status(repo.path).under_way == "interrupted"
    done = update(repo.path, Change(wish=Wish(ci="gitlab", level="1")))
    assert done.recovered
    assert not done.recovered.finished
    assert repo.answers["ci"] == "gitlab"
    assert repo.status() == []
