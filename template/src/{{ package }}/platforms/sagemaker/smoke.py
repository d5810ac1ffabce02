"""The word `smoke-test`: a whole deployment, asked by its model's own rows, with what it costs."""

import argparse
from typing import Any

from .. import FailedError
from . import costs, deploy, releases


def smoke(words: list[str]) -> None:
    """Deploy, predict the model's own example rows, and check: `just smoke-test [ENVIRONMENT]`.

    What was not there before is deleted in the end.
    """
    parser = argparse.ArgumentParser(prog="just smoke-test", description=smoke.__doc__)
    parser.add_argument("environment", nargs="?", default="staging")
    parser.add_argument("--yes", action="store_true", help="yes, this bills")
    parser.add_argument("--keep", action="store_true", help="let a new endpoint stand")
    asked = parser.parse_args(words)
    environment, known = asked.environment, deploy.kinds()
    releases.place(environment)
    print("this bills, for about a quarter of an hour:")
    for line in [*(kind.cost(environment) for kind in known), f"price list: {costs.PRICES}"]:
        print(f"  {line}")
    if not asked.yes:
        raise FailedError(f"nothing was started: `just smoke-test {environment} --yes` does it")
    new = [kind for kind in known if not (asked.keep or kind.stands(environment))]
    release, problems = releases.choose(environment), []
    for kind in known:
        try:
            rehearse(kind, environment, release)
        except FailedError as error:
            problems.append(str(error))
    for kind in new:
        try:
            print(kind.stop(environment))
        except FailedError as error:
            problems.append(f"{error}\n  `just stop {environment}` tries again.")
    if problems:
        raise FailedError("\n".join(problems))


def rehearse(kind: Any, environment: str, release: releases.Release) -> None:
    """Deploy a release to one kind of environment, and let it predict its own rows."""
    print(kind.deploy(environment, release))
    place, wanted = releases.place(environment), len(release.example)
    if (count := kind.rehearse(environment, release)) != wanted:
        raise FailedError(f"{place}: {wanted} rows, but {count} predictions")
    print(f"{place}: {count} of {wanted} example rows predicted")
