"""The steps that others include are run as their hosts run them: with this checkout, and with its wheel."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import mlascent
import pytest
import yaml
from junitparser import JUnitXml

from tests.template.tools import program

from .support import ACTION, AZURE, GITLAB, HOOKS, ROOT, bash, filled, project, script, shims

VERSION = mlascent.__version__.partition(".dev")[0]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shims(tmp_path_factory.mktemp("tools") / "bin")


def host(place: Path) -> dict[str, str]:
    """What the three hosts set, in one: each step reads its own."""
    return {
        "GITHUB_OUTPUT": str(place / "output"),
        "GITHUB_STEP_SUMMARY": str(place / "summary"),
        "SARIF": str(place / "mlascent.sarif"),
        "REPORTS": str(place),
    }


def test_github(repository: Path, tools: Path, tmp_path: Path) -> None:
    env = {**filled(ACTION, directory="services/churn", **{"owed-by": "template"}), **host(tmp_path)}
    done = bash(script(ACTION)[0], repository, env, tools)
    assert done.returncode in (0, 1), done.stderr
    assert (tmp_path / "output").read_text() == f"sarif={tmp_path}/mlascent.sarif\n"
    (run,) = json.loads((tmp_path / "mlascent.sarif").read_text(encoding="utf-8"))["runs"]
    assert run["properties"]["ok"] == (done.returncode == 0)
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("### ")
    *commands, last = done.stdout.splitlines()
    assert all(re.match(r"::(error|warning|notice)[ :]", line) for line in commands)
    assert last.startswith("mlascent: ")
    assert f"--from mlascent=={VERSION} mlascent check services/churn --owed-by template" in (
        tools / "called"
    ).read_text(encoding="utf-8")


def test_gitlab(repository: Path, tools: Path) -> None:
    env = filled(GITLAB, directory="services/churn", level="1", language="pt")
    done = bash(script(GITLAB)[0], repository, env, tools)
    assert done.returncode in (0, 1), done.stderr
    issues = json.loads((repository / "mlascent-quality.json").read_text(encoding="utf-8"))
    assert any(i["severity"] == "critical" for i in issues) == (done.returncode == 1)
    assert all(i["location"]["path"].startswith("services/churn/") for i in issues)
    assert JUnitXml.fromfile(str(repository / "mlascent-junit.xml")).tests > 20
    assert 'lang="pt-BR"' in (repository / "mlascent.html").read_text(encoding="utf-8")


def test_azure(repository: Path, tools: Path, tmp_path: Path) -> None:
    env = {**filled(AZURE, directory="services/churn"), **host(tmp_path)}
    done = bash(script(AZURE)[0], repository, env, tools)
    assert done.returncode in (0, 1), done.stderr
    report = JUnitXml.fromfile(str(tmp_path / "mlascent-junit.xml"))
    assert bool(report.failures) == (done.returncode == 1)
    assert [line for line in done.stdout.splitlines() if "##" in line] == [
        f"##vso[task.uploadsummary]{tmp_path}/mlascent.md"
    ]
    assert (tmp_path / "mlascent.md").read_text(encoding="utf-8").startswith("### ")


@pytest.mark.parametrize("path", [ACTION, GITLAB, AZURE], ids=["github", "gitlab", "azure"])
def test_a_call_without_meaning_fails_at_once(
    path: Path, repository: Path, tools: Path, tmp_path: Path
) -> None:
    env = {**filled(path, level="nine"), **host(tmp_path)}
    done = bash(script(path)[0], repository, env, tools)
    assert done.returncode == 2
    assert done.stderr.count("There is no level") == 1


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout, by which uvx finds its version."""
    place = tmp_path_factory.mktemp("wheels")
    subprocess.run(
        [program("uv"), "build", "--quiet", "--wheel", "--out-dir", place, ROOT],
        check=True,
        capture_output=True,
    )
    return place


@pytest.mark.full
def test_with_the_wheel(repository: Path, wheels: Path, tmp_path: Path) -> None:
    env = {**filled(ACTION, directory="services/churn"), **host(tmp_path), "UV_FIND_LINKS": str(wheels)}
    done = bash(script(ACTION)[0], repository, env)
    assert done.returncode in (0, 1), done.stderr
    assert json.loads((tmp_path / "mlascent.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


@pytest.mark.full
def test_the_hook_in_a_repository(wheels: Path, tmp_path: Path) -> None:
    """pre-commit takes the hook from a clone of this repository, as it does for others."""
    home = tmp_path / "churn"
    subprocess.run([program("mlascent"), "new", home, "--level", "1", "--defaults", "--quiet"], check=True)
    source = tmp_path / "mlascent"
    source.mkdir()
    (source / HOOKS.name).write_bytes(HOOKS.read_bytes())
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "hooks"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True
    ).stdout.strip()
    settings = {"repos": [{"repo": str(source), "rev": commit, "hooks": [{"id": "mlascent-check"}]}]}
    (tmp_path / "hooks.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    done = subprocess.run(
        [program("pre-commit"), "run", "--all-files", "--verbose", "--config", tmp_path / "hooks.yaml"],
        cwd=home,
        env={**os.environ, "UV_FIND_LINKS": str(wheels), "PRE_COMMIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "mlascent check" in done.stdout
    assert ("exit code: 1" in done.stdout) == (done.returncode == 1), done.stdout
