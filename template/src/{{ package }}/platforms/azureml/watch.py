"""`just monitor` on the platform: is what answers, or scores, within its limits?"""

import argparse
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .. import FailedError, settings


def monitor(words: list[str]) -> None:
    """Compare an environment, or every one that is deployed, with its limits; fail past one."""
    parser = argparse.ArgumentParser(prog="just monitor", description=monitor.__doc__)
    parser.add_argument("environment", nargs="?")
    asked = parser.parse_args(words).environment
    if asked:
        settings.environment(asked)
    named = [f"{__package__}.{kind}" for kind in ("signals", "scored")]
    kinds: list[Any] = [import_module(name) for name in named if find_spec(name)]
    problems: list[str] = []
    known = 0
    for environment in [asked] if asked else list(settings.load()["environments"]):
        for kind in kinds:
            found = kind.problems(environment)
            known += found is not None
            problems += found or []
    if not known:
        where = asked or "any environment"
        raise FailedError(f"nothing is deployed to {where}. Next: `just deploy`")
    if problems:
        raise FailedError("\n".join(["past its limits:", *(f"  {each}" for each in problems)]))
