"""Versions, approval, going back and the model card, on a server of AWS's API."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from checker import problems
from churn.platforms import FailedError
from churn.platforms.sagemaker import approval, card, deploy, pipeline, registry, session, storage
from conftest import BUCKET, IMAGE

Aws = Callable[[str], Any]
CRITERION = {"criterion": "roc_auc", "value": 0.97, "limit": ">= 0.7", "passed": True}


@pytest.fixture
def redeployed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What `just rollback` asks to be deployed."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(deploy, "back", lambda environment, version="": asked.append((environment, version)))
    return asked


def archive(text: str) -> bytes:
    """A model's archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name in ("model.skops", "model.json"):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


def register(aws: Aws, number: int, metrics: dict[str, float] | None = None) -> str:
    """A version as the pipeline registers it."""
    model = session.uri("models", f"job-{number}", "output", "model.tar.gz")
    storage.put(model, archive(f"model {number}"))
    reports = session.uri("runs", f"run-{number}", "judge", "reports")
    if metrics is not None:
        storage.put(f"{reports}/metrics.json", json.dumps(metrics).encode())
        storage.put(f"{reports}/gate.json", json.dumps({"passed": True, "criteria": [CRITERION]}).encode())
    source = {"ContentType": "application/json", "S3Uri": f"{reports}/metrics.json"}
    made = aws("sagemaker").create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelMetrics={"ModelQuality": {"Statistics": source}},
        CustomerMetadataProperties={"trigger": "manual", "data_uri": session.uri("data", "x")},
    )
    return str(made["ModelPackageArn"])


@pytest.fixture
def three(aws: Aws) -> list[str]:
    """A group with three versions."""
    registry.prepare()
    return [register(aws, number, {"roc_auc": 0.9 + number / 100, "rows": 114}) for number in (1, 2, 3)]


