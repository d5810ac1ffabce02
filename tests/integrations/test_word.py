"""`just check` in a generated project, and GitLab's template in a pipeline."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from mlascent.answers import Wish
from mlascent.commands.new import new

from tests.template.test_gitlab import GitLab
from tests.template.tools import program

from .support import GITLAB, shims


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shims(tmp_path_factory.mktemp("tools") / "bin")


def just(project: Path, tools: Path, *words: str, **env: str) -> tuple[int, str]:
    """What a word ends with, and how it called mlascent."""
    log = tools / "called"
    log.write_text("")
    done = subprocess.run(
        [program("just"), *words],
        cwd=project,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, log.read_text().strip() or done.stderr


@pytest.mark.parametrize("level", ["1", "2"])
def test_the_word_calls_the_mlascent_of_the_template(tmp_path: Path, tools: Path, level: str) -> None:
    project = new(tmp_path / "churn", Wish(level=level)).directory
    answers = project / ".copier-answers.yml"
    told = yaml.safe_load(answers.read_text(encoding="utf-8"))
    answers.write_text(
        answers.read_text(encoding="utf-8").replace(told["_commit"], "v0.3.1"), encoding="utf-8"
    )
    asked = "mlascent check --owed-by template,run"
    assert just(project, tools, "check", "--help") == (0, f"--quiet --from mlascent==0.3.1 {asked} --help")
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("v0.3.1", "v0.3.1-29-g37-dirty"), encoding="utf-8"
    )
    assert "--from mlascent==0.3.1 " in just(project, tools, "check", "--help")[1]
    given = {"MLASCENT_FROM": "/some where/mlascent.whl"}
    assert just(project, tools, "check", "--help", **given)[1].startswith(
        "--quiet --from /some where/mlascent.whl"
    )
    assert "--from mlascent==0.3.1 " in just(project, tools, "check", "--help", MLASCENT_FROM="")[1]
    # Nonsense ends as mlascent ends it, not as if all were well.
    assert just(project, tools, "check", "--level", "nine")[0] == 2
    answers.unlink()
    assert just(project, tools, "check", "--help")[1].startswith("--quiet --from mlascent mlascent")


def test_no_word_at_level_0(tmp_path: Path, tools: Path) -> None:
    project = new(tmp_path / "churn", Wish(level="0")).directory
    code, said = just(project, tools, "check")
    assert code != 0
    assert "does not contain recipe `check`" in said


def test_gitlab_includes_the_template(tmp_path: Path) -> None:
    include = {"local": "/check.yml", "inputs": {"level": "2", "directory": "services/churn"}}
    home = GitLab(
        tmp_path / "repository",
        {
            "check.yml": GITLAB.read_bytes(),
            ".gitlab-ci.yml": yaml.safe_dump({"include": [include]}).encode(),
        },
    )
    assert set(home.jobs("merge_request_event")) == set(home.jobs("push")) == {"mlascent-check"}
    assert home.jobs("schedule") == {}
    told = yaml.safe_load(home.call("merge_request_event", "--preview"))
    variables = told["mlascent-check"]["variables"]
    assert (variables["LEVEL"], variables["DIRECTORY"]) == ("2", "services/churn")
    assert variables["OWED_BY"] == "template,run"
