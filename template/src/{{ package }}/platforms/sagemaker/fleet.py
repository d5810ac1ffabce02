"""An endpoint and its parts on SageMaker: look, start, change, delete, and wait for each.

A call whose answer was lost may have been heard: then what SageMaker says next counts, not the
error.
"""

import re
import sys
import time
from collections.abc import Callable
from typing import Any

from .. import FailedError, settings
from . import alarms, releases, session
from .releases import Release

PAUSE = 10.0  # seconds between two looks
MOVING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
KEPT = 3  # configurations of an environment that one can go back to
OWN_DISK = re.compile(r"ml\.([a-z]+\d[a-z]*dn?|g\d\w*|p[3-9]\w*|trn\w*|inf\w*)\.")  # takes no key


class UnknownError(FailedError):
    """The connection was lost, so that nobody knows what became of what was asked."""


def describe(place: str, patience: float = 600.0) -> dict[str, Any]:
    """What SageMaker says of an endpoint; empty where there is none."""
    try:
        return dict(
            session.steady(lambda: releases.maker().describe_endpoint(EndpointName=place), patience)
        )
    except session.CloudError as error:
        if error.missing:
            return {}
        raise


def settled(place: str, meanwhile: Callable[[], None] | None = None) -> dict[str, Any]:
    """Wait until nothing is under way with an endpoint.

    Args:
        place: the endpoint.
        meanwhile: what to do at each look while it is being updated.

    Returns:
        what SageMaker says of it then; empty where there is none.

    Raises:
        UnknownError: it takes longer than the settings allow, the connection is lost, or somebody
            does not want to wait.
    """
    minutes = settings.load()["endpoint"]["minutes"]
    until, told = time.monotonic() + minutes * 60, ""
    while True:
        try:
            found = describe(place)
        except session.CloudError as error:
            raise UnknownError(
                f"{error}\n  What was started on {place} goes on by itself: what answered before "
                "stays until the new one is healthy. Say the word again once AWS answers."
            ) from None
        status = found.get("EndpointStatus", "")
        if status not in MOVING:
            return found
        if status != told:
            told = status
            print(f"{place}: {status}", file=sys.stderr)
        if time.monotonic() > until:
            raise UnknownError(
                f"{place} is still {status} after {minutes} minutes. SageMaker ends it by itself: "
                "what answered before stays until the new one is healthy. Say the word again later."
            )
        if meanwhile and status == "Updating":
            meanwhile()
        try:
            time.sleep(PAUSE)
        except KeyboardInterrupt:
            raise UnknownError(
                f"{place} is {status}, which goes on by itself, and is billed. Say the word again "
                "to see it through, or `just stop` with the environment once it is over."
            ) from None


def standing(place: str) -> str:
    """What answers at an endpoint now, in words."""
    try:
        found = describe(place, releases.SHORT)
    except session.CloudError as error:
        return f"what answers at {place} is not known: {str(error).splitlines()[0]}"
    if not found:
        return f"nothing answers at {place}"
    status, config = found["EndpointStatus"], found["EndpointConfigName"]
    return f"{config} answers at {place}" if status == "InService" else f"{place} is {status}"


def start(place: str, config: str, environment: str) -> None:
    """Start an endpoint where there is none."""
    tags = session.tags(environment)
    heard(
        place,
        config,
        lambda: releases.maker().create_endpoint(
            EndpointName=place, EndpointConfigName=config, Tags=tags
        ),
    )


def change(place: str, config: str, guard: dict[str, Any] | None = None) -> None:
    """Let another configuration take over an endpoint."""
    told = {"DeploymentConfig": guard} if guard else {}
    heard(
        place,
        config,
        lambda: releases.maker().update_endpoint(
            EndpointName=place, EndpointConfigName=config, **told
        ),
    )


def heard(place: str, config: str, call: Callable[[], Any]) -> None:
    """Start something; an error counts only where SageMaker did not start it all the same.

    A call that is repeated after a lost answer is refused, for example.
    """
    try:
        call()
    except session.CloudError as error:
        try:
            found = describe(place)
        except session.CloudError:
            raise UnknownError(
                f"{error}\n  Whether SageMaker heard it is not known. If so, it goes on by itself, "
                f"and what answered before stays until {config} is healthy. Say the word again "
                "once AWS answers."
            ) from None
        pending = found.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        if config not in (pending, found.get("EndpointConfigName")):
            raise


