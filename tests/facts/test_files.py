"""Which files there are, and what is read of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from mlascent.facts.cache import Cache
from mlascent.facts.files import MOST_BYTES, Files, Problem

from tests.rules.support import write


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True
    )


def repository(root: Path, tree: dict[str, str]) -> Path:
    write(root, tree)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    return root


def test_a_work_tree_is_as_its_user_sees_it(tmp_path: Path) -> None:
    root = repository(
        tmp_path, {"a.py": "1", "b/c.py": "2", "gone.py": "", ".gitignore": "*.log\n", "é ü.py": ""}
    )
    write(root, {"new.py": "3", "x.log": ""})
    (root / "gone.py").unlink()
    os.symlink("/etc", root / "etc")
    (root / "b/c.py").chmod(0o755)
    files = Files(root)
    assert list(files.all) == [".gitignore", "a.py", "b/c.py", "etc", "new.py", "é ü.py"]
    assert {path: file.mode for path, file in files.all.items() if file.mode != "100644"} == {
        "b/c.py": "100755",
        "etc": "120000",
    }
    assert files.in_git
    assert files.text("new.py") == "3"
    assert files.all["a.py"].blob
    assert not files.all["new.py"].blob
    assert files.folders == {"", "b"}


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.py": "secret", "d/e.py": "secret"})
    root = repository(tmp_path / "in", {"a.py": "1", "d/e.py": "2"})
    os.symlink(outside / "secret.py", root / "link.py")
    (root / "d/e.py").unlink()
    (root / "d").rmdir()
    os.symlink(outside / "d", root / "d")
    for files in (Files(root), Files(write(tmp_path / "plain", {"a.py": "1"}))):
        if not files.in_git:
            os.symlink(outside, files.root / "d")
            os.symlink(outside / "secret.py", files.root / "link.py")
        assert {file.mode for file in files.all.values() if file.path in ("d", "link.py")} == {"120000"}
        assert "d/e.py" not in files
        assert files.bytes("link.py") == files.bytes("d/e.py") == files.bytes("../outside/secret.py") == b""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are POSIX's")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert list(Files(tmp_path).all) == []


def test_a_project_may_be_a_folder_of_a_repository(tmp_path: Path) -> None:
    root = repository(tmp_path, {".github/workflows/ci.yml": "a", "projects/churn/a.py": "1"})
    files = Files(root / "projects/churn")
    assert (list(files.all), files.prefix) == (["a.py"], "projects/churn/")
    assert list(files.outer.all) == [".github/workflows/ci.yml", "projects/churn/a.py"]
    assert Files(root).outer.prefix == ""


def test_without_git_everything_counts(tmp_path: Path) -> None:
    files = Files(write(tmp_path, {"a.py": "1", ".venv/b.py": "2", "c/d.py": "3"}))
    assert (list(files.all), files.in_git, files.prefix) == (["a.py", "c/d.py"], False, "")


def test_a_folder_that_its_repository_ignores_stands_alone(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": "x/\n", "x/a.py": "1"})
    assert (list(Files(root / "x").all), Files(root / "x").in_git) == (["a.py"], False)


def test_git_runs_no_program_that_a_repository_names(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a.py": "1", ".gitattributes": "* filter=x\n"})
    for name in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge"):
        git(root, "config", name, f"touch {tmp_path / 'ran'}; cat")
    (root / "a.py").write_text("2")
    assert Files(root).text("a.py") == "2"
    assert not (tmp_path / "ran").exists()


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    files = Files(
        write(tmp_path, {"big.py": b"a" * (MOST_BYTES + 1), "latin.py": b"# a\n'\xe9'", "a.py": "1"})
    )
    for path in ("big.py", "latin.py", "a.py", "none.py"):
        files.parsed(path, "length/1", len)
    assert files.problems == {
        Problem("big.py", "2,000,001 bytes are too many to read"),
        Problem("latin.py", "is not UTF-8 (byte 5)", 2),
    }


def test_a_store_spares_parsing_and_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "r", {"a.py": "one", "bad.py": "x"})
    for name in ("a.py", "bad.py"):
        os.utime(root / name, (1_000_000_000, 1_000_000_000))
    monkeypatch.setattr("mlascent.facts.cache._SETTLED", -1_000)
    asked: list[str] = []

    def parse(text: str) -> list[str]:
        asked.append(text)
        if text == "x":
            raise ValueError("is bad")
        return [text]

    def look() -> tuple[object, set[Problem]]:
        cache = Cache(tmp_path / "cache")
        files = Files(root, cache)
        value = files.parsed("a.py", "k/1", parse)
        files.parsed("bad.py", "k/1", parse)
        cache.close()
        return value, files.problems

    first = look()
    assert first == (["one"], {Problem("bad.py", "is bad")})
    with monkeypatch.context() as still:
        still.setattr(Files, "bytes", None)
        assert look() == first
    assert asked == ["one", "x"]
    (root / "a.py").write_text("two")
    assert look()[0] == ["two"]


def test_a_store_that_cannot_be_opened_is_no_loss(tmp_path: Path) -> None:
    folder = write(tmp_path, {"cache": "a file"}) / "cache"
    files = Files(write(tmp_path / "r", {"a.py": "one"}), Cache(folder))
    assert files.parsed("a.py", "k/1", str.upper) == "ONE"
