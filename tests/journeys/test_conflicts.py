"""A conflict is git's own: its stages, its markers, its commands to go on and back."""

from __future__ import annotations

import json
import os
import stat
import zlib
from pathlib import Path

import pytest
from mlascent import bundle, git, source
from mlascent.commands.unfinished import resume
from mlascent.errors import FailedError, RefusedError

from . import releases
from .conftest import Make
from .support import Repo

CLASH = "src/churn/train.py"


@pytest.fixture
def repo(make: Make) -> Repo:
    """A project in which the user changed the line that the next version changes, too."""
    repo = make(1, version="v1.1.0")
    repo.replace(CLASH, "# since v1.1.0\n", "# user-line-1\n")
    repo.write("own.txt", "user-line-2\n")
    repo.commit()
    return repo


def test_markers_and_stages(repo: Repo) -> None:
    before = repo.head
    updated = repo.update(level=2)
    assert [change.path for change in updated.plan.conflicts] == [CLASH]
    assert updated.needs_you
    assert not updated.commit
    assert repo.head == before
    rows = repo.git("ls-files", "--unmerged").splitlines()
    assert [row.split()[2] for row in rows] == ["1", "2", "3"]
    text = repo.read(CLASH)
    assert "<<<<<<< yours\n# user-line-1\n=======\n# since v2.0.0\n>>>>>>> mlascent level 2, v2.0.0\n" in text
    assert f"UU {CLASH}" in repo.status()
    assert "A  docs/runbook.md" in repo.status()
    assert "cherry-pick" in repo.git("status")


def test_markers_look_as_git_is_told_to_write_them(repo: Repo) -> None:
    repo.git("config", "merge.conflictStyle", "diff3")
    repo.update()
    assert "||||||| before\n# since v1.1.0\n=======" in repo.read(CLASH)


def test_continue(repo: Repo) -> None:
    repo.update(level=2)
    with pytest.raises(RefusedError, match=f"conflicts are left in {CLASH}"):
        resume(repo.path)
    done = repo.settle()
    assert repo.head == done.commit
    assert repo.status() == []
    subject = "mlascent: level 1 to 2; template v1.1.0 to v2.0.0"
    assert repo.git("log", "-1", "--format=%an %s").strip() == f"Ana Souza {subject}"
    assert "Conflicts" not in repo.git("log", "-1", "--format=%b")
    assert repo.tokens() == {b"user-line-1", b"user-line-2"}
    assert not repo.update().changes


