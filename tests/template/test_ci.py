"""CI runs the words that a laptop runs: the same ones on every system, each of them there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import ci, jenkins
from .matrix import PLATFORMS, Matrix, Project, Workshop
from .tools import program, run

SYSTEMS = tuple(ci.FOLDERS)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def called(project: Project) -> dict[str, set[str]]:
    """The words that each CI file calls, by its concern."""
    return {
        ci.concern(path): ci.words(path, content.decode())
        for path, content in project.tree.items()
        if ci.system(path)
    }


def test_every_system_calls_the_same_words(matrix: Matrix) -> None:
    alike: dict[str, dict[str, dict[str, set[str]]]] = {}
    for project in matrix.projects:
        system = project.context["ci"]
        if system != "none":
            alike.setdefault(project.label.replace(f"ci={system}", ""), {})[system] = called(project)
    compared = 0
    for label, systems in alike.items():
        first, *others = systems.values()
        assert all(other == first for other in others), f"{label}: {systems}"
        compared += len(others)
    assert compared > 1000


def test_without_ci_there_are_no_ci_files(matrix: Matrix) -> None:
    for project in matrix.projects:
        systems = {ci.system(path) for path in project.tree} - {None}
        assert systems <= {project.context["ci"]}, project.label


def test_every_word_is_there(tmp_path: Path, matrix: Matrix) -> None:
    """CI calls no word that the project lacks; each justfile parses, whichever of its parts are there."""
    parts: dict[frozenset[tuple[str, bytes]], list[Project]] = {}
    for project in matrix.projects:
        found = {
            (path, content) for path, content in project.tree.items() if path.endswith((".just", "justfile"))
        }
        parts.setdefault(frozenset(found), []).append(project)
    for number, (files, projects) in enumerate(parts.items()):
        home = tmp_path / str(number)
        for path, content in files:
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        told = json.loads(run(program("just"), "--dump", "--dump-format", "json", cwd=home))
        public = {name for name, recipe in told["recipes"].items() if not recipe["private"]}
        assert all(told["recipes"][name]["doc"] for name in public), (
            f"a word says nothing: {projects[0].label}"
        )
        for project in projects:
            lacking = set().union(*called(project).values()) - public
            assert not lacking, f"CI calls {lacking} ({project.label})"


def test_every_job_has_a_limit_and_its_branch(matrix: Matrix) -> None:
    for file in matrix.files(lambda path: ci.system(path) is not None):
        assert re.search(r"timeout", file.text), file.where
    for project in matrix.projects:
        branch = project.context["default_branch"]
        for path, content in project.tree.items():
            # GitLab knows its default branch by itself.
            if ci.system(path) in ("github", "azure", "jenkins") and ci.concern(path) in ("ci", "build"):
                assert re.search(rf"""["']{re.escape(branch)}["']""", content.decode()), (
                    f"{path} ({project.label})"
                )


def test_actions_are_few_and_pinned(matrix: Matrix) -> None:
    """To commits that were read from their repositories, one of each in all files."""
    used = {
        line
        for f in matrix.files(lambda p: ci.system(p) == "github")
        for line in re.findall(r"uses: (.*)", f.text)
    }
    assert {line.partition("@")[0] for line in used} == {
        "actions/checkout",
        "actions/upload-artifact",
        "astral-sh/setup-uv",
    }
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)


def test_an_organisation_s_network_reaches_every_job(matrix: Matrix) -> None:
    """Index, certificates, proxy and image registry, where `site` names them."""
    seen = 0
    for project in matrix.projects:
        if not project.context["site"]:
            continue
        for path, content in project.tree.items():
            if ci.system(path):
                seen += 1
                text = content.decode()
                for name, value in project.context["site_env"].items():
                    assert re.search(rf"""{name}(: "| = '){re.escape(value)}["']""", text), f"{path}: {name}"
                if ci.system(path) == "gitlab" and "image:" in text:
                    assert "image: images.example.com/hub/python:" in text, path
    assert seen > 20


def test_jenkinsfiles_hold_together(matrix: Matrix) -> None:
    files = matrix.files(lambda path: path.endswith(".jenkinsfile"))
    assert files
    for file in files:
        assert jenkins.faults(file.text) == [], file.where


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("agent {", "agnt {", "pipeline knows no agnt"),
        ("steps {", "step {", "has no steps"),
        ("label 'linux'", "lable 'linux'", "agent is ['lable']"),
        ("timeout(", "timeot(", "options knows no timeot"),
        ("sh 'just lint'", "shell 'just lint'", "steps knows no shell"),
        ("stage('ci')", "stage", "not a named stage"),
        ("when {", "when", "not Groovy"),
    ],
)
def test_jenkinsfiles_that_do_not_hold_are_told(workshop: Workshop, old: str, new: str, fault: str) -> None:
    text = workshop.project({"level": 1, "ci": "jenkins"}).tree[".jenkins/mlascent-ci.jenkinsfile"].decode()
    assert text.count(old) == 1
    assert fault in str(jenkins.faults(text.replace(old, new)))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_project_in_a_subdirectory_minds_its_own_business(workshop: Workshop, system: str) -> None:
    """Its jobs carry its name, work in its folder, and start for changes in it alone."""
    given = {"level": 2, "ci": system, "project_name": "Churn", "subdirectory": "services/churn"}
    files = {path: text.decode() for path, text in workshop.project(given).tree.items() if ci.system(path)}
    assert {ci.concern(path) for path in files} >= {"ci"}
    for path, text in files.items():
        if system == "github":
            assert path.startswith(".github/workflows/mlascent-churn-")
            assert "working-directory: services/churn" in text
            assert f'"{path}"' in text or "paths:" not in text
        folder = {
            "github": "working-directory: services/churn",
            "gitlab": "cd services/churn",
            "azure": "JUST_JUSTFILE: $(Build.SourcesDirectory)/services/churn/justfile",
            "jenkins": 'JUST_JUSTFILE = "${env.WORKSPACE}/services/churn/justfile"',
        }
        assert folder[system] in text, path
        if ci.concern(path) in ("ci", "build"):
            assert re.search(r"services/churn(/\*\*)?(/\*)?[\"']", text), path
    names = {name for path, text in files.items() for name in job_names(system, text)}
    assert all("churn" in name for name in names), names


