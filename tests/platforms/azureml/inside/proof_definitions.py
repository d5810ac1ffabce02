"""What the words send to Azure: read by the real SDK, checked by it, and compared with goldens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

LOADERS = {
    "environment": "load_environment",
    "commandComponent": "load_component",
    "commandJob": "load_job",
    "pipelineJob": "load_job",
    "managedOnlineEndpoint": "load_online_endpoint",
    "managedOnlineDeployment": "load_online_deployment",
    "amlCompute": "load_compute",
    "schedule": "load_schedule",
}
STEPS = ["validate", "prepare", "tune", "train", "evaluate", "gate", "register"]
ASSETS = sorted(str(path) for path in Path("infra/azureml").rglob("*.yml"))
Part = Callable[[str], Any]
Golden = Callable[[str, Any], None]


@pytest.mark.parametrize("path", ASSETS)
def test_every_asset_loads_and_is_valid(path: str) -> None:
    import azure.ai.ml
    from azure.ai.ml.entities import _load_functions

    schema = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["$schema"]
    loader = LOADERS[re.findall(r"(\w+)\.schema\.json", schema)[0]]
    made = getattr(azure.ai.ml, loader, None) or getattr(_load_functions, loader)
    asset = made(path)
    if "job" in loader or "component" in loader:
        result = asset._validate(raise_error=False)
        assert result.passed, result.error_messages


def ended(name: str) -> str:
    """A name without the moment in it."""
    return re.sub(r"-\d{8}-\d{6}-\d{6}", "-MOMENT", name)


def plain(body: Any) -> Any:
    """What was sent, without moments and digests of contents."""
    if isinstance(body, dict):
        body = {**body, **({"client_component_hash": "HASH"} if "client_component_hash" in body else {})}
        return {ended(key): plain(value) for key, value in body.items()}
    if isinstance(body, list):
        return [plain(value) for value in body]
    if isinstance(body, str):
        body = re.sub(r"(0123456789ab)-[0-9a-f]{6}", r"\1-CONTENT", ended(body))
        return re.sub(r"(projects|models|versions|data/versions)/[0-9a-f]{16}", r"\1/DIGEST", body)
    return body


def data(text: str = "a,b\n1,2\n") -> None:
    Path("data/raw").mkdir(parents=True, exist_ok=True)
    Path("data/raw/data.csv").write_text(text, encoding="utf-8")
    Path("data/raw/manifest.json").write_text('{"sha256": "of the rows"}', encoding="utf-8")


def test_publishing_sends_components_environment_data_and_a_schedule_that_sleeps(
    cloud: Any, part: Part, golden: Golden, blobs: Any
) -> None:
    data()
    part("pipeline").publish([])
    sent = {
        plain(path.split("workspaces/shop/")[1]): plain(body)
        for path, body in cloud.sent("/workspaces/shop/")
    }
    assert len([path for path in sent if path.startswith("components/")]) == len(STEPS)
    schedule = next(body for path, body in sent.items() if path.startswith("schedules/"))
    assert schedule["properties"]["isEnabled"] is False
    golden("published", sent)
    kept = blobs["workspaceblobstore"].kept
    assert next(name for name in kept if "/champion/" in name).endswith("/champion/EMPTY")
    assert any(name.endswith("/data/data.csv") for name in kept)


def test_publishing_twice_makes_nothing_anew(cloud: Any, part: Part) -> None:
    data()
    part("pipeline").publish([])
    before = len(cloud.sent("/components/")), len(cloud.sent("/environments/")), len(cloud.sent("/data/"))
    part("pipeline").publish([])
    assert (
        len(cloud.sent("/components/")),
        len(cloud.sent("/environments/")),
        len(cloud.sent("/data/")),
    ) == before


def test_starting_sends_the_pipeline_with_todays_assets(cloud: Any, part: Part, golden: Golden) -> None:
    data()
    part("pipeline").train(["--no-wait", "--trials", "3"])
    [(path, body)] = cloud.sent("/jobs/")
    golden("pipeline", {ended(path.split("workspaces/shop/")[1]): plain(body)})


def test_the_jobs_of_level_1(cloud: Any, part: Part, golden: Golden) -> None:
    data()
    Path("models").mkdir()
    Path("models/model.skops").write_text("a model")
    jobs, assets = part("jobs"), part("assets")
    jobs.train(["--no-wait"])
    jobs.start("evaluate", {"data": assets.data(), "model": assets.model()})
    golden(
        "jobs", {ended(path.split("workspaces/shop/")[1]): plain(body) for path, body in cloud.sent("/jobs/")}
    )


def test_other_data_is_another_version_and_the_same_is_not_sent_again(cloud: Any, part: Part) -> None:
    assets = part("assets")
    data()
    first = assets.data()
    assert assets.data() == first
    assert len(cloud.sent("/data/")) == 1
    data("a,b\n3,4\n")
    assert assets.data() != first


def test_a_printed_definition_asks_nobody(cloud: Any, part: Part, capsys: pytest.CaptureFixture[str]) -> None:
    part("pipeline").publish(["--print"])
    told = yaml.safe_load(capsys.readouterr().out)
    assert list(told["jobs"]) == STEPS
    assert cloud.asked == []


def test_a_broken_pipeline_is_refused_before_anything_is_sent(cloud: Any, part: Part) -> None:
    file = Path("infra/azureml/pipeline.yml")
    file.write_text(
        file.read_text().replace(
            "${{parent.jobs.prepare.outputs.prepared}}", "${{parent.jobs.prepare.outputs.rows}}"
        )
    )
    with pytest.raises(part("session").FailedError, match=r"no parent.jobs.prepare.outputs.rows"):
        part("pipeline").train([])
    assert cloud.asked == []
