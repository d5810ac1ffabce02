"""Whatever goes wrong, traffic ends on a healthy deployment, or the message says exactly what is not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from cloud import BUSY, Cloud, Endpoint
from kit import module, playing, release

PLACE = "churn-staging"
STARTS = ("nothing", "healthy", "ill", "failed", "updating", "out", "mixed")
HEALTHS = ("good", "slow", "dead", "errors", "other", "few")
ROLLBACKS = ("", "Failed", "UpdateRollbackFailed", "OutOfService")
FAULTS = ("unsent", "unheard", "repeated", "throttled", "broken", "denied", "role")
SPEAKING = (  # of what is not healthy, or of what nobody can know
    *("NOT HEALTHY", "NOT KNOWN TO BE HEALTHY", "not known", "goes on by itself"),
    *("Nothing was changed", "nothing answers", "could not be asked", "is billed", "and billed"),
)
NEXT = (
    "Next:",
    "`just ",
    "Say the word again",
    "say the word again",
    "wait a minute",
    "Sign in",
    "iam:PassRole",
)
NEXT += ("health.aws.amazon.com", "its policy lacks", "settings.yaml")


def begin(found: Cloud, start: str) -> str:
    """Bring an environment into a state; the configuration that answers in it, if it is healthy."""
    if start == "nothing":
        return ""
    before = release(found, "1", "errors" if start == "ill" else "good")
    config = module("fleet").define("staging", before, "")
    state = {
        "failed": "Failed",
        "updating": "Updating",
        "out": "OutOfService",
        "mixed": "UpdateRollbackFailed",
    }
    made = Endpoint(config, state.get(start, "InService"))
    made.traffic = "" if start in ("failed", "out") else config
    found.endpoints[PLACE] = made
    found.sleep(5)  # names hold the second
    if start == "updating":
        found.later(200, lambda: setattr(made, "status", "InService"))
    found.calls.clear()
    return config if made.traffic and start != "ill" else ""


def healthy(found: Cloud) -> bool:
    """Whether callers get right answers."""
    told = found.endpoints.get(PLACE)
    return bool(told and told.traffic and found.behaviour(told.traffic) in ("good", "slow"))


def deploy(found: Cloud, health: str) -> str:
    """Deploy, then let the cloud end what it does; the message, or nothing."""
    failed = import_failed()
    message = ""
    try:
        module("rollout").put("staging", release(found, "2", health))
    except failed as error:
        message = str(error)
    found.quiet()
    return message


def import_failed() -> Any:
    from importlib import import_module

    from kit import PACKAGE

    return import_module(f"{PACKAGE}.platforms").FailedError


def judge(found: Cloud, message: str, before: str, told: str) -> None:
    """What must hold after every sequence."""
    assert not found.violations, (told, found.violations)
    now = found.endpoints.get(PLACE) or Endpoint("", "")
    if not message:
        assert (now.status, now.traffic) == ("InService", now.config), told
        assert "/2/" in found.models[found.model_of(now.config)]["PrimaryContainer"]["ModelDataUrl"], told
        assert healthy(found), told
        return
    assert any(words in message for words in NEXT), (told, message)
    assert healthy(found) or any(words in message for words in SPEAKING), (told, message)
    if "Now churn-" in message:
        assert healthy(found), (told, message)
        assert f"Now {now.traffic} answers." in message, (told, message)
    if "nor is billed" in message:
        assert PLACE not in found.endpoints, (told, message)
    if "Nothing was changed" in message and before:
        assert now.traffic == before, (told, message)


@pytest.mark.parametrize("start", STARTS)
def test_an_ill_model_does_not_stay(start: str) -> None:
    for health, rollback in itertools.product(HEALTHS, ROLLBACKS):
        with playing() as found:
            found.rollback_fails = rollback
            before = begin(found, start)
            message = deploy(found, health)
            judge(found, message, before, f"{start} {health} {rollback}")
            assert bool(message) == (health not in ("good", "slow")), (health, rollback)
            if before:  # SageMaker answers all the time here: then there is no excuse
                assert healthy(found), message
                assert not message or found.endpoints[PLACE].traffic == before
            if start == "ill" and message:
                assert "NOT HEALTHY" in message
            if start == "nothing" and message:
                assert not (found.endpoints)
                assert not (found.configs)
                assert not (found.models)
                assert not (found.alarms)


def sequences() -> Iterator[tuple[str, str, str]]:
    """Where a deployment begins, how its container behaves, and what SageMaker makes of a failure."""
    yield from itertools.product(("nothing", "healthy"), HEALTHS, ("", "Failed"))
    yield from itertools.product(
        ("ill", "failed", "updating", "out", "mixed"), ("good", "errors"), ("", "Failed")
    )


def moments(start: str, health: str, rollback: str) -> list[int]:
    """The calls of a deployment, but of those that are repeated in waiting the first and last two."""
    with playing() as found:
        found.rollback_fails = rollback
        begin(found, start)
        deploy(found, health)
        names = [name for name, _ in found.calls]
    kept = set()
    for name in set(names):
        at = [number for number, other in enumerate(names) if other == name]
        kept |= {*at[:2], *at[-2:]}
    return sorted(kept)


@pytest.mark.parametrize("fault", FAULTS)
def test_any_one_call_may_fail(fault: str) -> None:
    runs = 0
    same = fault in ("throttled", "role")  # nobody can tell them from `broken` and `denied`
    for start, health, rollback in itertools.islice(sequences(), 4 if same else None):
        for number in moments(start, health, rollback):
            with playing() as found:
                found.rollback_fails = rollback
                before = begin(found, start)
                found.faults = {number: fault}
                message = deploy(found, health)
                judge(found, message, before, f"{start} {health} {rollback!r} call {number} {fault}")
                runs += 1
    assert runs > (30 if same else 500)


@pytest.mark.parametrize("lasting", [True, False])
def test_the_connection_may_be_lost_at_any_time(lasting: bool) -> None:
    for start, health, rollback in sequences():
        for number in moments(start, health, rollback):
            with playing() as found:
                found.rollback_fails = rollback
                before = begin(found, start)
                end = 10**9 if lasting else number + 3
                found.outage = lambda call, number=number, end=end: number <= call < end
                message = deploy(found, health)
                told = f"{start} {health} {rollback!r} lost at {number}, for ever: {lasting}"
                judge(found, message, before, told)


def test_two_faults_in_one_deployment() -> None:
    for start, health in itertools.product(("nothing", "healthy"), ("good", "errors")):
        for first, second in itertools.combinations(moments(start, health, ""), 2):
            for fault, other in (("unheard", "denied"), ("broken", "unheard")):
                with playing() as found:
                    before = begin(found, start)
                    found.faults = {first: fault, second: other}
                    message = deploy(found, health)
                    judge(found, message, before, f"{start} {health} {fault}@{first} {other}@{second}")


def test_somebody_else_s_deployment_stays() -> None:
    with playing() as found:
        begin(found, "healthy")
        theirs = module("fleet").define("staging", release(found, "3"), "")
        found.sleep(5)

        def meanwhile() -> None:
            found.endpoints[PLACE].__dict__.update(
                config=theirs, traffic=theirs, status="InService", pending=""
            )
            found.plans.clear()

        found.later(100, meanwhile)
        message = deploy(found, "good")
        assert theirs in message
        assert "somebody else" in message
        assert found.endpoints[PLACE].traffic == theirs


def test_it_tells_when_it_takes_too_long() -> None:
    with playing() as found:
        begin(found, "healthy")
        found.endpoints[PLACE].status = "SystemUpdating"
        message = deploy(found, "good")
        assert "SystemUpdating after 60 minutes" in message


def test_who_does_not_want_to_wait_is_told_what_goes_on() -> None:
    with playing() as found:
        before = begin(found, "healthy")

        def impatient() -> None:
            raise KeyboardInterrupt

        found.later(150, impatient)
        message = deploy(found, "good")
        judge(found, message, before, "interrupted")
        assert "goes on by itself" in message
        assert found.endpoints[PLACE].traffic != before  # as it said


def three(found: Cloud) -> list[str]:
    """Three deployments, one after the other."""
    made = []
    for version in ("1", "2", "3"):
        made.append(module("rollout").put("staging", release(found, version)))
        found.sleep(5)
    return made


def test_the_way_back() -> None:
    with playing() as found:
        first, second, third = three(found)
        back = module("rollout").back
        assert back("staging") == second
        found.sleep(5)
        assert found.endpoints[PLACE].traffic == second
        assert back("staging") == first  # and never the one that was just taken out
        found.sleep(5)
        assert back("staging") == ""
        assert back("staging", "3") == third
        assert not found.violations


def test_the_way_back_from_what_is_ill_is_not_vetoed_by_it() -> None:
    with playing() as found:
        _first, second, _ = three(found)
        ill = found.models[found.model_of(found.endpoints[PLACE].config)]
        found.health[ill["PrimaryContainer"]["ModelDataUrl"]] = "errors"
        assert module("rollout").back("staging") == second
        assert healthy(found)
        update = [asked for name, asked in found.calls if name == "UpdateEndpoint"][-1]
        assert "DeploymentConfig" not in update


@pytest.mark.parametrize("rollback", ROLLBACKS)
def test_a_way_back_that_does_not_work_is_told(rollback: str) -> None:
    with playing() as found:
        _, second, third = three(found)
        found.rollback_fails = rollback
        found.health[found.models[second]["PrimaryContainer"]["ModelDataUrl"]] = "dead"
        with pytest.raises(import_failed()) as told:
            module("rollout").back("staging")
        found.quiet()
        assert f"Now {third} answers." in str(told.value)
        assert found.endpoints[PLACE].traffic == third
        assert healthy(found)
        assert second in found.configs  # it is not ours to delete


def test_there_must_be_something_to_go_back_from() -> None:
    with playing(), pytest.raises(import_failed(), match="just deploy staging"):
        module("rollout").back("staging")


def test_old_configurations_go_and_three_stay() -> None:
    with playing() as found:
        for version in "1234567":
            module("rollout").put("staging", release(found, version))
            found.sleep(5)
        assert len(found.configs) == len(found.models) == 3
        assert len(found.alarms) == 6


def test_nothing_stays_after_stop() -> None:
    with playing() as found:
        three(found)
        module("online").stop("staging")
        found.quiet()
        assert not (found.endpoints)
        assert not (found.configs)
        assert not (found.models)
        assert not (found.alarms)
        assert "there is no endpoint" in module("online").stop("staging")


def test_the_new_fleet_is_watched_alone_and_asked_meanwhile() -> None:
    with playing() as found:
        three(found)
        update = [asked for name, asked in found.calls if name == "UpdateEndpoint"][-1]
        config = update["EndpointConfigName"]
        alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
        for alarm in alarms:
            marks = {m["Name"]: m["Value"] for m in found.alarms[alarm["AlarmName"]]["Dimensions"]}
            assert marks == {"EndpointName": PLACE, "VariantName": "AllTraffic", "EndpointConfigName": config}
        names = [name for name, _ in found.calls]
        assert names.count("InvokeEndpoint") > 20
        assert found.endpoints[PLACE].status not in BUSY


@pytest.mark.parametrize("region", ["", "nowhere-1"])
def test_credentials_and_region_are_told(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = module("session")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("SAGEMAKER_REGION", region)
    session.boto.cache_clear()
    session.client.cache_clear()
    try:
        with pytest.raises(import_failed()) as told:
            module("deploy").stop(["staging"])
        wanted = "aws sso login" if region else "region"
        assert wanted in str(told.value)
    finally:
        session.boto.cache_clear()
        session.client.cache_clear()
