"""The programs that are compared: each in an environment of its own, made from the package index."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.measure import environment

ROOT = Path(__file__).resolve().parents[1]
CCDS = "https://github.com/drivendataorg/cookiecutter-data-science"
STARTERS = "https://github.com/kedro-org/kedro-starters"


class UnavailableError(Exception):
    """Something to compare with cannot be had here; the message says why."""


@dataclass(frozen=True)
class Programs:
    """What is compared, made when it is first asked for.

    Attributes:
        cache: Where environments and templates are kept; one that is there is used again.
        ccds: Where cookiecutter-data-science's template is: it is not in its package.
        starters: Where Kedro's starters are: they are not in its package.
    """

    cache: Path
    ccds: str = CCDS
    starters: str = STARTERS

    @cached_property
    def mlascent(self) -> Path:
        """This checkout as its users install it: a wheel, made anew."""
        with tempfile.TemporaryDirectory() as folder:
            run("uv", "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
            return self._installed("mlascent", *Path(folder).glob("*.whl"), again=True)

    @cached_property
    def copier(self) -> Path:
        """Copier."""
        return self._installed("copier", "copier")

    @cached_property
    def ccds_program(self) -> Path:
        """cookiecutter-data-science."""
        return self._installed("ccds", "cookiecutter-data-science")

    @cached_property
    def kedro(self) -> Path:
        """Kedro."""
        return self._installed("kedro", "kedro")

    @cached_property
    def repo_review(self) -> Path:
        """repo-review with the checks of Scientific Python."""
        return self._installed("repo-review", "sp-repo-review[cli]")

    @cached_property
    def template(self) -> Path:
        """This checkout's template as a repository with one release, for Copier."""
        place = self.cache / "template"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(ROOT / "template", place / "template")
        shutil.copy2(ROOT / "copier.yml", place)
        return released(place)

    @cached_property
    def ccds_template(self) -> Path:
        """cookiecutter-data-science's template."""
        return self._cloned(self.ccds, "ccds-template")

    @cached_property
    def spaceflights(self) -> Path:
        """Kedro's example project, the only one that trains a model."""
        return self._cloned(self.starters, "kedro-starters") / "spaceflights-pandas"

    def _installed(self, name: str, *requirements: str | Path, again: bool = False) -> Path:
        place = self.cache / "environments" / name
        if again or not place.exists():
            run("uv", "venv", "--quiet", "--clear", place)
            run("uv", "pip", "install", "--quiet", "--python", place, *requirements)
        return place / "bin" / name

    def _cloned(self, source: str, name: str) -> Path:
        place = self.cache / name
        if not place.exists():
            try:
                run("git", "clone", "--quiet", "--depth", "1", source, place, seconds=120)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                raise UnavailableError(f"{source} cannot be cloned here, and no package brings it") from error
        return place


def released(repository: Path) -> Path:
    """Make a folder a repository whose one commit is a release."""
    run("git", "init", "--quiet", cwd=repository)
    run("git", "add", "--all", cwd=repository)
    run("git", "commit", "--quiet", "--message", "template", cwd=repository)
    run("git", "tag", "v1.0.0", cwd=repository)
    return repository


def run(*words: str | Path, cwd: Path = ROOT, seconds: float = 900) -> str:
    """Run a step that is not measured.

    Raises:
        RuntimeError: It ended with an error.
    """
    command = [str(word) for word in words]
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def version(program: Path) -> str:
    """The version that a program's environment holds."""
    shown = run(
        "uv", "pip", "show", "--python", program.parent.parent, _PACKAGES.get(program.name, program.name)
    )
    return next(line.split()[1] for line in shown.splitlines() if line.startswith("Version:"))


_PACKAGES = {"ccds": "cookiecutter-data-science"}
