"""The words of serving on a fake SageMaker: jobs that score, figures, what is torn down, what is told."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cloud import Cloud
from kit import IMAGE, PACKAGE, module, playing, release

FailedError = import_module(f"{PACKAGE}.platforms").FailedError
PLACE = "churn-staging"


@pytest.fixture
def found() -> Iterator[Cloud]:
    with playing() as cloud:
        yield cloud
        assert cloud.violations == []


def archive(found: Cloud, version: str) -> Any:
    """A release whose archive is really there."""
    made = release(found, version)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in {"model.skops": b"skops", "model.json": b'{"example": [{"a": 1}]}'}.items():
            told = tarfile.TarInfo(name)
            told.size = len(data)
            tar.addfile(told, io.BytesIO(data))
    found.objects[made.model] = out.getvalue()
    return made


def table(tmp_path: Path, rows: int = 3) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("a\n" + "".join(f"{n}\n" for n in range(rows)), encoding="utf-8")
    return path


def test_a_job_scores_a_file_with_what_was_deployed(found: Cloud, tmp_path: Path) -> None:
    batch = module("batch")
    with pytest.raises(FailedError, match="just deploy staging"):
        batch.predict("staging", table(tmp_path))
    batch.deploy("staging", archive(found, "1"))
    assert len(batch.predict("staging", table(tmp_path))) == 3
    job = next(asked for name, asked in found.calls if name == "CreateProcessingJob")
    assert job["AppSpecification"]["ImageUri"] == IMAGE
    words = job["AppSpecification"]["ContainerArguments"]
    assert words[0] == "score"
    assert "rows=/opt/ml/processing/input/rows" in words
    home = job["ProcessingInputs"][1]["S3Input"]["S3Uri"]
    assert json.loads(found.objects[f"{home}/version.json"]) == {"version": "1"}
    assert found.objects[f"{home}/model.skops"] == b"skops"


def test_scoring_goes_back(found: Cloud) -> None:
    batch = module("batch")
    with pytest.raises(FailedError, match="no way back"):
        batch.back("staging")
    for version in "123":
        batch.deploy("staging", archive(found, version))
        found.sleep(2)
    assert "version 2" in batch.back("staging")
    found.sleep(2)
    assert batch.current("staging")["version"] == "2"
    assert "version 1" in batch.back("staging")
    found.sleep(2)
    assert batch.back("staging") == ""
    assert "version 3" in batch.back("staging", "3")


def test_only_some_models_are_kept(found: Cloud) -> None:
    for version in "12345678":
        module("batch").deploy("staging", archive(found, version))
        found.sleep(2)
    assert len(found.models) == module("batch").KEPT


def test_a_job_that_fails_publishes_nothing_and_says_why(found: Cloud, tmp_path: Path) -> None:
    module("batch").deploy("staging", archive(found, "1"))
    found.job_ends = "Failed"
    with pytest.raises(FailedError, match="no column"):
        module("batch").predict("staging", table(tmp_path))
    problems = module("records").problems("staging")
    assert len(problems) == 1
    assert "Failed" in problems[0]


def test_running_jobs_are_stopped(found: Cloud, tmp_path: Path) -> None:
    batch = module("batch")
    batch.deploy("staging", archive(found, "1"))
    asked = batch.request("staging", "churn-staging-score-20261120000000", batch.current("staging"))
    module("releases").maker().create_processing_job(**asked)
    assert "1 jobs are stopped" in batch.stop("staging")
    assert "0 jobs are stopped" in batch.stop("staging")


def test_the_newest_job_s_own_record_counts(found: Cloud, tmp_path: Path) -> None:
    batch, records = module("batch"), module("records")
    assert "no job" in records.problems("staging")[0]
    batch.deploy("staging", archive(found, "1"))
    batch.predict("staging", table(tmp_path))
    assert "left no record" in records.problems("staging")[0]
    runs = import_module(f"{PACKAGE}.runs")
    run = runs.Run("rows.csv", "0", "out.csv", {"name": "churn", "version": "1"}, 0.05)
    run.status, run.rows_in, run.rows_out = "done", 3, 3
    written = run.write(tmp_path / "runs").read_bytes()
    job = next(name for name in found.jobs)
    found.objects[f"{batch.folder('staging', job)}/runs/one.json"] = written
    assert records.problems("staging") == []


def test_an_endpoint_is_asked_for_a_whole_file(found: Cloud, tmp_path: Path) -> None:
    module("online").deploy("staging", release(found))
    path = table(tmp_path, 1201)
    assert len(module("online").predict("staging", path)) == 1201
    asked = [told for name, told in found.calls if name == "InvokeEndpoint"][-3:]
    assert [len(each["Body"].splitlines()) for each in asked] == [501, 501, 202]
    out = tmp_path / "new" / "out.csv"
    module("deploy").predict([str(path), "--environment", "staging", "--output", str(out)])
    assert len(pd.read_csv(out)) == 1201


def test_a_refused_row_is_told_with_its_place(found: Cloud, tmp_path: Path) -> None:
    module("online").deploy("staging", release(found))
    empty = tmp_path / "empty.csv"
    empty.write_text("a\n", encoding="utf-8")
    with pytest.raises(FailedError, match="no rows"):
        module("online").predict("staging", empty)
    found.health.update(dict.fromkeys(found.health, "errors"))
    with pytest.raises(FailedError, match="boom"):
        module("online").predict("staging", table(tmp_path))


def test_figures_are_held_against_the_limits(found: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    signals = module("signals")
    assert "ServiceDown" in signals.problems("staging")
    module("online").deploy("staging", release(found))
    told = found.on_DescribeEndpoint(PLACE)
    now = found.today() + timedelta(hours=2)
    assert signals.figures(PLACE, told, now) == {"service:up": 1.0, "service:requests:rate": 0.0}
    found.figures = {"Invocations": [60.0, 40.0], "Invocation5XXErrors": [3.0], "ModelLatency": [9e4, 5e5]}
    known = signals.figures(PLACE, told, now)
    assert known["service:errors:ratio"] == 0.03
    assert known["service:latency_seconds:p95"] == 0.09
    assert signals.problems("staging") == ["HighErrorRate"]
    found.figures["Invocation5XXErrors"] = []
    assert signals.problems("staging") == []
    config = found.endpoints[PLACE].config
    found.states = {f"{config}-latency": "ALARM"}
    assert signals.problems("staging") == [f"alarm {config}-latency"]
    other = [{"Name": "EndpointName", "Value": PLACE}, {"Name": "EndpointConfigName", "Value": "old"}]
    found.alarms["churn-staging-old-errors"] = {"AlarmName": "churn-staging-old-errors", "Dimensions": other}
    found.states = {"churn-staging-old-errors": "ALARM"}
    assert signals.problems("staging") == []
    own = {"MetricStat": {"Metric": {"Dimensions": [{"Name": "EndpointName", "Value": PLACE}]}}}
    found.alarms["churn-staging-errors"] = {"AlarmName": "churn-staging-errors", "Metrics": [own]}
    found.states = {"churn-staging-errors": "ALARM"}
    with pytest.raises(FailedError, match="alarm churn-staging-errors"):
        module("watch").monitor(["staging"])
    assert "service:errors:ratio" in capsys.readouterr().out


def test_teardown_lists_deletes_and_names_what_is_left(
    found: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    module("online").deploy("staging", release(found))
    module("batch").deploy("production", archive(found, "1"))
    theirs = [{"Key": "project", "Value": "churn-eu"}, {"Key": "managed-by", "Value": "mlascent"}]
    other = module("fleet").define("staging", release(found, "9"), "")
    found.configs["churn-eu-staging"] = found.configs.pop(other) | {"EndpointConfigName": "churn-eu-staging"}
    found.tags[found.arn("endpoint-config", "churn-eu-staging")] = theirs
    found.models["churn-eu-staging"] = found.models.pop(other)
    found.tags[found.arn("model", "churn-eu-staging")] = theirs
    for alarm in module("alarms").names(other):
        found.alarms[alarm]["Tags"] = theirs
    found.objects["s3://churn-bucket/churn/incoming/rows.csv"] = b"a\n1\n"
    found.objects["s3://churn-bucket/other/rows.csv"] = b"a\n1\n"
    role = {
        "ResourceARN": "arn:aws:iam::1:role/churn-execution",
        "Tags": [{"Key": "project", "Value": "churn"}],
    }
    found.others = [role]
    before = (len(found.configs), len(found.models), len(found.objects))
    with pytest.raises(FailedError, match="nothing was deleted"):
        module("teardown").teardown([])
    assert (len(found.configs), len(found.models), len(found.objects)) == before
    listed = capsys.readouterr().out
    for words in ("endpoint  ", PLACE, "billed by the hour", "objects"):
        assert words in listed
    module("teardown").teardown(["--yes"])
    found.quiet()
    assert not found.endpoints
    assert set(found.configs) == set(found.models) == {"churn-eu-staging"}
    assert set(found.alarms) == set(module("alarms").names(other))
    assert set(found.objects) == {
        "s3://churn-bucket/churn/incoming/rows.csv",
        "s3://churn-bucket/other/rows.csv",
    }
    told = capsys.readouterr().out
    assert "churn/incoming/" in told
    assert role["ResourceARN"] in told
    assert "just infra destroy" in told
    module("teardown").teardown([])  # nothing is there any more, and that is no failure


@pytest.mark.parametrize("operation", ["DeleteEndpoint", "DeleteModel", "DeleteAlarms", "DeleteObjects"])
def test_what_cannot_be_deleted_is_told_and_the_rest_goes(operation: str, found: Cloud) -> None:
    from cloud import RefusedError

    module("online").deploy("staging", release(found))
    found.objects["s3://churn-bucket/churn/models/1/model.tar.gz"] = b"1"

    def refuse(**asked: Any) -> None:
        raise RefusedError("AccessDeniedException", f"not authorized to perform: {operation}")

    setattr(found, f"on_{operation}", refuse)
    with pytest.raises(FailedError, match="still there") as told:
        module("teardown").teardown(["--yes"])
    assert operation in str(told.value)
    assert "just teardown --yes" in str(told.value)
    found.quiet()
    kept = [bool(shelf) for shelf in (found.endpoints, found.models, found.alarms, found.objects)]
    assert sum(kept) == (3 if operation == "DeleteEndpoint" else 1)  # what answers keeps its parts


def test_an_endpoint_that_is_being_updated_is_torn_down_after_that(found: Cloud) -> None:
    module("online").deploy("staging", release(found))
    found.endpoints[PLACE].status = "Updating"
    found.later(700, lambda: setattr(found.endpoints[PLACE], "status", "InService"))
    module("teardown").teardown(["--yes"])
    assert not found.endpoints


def test_a_smoke_test_says_what_it_costs_and_leaves_nothing(
    found: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = archive(found, "1")
    monkeypatch.setattr(module("releases"), "choose", lambda _: made)
    with pytest.raises(FailedError, match="--yes"):
        module("smoke").smoke([])
    assert "USD" in capsys.readouterr().out
    assert not found.endpoints
    monkeypatch.setattr(module("batch"), "rehearse", lambda *_: 2)
    module("smoke").smoke(["staging", "--yes"])
    found.quiet()
    assert "2 of 2 example rows predicted" in capsys.readouterr().out
    assert not found.endpoints
    assert not found.configs


def test_a_smoke_test_leaves_what_stood_before_and_tells_all_that_failed(
    found: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("online").deploy("staging", release(found, "1"))
    config = found.endpoints[PLACE].config
    found.sleep(5)
    monkeypatch.setattr(module("releases"), "choose", lambda _: release(found, "2", "errors"))
    monkeypatch.setattr(module("batch"), "rehearse", lambda *_: 1)
    with pytest.raises(FailedError) as told:
        module("smoke").smoke(["--yes"])
    assert f"Now {config} answers" in str(told.value)
    assert "2 rows, but 1 predictions" in str(told.value)
    assert found.endpoints[PLACE].traffic == config


def test_the_first_deployment_needs_no_registry(
    found: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    releases, registry = module("releases"), module("registry")
    monkeypatch.setattr(registry, "versions", list)
    monkeypatch.setenv("PLATFORM_IMAGE", IMAGE)
    monkeypatch.setattr(releases.trained, "__defaults__", (tmp_path,))
    with pytest.raises(FailedError, match="just train"):
        releases.choose("staging")
    (tmp_path / "model.skops").write_bytes(b"skops")
    (tmp_path / "model.json").write_text('{"example": [{"a": 1}]}', encoding="utf-8")
    first = releases.choose("staging")
    assert first == releases.choose("staging")  # what is in S3 already stays
    assert [name for name, _ in found.calls].count("PutObject") == 1
    found.identity[first.model] = first.identity
    module("online").deploy("staging", first)
    assert found.endpoints[PLACE].status == "InService"
    none = {"ModelPackageSummaryList": list[str]()}
    monkeypatch.setattr(found, "on_ListModelPackages", lambda **_: none, raising=False)
    with pytest.raises(FailedError):  # production waits for an approval
        releases.choose("production")


def test_an_environment_that_is_not_there_is_told(found: Cloud) -> None:
    for word in ("deploy", "stop"):
        with pytest.raises(FailedError, match="only staging, production"):
            getattr(module("deploy"), word)(["nowhere"])
    assert found.calls == []


def test_the_way_back_by_number_deploys_anew_what_is_no_longer_kept(
    found: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy = module("deploy")
    for kind in deploy.kinds():
        kind.deploy("staging", archive(found, "7"))
    found.sleep(5)
    with pytest.raises(FailedError, match="no version before"):
        deploy.back("staging")
    monkeypatch.setattr(module("releases"), "choose", lambda _: archive(found, "6"))
    deploy.back("staging", "6")
    assert capsys.readouterr().out.count("version 6") == 2
