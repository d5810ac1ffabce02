"""The project's modules under the fake cloud: settings, a release, and time that passes at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from cloud import Cloud, cloud, wire

PACKAGE = next(Path("src").glob("*/platforms/sagemaker")).parent.parent.name
SETTINGS = {
    "SAGEMAKER_PROJECT": "churn",
    "SAGEMAKER_REGION": "eu-west-1",
    "SAGEMAKER_ROLE": "arn:aws:iam::123456789012:role/churn-execution",
    "SAGEMAKER_BUCKET": "churn-bucket",
    "SAGEMAKER_IMAGE": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
IMAGE = f"{SETTINGS['SAGEMAKER_IMAGE']}:0123456789ab"


def module(name: str) -> Any:
    """A module of the project's SageMaker package."""
    return import_module(f"{PACKAGE}.platforms.sagemaker.{name}")


def timed() -> list[ModuleType]:
    """The modules that look at the clock."""
    names = ("fleet", "rollout", "releases", "session", "teardown", "follow")
    return [module(name) for name in names if find_spec(f"{PACKAGE}.platforms.sagemaker.{name}")]


WIRED: list[object] = []
READ: dict[str, Any] = {}


@contextmanager
def playing() -> Iterator[Cloud]:
    """A new cloud, under the clients of the project."""
    session = module("session")
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", SETTINGS))
        found = stack.enter_context(cloud())
        settings, alarms = import_module(f"{PACKAGE}.platforms.settings"), module("alarms")
        if not READ:  # files are read once: there are thousands of deployments
            READ.update(settings=settings.load(), limits=alarms.limits())
        stack.enter_context(mock.patch.object(settings, "load", return_value=READ["settings"]))
        stack.enter_context(mock.patch.object(alarms, "limits", return_value=READ["limits"]))
        boto = session.boto()
        if boto not in WIRED:
            wire(boto)
            WIRED.append(boto)
        for each in timed():
            stack.enter_context(mock.patch.object(each, "time", found.clock()))
            if hasattr(each, "PAUSE"):  # fewer looks, the same outcome
                stack.enter_context(mock.patch.object(each, "PAUSE", 60.0))
        yield found


def release(found: Cloud, version: str = "2", health: str = "good") -> Any:
    """A release whose container behaves in some way."""
    address = f"s3://churn-bucket/churn/models/{version}/model.tar.gz"
    found.health[address], found.identity[address] = health, f"sha-of-{version}"
    example = [{"a": 1.0}, {"a": 2.0}]
    return module("releases").Release(version, IMAGE, address, f"sha-of-{version}", example)
