"""The commands of an existing project as a person types them: what they print, and how they end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlascent.cli import run

from .conftest import Make
from .releases import NEWEST
from .support import Repo
from .test_conflicts import CLASH

Type = Callable[..., str]


@pytest.fixture
def repo(make: Make, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make(1, version="v1.1.0")
    monkeypatch.chdir(repo.path)
    return repo


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """Type a command; it must end with this exit code."""

    def typed(*words: str, code: int = 0, told: bool = True) -> str:
        capsys.readouterr()
        assert run(list(words)) == code, capsys.readouterr()
        out, err = capsys.readouterr()
        assert not (told and code in (0, 1) and err)
        return out or err

    return typed


def clash(repo: Repo) -> None:
    repo.replace(CLASH, "# since v1.1.0\n", "# user-line-1\n")
    repo.commit()


def test_status(repo: Repo, type_: Type) -> None:
    repo.append("README.md", "user-line-1\n")
    (repo.path / "notebooks/README.md").unlink()
    repo.commit()
    text = type_("status")
    assert "churn: level 1 (reproducible)" in text
    assert f"Template v1.1.0; {NEWEST} is here: `mlascent update`" in text
    assert "1 edited, 1 deleted" in text
    assert "Level 2 brings" in text
    told = json.loads(type_("status", "--json"))
    assert told["files"]["edited"] == ["README.md"]
    assert told["files"]["deleted"] == ["notebooks/README.md"]
    assert told["next"]["level"] == 2
    assert not told["needs_you"]
    assert "nível 1 (reproduzível)" in type_("status", "--lang", "pt").lower()


def test_status_tells_of_what_is_unfinished_and_edited_by_hand(repo: Repo, type_: Type) -> None:
    repo.replace(".copier-answers.yml", "ci: github", "ci: gitlab")
    repo.commit()
    assert "Answers edited by hand: ci" in type_("status", code=1)
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    clash(repo)
    type_("update", code=1)
    assert "An update waits" in type_("status", code=1)
    assert json.loads(type_("status", "--json", code=1))["update"] == "waiting"


def test_status_without_a_repository(repo: Repo, type_: Type) -> None:
    (repo.path / ".git").rename(repo.path.parent / "elsewhere")
    assert "level 1" in type_("status")


def test_the_plan_and_then_the_update(repo: Repo, type_: Type) -> None:
    text = type_("update", "--next", "--dry-run")
    assert "Would update churn: level 1 → 2; template v1.1.0 → v2.0.0" in text
    assert "  + docs/runbook.md" in text
    assert "  ~ pyproject.toml" in text
    assert "Nothing was written (--dry-run)." in text
    planned = json.loads(type_("update", "--level", "2", "--dry-run", "--json"))
    assert not planned["written"]
    done = json.loads(type_("update", "--level", "defined", "--json"))
    assert done["written"]
    assert done["commit"] == repo.head
    for name in ("changes", "decisions", "gained", "deepened", "dropped", "before", "after", "answers"):
        assert done[name] == planned[name], name
    assert {change["kind"] for change in done["changes"]} >= {"added", "changed"}


def test_what_goes_further_brings_or_asks_more(repo: Repo, type_: Type) -> None:
    repo.update(level=0)
    told = json.loads(type_("update", "--next", "--dry-run", "--json"))["deepened"]
    assert "code-quality" in told  # .pre-commit-config.yaml comes
    assert "platform-currency" not in told  # as it was, at level 0 and at level 1
    assert json.loads(type_("status", "--json"))["next"]["deepened"] == told


def test_nothing_to_do(repo: Repo, type_: Type) -> None:
    type_("update", "--quiet")
    assert type_("update").startswith("Nothing to do: churn is as it should be (level 1, template v2.0.0).")


def test_conflicts_end_with_one(repo: Repo, type_: Type) -> None:
    clash(repo)
    text = type_("update", code=1)
    assert f"In conflict:\n  {CLASH}\n" in text
    assert "mlascent update --continue" in text
    assert "conflicts are left" in type_("update", "--continue", code=3)
    assert "waits for you" in type_("update", "--level", "2", code=3)
    assert "taken back" in type_("update", "--abort")
    assert "no update is under way" in type_("update", "--abort", code=3)
    type_("update", "--quiet", code=1)
    repo.replace(CLASH, repo.read(CLASH), "# user-line-1\n")
    repo.git("add", CLASH)
    assert "The update is complete" in type_("update", "--continue")
    assert repo.status() == []


def test_continue_and_abort_stand_alone(repo: Repo, type_: Type) -> None:
    assert "stand alone" in type_("update", "--continue", "--level", "2", code=2)
    assert "stand alone" in type_("update", "--continue", "--abort", code=2)
    told = json.loads(_conflicted(repo, type_, "update", "--abort", "--json"))
    assert told == {"schema": 1, "commit": None, "kept": [], "was_complete": False}


def _conflicted(repo: Repo, type_: Type, *words: str) -> str:
    clash(repo)
    type_("update", code=1)
    return type_(*words)


def test_usage_and_refusal(repo: Repo, type_: Type) -> None:
    assert "There is no level '7'" in type_("update", "--level", "7", code=2)
    assert "planned" in type_("update", "--level", "4", code=2)
    assert "contradict" in type_("update", "--json", "--markdown", code=2)
    assert "v9.9.9" in type_("update", "--to", "v9.9.9", code=2)
    repo.append("README.md", "x\n")
    assert "uncommitted changes: README.md" in type_("update", "--level", "2", code=3)


def test_lowering_needs_a_yes(repo: Repo, type_: Type) -> None:
    assert "say --yes" in type_("update", "--level", "0", code=3)
    assert "level 1 → 0" in type_("update", "--level", "0", "--yes")


def test_a_body_for_the_pull_request(repo: Repo, type_: Type) -> None:
    (repo.path / "notebooks/README.md").unlink()
    repo.write("uv.lock", "version = 1\n")
    repo.write("docs/runbook.md/x", "mine\n")
    repo.commit()
    text = type_("update", "--level", "2", "--branch", "climb", "--markdown", code=1)
    assert text.startswith("**level 1 → 2; template v1.1.0 → v2.0.0**")
    assert "- + `docs/architecture.md`" in text
    assert "- `docs/runbook.md`: left alone: you have something else at docs/runbook.md" in text
    assert "- [ ] just setup" in text


def test_what_was_decided_is_told(repo: Repo, type_: Type) -> None:
    repo.replace("pyproject.toml", "[tool.ruff]\n", "[tool.mine]\nx = 1\n\n[tool.ruff]\n")
    repo.append(".gitignore", "docs/runbook.md\n")
    (repo.path / "notebooks/explore.ipynb").unlink()
    repo.commit()
    repo.write("docs/runbook.md", "mine\n")
    text = type_("update", "--level", "2", code=1)
    assert "docs/runbook.md: not added: docs/runbook.md is there and git does not track it" in text
    assert "notebooks/explore.ipynb: stays away: your repository does not have it" in text
    assert "`git revert" in text
    assert "move away what is in the way" in text
    assert type_("update", "--quiet") == ""


def test_what_was_in_the_way_is_brought_when_it_is_gone(repo: Repo, type_: Type) -> None:
    repo.write("docs/runbook.md", "mine\n")
    assert "`mlascent diff FILE | git apply -R`" in type_("update", "--level", "2", code=1)
    (repo.path / "docs/runbook.md").unlink()
    (repo.top.parent / "patch").write_text(type_("diff", "docs/runbook.md"))
    repo.git("apply", "-R", str(repo.top.parent / "patch"))
    repo.commit()
    assert "runbook.md" not in type_("update")
    assert json.loads(type_("status", "--json"))["files"]["deleted"] == []


def test_add_and_remove(repo: Repo, type_: Type) -> None:
    assert "Gained (" in type_("add", "data-validation")
    assert "Dropped (" in type_("remove", "data-validation")
    assert "does not have data-validation" in type_("remove", "data-validation", code=2)
    assert "Did you mean data-validation" in type_("add", "data-validaton", code=2)
    told = json.loads(type_("add", "data-validation", "--dry-run", "--json"))
    assert told["after"]["capabilities"]["data-validation"] == 2


def test_diff(repo: Repo, type_: Type, capsys: pytest.CaptureFixture[str]) -> None:
    type_("update", "--quiet")
    assert "No file differs" in type_("diff", told=False)
    repo.append("README.md", "user-line-1\n")
    (repo.path / "params.yaml").unlink()
    patch = type_("diff")
    assert "+user-line-1" in patch
    assert "deleted file" in patch
    assert type_("diff", "README.md").count("diff --git") == 1
    assert type_("diff", "src", told=False).startswith("No file differs")
    assert "brings no own.txt" in type_("diff", "own.txt", code=2)


def test_in_portuguese(repo: Repo, type_: Type) -> None:
    text = type_("update", "--level", "2", "--lang", "pt")
    assert "churn atualizado: nível 1 → 2" in text
    assert "Ganha (" in text
    assert "there is no fr" in type_("status", "--lang", "fr", code=2)


def test_from_a_folder_of_the_project_and_from_elsewhere(repo: Repo, type_: Type, tmp_path: Path) -> None:
    os.chdir(repo.path / "src/churn")
    assert "level 1" in type_("status")
    os.chdir(tmp_path)
    assert "is in no project" in type_("status", code=3)
    assert "level 1 → 2" in type_("update", "--project", str(repo.path), "--level", "2")


def test_both_languages_say_the_same_things() -> None:
    import string

    from mlascent.report import climb_words

    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert list(climb_words._EN) == list(climb_words._PT)
    for key, text in climb_words._EN.items():
        assert blanks(text) == blanks(climb_words._PT[key]), key


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 3)])
def test_a_person_is_asked(repo: Repo, installed: Path, answer: str, code: int) -> None:
    pexpect = pytest.importorskip("pexpect")
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(installed), "TERM": "dumb"}
    environment.pop("CI", None)
    child = pexpect.spawn(
        sys.executable,
        ["-P", "-m", "mlascent", "update", "--level", "0"],
        cwd=str(repo.path),
        env=environment,
        timeout=60,
        encoding="utf-8",
    )
    child.expect("churn would go from level 1, template v1.1.0 to level 0")
    child.expect("Go on")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code
    assert repo.answers["level"] == (0 if answer == "y" else 1)