def clear(place: str) -> None:
    """Delete an endpoint, and wait until it is gone."""
    try:
        releases.maker().delete_endpoint(EndpointName=place)
    except session.CloudError as error:
        try:
            found = describe(place, releases.SHORT)
        except session.CloudError:
            raise UnknownError(
                f"{error}\n  Whether {place} is deleted is not known; if not, it is billed. Say "
                "the word again once AWS answers."
            ) from None
        if found and found["EndpointStatus"] != "Deleting":
            raise FailedError(f"{error}\n  {place} is not deleted, and billed.") from None
    if found := settled(place):
        status = found["EndpointStatus"]
        raise FailedError(f"{place} should be gone, is {status} and billed: say the word again")


def define(environment: str, release: Release, before: str) -> str:
    """Make the model, the configuration and the alarms of a deployment, all of one name."""
    made, told = releases.stamped(environment), settings.environment(environment)
    tags = session.tags(environment)
    tags += [{"Key": "version", "Value": release.version}, {"Key": "replaces", "Value": before}]
    variant = {
        "VariantName": alarms.VARIANT,
        "ModelName": made,
        "InstanceType": told["instance_type"],
        "InitialInstanceCount": told["instance_count"],
        "InitialVariantWeight": 1.0,
        "ContainerStartupHealthCheckTimeoutInSeconds": 300,
    }
    config = {"EndpointConfigName": made, "ProductionVariants": [variant], "Tags": tags}
    if (key := settings.load()["kms_key"]) and not OWN_DISK.match(told["instance_type"]):
        config["KmsKeyId"] = key
    try:
        releases.once(
            lambda: releases.maker().create_model(**releases.model(made, release, tags)),
            lambda: releases.maker().describe_model(ModelName=made),
        )
        releases.once(
            lambda: releases.maker().create_endpoint_config(**config),
            lambda: releases.maker().describe_endpoint_config(EndpointConfigName=made),
        )
        for alarm in alarms.define(releases.place(environment), made, environment):
            session.client("cloudwatch").put_metric_alarm(**alarm)
    except FailedError:
        forget(made)
        raise
    return made


def forget(config: str) -> None:
    """Delete a configuration with its model and alarms; what does not go is told."""
    maker, watch = releases.maker(), session.client("cloudwatch")
    steps: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "configuration": (maker.delete_endpoint_config, {"EndpointConfigName": config}),
        "model": (maker.delete_model, {"ModelName": config}),
        "alarms": (watch.delete_alarms, {"AlarmNames": alarms.names(config)}),
    }
    for what, (delete, asked) in steps.items():
        try:
            delete(**asked)
        except session.CloudError as error:
            if not error.missing:
                first = str(error).splitlines()[0]
                print(f"left for `just teardown`: {what} {config}: {first}", file=sys.stderr)


def configurations(environment: str) -> list[str]:
    """The configurations of an environment, the newest first."""
    place = releases.place(environment)
    listed = session.pages(
        "sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=place
    )
    names = [str(each["EndpointConfigName"]) for each in listed]
    return sorted((name for name in names if releases.belongs(name, environment)), reverse=True)


def notes(config: str) -> dict[str, str]:
    """The tags of a configuration."""
    arn = releases.maker().describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    listed = session.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn)
    return {each["Key"]: each["Value"] for each in listed}


def prune(environment: str, current: str) -> None:
    """Forget the configurations that nobody will go back to; what stays is told."""
    try:
        known, chain = configurations(environment), [current]
        while len(chain) < KEPT and chain[-1] in known:
            chain.append(notes(chain[-1]).get("replaces", ""))
    except session.CloudError as error:
        first = str(error).splitlines()[0]
        print(f"left for `just teardown`: older configurations: {first}", file=sys.stderr)
        return
    for config in known:
        if config not in chain:
            forget(config)
