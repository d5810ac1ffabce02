"""`just deploy`, `just stop` and `just predict` on the platform.

A project that answers online has an endpoint an environment, one that scores in batches the version
that its jobs score with, and one that does both has both; which it is, is told by the modules here.
"""

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from .. import FailedError, image, settings
from . import models
from .endpoint import Release


def kinds() -> list[Any]:
    """How this project answers: its `online` and `batch` modules, as far as it has them."""
    named = [f"{__package__}.{kind}" for kind in ("online", "batch")]
    return [import_module(name) for name in named if find_spec(name)]


def parse(word: str, about: str | None, words: list[str], *more: str) -> argparse.Namespace:
    """Read a command line; the environment is one that the settings have."""
    parser = argparse.ArgumentParser(prog=f"just {word}", description=about)
    parser.add_argument("environment", nargs="?", default="staging")
    for flag in more:
        parser.add_argument(flag, action="store_true")
    asked = parser.parse_args(words)
    settings.environment(asked.environment)
    return asked


def release(environment: str) -> Release:
    """What goes there: the registry's model, or the one trained last, in this commit's image."""
    if find_spec(f"{__package__}.registry"):
        model = ":".join(import_module(f"{__package__}.registry").choose(environment))
    else:
        model = models.trained()
    return Release(model, image.ensure())


def deploy(words: list[str]) -> None:
    """Put the model that goes to an environment to work there."""
    asked = parse("deploy", deploy.__doc__, words)
    put(asked.environment, release(asked.environment))


def put(environment: str, what: Release) -> None:
    """Put a release to work in every way in which this project answers."""
    for kind in kinds():
        print(kind.deploy(environment, what), flush=True)


def back(environment: str) -> None:
    """Put the release before to work again; without a registry, this is the way back."""
    for kind in kinds():
        print(kind.deploy(environment, kind.before(environment)), flush=True)


def stop(words: list[str]) -> None:
    """Delete the endpoint of an environment, which ends its bill."""
    asked = parse("stop", stop.__doc__, words)
    for kind in kinds():
        if hasattr(kind, "stop"):
            print(kind.stop(asked.environment), flush=True)


def predict(words: list[str]) -> None:
    """Predict the rows of a file where an environment's model answers."""
    parser = argparse.ArgumentParser(prog="just predict", description=predict.__doc__)
    parser.add_argument("file", type=Path, help="CSV or Parquet with the input columns")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--output", type=Path, help="CSV to write; the terminal without it")
    parser.add_argument("--batch", action="store_true", help="in a job, where both are possible")
    asked = parser.parse_args(words)
    settings.environment(asked.environment)
    if not asked.file.is_file():
        raise FailedError(f"there is no file {asked.file}")
    kind = kinds()[-1 if asked.batch else 0]
    found = kind.score(asked.environment, asked.file)
    table = pd.read_csv(found) if isinstance(found, Path) else pd.DataFrame(found)
    told = table.to_csv(index=False)
    if asked.output:
        asked.output.parent.mkdir(parents=True, exist_ok=True)
        asked.output.write_text(told, encoding="utf-8")
    else:
        print(told, end="")
