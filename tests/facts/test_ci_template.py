"""The CI files of our own template: every word where it belongs, on four systems and three levels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mlascent import git
from mlascent.facts.ci import Ci
from mlascent.facts.ci import read as read_ci
from mlascent.facts.containers import read as read_containers
from mlascent.facts.files import Files
from mlascent.facts.prometheus import read as read_prometheus
from mlascent.facts.tasks import Launch

from tests.facts.shell import Shell
from tests.rules.support import facts, write
from tests.template.matrix import Workshop

SYSTEMS = ("github", "gitlab", "azure", "jenkins")
#: Word → from which level, triggers that start it, triggers that do not.
WORDS = {
    "just lint": (1, ("push", "change"), ("schedule",)),
    "just test": (1, ("push", "change"), ("schedule",)),
    "just hooks": (1, ("push", "change"), ("schedule",)),
    "just train": (2, ("push", "change"), ("schedule",)),
    "just image": (2, ("push", "change"), ("schedule",)),
    "just integration": (2, ("push", "change"), ("schedule",)),
    "just audit": (2, ("change", "schedule"), ("push",)),
    "just retrain": (2, ("schedule",), ()),
    "just promote": (2, ("manual",), ("schedule",)),
    "just rollback": (2, ("manual",), ("schedule",)),
    "just deploy": (2, ("manual",), ("schedule",)),
}


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


def ci_of(workshop: Workshop, root: Path, **given: object) -> Ci:
    project = workshop.project(given)
    files = Files(write(root, dict(project.tree)))
    return read_ci(files, Shell())


def calls(word: str) -> Callable[[Launch], bool]:
    return lambda launch: word in " ".join(launch.argv)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_word_has_its_triggers(tmp_path: Path, workshop: Workshop, system: str, level: int) -> None:
    ci = ci_of(workshop, tmp_path, level=level, ci=system)
    assert {workflow.system for workflow in ci.workflows} <= {system}
    assert all(workflow.rooted for workflow in ci.workflows)
    for word, (since, wanted, unwanted) in WORDS.items():
        for kind in wanted:
            assert bool(ci.runs(calls(word), kind)) == (level >= since), (word, kind)
        for kind in unwanted:
            assert not ci.runs(calls(word), kind), (word, kind)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_person_agrees_to_releases_alone(tmp_path: Path, workshop: Workshop, system: str) -> None:
    ci = ci_of(workshop, tmp_path, level=2, ci=system)
    for word in ("just deploy", "just promote", "just rollback"):
        for run in ci.runs(calls(word)):
            assert run.job.approval
            assert run.job.environments == ("production", "staging")
    assert not any(run.job.approval for run in ci.runs(calls("just test")))


@pytest.mark.parametrize("system", SYSTEMS)
def test_lines_are_those_of_the_commands(tmp_path: Path, workshop: Workshop, system: str) -> None:
    ci = ci_of(workshop, tmp_path, level=2, ci=system)
    for run in ci.runs(calls("just ")):
        row = (tmp_path / run.launch.path).read_text(encoding="utf-8").splitlines()[run.launch.line - 1]
        assert " ".join(run.launch.argv[:2]) in row


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_project_in_a_folder_of_its_repository(tmp_path: Path, workshop: Workshop, system: str) -> None:
    git.run("init", "-q", cwd=tmp_path)
    project = workshop.project({"level": 2, "ci": system, "subdirectory": "services/churn"})
    for path, content in project.tree.items():
        at_root = path.startswith(".github/workflows/")
        write(tmp_path if at_root else tmp_path / "services" / "churn", {path: content})
    ci = read_ci(Files(tmp_path / "services" / "churn"), Shell())
    for word, (_, wanted, _) in WORDS.items():
        for kind in wanted:
            assert ci.runs(calls(word), kind), (word, kind)


def test_images_and_alerts(tmp_path: Path, workshop: Workshop) -> None:
    given = {"level": 2, "with": ["compose-stack"]}
    files = Files(write(tmp_path, dict(workshop.project(given).tree)))
    found = read_containers(files)
    image = next(d for d in found.dockerfiles if d.path == "deploy/Dockerfile")
    assert (image.user, image.ignore_path) == ("10001:10001", "deploy/Dockerfile.dockerignore")
    assert all(base.image == "python" and base.tag == "3.11-slim" for base in image.bases)
    assert "uvicorn" in image.command[-1]
    assert {"service", "mlflow"} <= set(found.compose[0].services)
    rules = read_prometheus(files)
    assert {rule.name for rule in rules.rules if rule.name} == rules.tested
    assert rules.dashboards[0].queries
    assert files.problems == set()


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_really_runs(tmp_path: Path, workshop: Workshop, system: str) -> None:
    ci = facts(tmp_path, dict(workshop.project({"level": 2, "ci": system}).tree)).ci

    def program(*names: str) -> Callable[[Launch], bool]:
        return lambda launch: launch.argv[:1] == names[:1] and set(names) <= set(launch.argv)

    assert ci.runs(program("pytest"), "change")
    assert ci.runs(program("ruff", "check"), "change")
    assert ci.runs(program("dvc", "repro"), "push")
    assert ci.runs(program("dvc", "repro"), "schedule")
    assert ci.runs(program("uv", "audit"), "schedule")
    assert ci.runs(lambda launch: "just retrain" in "".join(launch.via[:1]), "schedule")
