"""The pipeline as the real SDK builds it, offline, and as a server of AWS's API takes it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from checker import problems
from churn.platforms import FailedError
from churn.platforms.sagemaker import execution, pipeline, registry, session, steps, storage, training
from conftest import BUCKET, IMAGE, REPOSITORY, ROLE

Aws = Callable[[str], Any]
OPERATIONS = {
    "Processing": ("CreateProcessingJob", {"ProcessingJobName": "given-by-the-service"}),
    "Training": ("CreateTrainingJob", {"TrainingJobName": "given-by-the-service"}),
    "RegisterModel": ("CreateModelPackage", {}),
}


def every(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All steps, those of conditions too."""
    for step in found:
        yield step
        if step["Type"] == "Condition":
            yield from every(step["Arguments"]["IfSteps"] + step["Arguments"]["ElseSteps"])


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails: a definition asks nobody."""
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection is opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@functools.cache
def built() -> str:
    """It takes a second, and the SDK's import some more."""
    return pipeline.definition(IMAGE)


@pytest.fixture
def definition(offline: None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(built())
    return found


def test_the_definition_is_whole(definition: dict[str, Any]) -> None:
    found = {step["Name"]: step for step in every(definition["Steps"])}
    names = ["Validate", "Prepare", "Tune", "Train", "Evaluate", "Gate", "Decide", "Register", "Refuse"]
    assert list(found) == names
    assert [found[name]["Type"] for name in names[-3:]] == ["Condition", "RegisterModel", "Fail"]
    assert found["Register"]["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"
    decide = found["Decide"]["Arguments"]["Conditions"]
    assert decide[0]["LeftValue"]["Std:JsonGet"]["Path"] == "passed"
    assert decide[0]["RightValue"] is True
    parameters = {told["Name"]: told["DefaultValue"] for told in definition["Parameters"]}
    assert parameters["Trigger"] == "manual"
    assert parameters["Image"] == IMAGE
    assert parameters["Data"] == f"s3://{BUCKET}/churn/data/current"


def test_each_step_is_a_request_that_aws_would_take(definition: dict[str, Any]) -> None:
    checked = 0
    for step in every(definition["Steps"]):
        if step["Type"] in OPERATIONS:
            operation, more = OPERATIONS[step["Type"]]
            assert problems("sagemaker", operation, more | step["Arguments"]) == [], step["Name"]
            checked += 1
    assert checked == 7


def test_a_step_reads_only_what_a_step_before_it_writes(definition: dict[str, Any]) -> None:
    """References to steps are not checked by the SDK where they are properties of outputs."""
    written: dict[str, set[str]] = {}
    for step in every(definition["Steps"]):
        for told in references(step["Arguments"]):
            words = told.removeprefix("Steps.").replace("'", "").replace("]", "").replace("[", ".").split(".")
            assert words[0] in written, f"{step['Name']} reads {told}"
            if words[1:3] == ["ProcessingOutputConfig", "Outputs"]:
                assert words[3] in written[words[0]], f"{step['Name']} reads {told}"
        outputs = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
        written[step["Name"]] = {told["OutputName"] for told in outputs}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Get" and item.startswith("Steps."):
                yield item
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_settings_reach_the_definition(monkeypatch: pytest.MonkeyPatch, offline: None) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    monkeypatch.setenv("SAGEMAKER_KMS_KEY", key)
    monkeypatch.setenv("SAGEMAKER_TRACKING", "https://mlflow.example.org")
    found = {
        step["Name"]: step["Arguments"] for step in every(json.loads(pipeline.definition(IMAGE))["Steps"])
    }
    assert found["Train"]["ResourceConfig"]["VolumeKmsKeyId"] == key
    assert found["Train"]["OutputDataConfig"]["KmsKeyId"] == key
    assert found["Gate"]["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
    assert found["Gate"]["ProcessingOutputConfig"]["KmsKeyId"] == key
    # Where a server of runs is named, jobs must reach it; else they reach nothing.
    assert found["Gate"]["NetworkConfig"]["EnableNetworkIsolation"] is False
    assert found["Gate"]["Environment"]["MLFLOW_TRACKING_URI"] == "https://mlflow.example.org"


def test_the_requests_of_single_jobs(offline: None) -> None:
    folder = f"s3://{BUCKET}/churn/x"
    asked = training.request(session.name("train"), {"project": folder, "data": folder}, IMAGE)
    assert problems("sagemaker", "CreateTrainingJob", asked) == []
    assert asked["AlgorithmSpecification"]["ContainerEntrypoint"] == ["train"]
    assert asked["EnableNetworkIsolation"] is True
    inputs = {"model": f"{folder}/model.tar.gz", "project": folder, "data": folder}
    asked = training.measuring(session.name("evaluate"), inputs, IMAGE)
    assert problems("sagemaker", "CreateProcessingJob", asked) == []
    assert asked["AppSpecification"]["ContainerArguments"][:3] == ["validate", "prepare", "evaluate"]


def test_names_fit_however_long_the_project_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_PROJECT", "a" * 80)
    name = session.name("evaluate")
    assert problems("sagemaker", "DescribeProcessingJob", {"ProcessingJobName": name}) == []


def test_the_definition_can_be_printed(capsys: pytest.CaptureFixture[str], offline: None) -> None:
    pipeline.pipeline(["--print"])
    assert json.loads(capsys.readouterr().out)["Version"] == "2020-12-01"


def test_upsert_and_start(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.pipeline([])
    first = aws("sagemaker").describe_pipeline(PipelineName="churn")
    assert first["RoleArn"] == ROLE
    assert json.loads(first["PipelineDefinition"])["Steps"][0]["Name"] == "Validate"
    # What executions expect is there: data, the champion's folder, the group.
    assert storage.keys(session.uri("data/current/"))
    assert storage.keys(session.uri("champion/")) == ["churn/champion/EMPTY"]
    assert registry.versions() == []
    pipeline.pipeline([])  # a second time it is updated
    pipeline.train(["--no-wait"])
    pipeline.retrain(["--no-wait", "--trigger", "event", "--why", "drift", "(of", "rows)"])
    runs = aws("sagemaker").list_pipeline_executions(PipelineName="churn")["PipelineExecutionSummaries"]
    told = [
        {
            one["Name"]: one["Value"]
            for one in aws("sagemaker").list_pipeline_parameters_for_execution(
                PipelineExecutionArn=run["PipelineExecutionArn"]
            )["PipelineParameters"]
        }
        for run in runs
    ]
    assert sorted(one["Trigger"] for one in told) == ["event", "manual"]
    assert {one["Image"] for one in told} == {IMAGE}
    assert "drift of rows" in {one["Why"] for one in told}
    for one in told:
        assert storage.keys(one["Data"] + "/"), one["Data"]
        assert f"{one['Project']}/params.yaml".removeprefix(f"s3://{BUCKET}/") in storage.keys(one["Project"])


def test_a_start_without_a_pipeline_makes_it(aws: Aws) -> None:
    pipeline.train(["--no-wait"])
    assert aws("sagemaker").describe_pipeline(PipelineName="churn")["PipelineName"] == "churn"


def test_a_training_job_is_taken(aws: Aws) -> None:
    job = training.start()
    told = aws("sagemaker").describe_training_job(TrainingJobName=job)
    assert told["AlgorithmSpecification"]["TrainingImage"] == f"{REPOSITORY}:c0ffee"
    tags = aws("sagemaker").list_tags(ResourceArn=told["TrainingJobArn"])["Tags"]
    assert {"Key": "project", "Value": "churn"} in tags


def test_nobody_is_signed_in(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FailedError, match="Sign in first"):
        pipeline.pipeline([])


def test_the_names_of_steps_are_those_that_following_looks_for() -> None:
    assert (execution.REFUSED, execution.REGISTERED) == (steps.REFUSED, steps.REGISTERED)
