"""On a platform, a project holds its own words: those that need no account, and those that stay here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Bake
from .project import Project

pytestmark = pytest.mark.full
PLACES = [
    {"platform": "sagemaker", "level": 1, "workload": "batch", "ci": "none"},
    {"platform": "sagemaker", "level": 2, "workload": "both", "ci": "github"},
    {"platform": "azureml", "level": 1, "workload": "online", "ci": "azure"},
    {"platform": "azureml", "level": 2, "workload": "both", "ci": "gitlab"},
]


@pytest.mark.parametrize("answers", PLACES, ids=lambda a: f"{a['platform']}-{a['level']}-{a['workload']}")
def test_what_runs_on_a_laptop_still_does(bake: Bake, answers: dict[str, str | int]) -> None:
    project = bake(**answers)
    for words in (("lint",), ("test",), ("train", "--local"), ("evaluate", "--local")):
        project.just(*words)
    assert project.json("reports/metrics.json")["roc_auc"] > 0.9
    assert "prediction" in project.just("predict")
    assert "prediction" in project.just("predict", "--environment", "local")
    wanted = {"teardown", "smoke-test", "platform-image"}
    assert (wanted | ({"pipeline", "infra"} if answers["level"] == 2 else set())) <= set(project.words())
    runs_as_a_job(project)


def runs_as_a_job(project: Project) -> None:
    """The steps of a job, in a folder that is not the project, give the metrics that the words gave."""
    here, out = project.path, project.path / "build" / "job"
    for name in ("project/pipelines", "data"):
        (out / name).mkdir(parents=True)
    for name in ("params.yaml", "mlascent.yaml", "pipelines/sources.yaml"):
        (out / "project" / name).write_bytes((here / name).read_bytes())
    for name in ("data.csv", "manifest.json"):
        (out / "data" / name).write_bytes((here / "data/raw" / name).read_bytes())
    words = ["validate", "prepare", "train", "evaluate", "judge", "metadata"]
    words += [f"--input={name}={out / name}" for name in ("project", "data")]
    words += [f"--output={name}={out / name}" for name in ("model", "reports", "tracking")]
    code = f"import sys; from {project.package.name}.platforms import job; sys.argv[1:] = {words}; job.main()"
    project.python(code)
    metrics = json.loads(Path(out, "reports/metrics.json").read_text(encoding="utf-8"))
    assert metrics == project.json("reports/metrics.json")
    assert all((out / name).exists() for name in ("model/model.skops", "tracking/mlflow.db"))
