"""A project in its repository, as a user and their team handle it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlascent.answers import Wish
from mlascent.commands.new import new
from mlascent.commands.unfinished import Finished, abort, resume
from mlascent.commands.update import update
from mlascent.commands.updated import Updated
from mlascent.commands.wanted import Change

TOKEN = re.compile(rb"user-line-\d+")
_MARKER = re.compile(rb"^(<{7} |\|{7} |={7}\r?$|>{7} ).*\n?", re.MULTILINE)


@dataclass
class Repo:
    """A project.

    Attributes:
        top: Root of its repository.
        prefix: Its path inside, with a slash at its end; empty at the root.
    """

    top: Path
    prefix: str = ""

    @property
    def path(self) -> Path:
        """The project's directory."""
        return self.top / self.prefix

    def git(self, *args: str, fails: bool = False) -> str:
        done = subprocess.run(["git", *args], cwd=self.top, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, f"git {args}: {done.stdout}{done.stderr}"
        return done.stdout

    def read(self, path: str) -> str:
        return (self.path / path).read_text(encoding="utf-8")

    def write(self, path: str, content: str | bytes, mode: int | None = None) -> None:
        full = self.path / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            full.chmod(mode)

    def append(self, path: str, text: str) -> None:
        self.write(path, (self.path / path).read_bytes() + text.encode())

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert text.count(old) == 1, (path, old, text)
        self.write(path, text.replace(old, new))

    def commit(self, message: str = "work") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    @property
    def answers(self) -> dict[str, Any]:
        import yaml

        loaded: dict[str, Any] = yaml.safe_load(self.read(".copier-answers.yml"))
        return loaded

    def status(self) -> list[str]:
        return self.git("status", "--porcelain", "--untracked-files=all").splitlines()

    def tree(self, commit: str = "HEAD") -> dict[str, str]:
        """Path → mode and content's id."""
        rows = self.git("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
        return {row.split("\t", 1)[1]: row.split("\t", 1)[0] for row in rows if row}

    def changed(self, old: str, new: str = "HEAD") -> dict[str, str]:
        """Path → kind of change between two commits."""
        fields = self.git("diff-tree", "-r", "-z", "--no-renames", "--name-status", old, new).split("\0")
        return {
            path: "M" if kind == "T" else kind for kind, path in zip(fields[0::2], fields[1::2], strict=False)
        }

    def files(self) -> dict[str, tuple[str, bytes]]:
        """Everything in the work tree, git's own directory apart."""
        found = {}
        for folder, folders, names in os.walk(self.top):
            links = [name for name in folders if Path(folder, name).is_symlink()]
            folders[:] = [name for name in folders if name != ".git" and name not in links]
            for name in [*names, *links]:
                path = Path(folder, name)
                if name == ".git":
                    continue
                relative = path.relative_to(self.top).as_posix()
                if path.is_symlink():
                    found[relative] = "link", os.fsencode(os.readlink(path))
                else:
                    found[relative] = "x" if path.stat().st_mode & 0o100 else "-", path.read_bytes()
        return found

    def tokens(self) -> set[bytes]:
        """Every line of the user's in the work tree, and on the user's side of a conflict."""
        found = {token for _, content in self.files().values() for token in TOKEN.findall(content)}
        for row in self.git("ls-files", "--unmerged", "-z").split("\0"):
            about = row.split("\t")[0].split()
            if about and about[2] == "2":
                content = subprocess.run(
                    ["git", "cat-file", "blob", about[1]], cwd=self.top, capture_output=True, check=True
                ).stdout
                found.update(TOKEN.findall(content))
        return found

    def snapshot(self) -> dict[str, Any]:
        """All that an update that is taken back must leave as it was."""
        names = ("CHERRY_PICK_HEAD", "MERGE_MSG", "index.lock", "mlascent-update", "mlascent-index")
        inside = Path(self.top, self.git("rev-parse", "--git-dir").strip())
        return {
            "files": self.files(),
            "status": self.status(),
            "staged": self.git("ls-files", "--stage"),
            "refs": self.git("for-each-ref"),
            "head": self.git("rev-parse", "--symbolic-full-name", "HEAD"),
            "config": self.git("config", "--list", "--local"),
            "left": [name for name in names if (inside / name).exists()],
            "stash": self.git("stash", "list"),
        }

    def update(
        self, to: str | None = None, dry_run: bool = False, branch: str = "", **change: Any
    ) -> Updated:
        """Update it; levels may be lowered."""
        names = ("level", "areas", "with_", "without", "platform", "ci", "workload", "data")
        wish = Wish(**{name: change.pop(name) for name in names if name in change})
        if wish.level is not None:
            object.__setattr__(wish, "level", str(wish.level))
        return update(
            self.path,
            Change(wish=wish, **change),
            to=to,
            dry_run=dry_run,
            branch=branch,
            agree=lambda _: True,
        )

    def settle(self) -> Finished:
        """Settle every conflict by keeping the lines of both sides, and go on."""
        for row in self.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0"):
            if row:
                full = self.top / row
                if full.is_file() and not full.is_symlink():
                    full.write_bytes(_MARKER.sub(b"", full.read_bytes()))
                self.git("add", "--force", "--", row)
        return resume(self.path)

    def abort(self) -> Finished:
        return abort(self.path)


def made(directory: Path, level: int = 0, version: str | None = None, **answers: Any) -> Repo:
    """A new project; at an older template version, made by rendering that."""
    given = {"level": level, **answers}
    data = [f"{name}={value}" for name, value in given.items()]
    if version is None:
        new(directory, Wish(data=data))
        return Repo(directory)
    from mlascent import source

    newest = source.current
    source.current = lambda: source.at(version)
    try:
        new(directory, Wish(data=data))
    finally:
        source.current = newest
    return Repo(directory)


def kinds(updated: Updated) -> Mapping[str, str]:
    """Path → kind of change, as the plan tells it."""
    return {change.path: change.kind for change in updated.changes}
