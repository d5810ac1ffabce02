"""The word `smoke-test`: a whole deployment, asked by its model's own rows, with what it costs."""

import argparse
import re
from typing import Any

from .. import FailedError, settings
from . import deploy, fleet, releases

# Dollars an hour of one instance by its size, in round figures of 2026; the price of a region differs.
SIZES = {"medium": 0.06, "large": 0.12, "xlarge": 0.25, "2xlarge": 0.5, "4xlarge": 1.0}
PRICES = "https://aws.amazon.com/sagemaker/pricing/"
HOURS = 730  # in a month


def price(instance_type: str) -> float | None:
    """The order of an instance's price in dollars an hour; None: not one without an accelerator."""
    found = re.fullmatch(r"ml\.[tmcr]\d[a-z]*\.(\w+)", instance_type)
    return SIZES.get(found[1]) if found else None


def costs(environment: str) -> list[str]:
    """What an environment costs, in orders of magnitude."""
    told, lines = settings.environment(environment), []
    processing = settings.load()["processing"]
    for kind in (each.__name__.rpartition(".")[2] for each in deploy.kinds()):
        if kind == "online":
            count, size = told["instance_count"], told["instance_type"]
            what, rate = f"endpoint of {count} {size}", price(size)
            hourly = None if rate is None else rate * count
            more = "" if hourly is None else f", about USD {hourly * HOURS:.0f} a month while it stands"
        else:
            size = processing["instance_type"]
            what, hourly = f"scoring job on {size}, by the second", price(size)
            more = "; nothing between jobs"
        order = "a price that this does not know" if hourly is None else f"about USD {hourly:.2f} an hour"
        lines.append(f"{what}: {order}{more}")
    return [*lines, f"the price list: {PRICES}"]


def smoke(words: list[str]) -> None:
    """Deploy, predict the model's own example rows, and check: `just smoke-test [ENVIRONMENT]`.

    An endpoint that was not there before is deleted in the end.
    """
    parser = argparse.ArgumentParser(prog="just smoke-test", description=smoke.__doc__)
    parser.add_argument("environment", nargs="?", default="staging")
    parser.add_argument("--yes", action="store_true", help="yes, this bills")
    parser.add_argument("--keep", action="store_true", help="let a new endpoint stand")
    asked = parser.parse_args(words)
    place, known = releases.place(asked.environment), deploy.kinds()
    print("\n".join(["this costs, for about a quarter of an hour:", *costs(asked.environment)]))
    if not asked.yes:
        raise FailedError(
            f"nothing was started: `just smoke-test {asked.environment} --yes` starts it"
        )
    online = any(kind.__name__.endswith(".online") for kind in known)
    fresh = online and not fleet.describe(place)
    release, failed = releases.choose(asked.environment), ""
    try:
        for kind in known:
            rehearse(kind, asked.environment, release)
    except FailedError as error:
        failed = f"{error}\n"
    if fresh and not asked.keep:
        try:
            print(known[0].stop(asked.environment))
        except FailedError as error:
            failed += f"{error}\n  `just stop {asked.environment}` tries again."
    if failed:
        raise FailedError(failed.rstrip())


def rehearse(kind: Any, environment: str, release: releases.Release) -> None:
    """Deploy a release to one kind of environment, and let it predict its own rows."""
    print(kind.deploy(environment, release))
    place, wanted = releases.place(environment), len(release.example)
    if (count := kind.rehearse(environment, release)) != wanted:
        raise FailedError(f"{place}: {wanted} rows, but {count} predictions")
    print(f"{place}: {count} of {wanted} example rows predicted")
