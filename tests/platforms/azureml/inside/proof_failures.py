"""What a person is told when Azure, the network or a job fails: one message, and what to do next."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloud as clouds
import pytest

Part = Callable[[str], Any]


@pytest.fixture
def session(part: Part) -> Any:
    return part("session")


def look(session: Any) -> None:
    """The first question of every word: is the workspace there?"""
    made = session.client()
    with session.explained(f"looking up the workspace {made.workspace_name}"):
        made.workspaces.get(made.workspace_name)


def always(*answer: Any) -> clouds.Trouble:
    return lambda *_: answer  # type: ignore[return-value]


def test_no_credentials(cloud: Any, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain that the words use, on a machine that has none of it."""
    from azure.identity import ChainedTokenCredential, EnvironmentCredential, WorkloadIdentityCredential

    for name in [name for name in os.environ if name.startswith(("AZURE_", "MSI_", "IDENTITY_"))]:
        monkeypatch.delenv(name)
    with pytest.raises(ValueError, match=r"tenant_id"):
        WorkloadIdentityCredential()
    options = cloud.client_options() | {"credential": ChainedTokenCredential(EnvironmentCredential())}
    made = session.connect(**options)
    with (
        pytest.raises(
            session.CloudError, match=r"no valid Azure credentials.*az login.*AZURE_CLIENT_ID"
        ) as told,
        session.explained("looking up the workspace shop"),
    ):
        made.workspaces.get("shop")
    assert (told.value.code, cloud.asked) == ("Credentials", [])


def test_credentials_that_azure_does_not_take(cloud: Any, session: Any) -> None:
    cloud.trouble.append(
        always(*clouds.refusal(401, "InvalidAuthenticationToken", "The access token is expired."))
    )
    with pytest.raises(session.CloudError, match=r"does not take these credentials.*expired.*az login"):
        look(session)


@pytest.mark.parametrize(
    ("code", "message", "key"),
    [
        ("SubscriptionNotFound", "The subscription '0' could not be found.", "subscription"),
        ("ResourceGroupNotFound", "Resource group 'team' could not be found.", "resource_group"),
        (
            "ResourceNotFound",
            "The Resource 'Microsoft.MachineLearningServices/workspaces/shop' under resource group 'team'",
            "workspace",
        ),
    ],
)
def test_a_wrong_place_names_the_key_to_mend(
    cloud: Any, session: Any, code: str, message: str, key: str
) -> None:
    cloud.trouble.append(always(*clouds.refusal(404, code, message)))
    with pytest.raises(
        session.CloudError, match=f"Next: mend `{key}` in infra/azureml/settings.yaml"
    ) as told:
        look(session)
    assert told.value.missing


