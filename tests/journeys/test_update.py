"""What an update does, case by case; every defect that plain `copier update` has is a case here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from mlascent import git
from mlascent.errors import FailedError, RefusedError, UsageError
from mlascent.merge.sides import Decision

from .conftest import Make
from .releases import NEWEST
from .support import Repo, kinds, made

L2_DOC = "docs/runbook.md"  # a file of level 2 that nothing else depends on


def decisions(updated: object) -> dict[str, Decision]:
    return {note.path: note.decision for note in updated.notes}  # type: ignore[attr-defined]


def test_a_level_adds_files_and_makes_one_commit(make: Make) -> None:
    repo = make()
    before = repo.head
    updated = repo.update(level=1)
    assert repo.git("rev-parse", "HEAD^").strip() == before
    assert repo.head == updated.commit
    assert repo.status() == []
    assert repo.git("log", "-1", "--format=%s").strip() == "mlascent: level 0 to 1"
    assert repo.answers["level"] == 1
    assert "ci-pipeline" in updated.gained
    assert not updated.notes
    assert not updated.needs_you


def test_the_dry_run_tells_what_happens_and_writes_nothing(make: Make) -> None:
    repo = make()
    repo.write("src/churn/train.py", "# mine\n")
    repo.commit()
    before = repo.snapshot()
    objects = sorted((repo.top / ".git").rglob("*"))
    planned = repo.update(level=2, dry_run=True)
    assert repo.snapshot() == before
    assert sorted((repo.top / ".git").rglob("*")) == objects
    done = repo.update(level=2)
    assert done.changes == planned.changes
    assert done.notes == planned.notes
    assert repo.changed("HEAD~1") == kinds(planned)


def test_nothing_to_do_is_no_commit(make: Make) -> None:
    repo = make(1)
    before = repo.head
    assert not repo.update(branch="unused").changes
    assert repo.head == before
    assert "unused" not in repo.git("branch")


def test_lowering_a_level_keeps_what_was_edited(make: Make) -> None:
    repo = make(2)
    repo.append(L2_DOC, "user-line-1\n")
    repo.commit()
    updated = repo.update(level=0)
    assert decisions(updated) == {L2_DOC: Decision.KEPT_EDITED}
    assert "user-line-1" in repo.read(L2_DOC)
    assert not (repo.path / "monitoring").exists()


def test_lowering_asks(make: Make) -> None:
    from mlascent.answers import Wish
    from mlascent.commands.update import update
    from mlascent.commands.wanted import Change

    repo = make(2)
    before = repo.snapshot()
    with pytest.raises(RefusedError, match="from level 2 to 1"):
        update(repo.path, Change(wish=Wish(level="1")))
    assert repo.snapshot() == before
    repo.update(level=1, areas=["governance=2"])
    with pytest.raises(RefusedError, match="lowers an area"):
        update(repo.path, Change(wish=Wish(areas=["governance=1"])))


@pytest.mark.parametrize("kind", ["ignored", "untracked", "link", "folder"])
def test_what_git_does_not_track_is_never_overwritten(make: Make, kind: str, tmp_path: Path) -> None:
    repo = make()
    if kind == "ignored":
        repo.append(".gitignore", "/docs/\n")
        repo.commit()
    if kind == "link":
        (repo.path / "docs").mkdir()
        (repo.path / L2_DOC).symlink_to(tmp_path / "elsewhere")
    elif kind == "folder":
        repo.write(f"{L2_DOC}/notes.txt", "mine")
    else:
        repo.write(L2_DOC, "mine")
    before = repo.files()
    updated = repo.update(level=2)
    assert decisions(updated)[L2_DOC] == Decision.IN_THE_WAY
    assert updated.needs_you
    assert {path: repo.files()[path] for path in before if path.startswith("docs")} == {
        path: file for path, file in before.items() if path.startswith("docs")
    }
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_out_of_the_repository_is_not_followed(make: Make, tmp_path: Path) -> None:
    repo = make()
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / "docs").symlink_to(outside)
    updated = repo.update(level=2)
    assert decisions(updated)[L2_DOC] == Decision.IN_THE_WAY
    assert not list(outside.iterdir())


def test_a_tracked_link_or_file_in_the_place_of_a_folder_stays(make: Make) -> None:
    repo = make()
    (repo.path / "docs").symlink_to("notebooks")
    repo.write("monitoring", "a file of mine\n")
    repo.commit()
    updated = repo.update(level=2)
    assert decisions(updated)[L2_DOC] == Decision.CLASH
    assert decisions(updated)["monitoring/alerts.yml"] == Decision.CLASH
    assert repo.read("monitoring") == "a file of mine\n"
    assert repo.status() == []


def test_a_binary_of_the_users_stays(make: Make) -> None:
    repo = make()
    repo.write("notebooks/explore.ipynb", b"\0\1\2user")
    repo.commit()
    repo.update(level=2)
    assert (repo.path / "notebooks/explore.ipynb").read_bytes() == b"\0\1\2user"


def test_a_package_renamed_by_an_answer_takes_the_users_files_along(make: Make) -> None:
    repo = make()
    repo.append("src/churn/train.py", "\n# user-line-1\n")
    repo.write("src/churn/deep/own.py", "user_line = 'user-line-2'\n")
    repo.write("scripts/run.py", "from churn.train import main  # user-line-3\n")
    repo.commit()
    updated = repo.update(data=["package=attrition"])
    assert not (repo.path / "src/churn").exists()
    assert "user-line-1" in repo.read("src/attrition/train.py")
    assert "user-line-2" in repo.read("src/attrition/deep/own.py")
    assert decisions(updated)["scripts/run.py"] == Decision.NAMES_OLD
    assert updated.needs_you
    assert repo.status() == []
    shutil.rmtree(repo.path / "src/attrition/deep")
    (repo.path / "scripts/run.py").unlink()
    repo.commit()
    assert not repo.update(level=1).notes


def test_a_package_moved_by_the_user_is_followed(make: Make) -> None:
    repo = make(version="v1.0.0")
    repo.git("mv", "src/churn", "src/attrition")
    repo.commit()
    updated = repo.update(level=2)
    assert not (repo.path / "src/churn").exists()
    assert (repo.path / "src/attrition/gate.py").exists()
    assert "# since v2.0.0" in repo.read("src/attrition/train.py")
    assert decisions(updated)["src/attrition/train.py"] == Decision.MOVED
    assert not updated.plan.conflicts


def test_a_file_that_the_template_moves_takes_the_users_lines_along(make: Make) -> None:
    repo = make(version="v1.1.0")
    repo.append("src/churn/evaluate.py", "# user-line-1\n")
    repo.commit()
    updated = repo.update()
    assert "user-line-1" in repo.read("src/churn/evaluation.py")
    assert not (repo.path / "src/churn/evaluate.py").exists()
    assert decisions(updated) == {"src/churn/evaluation.py": Decision.MOVED}


def test_a_file_that_was_deleted_does_not_come_back_under_another_name(make: Make) -> None:
    repo = make(version="v1.1.0")
    (repo.path / "src/churn/evaluate.py").unlink()
    repo.commit()
    repo.update()
    repo.update(level=1)
    assert not (repo.path / "src/churn/evaluate.py").exists()
    assert not (repo.path / "src/churn/evaluation.py").exists()


def test_what_was_deleted_stays_deleted_through_levels(make: Make) -> None:
    repo = make(2)
    (repo.path / L2_DOC).unlink()
    commit = repo.commit("no runbook")
    for level in (1, 0, 2, 1, 2):
        updated = repo.update(level=level)
        assert not (repo.path / L2_DOC).exists()
    assert [(note.path, note.about) for note in updated.notes] == [(L2_DOC, commit[:9])]


def test_an_own_file_that_was_deleted_does_not_keep_the_templates_away(make: Make) -> None:
    repo = make()
    repo.write(L2_DOC, "mine\n")
    repo.commit()
    (repo.path / L2_DOC).unlink()
    repo.commit()
    repo.update(level=2)
    assert (repo.path / L2_DOC).exists()


@pytest.mark.parametrize("squashed", [False, True])
def test_a_reverted_update_is_no_deletion(make: Make, squashed: bool) -> None:
    repo = make()
    fresh = repo.tree()
    if squashed:
        repo.git("switch", "--quiet", "-c", "work")
        repo.write("own.txt", "mine\n")
        repo.commit()
    repo.update(level=2)
    if squashed:
        repo.git("switch", "--quiet", "main")
        repo.git("merge", "--quiet", "--squash", "work")
        repo.commit("level 2, squashed")
    level_2 = repo.tree()
    repo.git("revert", "--no-edit", "HEAD")
    assert repo.tree() == fresh
    assert repo.answers["level"] == 0
    updated = repo.update(level=2)
    assert not updated.notes
    level_2.pop("own.txt", None)
    assert repo.tree() == level_2


def test_answers_edited_by_hand_are_noticed_and_done(make: Make) -> None:
    repo = make()
    repo.replace(".copier-answers.yml", "level: 0", "level: 1")
    repo.commit()
    updated = repo.update()
    assert updated.by_hand == ("level",)
    assert updated.before.level == 0
    assert updated.after.level == 1
    assert repo.tree() == _as_new(repo, 1)
    assert not repo.update().by_hand


def _as_new(repo: Repo, level: int) -> dict[str, str]:
    other = made(repo.top.parent / "fresh" / repo.top.name, level)
    return other.tree()


def test_both_sides_add_lines_where_the_result_still_parses(make: Make) -> None:
    repo = make(version="v1.0.0")
    repo.replace("pyproject.toml", "[tool.ruff]\n", '[tool.mine]\nname = "user-line-1"\n\n[tool.ruff]\n')
    repo.commit()
    updated = repo.update(to="v1.1.0")
    assert not updated.plan.conflicts
    assert decisions(updated) == {"pyproject.toml": Decision.RESOLVED}
    assert "user-line-1" in repo.read("pyproject.toml")
    assert "[tool.since]" in repo.read("pyproject.toml")


def test_both_add_the_same_key_is_a_conflict(make: Make) -> None:
    repo = make(version="v1.0.0")
    repo.replace("pyproject.toml", "[tool.ruff]\n", '[tool.since]\nversion = "mine"\n\n[tool.ruff]\n')
    repo.commit()
    updated = repo.update(to="v1.1.0")
    assert [change.path for change in updated.plan.conflicts] == ["pyproject.toml"]


def test_an_own_file_much_like_the_templates_stays(make: Make) -> None:
    repo = make()
    other = make(2, "other")
    mine = other.read(L2_DOC) + "user-line-1\n"
    repo.write(L2_DOC, mine)
    repo.commit()
    updated = repo.update(level=2)
    assert decisions(updated) == {L2_DOC: Decision.KEPT_YOURS}
    assert repo.read(L2_DOC) == mine


def test_an_own_file_in_another_spelling_stays_alone(make: Make) -> None:
    repo = make()
    repo.write("docs/Runbook.md", "mine\n")
    repo.commit()
    updated = repo.update(level=2)
    assert decisions(updated) == {L2_DOC: Decision.CLASH}
    assert sorted(p.name for p in (repo.path / "docs").iterdir() if p.name.lower() == "runbook.md") == [
        "Runbook.md"
    ]


def test_line_endings_of_a_checkout_are_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """`core.autocrlf`: what is written looks like what is there, and nothing shows as modified."""
    repo = make()
    repo.git("config", "core.autocrlf", "true")
    repo.git("rm", "--quiet", "--cached", "-r", ".")
    repo.git("reset", "--quiet", "--hard")
    assert b"\r\n" in (repo.path / "README.md").read_bytes()
    repo.append("src/churn/train.py", "# user-line-1\r\n")
    repo.commit()
    updated = repo.update(level=2)
    assert not updated.plan.conflicts
    assert repo.status() == []
    assert "user-line-1" in repo.read("src/churn/train.py")


def test_a_file_kept_with_crlf_merges(make: Make) -> None:
    repo = make(version="v1.0.0")
    content = (repo.path / "justfile").read_bytes().replace(b"\n", b"\r\n")
    repo.write("justfile", content + b"# user-line-1\r\n")
    repo.commit()
    updated = repo.update(to="v1.1.0")
    assert not updated.plan.conflicts
    merged = (repo.path / "justfile").read_bytes()
    assert b"hello:\r\n" in merged
    assert b"user-line-1" in merged
    assert b"\n" not in merged.replace(b"\r\n", b"")


def test_exec_bits_and_links_are_kept(make: Make) -> None:
    repo = make(version="v1.0.0")
    (repo.path / "src/churn/train.py").chmod(0o755)
    (repo.path / "README.md").unlink()
    (repo.path / "README.md").symlink_to("docs/readme.txt")
    repo.commit()
    updated = repo.update()
    assert (repo.path / "src/churn/train.py").stat().st_mode & 0o100
    assert "# since v2.0.0" in repo.read("src/churn/train.py")
    assert (repo.path / "README.md").is_symlink()
    assert decisions(updated)["README.md"] == Decision.CLASH
    assert repo.status() == []


@pytest.mark.parametrize("state", ["dirty", "staged", "unborn", "none", "merge", "untracked", "hidden"])
def test_a_repository_that_is_not_ready_is_refused(make: Make, state: str) -> None:
    repo = make()
    if state == "dirty":
        repo.append("README.md", "x\n")
    elif state == "staged":
        repo.write("new.txt", "x\n")
        repo.git("add", "new.txt")
    elif state == "unborn":
        repo.git("update-ref", "-d", "HEAD")
    elif state == "none":
        shutil.rmtree(repo.top / ".git")
    elif state == "merge":
        repo.write(".git/MERGE_HEAD", repo.head + "\n")
    elif state == "untracked":
        repo.git("rm", "--quiet", "--cached", ".copier-answers.yml")
        repo.git("commit", "--quiet", "-m", "answers are not tracked")
    elif state == "hidden":
        repo.git("update-index", "--assume-unchanged", "README.md")
        repo.append("README.md", "x\n")
    before = repo.files()
    with pytest.raises(RefusedError) as refused:
        repo.update(level=1)
    words = {
        "dirty": "uncommitted changes: README.md",
        "staged": "uncommitted changes: new.txt",
        "unborn": "no commit yet",
        "none": "in no git repository",
        "merge": "a merge is under way",
        "untracked": "does not track .copier-answers.yml",
        "hidden": "uncommitted changes: README.md",
    }
    assert words[state] in refused.value.message
    assert refused.value.hint
    assert repo.files() == before


def test_a_git_that_is_too_old_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, run = make(), git.run
    before = repo.snapshot()

    def old(*args: str, **options: Any) -> bytes:
        if args[0] == "version":
            return b"git version 2.34.1\n"
        if "merge-tree" in args:
            raise FailedError("usage: git merge-tree <base-tree> <branch1> <branch2>")
        return run(*args, **options)

    monkeypatch.setattr(git, "run", old)
    with pytest.raises(RefusedError, match=r"git 2\.34\.1 cannot merge in memory") as refused:
        repo.update(level=1)
    assert "2.38" in refused.value.hint
    assert repo.snapshot() == before


def test_what_contradicts_itself_is_refused_all_at_once(make: Make) -> None:
    repo = make()
    with pytest.raises(UsageError, match="contradict"):
        repo.update(level=1, up=True)
    with pytest.raises(UsageError) as wrong:
        repo.update(ci="travis", areas=["governace=2"], with_=["data-valid"])
    assert all(word in wrong.value.message for word in ("travis", "governace", "data-valid"))
    with pytest.raises(RefusedError, match="highest"):
        make(2, "top").update(up=True)
    with pytest.raises(UsageError, match="v9"):
        repo.update(to="v9.9.9")


def test_a_project_of_an_unknown_version_is_refused(make: Make) -> None:
    repo = make()
    repo.replace(".copier-answers.yml", f"_commit: {NEWEST}", "_commit: v7.0.0")
    # the digest would tell that a hand did this; without it, it is what an older installation meets
    lines = [line for line in repo.read(".copier-answers.yml").splitlines() if "digest" not in line]
    repo.write(".copier-answers.yml", "\n".join(lines) + "\n")
    repo.commit()
    with pytest.raises(RefusedError, match="no template version v7"):
        repo.update(level=1)


def test_answers_that_are_no_longer_asked_go_and_new_ones_come(make: Make) -> None:
    repo = make(version="v1.1.0", nickname="Chu")
    updated = repo.update()
    assert updated.dropped == ("nickname",)
    assert "nickname" not in repo.answers
    assert repo.answers["motto"] == ""


def test_a_branch_holds_the_update(make: Make) -> None:
    repo = make()
    before = repo.head
    updated = repo.update(level=1, branch="climb/one")
    assert repo.git("branch", "--show-current").strip() == "climb/one"
    assert repo.git("rev-parse", "main").strip() == before
    assert updated.branch == "climb/one"
    with pytest.raises(RefusedError, match="there is a branch main"):
        repo.update(level=2, branch="main")
    with pytest.raises(UsageError, match="no name for a branch"):
        repo.update(level=2, branch="a..b")


def test_single_capabilities_come_and_go(make: Make) -> None:
    repo = make()
    before = repo.tree()
    added = repo.update(add=["data-validation"])
    assert {"data-validation", "training-pipeline"} <= set(added.gained)
    assert repo.answers["with"] == ["data-validation"]
    removed = repo.update(remove=["data-validation"])
    assert set(removed.lost) == set(added.gained)
    assert repo.tree() == before
    with pytest.raises(UsageError, match="does not have"):
        repo.update(remove=["data-validation"])


def test_a_capability_of_the_level_leaves_and_returns(make: Make) -> None:
    repo = make(2)
    before = repo.tree()
    repo.update(remove=["model-selection-tuning"])
    assert repo.answers["without"] == ["model-selection-tuning"]
    repo.update(add=["model-selection-tuning"])
    assert repo.tree() == before


def test_an_area_that_stood_higher_is_forgotten_when_the_level_reaches_it(make: Make) -> None:
    repo = make(1)
    repo.update(areas=["governance=2"])
    assert repo.answers["areas"] == {"governance": 2}
    repo.update(level=2)
    assert repo.answers["areas"] == {}
    assert repo.tree() == _as_new(repo, 2)


def test_the_lock_is_named_as_the_next_step(make: Make) -> None:
    repo = make()
    assert not repo.update(level=1).relock
    repo.write("uv.lock", "version = 1\n")
    repo.commit()
    assert repo.update(level=2).relock


def test_a_relative_directory_is_fine(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = make()
    monkeypatch.chdir(repo.path / "src/churn")
    repo.top = Path("..", "..")
    repo.update(level=1)
    assert (Path("..", "..") / ".copier-answers.yml").read_text().count("level: 1") == 1


def test_names_that_are_hard_to_write(make: Make) -> None:
    repo = make(name="with space")
    repo.write('docs/a "b" ção\t[x]*.md', "user-line-1\n")
    repo.write("src/with_space/ção.py", "# user-line-2\n")
    repo.commit()
    repo.update(data=["package=other"])
    repo.update(level=2)
    assert repo.tokens() == {b"user-line-1", b"user-line-2"}
    assert (repo.path / "src/other/ção.py").exists()
    assert repo.status() == []


def test_nobody_need_be_known_to_git(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repo = make()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    repo.update(level=1)
    assert repo.git("log", "-1", "--format=%an <%ae>").strip() == "mlascent <mlascent@localhost>"


def test_a_file_that_git_no_longer_tracks_is_left_alone(make: Make) -> None:
    repo = make(version="v1.0.0")
    repo.git("rm", "--quiet", "--cached", "justfile")
    repo.append(".gitignore", "/justfile\n")
    repo.append("justfile", "# user-line-1\n")
    repo.commit()
    updated = repo.update()
    assert decisions(updated)["justfile"] == Decision.STAYS_UNTRACKED
    assert not updated.needs_you
    assert "user-line-1" in repo.read("justfile")