def job_names(system: str, text: str) -> set[str]:
    """How a person sees the jobs of a file."""
    if system == "jenkins":  # jobs are named on the server
        return set()
    loaded = yaml.safe_load(text)
    if system == "gitlab":
        return set(loaded)
    return {loaded["name"]} if system == "github" else {job["displayName"] for job in loaded["jobs"]}


def test_production_waits_for_a_person(workshop: Workshop) -> None:
    """On each system, in the way in which that system asks."""
    files = {
        system: next(
            text.decode()
            for path, text in workshop.project({"level": 2, "ci": system}).tree.items()
            if ci.system(path) and ci.concern(path) == "release"
        )
        for system in SYSTEMS
    }
    for system in ("github", "azure"):
        (job,) = list_of_jobs(yaml.safe_load(files[system]))
        assert "production" in job["environment"] or "ENVIRONMENT" in job["environment"]
    (gitlab,) = yaml.safe_load(files["gitlab"]).values()
    assert gitlab["environment"] == {"name": "$ENVIRONMENT"}
    assert [rule.get("when") for rule in gitlab["rules"]] == [None, "manual"]
    assert re.search(r"input \{.*submitter 'approvers'", files["jenkins"], re.DOTALL)
    for text in files.values():
        assert text.index("just cards --check") < text.index("just promote") < text.index("just deploy")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_is_reached_by_tokens_never_by_keys(workshop: Workshop, platform: str) -> None:
    """Each system in its own way; no secret of the cloud is named in any of its files."""
    remote = {"sagemaker": "s3://data/dvc", "azureml": "azure://data/dvc"}[platform]
    asks = {
        "github": "id-token: write",
        "gitlab": "PLATFORM_ID_TOKEN:",
        "azure": "SYSTEM_ACCESSTOKEN: $(System.AccessToken)",
        "jenkins": "credentials('platform-oidc-token')",
    }
    for system in SYSTEMS:
        given = {"level": 2, "ci": system, "platform": platform, "dvc_remote": remote}
        files = {
            ci.concern(path): text.decode()
            for path, text in workshop.project(given).tree.items()
            if ci.system(path)
        }
        for concern in ("ci", "build", "retrain", "release", "platform"):
            assert asks[system] in files[concern], f"{system} {concern}"
        assert not re.search("AWS_SECRET|AWS_ACCESS_KEY|CONNECTION_STRING|CLIENT_SECRET", str(files)), system
        assert "just train --local" in files["build"]  # a pull request pays for nothing
        assert ("AWS_DATA_ROLE_ARN" if platform == "sagemaker" else "AZURE_DATA_CLIENT_ID") in files["ci"]
        assert files["platform"].index("just platform-image") < files["platform"].index("just pipeline")
        assert "just train" not in files["platform"], "a push trains nothing by itself"


def list_of_jobs(loaded: dict[str, Any]) -> list[dict[str, Any]]:
    jobs = loaded["jobs"]
    return list(jobs.values()) if isinstance(jobs, dict) else jobs


def test_the_training_schedule_is_the_one_written_down(workshop: Workshop) -> None:
    for system in ("github", "azure", "jenkins"):
        tree = workshop.project({"level": 2, "ci": system}).tree
        cron = yaml.safe_load(tree["pipelines/retraining.yaml"])["triggers"]["schedule"]
        (text,) = (t.decode() for p, t in tree.items() if ci.system(p) and ci.concern(p) == "retrain")
        assert re.search(rf"""(cron: "|cron\('TZ=UTC\\n){re.escape(cron)}["']""", text), system


def test_required_checks_are_jobs_of_pull_requests(matrix: Matrix) -> None:
    for project in matrix.projects:
        if rules := project.tree.get(".github/rulesets/mlascent.json"):
            checks = [
                rule["parameters"]
                for rule in json.loads(rules)["rules"]
                if rule["type"] == "required_status_checks"
            ]
            names = {check["context"] for rule in checks for check in rule["required_status_checks"]}
            loaded = [
                yaml.load(t, Loader=_Loader) for p, t in project.tree.items() if ci.system(p) == "github"
            ]
            # YAML reads the key `on` as true
            jobs = {job["name"] for w in loaded if "pull_request" in w[True] for job in w["jobs"].values()}
            assert names == jobs, project.label