def test_settings_without_a_workspace_are_told_at_once(
    cloud: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SUBSCRIPTION", "WORKSPACE"):
        monkeypatch.delenv(f"AZUREML_{name}")
    with pytest.raises(session.FailedError, match=r"subscription, workspace"):
        session.connect(**cloud.client_options())


def test_a_missing_role_is_named(cloud: Any, session: Any) -> None:
    message = (
        "The client 'ana' with object id '1' does not have authorization to perform action "
        "'Microsoft.MachineLearningServices/workspaces/jobs/write' over scope '/subscriptions/0/shop' or"
    )
    cloud.trouble.append(always(*clouds.refusal(403, "AuthorizationFailed", message)))
    with pytest.raises(
        session.CloudError, match=r"may not .*jobs/write on /subsc.*role AzureML Data Scientist"
    ) as told:
        look(session)
    assert not told.value.lost


def test_throttling_is_waited_for_as_long_as_azure_says(cloud: Any, session: Any) -> None:
    times = itertools.count()

    def trouble(method: str, path: str, body: Any) -> Any:
        if next(times) < 2:
            return clouds.refusal(429, "TooManyRequests", "Slow down.", Retry_After="7")
        return None

    cloud.trouble.append(trouble)
    look(session)
    assert (cloud.slept, len(cloud.asked)) == ([7.0, 7.0], 3)


def test_throttling_that_does_not_end(cloud: Any, session: Any) -> None:
    cloud.trouble.append(always(*clouds.refusal(429, "TooManyRequests", "Slow down.", Retry_After="9")))
    with pytest.raises(session.CloudError, match=r"throttles.*again in 9 s") as told:
        look(session)
    assert told.value.lost
    assert len(cloud.asked) > 3


def test_a_fault_of_the_service_is_tried_again_then_told(cloud: Any, session: Any) -> None:
    cloud.trouble.append(always(*clouds.refusal(503, "ServiceUnavailable", "Down.")))
    with pytest.raises(session.CloudError, match=r"Azure fails .503 ServiceUnavailable") as told:
        look(session)
    assert told.value.lost
    assert len(cloud.asked) > 2


def test_no_quota(cloud: Any, session: Any) -> None:
    cloud.trouble.append(always(*clouds.refusal(400, "QuotaExceeded", "Standard DSv2 cores: 0 of 6.")))
    with pytest.raises(session.CloudError, match=r"no quota is left.*another VM size"):
        look(session)


def test_a_lost_connection_is_tried_again_then_told(cloud: Any, session: Any) -> None:
    cloud.trouble.append(always(*clouds.LOST))
    with pytest.raises(session.CloudError, match=r"no connection to Azure.*proxy and firewall") as told:
        look(session)
    assert told.value.lost
    assert len(cloud.asked) > 2


def test_a_proxy_that_answers_in_place_of_azure_is_told(cloud: Any, session: Any) -> None:
    job(cloud, "run", "Running")
    cloud.trouble.append(lambda _method, path, _body: (200, {}, None) if "discovery" in path else None)
    with (
        pytest.raises(session.CloudError, match=r"no connection to Azure.*proxy") as told,
        session.explained("x"),
    ):
        list(session.client().jobs.list(parent_job_name="run"))
    assert told.value.lost


def test_rest_calls_have_the_same_retries_and_messages(cloud: Any, session: Any) -> None:
    path = f"{clouds.PLACE}?api-version=2025-01-01"
    assert session.call("GET", path)["name"] == "shop"
    cloud.trouble.append(always(*clouds.refusal(403, "AuthorizationFailed", "no")))
    with pytest.raises(session.CloudError, match=r"Azure forbids it"):
        session.call("GET", path)


def test_a_job_submitted_over_a_broken_line_is_one_job(cloud: Any, part: Part) -> None:
    """The line breaks after Azure has taken the job: the SDK asks again, by the same name."""
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/data.csv").write_text("a\n1\n")
    broken: list[str] = []

    def trouble(method: str, path: str, body: Any) -> Any:
        if method == "PUT" and "/jobs/" in path and not broken:
            broken.append(path)
            cloud.kept[path.lower()] = {"id": path, "name": path.rsplit("/", 1)[-1], **body}
            return clouds.LOST
        return None

    cloud.trouble.append(trouble)
    part("jobs").train(["--no-wait"])
    assert {path for path, _ in cloud.sent("/jobs/")} == set(broken)
    assert len(cloud.sent("/jobs/")) == 2


# -- following -------------------------------------------------------------------------------------

CHILD = {"jobType": "Command", "displayName": "gate", "command": "x", "environmentId": "e", "properties": {}}


def job(cloud: Any, name: str, status: str, **more: Any) -> None:
    """Put a job with a status into the cloud."""
    studio = {"Studio": {"endpoint": f"https://ml.azure.com/runs/{name}", "jobServiceType": "Studio"}}
    told = CHILD | {"status": status, "services": studio} | more
    path = f"{clouds.PLACE}/jobs/{name}"
    cloud.kept[path.lower()] = {"id": path, "name": name, "properties": told}


@pytest.fixture
def follow(part: Part, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = part("follow")
    monkeypatch.setattr(module, "PAUSE", 0.01)
    return module


def test_a_job_is_followed_to_its_end(cloud: Any, follow: Any, capsys: pytest.CaptureFixture[str]) -> None:
    job(cloud, "run", "Running", displayName="whole")
    looks = itertools.count()

    def trouble(method: str, path: str, body: Any) -> Any:
        if path.endswith("/jobs/run") and next(looks) == 2:
            job(cloud, "run", "Completed", displayName="whole")
        return None

    cloud.trouble.append(trouble)
    follow.wait("run", "`just train --follow run`")
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "run: Running",
        "run: Completed",
    ]


def test_a_connection_that_is_lost_while_following_is_waited_for(
    cloud: Any, follow: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    job(cloud, "run", "Running")
    looks = itertools.count()

    def trouble(method: str, path: str, body: Any) -> Any:
        number = next(looks)
        if 2 <= number < 12:
            return clouds.LOST
        if number == 14:
            job(cloud, "run", "Completed")
        return None

    cloud.trouble.append(trouble)
    follow.wait("run", "`just train --follow run`")
    told = capsys.readouterr().out
    assert "no connection to Azure" in told
    assert told.rstrip().endswith("run: Completed")


def test_a_connection_that_stays_lost_says_how_to_take_it_up(
    cloud: Any, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE", 0.05)
    cloud.trouble.append(always(*clouds.LOST))
    with pytest.raises(follow.FailedError, match=r"goes on in the cloud. Next: `just train --follow run`"):
        follow.wait("run", "`just train --follow run`")


def test_a_role_that_is_taken_away_while_following_is_told_at_once(cloud: Any, follow: Any) -> None:
    cloud.trouble.append(always(*clouds.refusal(403, "AuthorizationFailed", "no")))
    with pytest.raises(follow.FailedError, match=r"Azure forbids it"):
        follow.wait("run", "again")
    assert len(cloud.asked) == 1


def test_who_stops_waiting_is_told_that_it_goes_on(
    cloud: Any, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    job(cloud, "run", "Running")
    monkeypatch.setattr(follow.time, "sleep", interrupt)
    with pytest.raises(follow.FailedError, match=r"and costs.*--follow run.*az ml job cancel --name run"):
        follow.wait("run", "`just train --follow run`")


def test_a_failed_step_is_told_with_its_error_and_the_end_of_its_log(
    cloud: Any, follow: Any, blobs: Any
) -> None:
    job(cloud, "run", "Failed", displayName="whole")
    # Steps are known to the history of runs alone.
    train = {"runId": "run-train", "displayName": "train", "status": "Completed", "properties": {}}
    cloud.children["run"] = [
        {"runId": "run-gate", "displayName": "gate", "status": "Failed", "properties": {}},
        train,
    ]
    error = {"error": {"code": "UserError", "message": "The process ended with exit code 3."}}

    def trouble(method: str, path: str, body: Any) -> Any:
        if path.endswith("/details"):
            return 200, {}, {"runId": "run-gate", "status": "Failed", "error": error}
        return None

    cloud.trouble.append(trouble)
    log = "\n".join(
        [*(f"line {number}" for number in range(90)), "the gate refuses the model: reports/gate.json"]
    )
    blobs["workspaceartifactstore"].kept["ExperimentRun/dcid.run-gate/user_logs/std_log.txt"] = log.encode()
    with pytest.raises(follow.FailedError) as told:
        follow.wait("run", "`just train --follow run`")
    said = str(told.value)
    assert said.startswith("run: Failed, in gate\n  UserError: The process ended with exit code 3.")
    assert "the gate refuses the model: reports/gate.json" in said
    assert "line 89" in said
    assert "line 60" not in said
    assert "https://ml.azure.com/runs/run" in said
    assert said.endswith("Next: mend what it says, and `just train` again")


def test_a_job_that_left_nothing_is_told(follow: Any, cloud: Any) -> None:
    with pytest.raises(follow.FailedError, match=r"left nothing in azureml://datastores/.*/runs/run/model/"):
        follow.bring({"model": Path("models")}, "runs", "run")
