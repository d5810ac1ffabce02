"""What a job sends back: its model and reports into the project, its figures into the tracking."""

import json
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import FailedError
from .job import PACKAGE

HOMES = {"model": Path("models"), "reports": Path("reports")}


def bring_back(folder: Path, job: str, recorded: bool = False) -> dict[str, Any]:
    """Put `folder/model` and `folder/reports` where the project has them, and record the run.

    Args:
        folder: what was downloaded of the job.
        job: its name or address, kept with the run.
        recorded: the job reached the tracking server itself: nothing is recorded again.

    Returns:
        the metrics.

    Raises:
        FailedError: there is no model in it.
    """
    if not (folder / "model" / "model.skops").exists():
        raise FailedError(f"{job} sent no model back: {folder} holds {names(folder)}")
    for name, home in HOMES.items():
        if (folder / name).is_dir():
            shutil.copytree(folder / name, home, dirs_exist_ok=True)
    report = HOMES["reports"] / "metrics.json"
    metrics = dict(json.loads(report.read_text(encoding="utf-8"))) if report.exists() else {}
    if not recorded and find_spec(f"{PACKAGE}.tracking"):
        record(metrics, job)
    return metrics


def record(metrics: dict[str, Any], job: str) -> None:
    """Record a run of the platform in the project's own tracking; later words continue that run."""
    tracking: Any = import_module(f"{PACKAGE}.tracking")
    params: Any = import_module(f"{PACKAGE}.params")
    mlflow: Any = import_module("mlflow")
    with tracking.run(params.load()) as run_id:
        mlflow.set_tag("platform_job", job)
        tracking.record(metrics, [path for path in sorted(Path("models").glob("model.*"))])
    Path("models/run.json").write_text(json.dumps({"run_id": run_id}) + "\n", encoding="utf-8")


def names(folder: Path) -> str:
    """The files below a folder, for a message."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    found = sorted(path.as_posix() for path in files)
    return ", ".join(found[:10]) or "nothing"
