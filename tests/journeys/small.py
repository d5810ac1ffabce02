"""An update of a dozen files without a template: enough to break it at every step, in little time."""

from __future__ import annotations

from pathlib import Path

from mlascent.merge.apply import Step, apply
from mlascent.merge.plan import Plan, plan
from mlascent.merge.repository import Repository, located, opened

from .support import Repo

TEXT = "".join(f"line {number}\n" for number in range(12))


def _tree(files: dict[str, str]) -> dict[str, tuple[str, bytes]]:
    return {
        path: ("100755" if path.endswith(".sh") else "100644", text.encode()) for path, text in files.items()
    }


BASE = _tree(
    {
        "answers.yml": "version: 1\n",
        "changed.txt": TEXT,
        "clash.txt": TEXT,
        "edited.txt": TEXT,
        "gone/one.txt": TEXT,
        "gone/two.txt": TEXT,
        "run.sh": TEXT,
        "same.txt": TEXT,
        "kind": "a file\n",
    }
)
THEIRS = _tree(
    {
        "answers.yml": "version: 2\n",
        "changed.txt": TEXT.replace("line 5", "line five"),
        "clash.txt": TEXT.replace("line 5", "line five"),
        "edited.txt": TEXT.replace("line 9", "line nine"),
        "kind/inside.txt": "a folder now\n",
        "new/deep/file.txt": TEXT,
        "new/tool.sh": TEXT,
        "run.sh": TEXT.replace("line 1\n", "line one\n"),
        "same.txt": TEXT,
    }
)


def small(directory: Path, conflict: bool) -> Repo:
    """A repository with the old files and a user's work in it; in conflict with the new ones, or not."""
    directory.mkdir()
    repo = Repo(directory)
    repo.git("init", "--quiet")
    for path, (mode, content) in BASE.items():
        repo.write(path, content, int(mode[-3:], 8))
    repo.commit("made")
    repo.replace("edited.txt", "line 2\n", "line 2 user-line-1\n")
    repo.write("gone/two.txt", "user-line-2\n")
    repo.write("own.txt", "user-line-3\n")
    repo.write(".gitignore", "/ignored.txt\n")
    if conflict:
        repo.replace("clash.txt", "line 5", "user-line-4")
    repo.commit("work")
    repo.write("ignored.txt", "user-line-5\n")
    return repo


def planned(repo: Repo, more: dict[str, str] | None = None) -> tuple[Repository, Plan]:
    """Where it stands, and what an update would do; the new files, and more of them."""
    repository = opened(located(repo.path), "answers.yml")
    listing = repository.listing()
    done = plan(
        repository,
        listing,
        BASE,
        {**THEIRS, **_tree(more or {})},
        message="a new version",
        answers="answers.yml",
        given=lambda _: None,
    )
    return repository, done


def updated(repo: Repo, step: Step = lambda _: None, more: dict[str, str] | None = None) -> str:
    """Update it, on a branch of its own."""
    return apply(*planned(repo, more), branch="climb", step=step)
