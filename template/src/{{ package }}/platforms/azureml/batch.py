"""Batch scoring as a job of the platform, in the project's own image: infra/azureml/score.yml.

An environment has no service here: what it has is the model version that its jobs score with.
That stands on the version itself: its tag `deployed.ENVIRONMENT` is a time, and the latest counts.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from .. import FailedError, settings
from . import assets, follow, jobs, models, session, store
from .endpoint import Release

JOB = Path("infra/azureml/score.yml")
ROWS, BACK = Path("build/platform/rows"), Path("build/platform/scored")
RUNS = Path("predictions/runs")


def mark(environment: str) -> str:
    """The tag by whose name the service finds the scoring jobs of an environment."""
    return f"{settings.load()['project']}-score-{environment}"


def history(environment: str) -> list[Release]:
    """What the jobs of an environment scored with, the newest first."""
    name, key = settings.load()["project"], f"deployed.{environment}"
    try:
        with session.explained(f"listing the versions of {name}"):
            each = [model for model in session.client().models.list(name=name) if model.tags]
    except session.CloudError as error:
        if error.missing:
            return []
        raise
    found = sorted(
        (model for model in each if key in model.tags), key=lambda model: model.tags[key]
    )
    return [
        Release(f"{name}:{model.version}", model.tags.get(f"image.{environment}", ""))
        for model in reversed(found)
    ]


def deploy(environment: str, release: Release) -> str:
    """Let a model score its own example rows in a job; then it is what the environment scores with.

    Raises:
        FailedError: it cannot; what was scored with before still is.
    """
    example = models.meta(release.model)["example"]
    fresh(ROWS)
    pd.DataFrame(example).to_csv(ROWS / "example.csv", index=False)
    try:
        predictions = run(environment, release, f"`just deploy {environment}`") / "example.csv"
        found = len(pd.read_csv(predictions)) if predictions.exists() else 0
        if found != len(example):
            raise FailedError(f"{len(example)} rows were asked, and {found} predictions came back")
        note(environment, release)
    except FailedError as error:
        before = next((past.model for past in history(environment)), "nothing")
        told = f"{release.model} was not put to work: {error}"
        raise FailedError(f"{told}\n{environment} still scores with {before}") from error
    return f"{environment}: batch jobs score with {release.model}"


def note(environment: str, release: Release) -> None:
    """Write on the version that the environment scores with it: one change, whole or not at all."""
    name, _, version = release.model.rpartition(":")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    with session.explained(f"noting that {environment} scores with {release.model}"):
        known = session.client().models.get(name, version)
        told = {f"deployed.{environment}": stamp, f"image.{environment}": release.image}
        known.tags = {**(known.tags or {}), **told}
        session.client().models.create_or_update(known)


def before(environment: str) -> Release | None:
    """What the environment scored with before; None where nothing did."""
    return next(iter(history(environment)[1:]), None)


def score(environment: str, path: Path) -> Path:
    """Have a job predict the rows of a file; returns the predictions' file."""
    known = history(environment)
    if not known:
        raise FailedError(f"{environment} has no model yet. Next: `just deploy {environment}`")
    if not path.is_file():
        raise FailedError(f"there is no file {path}")
    fresh(ROWS)
    shutil.copy(path, ROWS / path.name)
    again = f"`just predict {path} --environment {environment}`"
    return run(environment, known[0], again) / f"{path.stem}.csv"


def run(environment: str, release: Release, again: str) -> Path:
    """Run one scoring job over what lies in ROWS, and bring back what it wrote.

    Args:
        environment: whose job it is.
        release: what scores.
        again: the word that asks for it once more.
    """
    job = definition(environment, release)
    name = job.name
    with session.explained(f"submitting {name}"):
        session.client().jobs.create_or_update(job)
    print(f"{name} scores with {release.model}", flush=True)
    follow.wait(name, again)
    fresh(BACK)
    follow.bring({"predictions": BACK}, "runs", name)
    if store.filled("runs", name, "runs"):  # the record of a run; the smallest projects have none
        follow.bring({"runs": RUNS}, "runs", name)
    return BACK


def definition(environment: str, release: Release) -> Any:
    """The job of infra/azureml, with what is known only now."""
    from azure.ai.ml import load_job
    from azure.ai.ml.entities import Environment, ManagedIdentityConfiguration

    known, job = settings.load(), load_job(JOB)
    job.name, job.compute = jobs.called("score"), known["compute"]
    job.environment = Environment(image=release.image)
    job.inputs["model"].path = f"azureml:{release.model}"
    job.inputs["rows"].path = store.put(ROWS, "rows", store.digest(ROWS))
    for key in job.outputs:
        job.outputs[key].path = store.uri("runs", job.name, key)
    if client := known["identity"]:
        job.identity = ManagedIdentityConfiguration(client_id=client)
    told = {"environment": environment, "model": release.model, mark(environment): "yes"}
    job.tags = {**(job.tags or {}), **assets.tags(), **told}
    return job


def fresh(folder: Path) -> None:
    """Make a folder, and empty it of what an earlier job left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
