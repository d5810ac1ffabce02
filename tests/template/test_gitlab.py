"""GitLab's pipelines, executed by gitlab-ci-local: which jobs come when, and what they call."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

from .matrix import Workshop
from .tools import GITLAB_CI_LOCAL, node_package, program, run

#: Programs that the jobs call; here each only writes down how it was called.
STUBS = ("apt-get", "just", "pip", "python3", "uv")


class GitLab:
    """A repository with a project for GitLab, and the program that executes its pipelines."""

    def __init__(self, home: Path, tree: dict[str, bytes]) -> None:
        if not shutil.which("rsync"):
            pytest.skip("gitlab-ci-local copies with rsync, which is missing")
        self.home = home
        self.program = (
            node_package(GITLAB_CI_LOCAL) / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
        )
        for path, content in tree.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        run("git", "init", "--quiet", "--initial-branch=main", cwd=home)
        run("git", "add", "--all", cwd=home)
        run(
            "git",
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "commit",
            "--quiet",
            "-m",
            "first",
            cwd=home,
        )
        run("git", "remote", "add", "origin", "git@gitlab.example.com:team/project.git", cwd=home)
        run("git", "update-ref", "refs/remotes/origin/main", "HEAD", cwd=home)
        run("git", "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main", cwd=home)

    def call(self, source: str, *args: str, **variables: str) -> str:
        """Run gitlab-ci-local as if GitLab had started a pipeline from `source`."""
        given = [
            f"--variable={name}={value}"
            for name, value in {"CI_PIPELINE_SOURCE": source, **variables}.items()
        ]
        # the schema is looked at elsewhere, once
        own = [
            "--no-json-schema-validation",
            "--ignore-predefined-vars=CI_PIPELINE_SOURCE",
            f"--home={self.home.parent / 'home'}",
        ]
        return run(program("node"), self.program, *args, *own, *given, cwd=self.home)

    def jobs(self, source: str, **variables: str) -> dict[str, tuple[str, str]]:
        """The jobs of a pipeline: name → when, environment."""
        told = self.call(source, "--list-csv", **variables)
        lines = told[told.index("name;") :].splitlines()
        return {
            row["name"]: (row["when"], row["environment"]) for row in csv.DictReader(lines, delimiter=";")
        }

    def words(self, monkeypatch: pytest.MonkeyPatch, job: str, source: str, **variables: str) -> list[str]:
        """What one job calls, in order, when it is executed."""
        stubs, log = self.home.parent / "stubs", self.home.parent / "log"
        stubs.mkdir(exist_ok=True)
        log.write_text("")
        for name in STUBS:
            (stubs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\n')
            (stubs / name).chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{stubs}{os.pathsep}{os.environ['PATH']}")
            self.call(source, job, "--force-shell-executor", **variables)
        return [
            line.removeprefix("just ") for line in log.read_text().splitlines() if line.startswith("just ")
        ]


@pytest.fixture(scope="module")
def gitlab(tmp_path_factory: pytest.TempPathFactory, workshop: Workshop) -> GitLab:
    tree = dict(workshop.project({"level": 2, "ci": "gitlab"}).tree)
    return GitLab(tmp_path_factory.mktemp("gitlab") / "project", tree)


def test_each_pipeline_has_its_jobs(gitlab: GitLab) -> None:
    checks = {"mlascent-build": ("on_success", ""), "mlascent-ci": ("on_success", "")}
    audit = {"mlascent-audit": ("on_success", "")}
    retrain = {"mlascent-retrain": ("on_success", "")}
    assert gitlab.jobs("push") == checks
    assert gitlab.jobs("merge_request_event") == checks | audit
    assert gitlab.jobs("schedule") == audit | retrain
    assert gitlab.jobs("trigger", MLASCENT="retrain") == retrain
    assert gitlab.jobs("web", MLASCENT="retrain") == retrain
    assert gitlab.jobs("trigger", MLASCENT="production") == {}
    assert gitlab.jobs("web", MLASCENT="staging") == {"mlascent-release": ("on_success", "staging")}
    for step in ("production", "rollback", "again"):
        assert gitlab.jobs("web", MLASCENT=step) == {"mlascent-release": ("manual", "production")}


@pytest.mark.parametrize(
    ("job", "source", "step", "words"),
    [
        ("mlascent-ci", "merge_request_event", "", ["setup", "hooks", "lint", "data", "test", "check"]),
        ("mlascent-build", "merge_request_event", "", ["setup", "data", "train", "image", "integration"]),
        ("mlascent-audit", "schedule", "", ["setup", "audit"]),
        ("mlascent-retrain", "schedule", "", ["setup", "data", "retrain --trigger schedule"]),
        ("mlascent-retrain", "trigger", "retrain", ["setup", "data", "retrain --trigger event"]),
        ("mlascent-retrain", "web", "retrain", ["setup", "data", "retrain --trigger manual"]),
        ("mlascent-release", "web", "staging", ["setup", "deploy staging"]),
        ("mlascent-release", "web", "production", ["setup", "cards --check", "promote", "deploy production"]),
        ("mlascent-release", "web", "rollback", ["setup", "rollback", "deploy production"]),
        ("mlascent-release", "web", "again", ["setup", "deploy production"]),
    ],
)
def test_each_job_calls_its_words(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, job: str, source: str, step: str, words: list[str]
) -> None:
    assert gitlab.words(monkeypatch, job, source, MLASCENT=step) == words


def test_the_jobs_of_a_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workshop: Workshop) -> None:
    given = {"level": 2, "ci": "gitlab", "platform": "sagemaker", "dvc_remote": "s3://data/dvc"}
    gitlab = GitLab(tmp_path / "project", dict(workshop.project(given).tree))
    checks = {"mlascent-build": ("on_success", ""), "mlascent-ci": ("on_success", "")}
    assert gitlab.jobs("push") == checks | {"mlascent-platform": ("on_success", "")}
    assert gitlab.jobs("web", MLASCENT="teardown") == {"mlascent-platform": ("manual", "")}
    for source, step, words in (
        ("push", "", ["setup", "platform-image", "pipeline"]),
        ("web", "smoke-test", ["setup", "smoke-test staging --yes"]),
        ("web", "teardown", ["setup", "teardown --yes"]),
    ):
        assert gitlab.words(monkeypatch, "mlascent-platform", source, MLASCENT=step) == words
    wanted = ["setup", "signed-in data", "train --local", "image", "integration"]
    assert gitlab.words(monkeypatch, "mlascent-build", "merge_request_event") == wanted
    released = gitlab.words(monkeypatch, "mlascent-release", "web", MLASCENT="production")
    assert released == ["setup", "promote", "deploy production"]


def test_a_project_in_a_subdirectory_is_included(tmp_path: Path, workshop: Workshop) -> None:
    given = {"level": 2, "ci": "gitlab", "project_name": "Churn", "subdirectory": "services/churn"}
    tree = {f"services/churn/{path}": content for path, content in workshop.project(given).tree.items()}
    tree[".gitlab-ci.yml"] = b"include: [{local: /services/churn/.gitlab-ci.yml}]\n"
    gitlab = GitLab(tmp_path / "repository", tree)
    changed = "--no-evaluate-rule-changes"
    told = gitlab.call("merge_request_event", "--list-csv", changed)
    assert {f"mlascent-{concern}-churn" for concern in ("ci", "build", "audit")} <= set(
        told.replace(";", "\n").split()
    )
    assert gitlab.jobs("web", MLASCENT="production") == {}
    assert gitlab.jobs("web", MLASCENT_CHURN="production") == {
        "mlascent-release-churn": ("manual", "production")
    }
