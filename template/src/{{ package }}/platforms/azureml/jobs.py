"""Training and evaluation as jobs, in the project's own image: `just train`, `just evaluate`."""

import argparse
import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from .. import image, results, settings
from . import assets, follow, session, store

CAME = Path("build/platform/jobs")


def train(words: list[str]) -> None:
    """Train and evaluate in the cloud, and bring model and reports back: `just train`.

    `--container` runs the very same job in a container on this machine; `--no-wait` does not wait;
    `--follow NAME` takes up a job that is under way.
    """
    parser = argparse.ArgumentParser(prog="just train", description=train.__doc__)
    parser.add_argument("--container", action="store_true", help="in Docker, on this machine")
    parser.add_argument("--no-wait", action="store_true", help="start it only")
    parser.add_argument("--follow", metavar="NAME", help="a job that was started before")
    asked = parser.parse_args(words)
    if asked.container:
        if not assets.DATA.exists():
            assets.bring("--missing")
        here("train", {"project": assets.STAGED, "data": assets.DATA})
        return
    name = asked.follow or start("train", {"data": assets.data()})
    if not asked.no_wait:
        follow.wait(name, f"`just train --follow {name}`")
        back(name)


def evaluate(words: list[str]) -> None:
    """Measure the model that was trained last, in the cloud: `just evaluate`."""
    parser = argparse.ArgumentParser(prog="just evaluate", description=evaluate.__doc__)
    parser.parse_args(words)
    name = start("evaluate", {"data": assets.data(), "model": assets.model()})
    follow.wait(name, "`just evaluate`")
    follow.bring({"reports": Path("reports")}, "runs", name)


def start(kind: str, inputs: dict[str, str]) -> str:
    """Submit a job of infra/azureml/KIND.yml.

    Args:
        kind: train or evaluate.
        inputs: the addresses of inputs; the project's own files are added.

    Returns:
        the job's name.
    """
    from azure.ai.ml import load_job

    known, name = settings.load(), called(kind)
    changes: list[dict[str, Any]] = [
        {"environment": assets.environment()},
        {"compute": f"azureml:{known['compute']}"},
        {"limits": {"timeout": known["training"]["minutes"] * 60}},
        {"tags": assets.tags()},
    ]
    inputs = inputs | {"project": assets.project()}
    changes += [{f"inputs.{key}.path": path} for key, path in inputs.items()]
    file = assets.FOLDER / f"{kind}.yml"
    with session.explained(f"submitting {name}"):
        made = load_job(file, params_override=changes)
        made.name, made.environment_variables = name, variables()
        made.identity = identity()
        for key in made.outputs:
            made.outputs[key].path = store.uri("runs", name, key)
        submitted = session.client().jobs.create_or_update(made)
    print(f"{name}: {follow.studio(submitted)}", flush=True)
    return name


def called(kind: str) -> str:
    """A name that no other job has; with it, submitting twice makes one job."""
    return f"{settings.load()['project']}-{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


def variables(**more: str) -> dict[str, str]:
    """What jobs are told beside their inputs: the commit, and where runs are recorded."""
    told = {"GIT_COMMIT": image.git("rev-parse", "HEAD"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    if server := settings.load()["tracking"]:
        told["TRACKING_URI"] = server
    return told | more


def identity() -> Any:
    """Whom a job acts as when it reads and writes the store; None: whom the cluster acts as."""
    from azure.ai.ml.entities import ManagedIdentityConfiguration

    client = settings.load()["identity"]
    return ManagedIdentityConfiguration(client_id=client) if client else None


def back(name: str) -> Path:
    """Bring model and reports of a training job back, record its figures here; their folder."""
    came = CAME / name
    follow.bring({"model": came / "model", "reports": came / "reports"}, "runs", name)
    shutil.rmtree(came / "model" / "reports", ignore_errors=True)  # a registered one has them too
    metrics = results.bring_back(came, name, recorded=bool(settings.load()["tracking"]))
    for key, value in metrics.items():
        print(f"  {key:14} {value:.4f}")
    return came


def here(kind: str, inputs: dict[str, Path]) -> None:
    """Run the command of infra/azureml/KIND.yml in a container on this machine."""
    assets.stage(assets.STAGED)
    told = yaml.safe_load((assets.FOLDER / f"{kind}.yml").read_text(encoding="utf-8"))
    came = CAME / "container"
    outputs = {name: came / name for name in told["outputs"]}
    for folder in outputs.values():
        folder.mkdir(parents=True, exist_ok=True)
    places = {f"inputs.{name}": f"/mnt/inputs/{name}" for name in inputs}
    places |= {f"outputs.{name}": f"/mnt/outputs/{name}" for name in outputs}
    command = re.sub(r"\$\{\{\s*(\S+?)\s*\}\}", lambda found: places[found[1]], told["command"])
    mounts = {folder: places[f"inputs.{name}"] for name, folder in inputs.items()}
    mounts |= {folder: places[f"outputs.{name}"] for name, folder in outputs.items()}
    image.run(image.local(), shlex.split(command), mounts, variables())
    results.bring_back(came, "container")
