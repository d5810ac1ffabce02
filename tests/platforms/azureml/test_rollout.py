"""Traffic ends on a deployment that answers, or the message says which one does not: all short stories."""

from __future__ import annotations

import importlib
from itertools import product
from typing import Any

import pytest

from .service import FOR_GOOD, Deployment, Service, stories

STARTS = ("nothing", "empty", "blue", "green", "blue, green left over", "blue, which is sick")
NEW = ("well", "sick", "sick with traffic")


@pytest.fixture(autouse=True)
def no_time_passes(rollout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout.time, "sleep", lambda _: None)


def platform(rollout: Any) -> Any:
    """The module that knows what the service is asked."""
    return importlib.import_module(rollout.Endpoint.__module__)


def begun(rollout: Any, start: str, new: str, story: tuple[str, ...] = ()) -> Service:
    """An endpoint as it may be found."""
    service = Service(platform(rollout), exists=start != "nothing", new=new, story=story)
    if start.startswith(("blue", "green")):
        name = start.split(",")[0]
        service.deployments[name] = Deployment("demo:1", "image:1", well="sick" not in start)
        service.traffic, service.tags = {name: 100}, {"model": "demo:1", "image": "image:1"}
    if "left over" in start:
        service.deployments["green"] = Deployment("demo:0", "image:0", state="Failed")
    return service


@pytest.mark.parametrize(("start", "new"), [*product(STARTS, NEW)])
def test_every_story(rollout: Any, start: str, new: str) -> None:
    """With one fault everywhere, with two where it matters most."""
    faults = 2 if start in ("nothing", "blue, green left over") and new != "sick" else 1

    def run(story: tuple[str, ...]) -> list[tuple[str, ...]]:
        service = begun(rollout, start, new, story)
        was_live = [name for name, share in service.traffic.items() if share]
        was_well = any(service.well(name) for name in was_live)
        try:
            rollout.deploy(service, rollout.Release("demo:2", "image:2"))
        except rollout.FailedError as error:
            judge_failure(service, str(error), was_live if was_well else [], story)
        else:
            judge_success(service, was_live)
        return service.offered

    told = list(stories(run, faults))
    assert len(told) > 40


def judge_success(service: Service, was_live: list[str]) -> None:
    """The new one answers, nothing else is there, and the way back is noted."""
    live = [name for name, share in service.traffic.items() if share]
    assert len(live) == 1
    assert live != was_live
    assert service.well(live[0])
    assert set(service.deployments) == set(live)
    assert service.tags["model"] == "demo:2"
    assert service.tags.get("before_model", "demo:1" if not was_live else "") == "demo:1"


def judge_failure(service: Service, told: str, was_well: list[str], story: tuple[str, ...]) -> None:
    """The truth is well, or is told; what is left over is told; and what to do next."""
    live = [name for name, share in service.traffic.items() if share]
    unknown = "could not be learned" in told or "Nothing was changed" in told
    assert "Next:" in told
    if not live or not all(service.well(name) for name in live):
        honest = "answers nobody" in told or "does not exist" in told or "does not answer" in told
        assert honest or unknown or not (service.deployments or was_well), (story, told)
    for name in set(service.deployments) - set(live):
        assert name in told or unknown, (story, told)
    faults = [choice for choice in story if choice != "fine"]
    gone = any(choice in FOR_GOOD for choice in faults)
    if was_well and len(faults) < 2 and not gone and "sick" not in faults and "half" not in faults:
        assert live
        assert all(service.well(name) for name in live), (story, told)


def test_the_first_and_the_next(rollout: Any) -> None:
    service = begun(rollout, "nothing", "well")
    assert rollout.deploy(service, rollout.Release("demo:2", "image:2")) == "blue"
    assert rollout.deploy(service, rollout.Release("demo:3", "image:3")) == "green"
    assert (service.traffic, set(service.deployments)) == ({"green": 100}, {"green"})
    back = rollout.before(service.read())
    assert back == rollout.Release("demo:2", "image:2")
    assert rollout.deploy(service, back) == "blue"
    assert rollout.before(service.read()).model == "demo:3"


def test_the_same_again_keeps_the_way_back(rollout: Any) -> None:
    service = begun(rollout, "blue", "well")
    for _ in range(2):
        rollout.deploy(service, rollout.Release("demo:2", "image:2"))
    assert rollout.before(service.read()).model == "demo:1"


def test_there_is_no_way_back_from_the_first(rollout: Any) -> None:
    assert rollout.before(None) is None
    assert rollout.before(begun(rollout, "blue", "well").read()) is None


def test_a_split_is_somebody_elses(rollout: Any) -> None:
    service = begun(rollout, "blue, green left over", "well")
    service.traffic = {"blue": 90, "green": 10}
    with pytest.raises(rollout.FailedError, match="blue 90 %, green 10 %"):
        rollout.deploy(service, rollout.Release("demo:2", "image:2"))
    assert service.traffic == {"blue": 90, "green": 10}


def test_a_start_that_takes_too_long(rollout: Any, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names it; the next word waits for it, and takes it away."""
    service = begun(rollout, "blue", "well")
    monkeypatch.setattr(endpoint, "POLLS", 3)
    service.deployments["green"] = Deployment(
        "demo:0", "image:0", state="Creating", becomes="Failed", looks=7
    )
    with pytest.raises(rollout.FailedError, match="still at work"):
        rollout.deploy(service, rollout.Release("demo:2", "image:2"))
    assert service.traffic == {"blue": 100}
    monkeypatch.setattr(endpoint, "POLLS", 120)
    assert rollout.deploy(service, rollout.Release("demo:2", "image:2")) == "green"


def test_an_impatient_person(rollout: Any, capsys: pytest.CaptureFixture[str]) -> None:
    service = begun(rollout, "blue", "well")
    asked = service.ask

    def interrupted(deployment: str) -> None:
        if not deployment and "green" in service.traffic:
            raise KeyboardInterrupt
        asked(deployment)

    service.ask = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        rollout.deploy(service, rollout.Release("demo:2", "image:2"))
    assert (service.traffic, set(service.deployments)) == ({"blue": 100}, {"blue"})
    assert "The traffic is on blue, which answers" in capsys.readouterr().err
