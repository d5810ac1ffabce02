"""Definitions of SageMaker and Azure ML, Terraform and Bicep resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts.python import Found


@dataclass(frozen=True, slots=True)
class Asset:
    """An Azure ML YAML asset: job, component, endpoint, deployment, schedule, environment, monitor.

    Attributes:
        kind: From its `$schema` or `type`: `pipeline`, `command`, `online_endpoint`, `schedule`, `monitor` …
    """

    path: str
    line: int
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of infrastructure as code.

    Attributes:
        path: Relative to the root.
        line: From 1.
        type: Of Terraform (`aws_sagemaker_endpoint`; likewise `data.…`, `provider.aws`, `module`,
            `terraform`), Bicep and ARM (`Microsoft.MachineLearningServices/workspaces`, `module`) or
            CloudFormation (`AWS::SageMaker::Endpoint`).
        name: As the file calls it.
        body: Plain data as far as it is literal; what has to be computed is its text,
            and JSON in a text (or in `jsonencode`) its data. Of Terraform: nested
            blocks are mappings, by label where they have one, and lists where there are several.
        version: Of the API, in Bicep and ARM: `2024-04-01`; empty elsewhere.
    """

    path: str
    line: int
    type: str
    name: str
    body: Mapping[str, Any]
    version: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A call by which Python composes a definition: `ConditionStep(if_steps=[register])`.

    Attributes:
        path: Relative to the root.
        line: From 1.
        name: The last part of what is called: `ConditionStep`.
        target: The variable that holds it; empty without one.
        inside: The function that makes it; empty at module level.
        given: Keyword → the names that its value mentions; a list that is empty mentions none.
    """

    path: str
    line: int
    name: str
    target: str
    inside: str
    given: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Platforms:
    """All of them.

    Attributes:
        assets: Azure ML's YAML.
        resources: Infrastructure as code.
        sagemaker: Calls of SageMaker's SDKs and of its clients of boto3.
        azureml: Calls of azure-ai-ml.
        made: Calls with the names that they are given, of modules that define a SageMaker pipeline.
    """

    assets: tuple[Asset, ...]
    resources: tuple[Resource, ...]
    sagemaker: tuple[Found, ...]
    azureml: tuple[Found, ...] = ()
    made: tuple[Made, ...] = ()