def test_an_empty_registry(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert registry.versions() == []
    approval.models([])
    assert "no version yet" in capsys.readouterr().out
    for environment in ("staging", "production"):
        with pytest.raises(FailedError, match="`just train` registers the first"):
            registry.deployable(environment)
    with pytest.raises(FailedError, match="no version waits for approval"):
        approval.promote(["--approver", "Ana"])
    with pytest.raises(FailedError, match="nothing to take back"):
        approval.rollback([])


def test_the_way_to_production_and_back(
    aws: Aws, three: list[str], redeployed: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert registry.deployable("staging").number == "3"
    with pytest.raises(FailedError, match="no version is approved"):
        registry.deployable("production")
    approval.promote(["1", "--approver", "Ana", "Maria", "--why", "the first,", "(best) of all"])
    assert registry.deployable("production").number == "1"
    assert champion_folder() == ["metrics.json", "model.tar.gz"]
    approval.promote(["--approver", "Rui"])  # the newest that waits
    assert registry.deployable("production").number == "3"
    assert json.loads(storage.get(session.uri("champion", "metrics.json")))["roc_auc"] == 0.93
    approval.rollback(["--why", "wrong answers"])
    assert redeployed == [("production", "1")]
    assert registry.deployable("production").number == "1"
    assert registry.deployable("staging").number == "2"  # what was rejected goes nowhere
    assert json.loads(storage.get(session.uri("champion", "metrics.json")))["roc_auc"] == 0.91
    with pytest.raises(FailedError, match="no version was approved before 1"):
        approval.rollback([])
    assert registry.deployable("production").number == "1"
    capsys.readouterr()
    approval.models([])
    said = capsys.readouterr().out
    assert "churn   1  champion" in said
    assert "churn   3  Rejected" in said
    assert "approved by Ana Maria" in said
    assert "the first best of all" in said
    assert "rolled back by" in said
    assert "wrong answers" in said
    assert "roc_auc 0.93" in said


def champion_folder() -> list[str]:
    return sorted(key.rpartition("/")[2] for key in storage.keys(session.uri("champion/")))


def test_one_that_was_cut_short_is_made_whole(aws: Aws, three: list[str]) -> None:
    approval.promote(["2", "--approver", "Ana"])
    storage.replace(session.uri("champion"), [])  # as if the copy had failed
    before = registry.find(registry.versions(), "2").approved_at
    approval.promote(["2", "--approver", "Rui"])
    assert champion_folder() == ["metrics.json", "model.tar.gz"]
    assert registry.find(registry.versions(), "2").approved_at == before


def test_somebody_must_approve(aws: Aws, three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in approval.ACTORS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FailedError, match="nobody approves"):
        approval.promote([])
    monkeypatch.setenv("GITHUB_ACTOR", "ana")
    approval.promote([])
    assert registry.deployable("production").kept["approved_by"] == "ana"


def test_what_has_no_metrics_is_not_approved(aws: Aws) -> None:
    registry.prepare()
    register(aws, 1)
    with pytest.raises(FailedError, match="version 1 has no metrics"):
        approval.promote(["--approver", "Ana"])
    assert registry.versions()[0].status == registry.PENDING
    with pytest.raises(FailedError, match="there is no version 7"):
        approval.promote(["7", "--approver", "Ana"])


def test_an_approval_in_the_console_counts(aws: Aws, three: list[str]) -> None:
    """People may approve in Studio: the time of the change decides then."""
    approval.promote(["1", "--approver", "Ana"])
    aws("sagemaker").update_model_package(ModelPackageArn=three[1], ModelApprovalStatus="Approved")
    assert registry.deployable("production").number == "2"
    # The gate compares with it too, from the next start on.
    pipeline.train(["--no-wait"])
    assert json.loads(storage.get(session.uri("champion", "metrics.json")))["roc_auc"] == 0.92


def test_changes_are_requests_that_aws_would_take(
    aws: Aws, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    client = session.client("sagemaker").raw
    real = client.update_model_package
    monkeypatch.setattr(
        client, "update_model_package", lambda **asked: (sent.append(asked), real(**asked))[1]
    )
    registry.complete(three[0])
    approval.promote(["1", "--approver", "Ana; Maria", "--why", 'it\'s "fine"\n100 %'])
    assert len(sent) == 2
    for asked in sent:
        assert problems("sagemaker", "UpdateModelPackage", asked) == []
    assert [asked["ModelCard"]["ModelCardStatus"] for asked in sent] == ["Draft", "Approved"]
    assert sent[1]["CustomerMetadataProperties"]["approved_by"] == "Ana Maria"
    written = json.loads(sent[1]["ModelCard"]["ModelCardContent"])
    groups = {
        group["name"]: group["metric_data"] for group in written["evaluation_details"][0]["metric_groups"]
    }
    assert {"name": "roc_auc", "type": "number", "value": 0.91} in groups["metrics"]
    assert groups["limits for registration"][0]["value"] is True
    details = written["additional_information"]["custom_details"]
    assert details["approved_by"] == "Ana Maria"


def test_the_card_is_of_the_form_that_the_sdk_knows() -> None:
    from sagemaker.core.shapes.model_card_shapes import ModelCardContent

    slices = [
        {"column": "mean radius", "group": "below 12", "rows": 40, "small": False, "roc_auc": 0.9, "f1": None}
    ]
    reports = {
        "metrics": {"roc_auc": 0.97, "rows": 114},
        "baseline": {"roc_auc": 0.5},
        "slices": slices,
        "gate": {"passed": True, "criteria": [CRITERION]},
    }
    for content in (
        card.before(),
        card.after(reports, f"s3://{BUCKET}/m.tar.gz", IMAGE, {"commit": "c0ffee"}),
    ):
        known = ModelCardContent.model_validate(content).model_dump(exclude_none=True, mode="json")
        for part, told in content.items():
            if isinstance(told, dict):
                assert told.keys() <= known[part].keys(), part  # it would drop what it does not know
            else:
                assert len(told) == len(known[part])
    found = card.after(reports, "s3://b/m", IMAGE, {})["evaluation_details"][0]["metric_groups"]
    assert [group["name"] for group in found] == [
        "metrics",
        "baseline",
        "mean radius below 12",
        "limits for registration",
    ]


def test_plain_text_is_what_the_registry_takes() -> None:
    told = registry.plain('a "quoted" (text); with ação, 100 % & more\n' * 20)
    assert len(told) <= 256
    asked = {"ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1"}
    assert (
        problems("sagemaker", "UpdateModelPackage", asked | {"CustomerMetadataProperties": {"why": told}})
        == []
    )
