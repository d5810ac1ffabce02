"""The registry of models: `just register`, `models`, `promote` and `rollback`.

Three aliases say what a version is for: the `challenger` has passed the gate, the `champion`
answers in production, the `previous` one did so before it.
"""

import argparse
import getpass
import hashlib
import json
import logging
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from . import params, predict, tracking
from .gate import RefusedError
from .predict import META, MODEL, Model

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent
WORDS = ("gate", "register", "show", "export", "promote", "rollback")
# Who a CI job acts for: GitHub, GitLab, Azure Pipelines, Jenkins.
ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "BUILD_USER_ID")


class UnknownError(LookupError):
    """There is no such version."""


def connect() -> tuple[MlflowClient, str]:
    """The registry, and the model's name in it: the first of `mlascent.yaml`."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    tracking.configure()
    return MlflowClient(), str(next(iter(params.load(Path("mlascent.yaml"))["models"])))


def digest(*paths: Path) -> str:
    """SHA-256 of the files, one after the other."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def code() -> str:
    """SHA-256 of the code that turns a request into a prediction."""
    return digest(HERE / "features.py", HERE / "predict.py")


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def aliases() -> dict[str, str]:
    """The version behind each alias; empty where nothing is registered."""
    client, name = connect()
    found = client.search_registered_models(f"name = '{name}'")
    return {alias: str(version) for alias, version in found[0].aliases.items()} if found else {}


def versions() -> list[ModelVersion]:
    """Every registered version, the newest first."""
    client, name = connect()
    return list(client.search_model_versions(f"name = '{name}'"))


def find(which: str) -> ModelVersion:
    """The version behind an alias or a number.

    Raises:
        UnknownError: there is none.
    """
    number = which if which.isdigit() else aliases().get(which)
    for version in versions() if number else []:
        if str(version.version) == number:
            return version
    raise UnknownError(f"there is no {which}; `just models` lists what is registered")


def fetch(version: ModelVersion, directory: Path) -> None:
    """Write a version's model.skops and model.json to a directory, if they are as registered."""
    with TemporaryDirectory() as scratch:
        uri = f"models:/{version.name}/{version.version}/artifacts"
        kept = Path(mlflow.artifacts.download_artifacts(uri, dst_path=scratch))
        if digest(kept / MODEL.name, kept / META) != version.tags["model_sha256"]:
            raise RefusedError(f"version {version.version}: its files are not those registered")
        directory.mkdir(parents=True, exist_ok=True)
        for name in (MODEL.name, META):
            shutil.copy(kept / name, directory / name)
    if version.tags["code_sha256"] != code():
        LOG.warning("version %s was trained with another features.py", version.version)


def load(alias: str) -> Model:
    """Load the model behind an alias or a version number; the errors are those of `export`."""
    with TemporaryDirectory() as scratch:
        fetch(find(alias), Path(scratch))
        return predict.load(Path(scratch) / MODEL.name)


def export(alias: str, directory: Path) -> dict[str, str]:
    """Write model.skops, model.json and version.json to a directory, for an image or a service.

    Raises:
        UnknownError: nothing is registered under the alias.
        RefusedError: its files are not those that were registered.
    """
    version = find(alias)
    fetch(version, directory)
    told = {"name": version.name, "version": str(version.version), "run_id": str(version.run_id)}
    told |= {"alias": alias, "model_sha256": version.tags["model_sha256"]}
    told["git_commit"] = version.tags.get("git_commit", "")
    (directory / "version.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return told


def record(version: ModelVersion, event: str, by: str, why: str) -> None:
    """Note on the version, and in the model's own history, who did what, when and why."""
    client, name = connect()
    for key, value in {"by": by, "at": now(), "why": why}.items():
        client.set_model_version_tag(name, version.version, f"{event}_{key}", value)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    told = f"version {version.version} by {by}: {why}"
    client.set_registered_model_tag(name, f"{stamp} {event}", told)


def promote(which: str = "challenger", approver: str = "", why: str = "") -> ModelVersion:
    """Make a version the champion, and keep the one before it as `previous`.

    Args:
        which: an alias or a version number.
        approver: who says so; in CI, by default, whom the job acts for.
        why: the reason; by default, that the gate let it pass.

    Raises:
        UnknownError: there is no such version.
        RefusedError: nobody approves, or it is the champion already.
    """
    approver = approver or actor()
    if not approver:
        raise RefusedError("nobody approves: `just promote --approver NAME`")
    (client, name), version, before = connect(), find(which), aliases()
    number, old = str(version.version), before.get("champion")
    if number == old:
        raise RefusedError(f"version {number} is the champion already")
    record(version, "promoted", approver, why or "it passed the gate")
    client.set_model_version_tag(name, number, "replaces", old or "")
    if old:
        client.set_registered_model_alias(name, "previous", old)
    client.set_registered_model_alias(name, "champion", number)
    if before.get("challenger") == number:
        client.delete_registered_model_alias(name, "challenger")
    print(f"{name} version {number} is the champion")
    return version


def rollback(approver: str = "", why: str = "") -> ModelVersion:
    """Make the previous champion the champion again; without one, an UnknownError."""
    (client, name), bad, back = connect(), find("champion"), find("previous")
    record(bad, "rolled_back", approver or actor() or getpass.getuser(), why or "not said")
    client.set_registered_model_alias(name, "champion", str(back.version))
    # Its own predecessor is the next to go back to; never the version that was just taken out.
    before = back.tags.get("replaces", "")
    if before and before != str(bad.version):
        client.set_registered_model_alias(name, "previous", before)
    else:
        client.delete_registered_model_alias(name, "previous")
    print(f"{name} version {back.version} is the champion")
    return back


def actor() -> str:
    """Whom a CI job acts for; nobody elsewhere."""
    return next((os.environ[key] for key in ACTORS if os.environ.get(key)), "")


def show() -> None:
    """List every version with its aliases and figures, then what was done with them."""
    (client, name), named = connect(), aliases()
    for version in versions():
        known = [alias for alias, other in named.items() if other == str(version.version)]
        print(f"{name} {version.version:>3}  {', '.join(known):22} {version.description}")
    for model in client.search_registered_models(f"name = '{name}'"):
        for stamp, event in sorted(model.tags.items()):
            print(f"  {stamp}: {event}")


def main() -> None:
    """Register, list, promote, roll back or export."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("word", choices=WORDS)
    parser.add_argument("which", nargs="?", help="an alias or a version number")
    parser.add_argument("directory", nargs="?", type=Path, help="where to export it")
    # Several words need no quotes.
    parser.add_argument("--approver", nargs="+", default=[], help="in CI, whom the job acts for")
    parser.add_argument("--why", nargs="+", default=[])
    said = parser.parse_args()
    approver, why = " ".join(said.approver), " ".join(said.why)
    try:
        if said.word == "show":
            show()
        elif said.word == "export":
            told = export(said.which or "champion", said.directory or Path("build/model"))
            print(f"{told['name']} version {told['version']}")
        elif said.word == "promote":
            promote(said.which or "challenger", approver, why)
        elif said.word == "rollback":
            rollback(approver, why)
        else:
            from . import registration  # brings scikit-learn, which the others do without

            (registration.judge if said.word == "gate" else registration.register)()
    except (UnknownError, RefusedError) as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
