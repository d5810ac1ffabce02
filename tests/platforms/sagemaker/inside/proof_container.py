"""The project's own image does what SageMaker asks of it: it trains, judges, refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from churn.platforms import FailedError, image
from churn.platforms.sagemaker import container, definitions, pipeline, sending, session, training
from conftest import IMAGE
from containers import Local


@pytest.fixture(scope="session")
def built() -> str:
    """The image, built from the project's own Dockerfile as for the registry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PLATFORM_IMAGE", raising=False)
        return image.local()


@pytest.fixture
def here(built: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """That image, wherever one is asked for."""
    monkeypatch.setenv("PLATFORM_IMAGE", built)
    return built


@pytest.fixture(scope="module")
def local(built: str, tmp_path_factory: pytest.TempPathFactory) -> Local:
    """A place for executions of the pipeline, which share what S3 would keep."""
    return Local(tmp_path_factory.mktemp("s3"), built)


def test_train_in_a_container(here: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`just train --container`: no account, no settings, the same image, folders and program."""
    shutil.rmtree("models", ignore_errors=True)
    training.train(["--container"])
    assert Path("models/model.skops").exists()
    metrics = json.loads(Path("reports/metrics.json").read_text())
    assert metrics["roc_auc"] > 0.9
    assert json.loads(Path("reports/job.json").read_text())["outcome"] == "done"
    assert f"{metrics['roc_auc']:.4f}" in capsys.readouterr().out


def test_a_container_that_fails_says_why(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "STEPS", "evaluate")  # there is no model to measure
    with pytest.raises(FailedError, match="stages evaluate fails"):
        training.container()


def test_the_sdk_s_local_mode_trains(here: str, aws: Any, tmp_path: Path) -> None:
    """The real SDK's local mode starts the image, feeds its channels and collects its outputs."""
    from sagemaker.core import shapes
    from sagemaker.train.local.local_container import _LocalContainer

    asked = training.request("churn-train-local", {"project": "s3://b/p", "data": "s3://b/d"}, here)
    for name, files, base in (
        ("project", sending.within(map(Path, sending.PROJECT)), Path()),
        ("data", sending.ingest(), sending.DATA),
    ):
        for file in files:
            target = tmp_path / "fed" / name / file.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    channels = [
        shapes.Channel(
            channel_name=told["ChannelName"],
            data_source=shapes.DataSource(
                file_system_data_source=shapes.FileSystemDataSource.model_construct(
                    directory_path=str(tmp_path / "fed" / told["ChannelName"]), file_system_type="EFS"
                )
            ),
        )
        for told in asked["InputDataConfig"]
    ]
    _LocalContainer(
        training_job_name=asked["TrainingJobName"],
        instance_type="local_cpu",
        instance_count=1,
        image=asked["AlgorithmSpecification"]["TrainingImage"],
        container_root=str(tmp_path),
        input_data_config=channels,
        environment=asked["Environment"],
        hyper_parameters=asked["HyperParameters"],
        container_entrypoint=asked["AlgorithmSpecification"]["ContainerEntrypoint"],
        container_arguments=[],
    ).train(wait=True)
    model = tmp_path / "artifacts/model"
    assert sorted(path.name for path in model.iterdir()) == ["model.json", "model.skops", "run.json"]
    reports = tmp_path / "artifacts/output/data/reports"
    assert json.loads((reports / "metrics.json").read_text())["roc_auc"] > 0.9


def feed(local: Local, **params: Any) -> None:
    """Put the project's files and data where the pipeline's parameters look for them."""
    for uri, files, base in (
        (session.uri("project", "x"), sending.within(map(Path, sending.PROJECT)), Path()),
        (session.uri("data", "current"), sending.ingest(), sending.DATA),
    ):
        shutil.rmtree(local.place(uri), ignore_errors=True)
        for file in files:
            target = local.place(uri) / file.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    file = local.place(session.uri("project", "x")) / "params.yaml"
    text = file.read_text()
    for old, new in params.items():
        name, value = old, new
        lines = [line if f"{name}:" not in line else f"  {name}: {value}" for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    file.write_text(text)


def test_the_gate_passes_then_refuses_a_worse_model(local: Local) -> None:
    """The definition that is sent to AWS, step by step in the project's image, without a network."""
    definition = json.loads(pipeline.definition(IMAGE))
    champion = local.place(session.uri("champion"))
    champion.mkdir(parents=True)
    (champion / "EMPTY").touch()
    project = session.uri("project", "x")

    feed(local)
    assert local.run(definition, 1, Project=project) == "Register"
    assert local.ran == ["Validate", "Prepare", "Tune", "Train", "Evaluate", "Gate", "Decide", "Register"]
    registered = local.properties["Register"]
    statistics = registered["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    good = json.loads(local.place(statistics).read_text())
    assert good["roc_auc"] > 0.9
    told = json.loads((local.place(statistics).parent / "metadata.json").read_text())
    assert told["metrics"] == good
    assert told["gate"]["passed"] is True
    archive = registered["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]

    # What `just promote` puts there: from now on a model must be about as good.
    (champion / "EMPTY").unlink()
    shutil.copy(local.place(archive), champion)
    shutil.copy(local.place(statistics), champion)
    feed(local, max_iter=1, learning_rate=0.001, min_samples_leaf=150)
    assert local.run(definition, 2, Project=project) == "Refuse"
    assert "gate.json says why" in local.properties["Refuse"]["ErrorMessage"]
    verdict = local.files["Steps.Gate.PropertyFiles.Verdict"]
    failed = {row["criterion"] for row in verdict["criteria"] if not row["passed"]}
    assert "worse_than_champion" in failed


def test_searching_for_parameters_hands_on_what_it_finds(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = json.loads(pipeline.definition(IMAGE))
    (tune,) = [step for step in definition["Steps"] if step["Name"] == "Tune"]
    words = tune["Arguments"]["AppSpecification"]["ContainerArguments"]
    words[words.index("--trials") + 1] = "3"
    definition["Steps"] = [
        step for step in definition["Steps"] if step["Name"] in ("Validate", "Prepare", "Tune")
    ]
    feed(local, max_iter=1, learning_rate=0.001, min_samples_leaf=150)
    assert local.run(definition, 3, Project=session.uri("project", "x")) == ""
    uri = local.properties["Tune"]["ProcessingOutputConfig"]["Outputs"]["project"]["S3Output"]["S3Uri"]
    assert "max_iter: 1\n" not in (local.place(uri) / "params.yaml").read_text()


def test_what_the_program_train_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "input/data/project").mkdir(parents=True)
    words = container.words(tmp_path)
    assert words[: len(container.STEPS.split())] == container.STEPS.split()
    assert f"--input=project={tmp_path}/input/data/project" in words
    assert definitions.JOB == ["python", "-m", "churn.platforms.job"]
