"""The newest scoring jobs of an environment, and what their own records say."""

import json
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import batch, releases, storage

ROOT = __package__.split(".")[0]
SHOWN = 5
GOING = ("InProgress", "Stopping")


def problems(environment: str) -> list[str]:
    """What is wrong with the newest job that is over; prints the last ones."""
    newest = []
    for job, _ in zip(batch.jobs(environment), range(SHOWN), strict=False):
        newest.append(job)
        name, status = job["ProcessingJobName"], job["ProcessingJobStatus"]
        print(f"{job['CreationTime']:%Y-%m-%dT%H:%M}  {status:10}  {name}")
    over = [job for job in newest if job["ProcessingJobStatus"] not in GOING]
    if not newest:
        place = releases.place(environment)
        return [f"no job of {place} yet: `just predict FILE --environment {environment}`"]
    if not over:
        return []
    name, status = over[0]["ProcessingJobName"], over[0]["ProcessingJobStatus"]
    if status != "Completed":
        return [f"{name} {status}"]
    return recorded(environment, name, over[0]["CreationTime"])


def recorded(environment: str, name: str, at: datetime) -> list[str]:
    """What is wrong with a job's own record, by the rules of batch runs on a laptop."""
    if not find_spec(f"{ROOT}.runs"):
        return []
    runs: Any = import_module(f"{ROOT}.runs")
    written = [
        each for each in batch.found(batch.folder(environment, name)) if each.endswith(".json")
    ]
    known = [runs.Run(**json.loads(storage.get(address))) for address in written]
    if not known:
        return [f"{name} of {at:%Y-%m-%dT%H:%M} left no record"]
    for run in known:
        share, version = run.refused_share, run.model["version"]
        print(f"  {run.rows_in} rows, {share:.2%} refused, model {version}")
    return [str(problem) for problem in runs.problems(known)]
