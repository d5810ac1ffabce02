"""Versions with approval by tags: from nothing to a champion, on, and back, by the real SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cloud as clouds
import pytest

Part = Callable[[str], Any]
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def registry(cloud: Any, part: Part) -> Any:
    return part("registry")


@pytest.fixture
def promotion(cloud: Any, part: Part, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = part("promotion")
    for name in module.ACTORS:
        monkeypatch.delenv(name, raising=False)
    return module


def version(cloud: Any, blobs: Any, number: int, auc: float = 0.9, passed: bool = True) -> None:
    """What the pipeline's register step leaves: a version without tags, its reports among its files."""
    name = number_name(cloud)
    where = f"{name}/runs/run-{number}/model/"
    kept = blobs["workspaceblobstore"].kept
    told = {"task": "classification", "target": "churn", "trained_at": "today", "git_commit": f"c{number}"}
    told |= {"metrics": {"roc_auc": auc, "rows": 10}, "gate": {"passed": passed}, "data_sha256": "of rows"}
    kept[f"{where}model.skops"] = b"a model"
    kept[f"{where}reports/metadata.json"] = json.dumps(told).encode()
    path = f"{clouds.PLACE}/models/{name}/versions/{number}"
    uri = f"azureml:/{clouds.PLACE.replace('/providers/Microsoft.MachineLearningServices', '')}"
    body = {
        "id": path,
        "name": str(number),
        "systemData": {"createdAt": (START + timedelta(days=number)).isoformat()},
        "properties": {
            "modelUri": f"{uri}/datastores/workspaceblobstore/paths/{where}",
            "modelType": "custom_model",
            "tags": {},
            "flavors": {},
        },
    }
    cloud.kept[path.lower()] = body


def number_name(cloud: Any) -> str:
    import yaml

    return str(yaml.safe_load(Path("infra/azureml/settings.yaml").read_text())["project"])


def tags(cloud: Any, number: int) -> dict[str, str]:
    path = f"{clouds.PLACE}/models/{number_name(cloud)}/versions/{number}".lower()
    return dict(cloud.kept[path]["properties"]["tags"])


def champion(blobs: Any, cloud: Any) -> Any:
    return json.loads(blobs["workspaceblobstore"].kept[f"{number_name(cloud)}/champion/metrics.json"])


def test_an_empty_registry(registry: Any, promotion: Any, capsys: pytest.CaptureFixture[str]) -> None:
    promotion.models([])
    assert "no versions yet. Next: `just train`" in capsys.readouterr().out
    with pytest.raises(registry.FailedError, match=r"waits for approval"):
        promotion.promote(["--approver", "ana"])
    with pytest.raises(registry.FailedError, match=r"no champion to go back from"):
        promotion.rollback([])
    with pytest.raises(registry.FailedError, match=r"has no champion for production"):
        registry.choose("production")
    with pytest.raises(registry.FailedError, match=r"has no challenger or champion for staging"):
        registry.choose("staging")


def test_the_first_deployment_takes_what_was_trained_last(registry: Any, cloud: Any, blobs: Any) -> None:
    Path("models").mkdir()
    Path("models/model.skops").write_text("a model")
    name, number = registry.choose("staging")
    assert (name, number) == (number_name(cloud), registry.store.digest(Path("models")))
    [(_, body)] = cloud.sent("/models/")
    assert body["properties"]["tags"]["approval"] == "pending"
    assert body["properties"]["modelUri"].endswith(f"/models/{number}/")
    assert any(name.endswith(f"/models/{number}/model.skops") for name in blobs["workspaceblobstore"].kept)
    assert registry.upload(Path("models")) == (name, number)
    assert len(cloud.sent("/models/")) == 1


def test_approval_is_one_request_with_figures_and_who(
    registry: Any, promotion: Any, cloud: Any, blobs: Any
) -> None:
    version(cloud, blobs, 1)
    assert registry.choose("staging")[1] == "1"
    with pytest.raises(registry.FailedError, match=r"just promote --approver NAME"):
        promotion.promote([])
    promotion.promote(["--approver", "ana", "souza", "--why", "it", "is", "better"])
    told = tags(cloud, 1)
    assert (told["approval"], told["approved_by"], told["approved_why"]) == (
        "approved",
        "ana souza",
        "it is better",
    )
    assert (told["metric.roc_auc"], told["gate"], told["git_commit"]) == ("0.9", "passed", "c1")
    assert told["project"] == number_name(cloud)
    assert champion(blobs, cloud) == {"roc_auc": 0.9, "rows": 10.0}
    assert f"{number_name(cloud)}/champion/model.skops" in blobs["workspaceblobstore"].kept
    assert registry.choose("production") == (number_name(cloud), "1")
    with pytest.raises(registry.FailedError, match=r"the champion already"):
        promotion.promote(["1", "--approver", "ana"])


