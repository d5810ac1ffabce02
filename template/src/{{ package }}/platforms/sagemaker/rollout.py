"""Deployments of an endpoint: the new one takes over when it is healthy, else the old one stays.

SageMaker starts a new fleet beside the old one, moves the traffic, and moves it back when an alarm
of the new fleet goes off (blue/green with auto-rollback). It then says InService, with the old
configuration: so what it says is compared with what was asked for. And a deployment counts only
once it has predicted its own model's example rows.
"""

import json
import sys
import time
from typing import Any

from .. import FailedError, settings
from . import alarms, fleet, invoke, releases, session
from .fleet import UnknownError
from .releases import Release

TRIES = 3  # questions that a new deployment may fail to answer, while it warms up
BAD = {"ModelError", "InternalDependencyException"}  # by these SageMaker blames the container


def put(environment: str, release: Release) -> str:
    """Deploy a release to an environment's endpoint.

    Returns:
        the name of the new configuration, which answers.

    Raises:
        FailedError: it does not work; the message says what answers now.
    """
    place = releases.place(environment)
    found = fleet.settled(place)
    if found.get("EndpointStatus") == "Failed":  # SageMaker lets one do nothing else with it
        fleet.clear(place)
        found = {}
    before, made = str(found.get("EndpointConfigName", "")), ""
    try:
        made = fleet.define(environment, release, before)
        if before:
            fleet.change(place, made, guarded(made))
        else:
            fleet.start(place, made, environment)
    except UnknownError:
        raise
    except FailedError as error:
        if made:
            fleet.forget(made)
        now = fleet.standing(place)
        raise FailedError(f"{error}\n  Nothing was changed: {now}.") from None
    conclude(environment, made, before, release)
    fleet.prune(environment, made)
    return made


def back(environment: str, version: str = "") -> str:
    """Let the configuration before the present one, or the newest of a version, take over.

    Returns:
        its name; empty where it is no longer kept: then deploy that version anew.
    """
    place = releases.place(environment)
    current = str(fleet.settled(place).get("EndpointConfigName", ""))
    if not current:
        raise FailedError(
            f"nothing answers at {place}, so there is no way back: `just deploy {environment}`"
        )
    known = [config for config in fleet.configurations(environment) if config != current]
    if version:
        wanted = next((c for c in known if fleet.notes(c).get("version") == version), "")
    else:
        wanted = fleet.notes(current).get("replaces", "")
    if wanted not in known:
        return ""
    fleet.change(place, wanted)  # no alarm may veto a way back
    conclude(environment, wanted, current, None)
    return wanted


