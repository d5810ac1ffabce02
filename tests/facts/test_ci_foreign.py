"""Repositories that no template made, and hostile files of every system."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from mlascent.facts.tasks import Launch

from tests.rules.support import facts

PLACES = (
    ".github/workflows/x.yml",
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    ".travis.yml",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
)
_ROWS = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
BOMB = "\n".join(["a0: &a0 [x, x]", *_ROWS, "jobs: *a11"])


def trains(launch: Launch) -> bool:
    return launch.entry == "train.py"


def pytests(launch: Launch) -> bool:
    return launch.argv[:1] == ("pytest",)


def test_make_and_a_jenkinsfile(tmp_path: Path) -> None:
    tree = {
        "Makefile": "test:\n\tpytest -q\ntrain: test\n\tpython train.py\n",
        "train.py": "print('x')\n",
        "Jenkinsfile": """
        pipeline {
          triggers { cron('H 4 * * 1') }
          stages {
            stage('test') { when { changeRequest() }
              steps { sh 'make test' } }
            stage('train') { when { triggeredBy 'TimerTrigger' }
              steps {
                sh '''
                  set -e
                  if [ -d data ]; then
                    make train
                  fi
                '''
              } }
          }
        }
        """,
    }
    ci = facts(tmp_path, tree).ci
    assert ci.runs(pytests, "change")
    assert ci.runs(trains, "schedule")
    assert not ci.runs(trains, "change", "push")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/a.yml", "on: push\njobs: {a: {steps: [{run: 'pytest || true'}]}}\n"),
        (".github/workflows/a.yml", "on: push\njobs: {a: {if: false, steps: [{run: pytest}]}}\n"),
        (".github/workflows/a.yml", "on: push\njobs: {a: {steps: [{name: pytest, run: 'true # pytest'}]}}\n"),
        (
            ".github/workflows/a.yml",
            "on: push\njobs: {a: {steps: [{run: pytest}], continue-on-error: true}}\n",
        ),
        (".gitlab-ci.yml", ".a: {script: [pytest]}\n"),
        (".gitlab-ci.yml", "a: {script: [pytest], allow_failure: true}\n"),
        (".gitlab-ci.yml", "a: {script: ['echo pytest']}\n"),
        ("azure-pipelines.yml", 'steps: [{script: "pytest\\necho done"}]\n'),  # bash without -e
        ("Jenkinsfile", "pipeline { stages { stage('a') { steps { echo 'pytest' } } } }"),
        ("Jenkinsfile", "pipeline { stages { stage('a') { steps { // sh 'pytest'\n } } } }"),
        (".circleci/config.yml", "jobs: {a: {steps: [{run: pytest}]}}\nworkflows: {w: {jobs: [b]}}\n"),
    ],
)
def test_theatre(tmp_path: Path, path: str, text: str) -> None:
    assert not facts(tmp_path, {path: text}).ci.runs(pytests)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode(),
        b"[" * 50_000,
        b"\xff\xfe\x00jobs",
        b"a: " * 50_000,
        b"{" * 50_000,
        b"- " * 50_000,
        b"'" * 50_001,
    ],
    ids=["bomb", "brackets", "bytes", "colons", "braces", "dashes", "quotes"],
)
def test_hostile_files_are_problems_and_no_exception(tmp_path: Path, path: str, content: bytes) -> None:
    found = facts(tmp_path, {path: content})
    begun = time.perf_counter()
    assert not found.ci.runs(lambda _: True)
    assert time.perf_counter() - begun < 3
    assert {problem.path for problem in found.files.problems} <= {path}


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text("a: {script: [pytest]}\n", encoding="utf-8")
    root = tmp_path / "repository"
    found = facts(root, {"README.md": "x"})
    (root / ".gitlab-ci.yml").symlink_to(tmp_path / "outside.yml")
    assert not found.ci.runs(pytests)
