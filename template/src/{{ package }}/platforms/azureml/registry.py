"""Versions of the model in the workspace's registry, and which of them goes where.

Azure ML knows no status of approval, and its MLflow no aliases. Tags of a version say it: they can
be changed, every client and the studio show them, and who may write them is a role. One version's
tags change in one request, so that no state in between can stay: the champion is the version whose
`approval` is `approved` and whose `approved_at` is the latest.
"""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from .. import FailedError, settings
from . import assets, session, store

APPROVAL = "approval"  # pending, approved or rejected
PLACES = Path("deploy/environments.yaml")
HERE = Path("models")
TEAM = Path("mlascent.yaml")
LONGEST = 256  # characters of a tag
METADATA = Path("reports/metadata.json")


def name() -> str:
    """The model's name in the registry."""
    return str(settings.load()["project"])


def versions() -> list[Any]:
    """Every version, the newest first; none where nothing was ever registered."""
    try:
        with session.explained(f"listing the versions of {name()}"):
            found = list(session.client().models.list(name=name()))
    except session.CloudError as error:
        if error.missing:
            return []
        raise
    return sorted(found, key=lambda model: str(model.creation_context.created_at), reverse=True)


def champion(known: list[Any]) -> Any:
    """The version that answers in production; None before the first is approved."""
    approved = [model for model in known if state(model) == "approved"]
    return max(approved, key=lambda model: str(model.tags["approved_at"]), default=None)


def challenger(known: list[Any]) -> Any:
    """The newest version that nobody has judged yet, where it is newer than the champion."""
    newest = known[0] if known else None
    return newest if newest is not None and state(newest) == "pending" else None


def state(model: Any) -> str:
    """What was decided on a version."""
    return str((model.tags or {}).get(APPROVAL, "pending"))


def choose(environment: str) -> tuple[str, str]:
    """The name and version of the model that goes to an environment.

    At level 1 it is the model that was trained last. From level 2 deploy/environments.yaml says it:
    the first of its aliases that is there, approved by one of its approvers. An empty registry
    gets the model that was trained last where a challenger may go.

    Raises:
        FailedError: nothing may go there yet.
    """
    if not PLACES.exists():
        return upload(HERE)
    place = (yaml.safe_load(PLACES.read_text(encoding="utf-8")) or {}).get(environment)
    if not place:
        raise FailedError(f"{PLACES} says nothing of {environment}. Next: write it there")
    aliases, known = place["aliases"], versions()
    if not known and "challenger" in aliases and (HERE / "model.skops").exists():
        return upload(HERE)
    there = {"challenger": challenger(known), "champion": champion(known)}
    found = next((there[alias] for alias in aliases if there.get(alias) is not None), None)
    if found is None:
        told = " or ".join(aliases)
        words = "`just train` registers what passes, `just promote --approver NAME` approves"
        raise FailedError(f"{name()} has no {told} for {environment}. Next: {words}")
    by = str(found.tags.get("approved_by", "nobody"))
    if place.get("approvers") and by not in place["approvers"]:
        allowed = ", ".join(place["approvers"])
        raise FailedError(f"version {found.version} was approved by {by}, not by {allowed}")
    return name(), str(found.version)


def upload(folder: Path) -> tuple[str, str]:
    """Register a folder's model as it is; the same files are the same version."""
    from azure.ai.ml.constants import AssetTypes
    from azure.ai.ml.entities import Model

    path, version = assets.model(folder), store.digest(folder)
    models = session.client().models
    if assets.known(models, name(), version) is None:
        tags = assets.tags() | {APPROVAL: "pending"}
        made = Model(
            name=name(), version=version, path=path, type=AssetTypes.CUSTOM_MODEL, tags=tags
        )
        with session.explained(f"registering {name()} {version}"):
            models.create_or_update(made)
    return name(), version


def describe(model: Any) -> Any:
    """Tell on a version how it scored and what made it, from the reports among its files."""
    tags = model.tags or {}
    if any(key.startswith("metric.") for key in tags):
        return model
    told = reports(model)
    metrics = told.get("metrics") or {}
    more = {f"metric.{key}": f"{value:.6g}" for key, value in metrics.items()}
    more |= {key: str(told[key]) for key in ("git_commit", "data_sha256") if told.get(key)}
    more |= {"owner": named} if (named := owners()) else {}
    verdict = told.get("gate")
    more["gate"] = "none" if verdict is None else "passed" if verdict["passed"] else "refused"
    about = f"{told.get('task', 'a model')} of {told.get('target', 'unknown')}, trained at"
    about = f"{about} {told.get('trained_at', 'an unknown time')}; card: reports/model-card.md"
    return write(model, {APPROVAL: state(model)} | assets.tags() | more, about)


def owners() -> str:
    """Who answers for the model, as mlascent.yaml names them."""
    said = yaml.safe_load(TEAM.read_text(encoding="utf-8")) if TEAM.exists() else None
    names = [str(owner["name"]) for owner in (said or {}).get("owners") or []]
    return ", ".join(names)[:LONGEST]


def reports(model: Any) -> dict[str, Any]:
    """The summary of all reports that was registered with a version; empty where there is none."""
    with TemporaryDirectory() as scratch:
        fetch(model, Path(scratch), "reports/")
        file = Path(scratch, METADATA.name)
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def fetch(model: Any, folder: Path, part: str = "") -> None:
    """Download the files of a version, or those below a part of it.

    Raises:
        FailedError: they do not lie in a store of the workspace.
    """
    found = re.search(r"datastores/(\w+)/paths/(.+)$", str(model.path))
    if not found:
        told = f"{name()} {model.version} lies in {model.path}, which is no store of the workspace"
        raise FailedError(f"{told}. Next: `just train` registers another")
    store.get(f"{found[2].rstrip('/')}/{part}", folder, found[1])


def place(best: Any) -> None:
    """Put the champion where the gate of the next run finds it, a scheduled one too.

    Args:
        best: a version; None leaves the mark that there is none.
    """
    if best is None:
        store.put(None, "champion")
        return
    tags = {k: v for k, v in (best.tags or {}).items() if k.startswith("metric.")}
    metrics = {key.removeprefix("metric."): float(value) for key, value in tags.items()}
    with TemporaryDirectory() as scratch:
        fetch(best, Path(scratch))
        text = json.dumps(metrics, indent=2) + "\n"
        Path(scratch, "metrics.json").write_text(text, encoding="utf-8")
        store.put(Path(scratch), "champion")


def write(model: Any, tags: dict[str, str], about: str = "") -> Any:
    """Set tags of a version, all in one request."""
    model.tags = (model.tags or {}) | tags
    model.description = about or model.description
    with session.explained(f"writing the tags of {name()} {model.version}"):
        return session.client().models.create_or_update(model)