def guarded(config: str) -> dict[str, Any]:
    """Blue/green, all at once; an alarm of the new fleet sends the traffic back."""
    told = settings.load()["endpoint"]
    policy = {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
        "TerminationWaitInSeconds": told["bake_seconds"],
        "MaximumExecutionTimeoutInSeconds": max(600, told["minutes"] * 60 - 300),
    }
    watched = [{"AlarmName": name} for name in alarms.names(config)]
    return {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": {"Alarms": watched}}


def conclude(environment: str, made: str, before: str, release: Release | None) -> None:
    """Wait for the end of a deployment, and see to it that what answers is healthy.

    Args:
        environment: whose endpoint it is.
        made: the configuration that takes over.
        before: the one that answered until now; empty: nothing did.
        release: what must answer; None: any model that does.

    Raises:
        FailedError: `made` does not answer as it should; the message says what does.
    """
    place, rows = releases.place(environment), release.example if release else []
    told: set[str] = set()
    found = fleet.settled(place, lambda: knock(place, rows, told))
    status, config = found.get("EndpointStatus", ""), found.get("EndpointConfigName", "")
    if found and config not in (made, before):
        raise FailedError(
            f"{place}: somebody else has deployed {config}, which stays; {made} did not get there."
        )
    silent = f"SageMaker gives no reason; its status is {status or 'gone'}"
    why = found.get("FailureReason") or silent
    if (status, config) == ("InService", made):
        try:
            why = wrong(place, rows, release)
        except session.CloudError as error:
            raise UnknownError(
                f"{error}\n  {place}: SageMaker has put {made} in service; it could not be asked, "
                f"so that it answers is not known: `just predict FILE --environment {environment}`."
            ) from None
        if not why:
            return
    try:
        restore(environment, before, rows)
    except FailedError as error:
        unknown = isinstance(error, UnknownError | session.CloudError)
        now = "NOT KNOWN TO BE HEALTHY" if unknown else "NOT HEALTHY"
        raise FailedError(
            f"{place}: the deployment {made} failed: {why}\n"
            f"  {now}: {fleet.standing(place)}; {error}\n"
            f"  Next: {logs(place)}; `just deploy {environment}` with a model that worked, or "
            f"`just stop {environment}`."
        ) from None
    if release:
        fleet.forget(made)
    now = f"{before} answers" if before else "nothing answers there, nor is billed"
    raise FailedError(
        f"{place}: the deployment {made} failed: {why}\n  Now {now}.\n"
        f"  Next: {logs(place)}, mend it, and `just deploy {environment}` again."
    )


def restore(environment: str, before: str, rows: list[dict[str, Any]]) -> None:
    """Bring the traffic back to a configuration, by whatever SageMaker still allows.

    Raises:
        FailedError: it is not back, or does not answer.
    """
    place = releases.place(environment)
    if not before:
        return fleet.clear(place)
    here, found = ("InService", before), fleet.settled(place)
    if found and found["EndpointStatus"] != "Failed" and at(found) != here:
        fleet.change(place, before)
        found = fleet.settled(place)
    if not found or found["EndpointStatus"] == "Failed":
        if found:
            fleet.clear(place)
        fleet.start(place, before, environment)
        found = fleet.settled(place)
    if at(found) != here:
        why = found.get("FailureReason", "no reason given")
        raise FailedError(f"going back to {before} failed, too: {why}")
    if why := wrong(place, rows):
        raise FailedError(f"{before} is back, but {why}")


def at(found: dict[str, Any]) -> tuple[str, str]:
    """Status and configuration of an endpoint."""
    return found.get("EndpointStatus", ""), found.get("EndpointConfigName", "")


def wrong(place: str, rows: list[dict[str, Any]], release: Release | None = None) -> str:
    """Ask an endpoint for predictions; say what is wrong with the answer, or nothing.

    Args:
        place: the endpoint.
        rows: what to ask.
        release: what must answer; None: any model, even one that refuses the rows of another.

    Raises:
        CloudError: it could not be asked, which says nothing about its health.
    """
    body, why = question(rows), ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(fleet.PAUSE)
        try:
            answer, identity = session.steady(lambda: invoke.ask(place, body))
        except session.CloudError as error:
            if error.code not in BAD:
                raise
            if not release and 400 <= invoke.status(error) < 500:
                return ""
            why = f"it does not answer: {error}"
            continue
        count = len(answer.get("predictions", []))
        if release and count != len(rows):
            why = f"{len(rows)} rows, but {count} predictions"
        elif release and identity != release.identity:
            why = f"not version {release.version} answers, but a model {identity or 'without name'}"
        else:
            return ""
    return why


def knock(place: str, rows: list[dict[str, Any]], told: set[str]) -> None:
    """Ask once while a new fleet takes over: its alarms see nothing where nobody asks.

    Args:
        place: the endpoint.
        rows: what to ask.
        told: kinds of error that were told already; this one is added.
    """
    try:
        invoke.ask(place, question(rows))
    except session.CloudError as error:
        if error.code not in {*BAD, *told}:  # what is bad, the alarms judge
            print(f"asking {place} meanwhile: {str(error).splitlines()[0]}", file=sys.stderr)
        told.add(error.code)


def question(rows: list[dict[str, Any]]) -> bytes:
    """The body of a request."""
    return json.dumps({"rows": rows}).encode()


def logs(place: str) -> str:
    """Where the container's own words are."""
    return f"read the log group /aws/sagemaker/Endpoints/{place} in CloudWatch"
