"""What goes to S3 for a job: the project's files, its data, its model; the same content once."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import FailedError
from ..archives import pack
from ..image import git
from ..job import FOLDERS, PACKAGE, PROJECT
from . import definitions, session, storage

DATA = Path(FOLDERS["data"])
MODEL = Path(FOLDERS["model"])


def within(paths: Iterable[Path]) -> list[Path]:
    """The files of folders, and files themselves, where they exist."""
    found: list[Path] = []
    for path in paths:
        files = path.rglob("*") if path.is_dir() else [path]
        found += [file for file in files if file.is_file() and "__pycache__" not in file.parts]
    return sorted(found)


def digest(files: Iterable[Path]) -> str:
    """What tells one content from another: names and bytes."""
    told = hashlib.sha256()
    for file in files:
        told.update(file.as_posix().encode() + b"\0")
        with file.open("rb") as opened:
            told.update(hashlib.file_digest(opened, "sha256").digest())
    return told.hexdigest()[:16]


def address(files: list[Path], folder: str) -> str:
    """The folder of S3 for files, named by their content."""
    return session.uri(folder, digest(files))


def once(files: list[Path], folder: str, root: Path) -> str:
    """Bring files to their folder of S3, if they are not there yet.

    Returns:
        its address.
    """
    target = address(files, folder)
    # One that was cut short while it was sent lacks files.
    if len(storage.keys(f"{target}/")) < len(files):
        storage.upload(files, target, root)
    return target


def project(send: bool = True) -> str:
    """Send params.yaml, mlascent.yaml, the pipelines and the cards, and tell their address."""
    files = within(map(Path, PROJECT))
    return once(files, "project", Path()) if send else address(files, "project")


def ingest(fresh: bool = False) -> list[Path]:
    """Bring the table in, from its source or the shared store, and name its files.

    Args:
        fresh: fetch it anew, even if it is there.

    Raises:
        FailedError: it does not come.
    """
    words = [sys.executable, "-m", f"{PACKAGE}.ingest", *["--missing"] * (not fresh)]
    if subprocess.run(words).returncode:
        raise FailedError(f"there are no data in {DATA}: `just data` says why")
    return within([DATA])


def data(files: list[Path], current: bool = False) -> str:
    """Send the table and its manifest.

    Args:
        files: what `ingest` names.
        current: scheduled executions take these too, from now on.
    """
    target = once(files, "data", DATA)
    if current:
        bucket = session.bucket()
        found = [f"s3://{bucket}/{key}" for key in storage.keys(f"{target}/")]
        storage.replace(session.uri("data", "current"), found)
    return target


def model() -> str:
    """Send the model that was trained last, as the archive that SageMaker expects.

    Returns:
        the address of the archive.
    """
    files = within([MODEL])
    if not (MODEL / "model.skops").exists():
        raise FailedError(f"no model in {MODEL}: run `just train` first")
    target = address(files, "models")
    if not storage.keys(f"{target}/model.tar.gz"):
        with TemporaryDirectory() as scratch:
            archive = Path(scratch, "model.tar.gz")
            pack(files, archive)
            storage.upload([archive], target, archive.parent)
    return f"{target}/model.tar.gz"


def commit() -> str:
    """The commit of the code; empty outside of git."""
    return git("rev-parse", "HEAD")


def told(trigger: str = "manual") -> dict[str, str]:
    """The environment variables of a job."""
    known = {"GIT_COMMIT": commit(), "TRIGGER": trigger} | definitions.tracked()
    return {key: value for key, value in known.items() if value}


def tracked_by_server() -> bool:
    """Whether jobs record their runs themselves, with a server that they reach."""
    return bool(definitions.tracked())


def variables() -> dict[str, str]:
    """What a container here is told: an MLflow server too, if the environment has one."""
    server = os.environ.get("MLFLOW_TRACKING_URI", "")
    return told() | ({"MLFLOW_TRACKING_URI": server} if server.startswith("http") else {})
