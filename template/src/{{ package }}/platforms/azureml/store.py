"""The project's own folder in the workspace's blob store: what jobs read, by names that stay.

Assets of Azure ML never change once they are made; a schedule that runs for months has to read
today's data and today's champion, so those two lie at fixed paths.
"""

import hashlib
from pathlib import Path
from typing import Any

from .. import settings
from . import session

DATASTORE = "workspaceblobstore"  # every workspace has it
ARTIFACTS = "workspaceartifactstore"  # and keeps the logs of jobs here
EMPTY = "EMPTY"  # a folder must hold something to be mounted; this file says that it is empty


def container(datastore: str = DATASTORE) -> Any:
    """The blob container behind a datastore of the workspace."""
    from azure.storage.blob import ContainerClient

    with session.explained(f"looking up the datastore {datastore}"):
        found = session.client().datastores.get(datastore)
    host = f"https://{found.account_name}.blob.{found.endpoint or 'core.windows.net'}"
    return ContainerClient(host, found.container_name, credential=session.credential())


def path(*parts: str) -> str:
    """A folder of the project in the store's container; it ends with a slash."""
    return "/".join([str(settings.load()["project"]), *parts, ""])


def uri(*parts: str) -> str:
    """The same folder as jobs name it."""
    return f"azureml://datastores/{DATASTORE}/paths/{path(*parts)}"


def put(folder: Path | None, *parts: str) -> str:
    """Make a folder of the project in the store hold just these files; returns its `uri`.

    Args:
        folder: what to upload; None leaves only the mark that there is nothing.
        parts: the folder in the store, below the project's own.
    """
    where = path(*parts)
    files: dict[str, Path | None] = {EMPTY: None}
    if folder is not None:
        found = sorted(file for file in folder.rglob("*") if file.is_file())
        files = {file.relative_to(folder).as_posix(): file for file in found}
    with session.explained(f"uploading to {where}"):
        store = container()
        before = [str(name) for name in store.list_blob_names(name_starts_with=where)]
        for name, file in files.items():
            store.upload_blob(where + name, file.read_bytes() if file else b"", overwrite=True)
        for name in before:  # last: a job that begins meanwhile finds a folder with files
            if name.removeprefix(where) not in files:
                store.delete_blob(name)
    return uri(*parts)


def filled(*parts: str) -> bool:
    """Whether a folder of the project in the store holds anything."""
    where = path(*parts)
    with session.explained(f"looking into {where}"):
        return next(iter(container().list_blob_names(name_starts_with=where)), None) is not None


def get(where: str, folder: Path, datastore: str = DATASTORE) -> list[Path]:
    """Download what lies below a folder of a datastore; the files, none where it is empty."""
    found = []
    with session.explained(f"downloading {where}"):
        store = container(datastore)
        for name in sorted(str(name) for name in store.list_blob_names(name_starts_with=where)):
            file = folder / name.removeprefix(where)
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as target:
                store.download_blob(name).readinto(target)
            found.append(file)
    return found


def digest(folder: Path) -> str:
    """SHA-256 of the names and contents of a folder's files, 16 digits of it: a version's name."""
    found = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return found.hexdigest()[:16]
