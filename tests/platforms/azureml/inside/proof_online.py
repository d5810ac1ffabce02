"""Online endpoints by the project's words, with the real SDK: what is sent, and what a failure says."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloud as clouds
import pytest
from endpoints import Endpoints

META = {
    "inputs": {"a": {"type": "number", "nullable": False}, "b": {"type": "boolean", "nullable": True}},
    "example": [{"a": 1.5, "b": True}, {"a": 2.0, "b": None}],
}
Part = Callable[[str], Any]
Golden = Callable[[str, Any], None]


@pytest.fixture
def azure(cloud: clouds.Cloud, part: Part, monkeypatch: pytest.MonkeyPatch) -> Endpoints:
    """The cloud with endpoints, a model that was trained, and no time that passes."""
    made, session = Endpoints(cloud), part("session")
    call = functools.partial(session.call, credential=clouds.Someone(), transport=made.transport())
    monkeypatch.setattr(session, "call", call)
    monkeypatch.setattr(part("endpoint").time, "sleep", lambda _: None)
    monkeypatch.setattr(part("deploy"), "kinds", lambda: [part("online")])
    part("models").meta.cache_clear()
    trained("a first model")
    return made


def trained(content: str) -> None:
    Path("models").mkdir(exist_ok=True)
    Path("models/model.skops").write_text(content, encoding="utf-8")
    Path("models/model.json").write_text(json.dumps(META), encoding="utf-8")


def put(azure: Endpoints, kind: str) -> list[Any]:
    """What was PUT to endpoints or deployments, without what changes each time."""
    pattern = re.compile(rf".*/{kind}/[^/]+", re.I)
    sent = [body for path, body in azure.cloud.sent("") if pattern.fullmatch(path)]
    return [re.sub(r"[0-9a-f]{16,64}", "DIGEST", json.dumps(body)) for body in sent]


def test_the_first_the_next_and_the_way_back(
    azure: Endpoints, part: Part, golden: Golden, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy = part("deploy")
    deploy.deploy(["staging"])
    assert (azure.traffic(), azure.deployments()) == ({"blue": 100}, ["blue"])
    golden("endpoint", [json.loads(body) for body in put(azure, "onlineEndpoints")])
    golden("deployment", [json.loads(body) for body in put(azure, "deployments")])
    golden("serving-environment", [json.loads(body) for body in put(azure, "environments/[^/]+/versions")])
    trained("a second model")
    part("registry").upload(Path("models"))
    deploy.deploy(["staging"])
    assert (azure.traffic(), azure.deployments()) == ({"green": 100}, ["green"])
    assert azure.scored == [*["blue"] * 3, *[""] * 3, *["green"] * 3, *[""] * 3]
    first = part("online").before("staging")
    deploy.back("staging", first.model)
    assert azure.traffic() == {"blue": 100}
    said = capsys.readouterr().out
    assert said.count("has all the traffic") == 3
    assert said.splitlines()[0].split(" with ")[1] == said.splitlines()[-1].split(" with ")[1]


def test_the_deployment_answers_as_the_file_says(azure: Endpoints, part: Part) -> None:
    """Routes and port are those of the Dockerfile; the model is looked for where it is mounted."""
    made = part("online").Online("staging").deployment("blue", part("endpoint").Release("m:1", "i:1"))
    routes = made.environment.inference_config
    ports = {routes.liveness_route.port, routes.readiness_route.port, routes.scoring_route.port}
    assert ports == {8000}
    dockerfile = Path("deploy/Dockerfile").read_text(encoding="utf-8")
    assert "EXPOSE 8000" in dockerfile
    assert made.environment_variables["MODEL_DIR"] == part("serving").MOUNT
    module, _, function = made.environment_variables["APP"].partition(":")
    assert module == part("serving").__name__
    assert hasattr(part("serving"), function)


FAILURES: dict[str, tuple[Callable[[Endpoints], Any], list[str]]] = {
    "does not start": (
        lambda azure: azure.fails.update(green="ResourceNotReady"),
        ["ResourceNotReady", "FileNotFoundError: 0 models", "The traffic is on blue, which answers"],
    ),
    "no quota": (
        lambda azure: azure.fails.update(green="OutOfQuota"),
        ["no quota is left", "another VM size", "The traffic is on blue, which answers"],
    ),
    "does not predict": (
        lambda azure: azure.sick.add("green"),
        ["ModelError", "The traffic is on blue, which answers"],
    ),
    "missing role": (
        lambda azure: azure.cloud.trouble.insert(0, forbidden("/deployments/green")),
        ["may not", "deployments/write", "AzureML Data Scientist", "The traffic is on blue, which answers"],
    ),
    "traffic is refused": (
        lambda azure: azure.cloud.trouble.insert(0, refused_traffic),
        ["the endpoint is busy", "The traffic is on blue, which answers"],
    ),
    "throttled": (
        lambda azure: azure.cloud.trouble.insert(0, throttled),
        ["Azure throttles", "The traffic is on blue, which answers"],
    ),
    "lost for good": (
        lambda azure: azure.cloud.trouble.insert(0, lost),
        ["no connection to Azure", "The traffic is on blue, which answers"],
    ),
}


def forbidden(where: str) -> clouds.Trouble:
    told = (
        "The client 'ana' with object id 'x' does not have authorization to perform action "
        "'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write' over scope '/s/ws'"
    )

    def trouble(method: str, path: str, body: Any) -> clouds.Answer | None:
        if method == "PUT" and path.endswith(where):
            return clouds.refusal(403, "AuthorizationFailed", told)
        return None

    return trouble


def refused_traffic(method: str, path: str, body: Any) -> clouds.Answer | None:
    if method == "PUT" and body["properties"].get("traffic") == {"green": 100}:
        return clouds.refusal(409, "Conflict", "the endpoint is busy")
    return None


def throttled(method: str, path: str, body: Any) -> clouds.Answer | None:
    if method == "PUT" and path.endswith("/deployments/green"):
        return clouds.refusal(429, "TooManyRequests", "too many requests", Retry_After="3")
    return None


def lost(method: str, path: str, body: Any) -> clouds.Answer | None:
    return clouds.LOST if method == "PUT" and path.endswith("/deployments/green") else None


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_message(azure: Endpoints, part: Part, name: str) -> None:
    """What happened, where the traffic is, what to do; nothing that is billed stays behind."""
    part("deploy").deploy(["staging"])
    trained("a second model")
    spoil, expected = FAILURES[name]
    spoil(azure)
    with pytest.raises(part("session").FailedError) as caught:
        part("deploy").deploy(["staging"])
    said = str(caught.value)
    assert [each for each in [*expected, "Next:"] if each not in said] == []
    assert (azure.traffic(), azure.deployments()) == ({"blue": 100}, ["blue"])


def test_the_first_that_fails_leaves_nothing_billed(azure: Endpoints, part: Part) -> None:
    azure.sick.add("blue")
    with pytest.raises(part("session").FailedError, match="the endpoint answers nobody"):
        part("deploy").deploy(["staging"])
    assert (azure.traffic(), azure.deployments()) == ({}, [])


def test_a_slow_start_and_a_lost_connection_are_waited_for(azure: Endpoints, part: Part) -> None:
    azure.looks = 4
    left = [clouds.LOST] * 3

    def trouble(method: str, path: str, body: Any) -> clouds.Answer | None:
        return left.pop() if left and method == "PUT" and "/deployments/" in path else None

    azure.cloud.trouble.insert(0, trouble)
    part("deploy").deploy(["staging"])
    assert azure.traffic() == {"blue": 100}
    assert not left


def test_retry_after_is_heeded(azure: Endpoints, part: Part) -> None:
    left = [clouds.refusal(429, "TooManyRequests", "slower", Retry_After="7")]
    azure.cloud.trouble.insert(
        0,
        lambda method, path, _: left.pop() if left and method == "PUT" and "/deployments/" in path else None,
    )
    part("deploy").deploy(["staging"])
    assert 7 in azure.cloud.slept


def test_no_credentials_is_said(azure: Endpoints, part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.exceptions import ClientAuthenticationError

    def refuse(*_: Any, **__: Any) -> Any:
        raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")

    monkeypatch.setattr(clouds.Someone, "get_token", refuse)
    with pytest.raises(part("session").FailedError, match="az login"):
        part("deploy").deploy(["staging"])


def test_an_unknown_environment(azure: Endpoints, part: Part) -> None:
    for word in (part("deploy").deploy, part("deploy").stop):
        with pytest.raises(
            part("session").FailedError, match="no environment test, only staging, production"
        ):
            word(["test"])


def test_stop_deletes_it_and_says_so(
    azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    part("deploy").deploy(["staging"])
    for told in ("is deleted, and bills nothing", "there is none, so nothing is billed"):
        part("deploy").stop(["staging"])
        assert told in capsys.readouterr().out
    assert azure.deployments() == []


def test_predictions_of_a_file(azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]) -> None:
    part("deploy").deploy(["staging"])
    Path("rows.csv").write_text("a,b,c\n" + "1,True,x\n2,,y\n" * 400, encoding="utf-8")
    azure.cloud.asked.clear()
    part("deploy").predict(["rows.csv", "--environment", "staging", "--output", "out/told.csv"])
    sent = [body["rows"] for _, path, body in azure.cloud.asked if path == "/predict"]
    assert [len(rows) for rows in sent] == [500, 300]
    assert sent[0][:2] == [{"a": 1.0, "b": True}, {"a": 2.0, "b": None}]
    assert len(Path("out/told.csv").read_text(encoding="utf-8").splitlines()) == 801
    Path("rows.csv").write_text("c\n1\n", encoding="utf-8")
    with pytest.raises(part("session").FailedError, match=r"rows.csv: input columns are missing"):
        part("deploy").predict(["rows.csv", "--environment", "staging"])
    with pytest.raises(part("session").FailedError, match="there is no endpoint"):
        part("deploy").predict(["rows.csv", "--environment", "production"])


def minute(value: float | None, **labels: str) -> dict[str, Any]:
    names = [{"name": {"value": name.lower()}, "value": text} for name, text in labels.items()]
    return {"metadatavalues": names, "data": [{"timeStamp": "t", "average": value}, {"timeStamp": "u"}]}


def test_monitor_holds_it_against_the_limits(
    azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(part("session").FailedError, match="nothing is deployed to any environment"):
        part("watch").monitor([])
    part("deploy").deploy(["staging"])
    azure.series = {
        "RequestsPerMinute": [
            minute(300.0, statusCodeClass="2xx", modelStatusCode="200"),
            minute(1.0, statusCodeClass="4xx", modelStatusCode="422"),
        ],
        "RequestLatency_P95": [minute(120.0)],
    }
    part("signals").problems("staging")
    assert part("signals").problems("staging") == []
    said = capsys.readouterr().out
    assert re.search(r"service:latency_seconds:p95\s+0.12 ", said)
    assert re.search(r"service:errors:ratio\s+0 ", said)
    azure.series["RequestsPerMinute"] += [minute(9.0, statusCodeClass="4xx", modelStatusCode="500")]
    azure.series["RequestLatency_P95"] = [minute(900.0)]
    azure.alerts = ["demo-staging-errors"]
    azure.sick.add("blue")
    with pytest.raises(part("session").FailedError) as caught:
        part("watch").monitor(["staging"])
    for told in ("ServiceDown", "HighErrorRate", "HighLatency", "the alert demo-staging-errors fires"):
        assert told in str(caught.value)


def test_smoke_test_asks_first(azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(part("session").FailedError, match=r"USD an hour .*\n.*just smoke-test staging --yes"):
        part("smoke").smoke_test(["staging"])
    assert not azure.deployments()


def test_smoke_test_goes_all_the_way(
    azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    part("smoke").smoke_test(["staging", "--yes"])
    said = capsys.readouterr().out
    assert re.search(r"staging: 2 rows predicted by \S+, online", said)
    assert "just teardown --yes" in said
    assert azure.traffic() == {"blue": 100}


def test_teardown(azure: Endpoints, part: Part, capsys: pytest.CaptureFixture[str]) -> None:
    """First the list; then all of it is gone, and what is left is told; other projects' stay."""
    part("deploy").deploy(["staging"])
    other = {**next(each for key, each in azure.cloud.kept.items() if key.endswith("-staging"))}
    place = f"{clouds.PLACE}/onlineEndpoints/other".lower()
    azure.cloud.kept[place] = {**other, "name": "other", "tags": {"project": "another"}}
    azure.tagged = [{"type": "Microsoft.Storage/storageAccounts", "name": "demostore"}]
    part("teardown").teardown([])
    said = capsys.readouterr().out
    assert "its machines, by the hour" in said
    assert "just teardown --yes" in said
    assert azure.deployments() == ["blue"]
    part("teardown").teardown(["--yes"])
    said = capsys.readouterr().out
    assert "deleted: endpoint" in said
    assert "Microsoft.Storage/storageAccounts demostore" in said
    assert azure.deployments() == []
    assert place in azure.cloud.kept
    part("teardown").teardown(["--yes"])
    assert "is billed" in capsys.readouterr().out


def test_teardown_says_what_it_could_not_delete(azure: Endpoints, part: Part) -> None:
    for environment in ("staging", "production"):
        part("online").deploy(
            environment, part("endpoint").Release(part("deploy").release("staging").model, "i:1")
        )
    azure.cloud.trouble.insert(
        0,
        lambda method, path, _: (
            clouds.refusal(409, "Conflict", "locked")
            if method == "DELETE" and path.endswith("-staging")
            else None
        ),
    )
    with pytest.raises(
        part("session").FailedError, match=r"still billed:\n.*locked.*az ml online-endpoint delete"
    ):
        part("teardown").teardown(["--yes"])
    assert [key for key in azure.cloud.kept if key.endswith("-production")] == []
