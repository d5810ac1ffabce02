"""What level 1 adds: recorded runs, versioned data, checks before a commit, a deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project import Project, Service, free_port

pytestmark = pytest.mark.xdist_group("1")


@pytest.fixture(scope="module")
def project(level_1: Project) -> Project:
    return level_1


def test_the_run_is_on_record(project: Project) -> None:
    code = (
        f"import json, mlflow; from {project.package.name} import tracking; tracking.configure();"
        " run = mlflow.get_run(json.load(open('models/run.json'))['run_id']);"
        " print(json.dumps([run.data.params, run.data.metrics, run.data.tags]))"
    )
    told = project.python(code).splitlines()[-1]
    assert '"model.learning_rate": "0.1"' in told
    assert '"roc_auc"' in told
    # The last commit records what the training left; it was trained from the one before.
    assert project.git("rev-parse", "HEAD~").strip() in told
    assert project.json("data/raw/manifest.json")["sha256"] in told


def test_training_again_does_nothing(project: Project) -> None:
    before = project.meta()
    project.just("train")
    assert project.meta() == before


def test_an_edit_trains_again(project: Project) -> None:
    before = project.meta()["trained_at"]
    text = project.read("params.yaml")
    project.edit("params.yaml", "learning_rate: 0.1", "learning_rate: 0.09")
    project.just("evaluate")
    assert project.meta()["trained_at"] != before
    (project.path / "params.yaml").write_text(text, encoding="utf-8")
    project.just("evaluate")


def test_fresh_data(project: Project) -> None:
    project.just("ingest")
    assert project.json("data/raw/manifest.json")["rows"] > 0


def test_checks_before_a_commit(project: Project) -> None:
    project.just("hooks")


def test_deploy_and_stop(project: Project) -> None:
    env = {"PORT": str(free_port())}
    service = Service(f"http://127.0.0.1:{env['PORT']}", Path("deployed"))
    project.just("deploy", env=env)
    try:
        service.answers_as(project.meta())
        project.just("deploy", env=env)
        service.answers_as(project.meta())
    finally:
        project.just("stop", env=env)
    with pytest.raises(OSError, match="refused"):
        service.call("/readyz")
