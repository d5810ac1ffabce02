"""`mlascent new --setup`, with stand-ins for the programs that it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .helpers import git, mlascent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

JUST = """\
#!/bin/sh
echo "just $1 in $(basename "$PWD")"
case "$1" in
setup) echo 'version = 1' > uv.lock ;;
train) mkdir -p models && echo x > models/model.skops && echo '{}' > trained.json && %s ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    place = tmp_path / "bin"
    place.mkdir()
    (place / "uv").write_text("#!/bin/sh\n")
    (place / "just").write_text(JUST % "true")
    for program in place.iterdir():
        program.chmod(0o755)
    return place


def new(
    tmp_path: Path, programs: Path, *options: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    return mlascent("new", "churn", "--defaults", "--setup", *options, cwd=cwd or tmp_path, env=env)


def test_each_step_is_a_commit(programs: Path, tmp_path: Path) -> None:
    done = new(tmp_path, programs)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "churn"
    assert git(project, "log", "--reverse", "--format=%s").splitlines() == [
        "Start churn at level 0",
        "Lock the dependencies",
        "Record the first training",
    ]
    assert git(project, "show", "--name-only", "--format=", "HEAD~1") == "uv.lock"
    assert git(project, "show", "--name-only", "--format=", "HEAD") == "trained.json"
    assert git(project, "status", "--porcelain") == ""
    assert done.stderr.splitlines() == ["just setup in churn", "just train in churn"]
    assert done.stdout.endswith("Next:\n  cd churn\n  just test\n  just serve\n")


def test_quiet_and_json(programs: Path, tmp_path: Path) -> None:
    done = new(tmp_path, programs, "--quiet", "--json")
    assert done.stderr == ""
    assert json.loads(done.stdout)["first_run"] == {"done": ["setup", "train"], "failed": None}


def test_the_first_training_stays_here_on_a_platform(programs: Path, tmp_path: Path) -> None:
    (programs / "just").write_text('#!/bin/sh\necho "just $*"\n')
    done = new(tmp_path, programs, "--level", "1", "--platform", "sagemaker")
    assert done.stderr.splitlines() == ["just setup", "just train --local"]


def test_failing_keeps_the_project(programs: Path, tmp_path: Path) -> None:
    (programs / "just").write_text(JUST % "echo no rows && exit 3")
    done = new(tmp_path, programs)
    assert done.returncode == 1
    assert git(tmp_path / "churn", "log", "-1", "--format=%s") == "Lock the dependencies"
    assert "`just train` failed; the project itself is whole" in done.stdout
    assert "  | no rows" in done.stdout
    assert done.stdout.endswith("go on:\n  cd churn\n  just train\n")


def test_in_a_repository_nothing_is_committed(programs: Path, tmp_path: Path) -> None:
    root = tmp_path / "company"
    root.mkdir()
    git(root, "init", "--quiet")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "us")
    done = new(tmp_path, programs, cwd=root)
    assert done.returncode == 0, done.stderr
    assert (root / "churn/trained.json").exists()
    assert git(root, "log", "--format=%s") == "us"
    assert "git add churn" in done.stdout


def test_interrupted(programs: Path, tmp_path: Path) -> None:
    (programs / "just").write_text("#!/bin/sh\necho begun\nexec sleep 30\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "mlascent", "new", "churn", "--defaults", "--setup"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - begun < 5
    assert "`just setup` was stopped; the project itself is whole" in said
    assert git(tmp_path / "churn", "status", "--porcelain") == ""
