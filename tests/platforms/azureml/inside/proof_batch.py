"""Scoring jobs by the project's words, with the real SDK: what is sent, and what is said when it fails."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cloud as clouds
import pytest
from endpoints import Endpoints
from proof_online import Golden, Part, trained


@pytest.fixture
def azure(
    cloud: clouds.Cloud, part: Part, blobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Endpoints:
    """The cloud with jobs that score what is uploaded, and a model that was trained."""
    made = Endpoints(cloud)
    monkeypatch.setattr(part("deploy"), "kinds", lambda: [part("batch")])
    monkeypatch.setattr(part("follow").time, "sleep", lambda _: None)
    monkeypatch.setattr(part("follow"), "look", lambda name: {name: made.ends})
    monkeypatch.setattr(part("follow"), "why", lambda name, *_: f"{name}: Failed. Next: mend it")
    part("models").meta.cache_clear()
    store = blobs["workspaceblobstore"].kept

    def place(address: str) -> str:
        return address.split("/paths/")[1].rstrip("/") + "/"

    def score(properties: dict[str, Any]) -> None:
        rows, out = (
            place(properties[side][name]["uri"])
            for side, name in (("inputs", "rows"), ("outputs", "predictions"))
        )
        for name in [name for name in store if name.startswith(rows)]:
            lines = store[name].decode().splitlines()
            told = "prediction\n" + "benign\n" * (len(lines) - 1)
            store[out + Path(name).stem + ".csv"] = told.encode()
        store[place(properties["outputs"]["runs"]["uri"]) + "1.json"] = b"{}"

    made.writes.append(score)
    trained("a first model")
    return made


def jobs(azure: Endpoints) -> list[Any]:
    """The scoring jobs that were sent, without what changes each time."""
    sent = [body for path, body in azure.cloud.sent("/jobs/")]
    text = re.sub(r"-\d{8}-\d{6}-\d{6}", "-MOMENT", json.dumps(sent))
    found: list[Any] = json.loads(re.sub(r"[0-9a-f]{16,64}", "DIGEST", text))
    return found


def test_what_an_environment_scores_with(
    azure: Endpoints, part: Part, golden: Golden, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy, batch = part("deploy"), part("batch")
    deploy.deploy(["staging"])
    golden("score", jobs(azure))
    first = batch.history("staging")[0]
    trained("a second model")
    part("registry").upload(Path("models"))
    deploy.deploy(["staging"])
    assert batch.history("staging")[0] != first
    assert batch.before("staging") == first
    deploy.back("staging", first.model)
    assert batch.history("staging")[0] == first
    assert batch.history("production") == []
    assert capsys.readouterr().out.count("batch jobs score with") == 3


def test_a_file_is_scored(azure: Endpoints, part: Part) -> None:
    Path("rows.csv").write_text("a,b\n1,True\n2,\n", encoding="utf-8")
    asked = ["rows.csv", "--environment", "staging", "--output", "out/told.csv"]
    with pytest.raises(part("session").FailedError, match=r"staging has no model yet.*just deploy staging"):
        part("deploy").predict(asked)
    part("deploy").deploy(["staging"])
    part("deploy").predict(asked)
    assert Path("out/told.csv").read_text(encoding="utf-8") == "prediction\nbenign\nbenign\n"
    assert Path("predictions/runs/1.json").exists()


@pytest.mark.parametrize("how", ["the job fails", "too few predictions"])
def test_what_cannot_score_its_example_is_not_put_to_work(azure: Endpoints, part: Part, how: str) -> None:
    part("deploy").deploy(["staging"])
    before = part("batch").history("staging")
    trained("a second model")
    part("registry").upload(Path("models"))
    if how == "the job fails":
        azure.ends = "Failed"
    else:
        azure.writes.append(lambda properties: spoil(part, properties))
    with pytest.raises(part("session").FailedError) as caught:
        part("deploy").deploy(["staging"])
    assert f"staging still scores with {before[0].model}" in str(caught.value)
    assert part("batch").history("staging") == before


def spoil(part: Part, properties: Any) -> None:
    """Write predictions for fewer rows than were asked."""
    out = properties["outputs"]["predictions"]["uri"].split("/paths/")[1].rstrip("/")
    part("store").container().upload_blob(f"{out}/example.csv", b"prediction\nbenign\n")


def test_monitor_looks_at_the_newest_job(
    azure: Endpoints, part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = f"{part('watch').__package__}.signals"
    monkeypatch.setattr(part("watch"), "find_spec", lambda name: name != named)
    with pytest.raises(part("session").FailedError, match="nothing is deployed"):
        part("watch").monitor(["staging"])
    part("deploy").deploy(["staging"])
    monkeypatch.setattr(part("scored"), "began", lambda _: moment(part, hours=1))
    part("watch").monitor(["staging"])
    assert "Completed" in capsys.readouterr().out
    monkeypatch.setattr(part("scored"), "began", lambda _: moment(part, hours=30))
    for each in azure.cloud.kept.values():
        if each.get("properties", {}).get("jobType") == "Command":
            each["properties"]["status"] = "Failed"
    with pytest.raises(part("session").FailedError, match=r"is 30 hours old\n.*: Failed"):
        part("watch").monitor([])


def moment(part: Part, hours: int) -> Any:
    scored: Any = part("scored")
    return scored.datetime.now(scored.UTC) - part("scored").runs.timedelta(hours=hours)


SCHEDULE = {
    "action": {"actionType": "CreateJob", "jobDefinition": {"jobType": "Pipeline", "jobs": {}}},
    "isEnabled": True,
    "provisioningState": "Succeeded",
    "trigger": {"triggerType": "Cron", "expression": "0 4 * * 1"},
}


def test_teardown_ends_jobs_and_schedules(
    azure: Endpoints, part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.ends = "Running"
    with monkeypatch.context() as patch:
        patch.setattr(part("follow").time, "sleep", interrupt)
        with pytest.raises(part("session").FailedError, match="goes on"):
            part("deploy").deploy(["staging"])
    monkeypatch.setattr(part("session"), "call", lambda *_, **__: {"value": []})
    known = part("assets").tags()
    place = f"{clouds.PLACE}/schedules/weekly"
    told = {"id": place, "name": "weekly", "systemData": {}, "properties": {**SCHEDULE, "tags": known}}
    azure.cloud.kept[place.lower()] = told
    part("teardown").teardown([])
    said = capsys.readouterr().out
    assert re.search(r"job \S+-score-\S+: Running", said)
    assert "schedule weekly" in said
    part("teardown").teardown(["--yes"])
    asked = [(method, path.rsplit("/", 1)[1]) for method, path, _ in azure.cloud.asked if method != "GET"]
    assert asked[-3:] == [("PUT", "weekly"), ("DELETE", "weekly"), ("POST", "cancel")]
    assert place.lower() not in azure.cloud.kept


def interrupt(_: float) -> None:
    raise KeyboardInterrupt
