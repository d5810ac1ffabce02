"""`just smoke-test`: what only an account proves, from the image to the answer."""

import re
from typing import Any

import pandas as pd

from .. import FailedError, settings
from . import deploy, models

CORE = 0.06  # US dollars an hour a core, about: what general-purpose machines cost on demand


def smoke_test(words: list[str]) -> None:
    """Deploy to an environment, have the example rows predicted, and check; this bills."""
    asked = deploy.parse("smoke-test", smoke_test.__doc__, words, "--yes")
    environment = asked.environment
    if not asked.yes:
        raise FailedError(f"{cost(environment)}\nNext: `just smoke-test {environment} --yes`")
    what = deploy.release(environment)
    deploy.put(environment, what)
    meta = models.meta(what.model)
    file = models.HERE / "example.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(meta["example"]).to_csv(file, index=False)
    for kind in deploy.kinds():
        found: Any = kind.score(environment, file)
        rows = len(found) if isinstance(found, list) else len(pd.read_csv(found))
        if rows != len(meta["example"]):
            told = f"{len(meta['example'])} rows were asked, and {rows} predictions came back"
            raise FailedError(told)
        how = kind.__name__.split(".")[-1]
        print(f"{environment}: {rows} rows predicted by {what.model}, {how}")
    print(f"{cost(environment)}\nNext: `just teardown --yes`, unless it is to stay")


def cost(environment: str) -> str:
    """What this bills, in order of magnitude: the price list of the region decides."""
    place = settings.environment(environment)
    cores = int((re.search(r"\d+", place["instance_type"]) or ["1"])[0])
    an_hour = CORE * cores * place["instance_count"]
    told = f"{place['instance_count']} x {place['instance_type']} for {environment}"
    return (
        f"{told}: about {an_hour:.2f} USD an hour while an endpoint is up, twice that while it "
        f"changes; a scoring job bills its minutes on {settings.load()['compute']}"
    )
