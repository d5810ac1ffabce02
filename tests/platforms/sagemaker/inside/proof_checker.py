"""Each kind of wrong value is caught, and a right request is not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from checker import problems, variable

ROLE = "arn:aws:iam::123456789012:role/churn-execution"
RIGHT: dict[str, Any] = {
    "TrainingJobName": "churn-1",
    "RoleArn": ROLE,
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["train"],
    },
    "InputDataConfig": [
        {
            "ChannelName": "data",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "HyperParameters": {"steps": "all"},
    "EnableNetworkIsolation": True,
    "RetryStrategy": {"MaximumRetryAttempts": 3},
    "Tags": [{"Key": "project", "Value": "Ação 1"}],
}
# path, wrong value (None: take it away), the kind that is told
WRONG = [
    ("TrainingJobName", 7, "type"),
    ("HyperParameters", ["steps"], "type"),
    ("InputDataConfig", {"ChannelName": "data"}, "type"),
    ("ResourceConfig", "ml.m5.large", "type"),
    ("ResourceConfig.InstanceCount", "1", "type"),
    ("ResourceConfig.InstanceCount", True, "type"),
    ("EnableNetworkIsolation", "yes", "type"),
    ("RoleArn", None, "missing"),
    ("OutputDataConfig.S3OutputPath", None, "missing"),
    ("ResourceConfig.InstanceKind", "ml.m5.large", "unknown"),
    ("ResourceConfig.InstanceType", "ml.m5.tiny", "enum"),
    ("AlgorithmSpecification.TrainingInputMode", "file", "enum"),
    ("TrainingJobName", "churn_1", "pattern"),
    ("RoleArn", "churn-execution", "pattern"),
    ("Tags.0.Value", "a;b", "pattern"),
    ("RetryStrategy.MaximumRetryAttempts", 0, "min"),
    ("StoppingCondition.MaxRuntimeInSeconds", 0, "min"),
    ("TrainingJobName", "", "min"),
    ("RetryStrategy.MaximumRetryAttempts", 31, "max"),
    ("TrainingJobName", "c" * 64, "max"),
    ("AlgorithmSpecification.ContainerEntrypoint", ["train"] * 101, "max"),
    ("HyperParameters", {str(n): "1" for n in range(101)}, "max"),
]


def test_a_right_request_passes() -> None:
    assert problems("sagemaker", "CreateTrainingJob", RIGHT) == []


@pytest.mark.parametrize(("path", "value", "kind"), WRONG)
def test_a_wrong_value_is_caught(path: str, value: object, kind: str) -> None:
    request = copy.deepcopy(RIGHT)
    place: Any = request
    *parents, last = path.split(".")
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    found = problems("sagemaker", "CreateTrainingJob", request)
    assert any(f": {kind}" in told for told in found), found


def test_a_union_takes_one_member() -> None:
    message = {"role": "user", "content": [{"text": "a", "image": {}}]}
    found = problems("bedrock-runtime", "Converse", {"modelId": "m", "messages": [message]})
    assert any(": union: " in told for told in found), found


def test_a_variable_of_a_pipeline_stands_for_any_value() -> None:
    assert variable({"Get": "Parameters.Image"})
    assert variable({"Std:Join": {"On": "/", "Values": ["a"]}})
    assert not variable({"S3Uri": "s3://bucket"})
    request = RIGHT | {"RoleArn": {"Get": "Parameters.Role"}, "StoppingCondition": {"Get": "Steps.X"}}
    assert problems("sagemaker", "CreateTrainingJob", request) == []
