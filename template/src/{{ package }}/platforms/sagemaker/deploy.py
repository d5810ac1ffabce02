"""The words `deploy`, `stop` and `predict` on SageMaker.

What an environment has depends on the workload: an endpoint that answers (`online.py`), jobs that
score (`batch.py`), or both.
"""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import FailedError
from . import releases


def kinds() -> list[Any]:
    """What this project has of `online` and `batch`."""
    names = [f"{__package__}.{name}" for name in ("online", "batch")]
    return [import_module(name) for name in names if find_spec(name)]


def deploy(words: list[str]) -> None:
    """Put a model to work: `just deploy ENVIRONMENT`."""
    parser = argparse.ArgumentParser(prog="just deploy", description=deploy.__doc__)
    parser.add_argument("environment")
    asked = parser.parse_args(words)
    releases.place(asked.environment)  # the name is checked before anything is built
    release = releases.choose(asked.environment)
    for kind in kinds():
        print(kind.deploy(asked.environment, release))


def back(environment: str, version: str = "") -> None:
    """Return to the version before, or to one by number: the word `rollback` ends here.

    Where the parts of that version are no longer kept, it is deployed anew.
    """
    for kind in kinds():
        told = kind.back(environment, version)
        if not told and not version:
            raise FailedError(
                f"{releases.place(environment)} has no version before this one that is still kept: "
                f"`just deploy {environment}` deploys what the registry names"
            )
        print(told or kind.deploy(environment, releases.choose(environment)))


def stop(words: list[str]) -> None:
    """Stop what runs in an environment, and what it costs: `just stop ENVIRONMENT`."""
    parser = argparse.ArgumentParser(prog="just stop", description=stop.__doc__)
    parser.add_argument("environment")
    asked = parser.parse_args(words)
    for kind in kinds():
        print(kind.stop(asked.environment))


def predict(words: list[str]) -> None:
    """Predict the rows of a file where a model is deployed."""
    parser = argparse.ArgumentParser(prog="just predict", description=predict.__doc__)
    parser.add_argument("file", type=Path, help="CSV or Parquet with the input columns")
    parser.add_argument("--environment", required=True, help="whose endpoint or job predicts")
    parser.add_argument("--output", type=Path, help="CSV to write; the terminal without it")
    parser.add_argument("--batch", action="store_true", help="by a job where both could")
    asked = parser.parse_args(words)
    if not asked.file.exists():
        raise FailedError(f"there is no file {asked.file}: name a CSV or Parquet file")
    kind = kinds()[-1 if asked.batch else 0]
    predicted = kind.predict(asked.environment, asked.file)
    if asked.output:
        asked.output.parent.mkdir(parents=True, exist_ok=True)
    predicted.to_csv(asked.output or sys.stdout, index=False)
    print(f"{len(predicted)} rows predicted", file=sys.stderr)
