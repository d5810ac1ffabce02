"""The files by which others run `mlascent check`, their shell, and a place to run it in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from mlascent.answers import Wish
from mlascent.commands.new import new

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
GITLAB = ROOT / "integrations" / "gitlab" / "check.yml"
AZURE = ROOT / "integrations" / "azure" / "check.yml"
FILES = (ACTION, HOOKS, GITLAB, AZURE)


def loaded(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def inputs(path: Path) -> dict[str, str]:
    """What a caller can set, with what it is otherwise."""
    first = loaded(path)[0]
    if path == AZURE:
        return {each["name"]: each["default"] for each in first["parameters"]}
    told = first["inputs"] if path == ACTION else first["spec"]["inputs"]
    return {name: each["default"] for name, each in told.items()}


def script(path: Path) -> tuple[str, dict[str, str]]:
    """The shell that checks, and the environment that the file gives it, inputs not filled in."""
    if path == ACTION:
        (step,) = (s for s in loaded(path)[0]["runs"]["steps"] if "run" in s)
        return step["run"], step["env"]
    if path == GITLAB:
        job = loaded(path)[1]["mlascent-check"]
        return job["script"][0], job["variables"]
    step = loaded(path)[0]["steps"][1]
    return step["bash"], step["env"]


def filled(path: Path, **given: str) -> dict[str, str]:
    """The environment with inputs filled in, as the host does it."""
    known = {**inputs(path), **given}
    env = {}
    for name, value in script(path)[1].items():
        for key, told in known.items():
            for form in (f"${{{{ inputs.{key} }}}}", f"$[[ inputs.{key} ]]", f"${{{{ parameters.{key} }}}}"):
                value = value.replace(form, told)
        env[name] = value
    return env


def project(place: Path, level: str = "1") -> Path:
    """A fresh project, one folder below the root of a repository."""
    subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
    new(place / "services" / "churn", Wish(level=level))
    return place


def shims(place: Path) -> Path:
    """A folder with an `uvx` that runs this checkout, and writes down how it was called."""
    place.mkdir(parents=True)
    uvx = place / "uvx"
    uvx.write_text(
        f"""#!/bin/sh
echo "$*" >> "{place}/called"
while [ "$1" != mlascent ]; do shift; done
shift
exec "{sys.executable}" -m mlascent "$@"
""",
        encoding="utf-8",
    )
    uvx.chmod(0o755)
    return place


def bash(
    text: str, cwd: Path, env: dict[str, str], first: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run shell as hosts do: it ends at the first error."""
    path = os.pathsep.join([*([str(first)] if first else []), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=cwd,
        env={**os.environ, **env, "PATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
