"""What moto knows of endpoints and batch jobs: first deployment, scoring, figures, stop, teardown."""

from __future__ import annotations

import io
import json
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from churn.platforms import FailedError
from churn.platforms.sagemaker import batch, deploy, fleet, releases, signals, storage, teardown
from conftest import BUCKET, IMAGE, _server

ROWS = [{"a": 1.0}, {"a": 2.0}]


@pytest.fixture
def release(aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> releases.Release:
    """A release in an account where nothing was ever deployed."""
    for module in (fleet, teardown):
        monkeypatch.setattr(module, "PAUSE", 0.01)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in {
            "model.skops": b"skops",
            "model.json": json.dumps({"example": ROWS}).encode(),
        }.items():
            told = tarfile.TarInfo(name)
            told.size = len(data)
            tar.addfile(told, io.BytesIO(data))
    address = f"s3://{BUCKET}/churn/models/1/model.tar.gz"
    storage.put(address, out.getvalue())
    return releases.described("1", IMAGE, address, out.getvalue())


def answers(release: releases.Release, rows: int) -> None:
    """Let moto's endpoints answer so from now on."""
    body = json.dumps({"predictions": [{"prediction": 1}] * rows})
    told = {"Body": body, "ContentType": "application/json"}
    told["CustomAttributes"] = f"model_sha256={release.identity}"
    asked = json.dumps({"results": [told] * 20, "region": "eu-west-1"}).encode()
    where = f"{_server()}/moto-api/static/sagemaker/endpoint-results"
    request = urllib.request.Request(where, asked, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def test_the_first_deployment_answers_and_leaves_nothing_when_it_is_stopped(
    release: releases.Release, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(release, len(ROWS))
    monkeypatch.setattr(releases, "choose", lambda _: release)
    deploy.deploy(["staging"])
    sagemaker, watch = aws("sagemaker"), aws("cloudwatch")
    told = sagemaker.describe_endpoint(EndpointName="churn-staging")
    assert told["EndpointStatus"] == "InService"
    tags = sagemaker.list_tags(ResourceArn=told["EndpointArn"])["Tags"]
    assert {"Key": "project", "Value": "churn"} in tags
    assert len(watch.describe_alarms()["MetricAlarms"]) == 2
    assert fleet.notes(told["EndpointConfigName"])["version"] == "1"
    assert "ServiceDown" not in signals.problems("staging")
    deploy.stop(["staging"])
    assert not sagemaker.list_endpoints()["Endpoints"]
    assert not sagemaker.list_endpoint_configs()["EndpointConfigs"]
    assert not watch.describe_alarms()["MetricAlarms"]


def test_a_first_deployment_that_answers_wrongly_is_taken_away(
    release: releases.Release, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(release, 1)
    monkeypatch.setattr(releases, "choose", lambda _: release)
    with pytest.raises(FailedError, match="nothing answers there, nor is billed"):
        deploy.deploy(["staging"])
    assert not aws("sagemaker").list_endpoints()["Endpoints"]


def test_a_file_is_scored_by_a_job(
    release: releases.Release, aws: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.deploy("staging", release)
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n2\n", encoding="utf-8")
    name = releases.stamped("staging", batch.JOB)
    monkeypatch.setattr(releases, "stamped", lambda *_: name)  # moto runs no container: its output is there
    storage.put(f"{batch.folder('staging', name)}/predictions/rows.csv", b"row,prediction\n1,1\n2,1\n")
    assert len(batch.predict("staging", path)) == 2
    (job,) = aws("sagemaker").list_processing_jobs()["ProcessingJobSummaries"]
    assert job["ProcessingJobStatus"] == "Completed"


def test_teardown_leaves_nothing(
    release: releases.Release, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(release, len(ROWS))
    monkeypatch.setattr(releases, "choose", lambda _: release)
    aws("ecr").create_repository(repositoryName="churn")
    deploy.deploy(["production"])
    with pytest.raises(FailedError, match="nothing was deleted"):
        teardown.teardown([])
    teardown.teardown(["--yes"])
    sagemaker = aws("sagemaker")
    assert not sagemaker.list_endpoints()["Endpoints"]
    assert not sagemaker.list_endpoint_configs()["EndpointConfigs"]
    assert not sagemaker.list_models()["Models"]
    assert not aws("cloudwatch").describe_alarms()["MetricAlarms"]
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=BUCKET)
