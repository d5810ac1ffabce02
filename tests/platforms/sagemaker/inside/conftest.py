"""A project at work on a stand-in for AWS: moto's server, on loopback."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

REGION, ACCOUNT = "eu-west-1", "123456789012"
BUCKET = f"churn-{ACCOUNT}-{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/churn-execution"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn"
IMAGE = f"{REPOSITORY}:c0ffee"
#: What a team would write into infra/sagemaker/settings.yaml.
SETTINGS = {
    "SAGEMAKER_REGION": REGION,
    "SAGEMAKER_ROLE": ROLE,
    "SAGEMAKER_BUCKET": BUCKET,
    "SAGEMAKER_IMAGE": REPOSITORY,
    "PLATFORM_IMAGE": IMAGE,
}
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own: no credentials, no region, no metadata service, no server of runs."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_", "MLFLOW_", "CI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def forgotten(nobody: None) -> Iterator[None]:
    """What the project's modules remember of clients is forgotten between tests."""
    from churn.platforms.sagemaker import definitions, session

    remembered: list[Any] = [session.boto, session.client, definitions.sdk]
    for found in remembered:
        found.cache_clear()
    yield
    for found in remembered:
        found.cache_clear()


@functools.cache
def _server() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def aws(nobody: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A fresh account with the project's bucket and role; gives clients of it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", _server())
    clients = functools.cache(lambda service: boto3.client(service, region_name=REGION))
    import urllib.request

    urllib.request.urlopen(
        urllib.request.Request(f"{_server()}/moto-api/reset", method="POST"), timeout=10
    ).close()
    clients("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return clients


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two looks."""
    from churn.platforms.sagemaker import session

    monkeypatch.setattr(session, "PAUSE", 0.01)
