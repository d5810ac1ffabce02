"""Small things that several tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mlascent import place
from mlascent.history import Tree
from mlascent.source import Template, current

ROOT = Path(__file__).resolve().parents[2]

#: A template that keeps every rule, as small as one can be.
MINI: Mapping[str, str] = {
    "copier.yml": """\
_min_copier_version: "9.19.0"
_subdirectory: template
_preserve_symlinks: true
_envops: {undefined: jinja2.StrictUndefined}
_exclude: ["{{ files }}"]
project_name: {type: str, default: Mini}
colour: {type: str, default: red, choices: [red, blue]}
size: {type: int, default: 3, validator: "{% if size > 9 %}at most 9{% endif %}"}
files:
  type: str
  when: false
  default: |
    *
    !/.copier-answers.yml
    !/README.md
""",
    "template/README.md.jinja": "# {{ project_name }} is {{ colour }} and {{ size }}\n",
    "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}


def git(cwd: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def mlascent(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mlascent", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )


def tree_of(files: Mapping[str, str]) -> Tree:
    return {path: ("100644", text.encode()) for path, text in files.items()}


def on_disk(template: Template, directory: Path) -> Template:
    """The same template as a plain directory that Copier can read, with no version to record."""
    place.write(template.files, directory)
    return replace(template, url=str(directory), version="")


def ours(directory: Path) -> Template:
    return on_disk(current(), directory)