def test_what_the_gate_refused_is_not_approved(registry: Any, promotion: Any, cloud: Any, blobs: Any) -> None:
    version(cloud, blobs, 1, passed=False)
    with pytest.raises(registry.FailedError, match=r"the gate refused version 1"):
        promotion.promote(["--approver", "ana"])
    assert tags(cloud, 1)["approval"] == "pending"


def test_an_approver_whom_the_environment_does_not_know(
    registry: Any, promotion: Any, cloud: Any, blobs: Any
) -> None:
    places = Path("deploy/environments.yaml")
    places.write_text("production: {aliases: [champion], approvers: [eva], port: 1}\n")
    version(cloud, blobs, 1)
    promotion.promote(["--approver", "ana"])
    with pytest.raises(registry.FailedError, match=r"approved by ana, not by eva"):
        registry.choose("production")


def test_rollback_goes_back_as_far_as_there_was_a_champion(
    registry: Any, promotion: Any, cloud: Any, blobs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        version(cloud, blobs, number, auc=0.8 + number / 100)
        promotion.promote(["--approver", "ana"])
    version(cloud, blobs, 4)
    assert registry.choose("production")[1] == "3"
    assert registry.choose("staging")[1] == "4"
    promotion.rollback(["--no-deploy", "--approver", "bo", "--why", "errors"])
    assert (tags(cloud, 3)["approval"], tags(cloud, 3)["rolled_back_why"]) == ("rejected", "errors")
    assert registry.choose("production")[1] == "2"
    assert champion(blobs, cloud)["roc_auc"] == 0.82
    promotion.rollback(["--no-deploy"])
    assert registry.choose("production")[1] == "1"
    with pytest.raises(registry.FailedError, match=r"nothing approved before version 1"):
        promotion.rollback(["--no-deploy"])
    promotion.promote(["3", "--approver", "ana"])
    assert registry.choose("production")[1] == "3"
    capsys.readouterr()
    promotion.models([])
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[1:3] for line in told] == [
        ["4", "pending"],
        ["3", "champion"],
        ["2", "rejected"],
        ["1", "approved"],
    ]
    assert "roc_auc 0.83" in told[1]


def test_a_change_that_azure_refuses_leaves_the_champion(
    registry: Any, promotion: Any, cloud: Any, blobs: Any
) -> None:
    version(cloud, blobs, 1)
    promotion.promote(["--approver", "ana"])
    version(cloud, blobs, 2)
    cloud.trouble.append(
        lambda method, *_: clouds.refusal(403, "AuthorizationFailed", "no") if method == "PUT" else None
    )
    with pytest.raises(registry.FailedError, match=r"Azure forbids it"):
        promotion.promote(["--approver", "ana"])
    cloud.trouble.clear()
    assert registry.choose("production")[1] == "1"


def test_a_run_ends_with_a_version_that_tells_how_it_scored(
    registry: Any,
    part: Part,
    cloud: Any,
    blobs: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipeline = part("pipeline")
    version(cloud, blobs, 1)
    kept, name = blobs["workspaceblobstore"].kept, number_name(cloud)
    kept[f"{name}/runs/run-1/reports/metrics.json"] = b'{"roc_auc": 0.9}'
    monkeypatch.setattr(pipeline.follow, "wait", lambda *_: None)
    brought: dict[str, Any] = {}
    monkeypatch.setattr(
        pipeline.jobs.results,
        "bring_back",
        lambda folder, *_, **__: brought.update({p.name: p for p in folder.rglob("*")}) or {"roc_auc": 0.9},
    )
    pipeline.finish("run-1")
    assert tags(cloud, 1)["metric.roc_auc"] == "0.9"
    assert {"model.skops", "metrics.json"} <= set(brought)
    assert "metadata.json" not in brought
    assert "1 waits for approval" in capsys.readouterr().out


def test_a_champion_that_did_not_reach_the_gate_gets_there_with_the_next_run(
    registry: Any, promotion: Any, part: Part, cloud: Any, blobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(cloud, blobs, 1)
    promotion.promote(["--approver", "ana"])
    version(cloud, blobs, 2, auc=0.95)

    def broken(*_: Any) -> None:
        raise registry.FailedError("no connection to Azure")

    with monkeypatch.context() as patch:
        patch.setattr(registry.store, "put", broken)
        with pytest.raises(registry.FailedError, match="no connection"):
            promotion.promote(["--approver", "ana"])
    assert (registry.choose("production")[1], champion(blobs, cloud)["roc_auc"]) == ("2", 0.9)
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/data.csv").write_text("a\n1\n")
    part("pipeline").train(["--no-wait"])
    assert champion(blobs, cloud)["roc_auc"] == 0.95