def test_continue_runs_no_hook_and_needs_no_identity(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.update()
    hook = repo.top / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert repo.settle().commit


def test_abort(repo: Repo) -> None:
    before = repo.snapshot()
    repo.update(level=2)
    done = repo.abort()
    assert repo.snapshot() == before
    assert not done.kept


def test_abort_goes_back_to_the_branch(repo: Repo) -> None:
    before = repo.snapshot()
    repo.update(level=2, branch="climb")
    assert repo.git("branch", "--show-current").strip() == "climb"
    repo.abort()
    assert repo.snapshot() == before


def test_abort_goes_back_to_a_detached_head(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--detach")
    before = repo.snapshot()
    repo.update(level=2, branch="climb")
    repo.abort()
    assert repo.snapshot() == before


def test_abort_keeps_what_was_written_meanwhile(repo: Repo) -> None:
    repo.update(level=2)
    repo.append("docs/runbook.md", "user-line-3\n")
    repo.append("README.md", "user-line-4\n")
    repo.write("later.txt", "user-line-5\n")
    done = repo.abort()
    assert done.kept == ("README.md", "docs/runbook.md")
    assert repo.tokens() == {b"user-line-%d" % n for n in range(1, 6)}
    assert repo.status() == [" M README.md", "?? docs/runbook.md", "?? later.txt"]


@pytest.mark.parametrize("word", ["cherry-pick --continue", "commit --no-edit"])
def test_git_goes_on(repo: Repo, word: str) -> None:
    repo.update(level=2)
    repo.replace(CLASH, repo.read(CLASH), "# user-line-1\n# since v2.0.0\n")
    repo.git("add", CLASH)
    repo.git("-c", "core.editor=true", *word.split())
    assert repo.status() == []
    assert not repo.update().changes
    with pytest.raises(RefusedError, match="no update is under way"):
        repo.abort()


@pytest.mark.parametrize("word", ["cherry-pick --abort", "reset --quiet --hard"])
def test_git_goes_back(repo: Repo, word: str) -> None:
    before = repo.snapshot()
    repo.update(level=2)
    repo.git(*word.split())
    after = repo.snapshot()
    assert {**after, "left": []} == before
    assert repo.update(level=2).plan.conflicts
    repo.abort()
    assert repo.snapshot() == before


def test_mergetool(repo: Repo, tmp_path: Path) -> None:
    """A merge tool gets the three sides."""
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\ncat "$1" "$2" "$3" > "$4"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    repo.update()
    repo.git("config", "mergetool.mine.cmd", f'"{tool}" "$LOCAL" "$BASE" "$REMOTE" "$MERGED"')
    repo.git("config", "mergetool.mine.trustExitCode", "true")
    repo.git("config", "mergetool.keepBackup", "false")
    repo.git("mergetool", "--no-prompt", "--tool=mine")
    text = repo.read(CLASH)
    assert all(line in text for line in ("# user-line-1", "# since v1.1.0", "# since v2.0.0"))
    assert repo.settle().commit


def test_checkout_merge_writes_the_markers_again(repo: Repo) -> None:
    repo.update()
    repo.write(CLASH, "")
    repo.git("checkout", "--merge", "--", CLASH)
    assert "user-line-1" in repo.read(CLASH)
    assert "# since v2.0.0" in repo.read(CLASH)


def test_another_update_waits_for_the_conflicts(repo: Repo) -> None:
    repo.update()
    with pytest.raises(RefusedError, match="waits for you") as refused:
        repo.update(level=2)
    assert "--continue" in refused.value.hint
    with pytest.raises(RefusedError, match="is not finished"):
        repo.update(level=2, dry_run=True)


def test_a_cherry_pick_of_the_users_is_not_ours(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "side", "HEAD~1")
    repo.replace(CLASH, "# since v1.1.0\n", "# other\n")
    repo.commit()
    repo.git("cherry-pick", "main", fails=True)
    before = repo.snapshot()
    with pytest.raises(RefusedError, match="a cherry-pick is under way"):
        repo.update(level=2)
    with pytest.raises(RefusedError, match="no update is under way"):
        repo.abort()
    assert repo.snapshot() == before


def test_a_finished_update_does_not_mistake_a_later_cherry_pick(repo: Repo) -> None:
    """The note of an update that git itself finished lies around; a cherry-pick begins."""
    repo.update()
    repo.git("checkout", "--ours", CLASH)
    repo.git("add", CLASH)
    repo.git("-c", "core.editor=true", "cherry-pick", "--continue")
    repo.git("switch", "--quiet", "-c", "side", "HEAD~2")
    repo.replace(CLASH, "# since v1.1.0\n", "# other\n")
    repo.commit()
    repo.git("cherry-pick", "main~1", fails=True)
    before = repo.snapshot()
    with pytest.raises(RefusedError, match="no update is under way"):
        repo.abort()
    assert repo.snapshot() == before


def test_a_binary_in_conflict_keeps_the_users(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = dict(releases.releases())
    for version, content in (("v1.1.0", b"\0old"), ("v2.0.0", b"\0new")):
        versions[version] = {**versions[version], "template/notebooks/README.md": ("100644", content)}
    versions["v2.0.0"].pop("template/notebooks/readme.txt")
    book = versions["v1.1.0"]["template/capabilities.json"]
    versions["v2.0.0"] = {**versions["v2.0.0"], "template/capabilities.json": book}
    packed = json.loads(zlib.decompress(bundle.pack(versions, "v2.0.0")))
    monkeypatch.setattr(source, "_bundle", lambda: packed)
    repo = make(version="v1.1.0")
    repo.write("notebooks/README.md", b"\0user")
    repo.commit()
    updated = repo.update()
    assert "notebooks/README.md" in [change.path for change in updated.plan.conflicts]
    assert (repo.path / "notebooks/README.md").read_bytes() == b"\0user"
    repo.git("add", "notebooks/README.md")
    assert repo.settle().commit


def test_a_failing_continue_still_waits(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.update()
    run = git.run

    def failing(*args: str, **options: object) -> bytes:
        if "commit" in args:
            raise FailedError("no space left on device")
        return run(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run", failing)
    with pytest.raises(FailedError):
        repo.settle()
    monkeypatch.undo()
    assert resume(repo.path).commit
