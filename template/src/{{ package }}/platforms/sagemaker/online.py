"""The online kind of an environment: an endpoint that answers at any time."""

from pathlib import Path

import pandas as pd

from .. import settings
from . import costs, fleet, invoke, releases, rollout
from .releases import Release


def deploy(environment: str, release: Release) -> str:
    """Put a release to work; say what answers."""
    rollout.put(environment, release)
    return f"{releases.place(environment)}: version {release.version} answers"


def back(environment: str, version: str = "") -> str:
    """Return to the version before, or to one by number; empty where its parts are gone."""
    config = rollout.back(environment, version)
    return f"{releases.place(environment)}: {config} answers again" if config else ""


def stop(environment: str) -> str:
    """Delete the endpoint and all that its deployments left."""
    place = releases.place(environment)
    there = bool(fleet.describe(place))
    if there:
        fleet.clear(place)
    for config in fleet.configurations(environment):
        fleet.forget(config)
    return f"{place} is deleted" if there else f"there is no endpoint {place}"


def predict(environment: str, path: Path) -> pd.DataFrame:
    """Predict the rows of a file."""
    return invoke.predict(releases.place(environment), path)


def rehearse(environment: str, release: Release) -> int:
    """Predict the example rows of a release as its callers do; say how many."""
    place = releases.place(environment)
    answer, _ = invoke.ask(place, rollout.question(release.example))
    return len(answer["predictions"])


def stands(environment: str) -> bool:
    """Whether there is an endpoint, so that a trial must leave it standing."""
    return bool(fleet.describe(releases.place(environment)))


def cost(environment: str) -> str:
    """What it costs, in orders of magnitude."""
    told = settings.environment(environment)
    count, size = told["instance_count"], told["instance_type"]
    return f"an endpoint of {count} {size}, until `just stop`: {costs.hourly(size, count)}"
