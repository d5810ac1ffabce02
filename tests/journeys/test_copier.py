"""A project stays a plain Copier project: ours, `copier update`, and Renovate's way take turns."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlascent.commands.status import status
from mlascent.source import TEMPLATE_URL

from tests.docs.blocks import blocks
from tests.unit.helpers import ROOT

from .releases import NEWEST
from .support import Repo, made

#: What Renovate's copier manager runs.
RENOVATE = ("update", "--skip-answered", "--defaults")


@pytest.fixture
def hosted(tagged: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The template's address leads to a local repository with tags."""
    config = tmp_path / "gitconfig"
    own = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text(encoding="utf-8")
    config.write_text(f'{own}[url "{tagged}"]\n\tinsteadOf = {TEMPLATE_URL}\n', encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


def copier(repo: Repo, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copier", *words],
        cwd=repo.path if repo.path.exists() else repo.path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if repo.path.exists() and (repo.path / ".git").exists():
        repo.commit("copier")


def work(repo: Repo) -> None:
    repo.append("src/churn/train.py", "\n# user-line-1\n")
    repo.append("params.yaml", "# user-line-2\n")
    repo.write("own.txt", "user-line-3\n")
    repo.commit()


def same_as_ours(repo: Repo, tmp_path: Path, level: int) -> None:
    other = made(tmp_path / "other" / "churn", 0, "v1.0.0")
    work(other)
    other.update(level=level)
    assert repo.files() == other.files()


@pytest.mark.usefixtures("hosted")
def test_ours_and_copiers_take_turns(tmp_path: Path) -> None:
    repo = made(tmp_path / "churn", 0, "v1.0.0")
    work(repo)
    repo.update(to="v1.1.0", level=1)
    copier(repo, *RENOVATE)  # to v2.0.0
    assert repo.answers["_commit"] == NEWEST
    assert not status(repo.path).by_hand
    repo.update(level=2)
    same_as_ours(repo, tmp_path, 2)


@pytest.mark.usefixtures("hosted")
def test_what_copier_made_is_ours_to_update(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "churn")
    copier(
        repo,
        *("copy", "--defaults", "--quiet", "--vcs-ref=v1.0.0", "--data=project_name=churn"),
        *("--data=author=Ana Souza", "--data=email=ana@example.com", TEMPLATE_URL, "churn"),
    )
    repo.git("init", "--quiet")
    repo.commit("made by Copier")
    work(repo)
    copier(repo, "update", "--defaults", "--vcs-ref=v1.1.0", "--data=level=1")
    repo.update(level=2)
    repo.update(to=NEWEST)
    copier(repo, *RENOVATE)
    assert not repo.update().changes
    same_as_ours(repo, tmp_path, 2)


@pytest.mark.usefixtures("hosted")
def test_the_page_about_it(tmp_path: Path, installed: Path) -> None:
    """Every command of the how-to page, in order, on a project made from the hosted template."""
    repo = made(tmp_path / "churn", 0, "v1.0.0")
    work(repo)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("copier", "mlascent"):
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m {name} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    page = ROOT / "docs/how-to/copier-and-renovate.md"
    commands = [block.text for block in blocks(page) if block.language == "sh"]
    paths = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{installed}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    done = subprocess.run(
        ["bash", "-euc", "\n".join(commands)],
        cwd=repo.path,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "churn: level 1 (reproducible)" in done.stdout
    assert repo.answers["workload"] == "batch"
    assert {f"user-line-{number}".encode() for number in (1, 2, 3)} <= repo.tokens()
    words = [line.split() for text in commands for line in text.splitlines()]
    assert ["copier", "update", "--defaults", "--skip-answered"] in words
