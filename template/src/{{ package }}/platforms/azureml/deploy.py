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
from . import registry
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
    """What goes to an environment: the model that the registry chooses, in this commit's image."""
    return Release(":".join(registry.choose(environment)), image.ensure())


def deploy(words: list[str]) -> None:
    """Put the model that goes to an environment to work there."""
    asked = parse("deploy", deploy.__doc__, words)
    put(asked.environment, release(asked.environment))


def put(environment: str, what: Release) -> None:
    """Put a release to work in every way in which this project answers."""
    for kind in kinds():
        print(kind.deploy(environment, what), flush=True)


def back(environment: str, model: str) -> None:
    """Put a model to work that did so before, in the image that it had then, if that is known.

    Args:
        environment: where.
        model: NAME:VERSION.
    """
    for kind in kinds():
        past: Release | None = kind.before(environment)
        known = past is not None and past.model == model and past.image
        what = past if past and known else Release(model, image.ensure())
        print(kind.deploy(environment, what), flush=True)


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
