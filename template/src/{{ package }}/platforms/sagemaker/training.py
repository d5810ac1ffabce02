"""Train and evaluate as a job on SageMaker, or in the same container here: `just train`."""

import argparse
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import FailedError, image, results
from ..archives import unpack
from ..job import PROJECT
from . import definitions, follow, sending, session, storage
from .container import STEPS

SCRATCH = Path("build/sagemaker")  # what came back, as it came
MEASURE = ["validate", "prepare", "evaluate"]


def train(words: list[str]) -> None:
    """Train and evaluate, and bring the model and its reports back."""
    parser = argparse.ArgumentParser(prog="just train", description=__doc__)
    parser.add_argument("--container", action="store_true", help="in Docker, on this machine")
    parser.add_argument("--follow", metavar="JOB", help="one that was started before")
    asked = parser.parse_args(words)
    if asked.container:
        show(container())
        return
    job = asked.follow or start()
    show(fetch(follow.follow(follow.TRAINING, job)))


def request(name: str, channels: dict[str, str], full: str) -> dict[str, Any]:
    """The request of a training job, as the SDK defines it.

    Args:
        name: of the job.
        channels: of each input folder, where in S3 it is.
        full: the image with its tag.
    """
    arguments = definitions.training(channels, full, session.uri("models"), sending.told(), STEPS)
    return definitions.request(definitions.training_step("Train", arguments), name)


def start() -> str:
    """Send what the job needs, and start it.

    Returns:
        the job's name.
    """
    session.check()
    full = image.ensure()
    channels = {"project": sending.project(), "data": sending.data(sending.ingest())}
    job = session.name("train")
    session.client("sagemaker").create_training_job(**request(job, channels, full))
    print(f"{job} is started, in {full}", flush=True)
    return job


def fetch(told: dict[str, Any]) -> dict[str, Any]:
    """Bring the model and the reports of a training job into the project.

    Returns:
        the metrics.
    """
    job, archive = told["TrainingJobName"], told["ModelArtifacts"]["S3ModelArtifacts"]
    folder = SCRATCH / job
    shutil.rmtree(folder, ignore_errors=True)
    for source, target in ((archive, folder / "model"), (outputs(archive), folder)):
        for path in storage.download(source, folder / "archives"):
            unpack(path, target)
    return results.bring_back(folder, job, sending.tracked_by_server())


def outputs(archive: str) -> str:
    """Where SageMaker leaves all but the model: beside it."""
    return archive.rpartition("/")[0] + "/output.tar.gz"


def container() -> dict[str, Any]:
    """Train as SageMaker would, in its image and folders, on this machine.

    Returns:
        the metrics.
    """
    root = SCRATCH / "here"
    shutil.rmtree(root, ignore_errors=True)
    for name, files, base in (
        ("project", sending.within(map(Path, PROJECT)), Path()),
        ("data", sending.ingest(), sending.DATA),
    ):
        for file in files:
            path = root / "input/data" / name / file.relative_to(base)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, path)
    for part in ("input/config", "model", "output/data"):
        (root / part).mkdir(parents=True)
    steps = json.dumps({"steps": STEPS})
    (root / "input/config/hyperparameters.json").write_text(steps, encoding="utf-8")
    try:
        image.run(image.local(), ["train"], {root: "/opt/ml"}, sending.variables())
    except FailedError as error:
        failure = root / "output/failure"
        why = failure.read_text(encoding="utf-8") if failure.exists() else "see above"
        raise FailedError(f"{error}: {why}") from None
    (root / "output/data/model").mkdir(exist_ok=True)
    shutil.copytree(root / "model", root / "output/data/model", dirs_exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    recorded = "MLFLOW_TRACKING_URI" in sending.variables()
    return results.bring_back(root / "output/data", f"container {stamp}", recorded)


def evaluate(words: list[str]) -> None:
    """Measure the model that was trained last, in a job."""
    parser = argparse.ArgumentParser(prog="just evaluate", description=evaluate.__doc__)
    parser.add_argument("--follow", metavar="JOB", help="one that was started before")
    job = parser.parse_args(words).follow
    if not job:
        session.check()
        full, inputs = image.ensure(), {"model": sending.model(), "project": sending.project()}
        job, inputs["data"] = session.name("evaluate"), sending.data(sending.ingest())
        asked = measuring(job, inputs, full)
        session.client("sagemaker").create_processing_job(**asked)
        print(f"{job} is started, in {full}", flush=True)
    follow.follow(follow.PROCESSING, job)
    storage.download(session.uri("jobs", job, "reports"), Path("reports"))
    show(json.loads(Path("reports/metrics.json").read_text(encoding="utf-8")))


def measuring(job: str, inputs: dict[str, str], full: str) -> dict[str, Any]:
    """The request of an evaluation job, as the SDK defines it."""
    target = {"reports": session.uri("jobs", job, "reports")}
    arguments = definitions.processing(MEASURE, inputs, target, full, sending.told())
    return definitions.request(definitions.processing_step("Evaluate", arguments), job)


def show(metrics: dict[str, Any]) -> None:
    """Print metrics, one a line."""
    numbers = {name: value for name, value in metrics.items() if isinstance(value, (int, float))}
    print("\n".join(f"  {name:14} {value:.4f}" for name, value in numbers.items()))
