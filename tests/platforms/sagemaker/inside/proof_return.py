"""What jobs and executions made comes back into the project, from a server of AWS's API."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from churn.platforms import FailedError
from churn.platforms.sagemaker import execution, follow, pipeline, registry, session, storage, training
from conftest import BUCKET, IMAGE

Aws = Callable[[str], Any]
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/churn/execution/abc123"
JOB = "churn-train-20260101-000000-abcd"
METRICS = {"roc_auc": 0.97, "rows": 114}
MADE = {"model.skops": "the model", "model.json": '{"trained_at": "now"}'}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the project's files, for what comes back is written."""
    for name in ("infra", "params.yaml", "mlascent.yaml"):
        source = Path(name)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    monkeypatch.chdir(tmp_path)


def archive(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.fixture
def job(aws: Aws) -> dict[str, Any]:
    """A training job that is done."""
    home = session.uri("models", JOB, "output")
    storage.put(f"{home}/model.tar.gz", archive(MADE))
    storage.put(f"{home}/output.tar.gz", archive({"reports/metrics.json": json.dumps(METRICS)}))
    return {
        "TrainingJobName": JOB,
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"{home}/model.tar.gz"},
    }


def test_model_and_reports_of_a_job(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "describe", lambda *_: job)
    training.train(["--follow", JOB])
    assert Path("models/model.skops").read_text() == "the model"
    assert json.loads(Path("reports/metrics.json").read_text()) == METRICS
    # The run is on record here, for the job reached no server.
    assert json.loads(Path("models/run.json").read_text())["run_id"]
    assert Path("mlflow.db").exists()


def test_a_job_that_sent_nothing_back(job: dict[str, Any]) -> None:
    storage.put(job["ModelArtifacts"]["S3ModelArtifacts"], archive({}))
    with pytest.raises(FailedError, match="sent no model back"):
        training.fetch(job)


def test_the_model_that_was_trained_last_goes_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from churn.platforms.sagemaker import sending

    with pytest.raises(FailedError, match="run `just train` first"):
        sending.model()
    Path("models").mkdir()
    for name, text in MADE.items():
        Path("models", name).write_text(text)
    first = sending.model()
    sent: list[object] = []
    monkeypatch.setattr(storage, "upload", lambda *words: sent.append(words))
    assert sending.model() == first
    assert sent == []
    (archive_,) = storage.download(first, Path("there"))
    with tarfile.open(archive_) as tar:
        assert sorted(tar.getnames()) == sorted(MADE)


def test_an_execution_that_went_well(
    aws: Aws, job: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.prepare()
    reports = session.uri("runs", "abc123", "judge", "reports")
    gate = {"passed": True, "criteria": []}
    for name, told in (("metrics", METRICS), ("gate", gate), ("metadata", {})):
        storage.put(f"{reports}/{name}.json", json.dumps(told).encode())
    source = {"ContentType": "application/json", "S3Uri": f"{reports}/metrics.json"}
    arn = aws("sagemaker").create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelMetrics={"ModelQuality": {"Statistics": source}},
    )["ModelPackageArn"]
    done = execution.Done(
        ARN,
        {
            "Train": {"Metadata": {"TrainingJob": {"Arn": f"arn:aws:sagemaker:x:1:training-job/{JOB}"}}},
            "Register": {"Metadata": {"RegisterModel": {"Arn": arn}}},
        },
    )
    monkeypatch.setattr(execution, "follow", lambda _: done)
    monkeypatch.setattr(follow, "describe", lambda *_: job)
    pipeline.train(["--follow", ARN])
    assert Path("models/model.skops").read_text() == "the model"
    assert json.loads(Path("reports/gate.json").read_text()) == gate
    said = capsys.readouterr().out
    assert "version 1 is registered and waits for approval" in said
    assert "just promote" in said
    (version,) = registry.versions()
    assert version.kept["metric.roc_auc"] == "0.97"
    # A role of CI that trains may not change versions: who trains does not approve.
    refused = session.CloudError("not authorized", "AccessDeniedException")
    monkeypatch.setattr(registry, "change", lambda *_: (_ for _ in ()).throw(refused))
    pipeline.train(["--follow", ARN])
    said = capsys.readouterr().out
    assert "is completed by `just promote`" in said
    assert "version 1 is registered" in said


def test_a_folder_changes_hands_without_being_empty(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that starts meanwhile finds the old content or the new, or both; never nothing."""
    folder = session.uri("champion")
    for name in ("a", "b"):
        storage.put(session.uri("from", name), b"x")
    storage.replace(folder, [])
    seen: list[set[str]] = []
    raw = session.client("s3").raw
    for call in ("copy_object", "delete_object", "put_object"):
        real = getattr(raw, call)

        def watched(real: Any = real, **asked: Any) -> Any:
            told = real(**asked)
            seen.append({key.rpartition("/")[2] for key in storage.keys(f"{folder}/")})
            return told

        monkeypatch.setattr(raw, call, watched)
    storage.replace(folder, [session.uri("from", "a")])
    storage.replace(folder, [session.uri("from", "b")])
    storage.replace(folder, [])
    assert all(seen)
    assert seen[-1] == {"EMPTY"}
    assert {"EMPTY", "a"} in seen
    assert {"a", "b"} in seen


def test_addresses_stay_within_the_project(aws: Aws) -> None:
    assert storage.split(session.uri("data", "x")) == (BUCKET, "churn/data/x")
