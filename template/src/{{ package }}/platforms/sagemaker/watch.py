"""The word `monitor` on SageMaker: an environment against its limits."""

import argparse
from importlib import import_module
from importlib.util import find_spec

from .. import FailedError
from . import releases


def monitor(words: list[str]) -> None:
    """Compare an environment with its limits; fail past one: `just monitor [ENVIRONMENT]`."""
    parser = argparse.ArgumentParser(prog="just monitor", description=monitor.__doc__)
    parser.add_argument("environment", nargs="?", default="production")
    environment = parser.parse_args(words).environment
    place, found = releases.place(environment), []
    for name in ("signals", "records"):  # of the endpoint, of the jobs
        if find_spec(f"{__package__}.{name}"):
            found += import_module(f"{__package__}.{name}").problems(environment)
    if found:
        raise FailedError(f"{place} is past its limit: {'; '.join(found)}. See docs/runbook.md")
