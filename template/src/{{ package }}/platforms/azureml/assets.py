"""What jobs are given: the image, the data and the project's own files, each by version."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import FailedError, image, job, settings
from . import session, store
from .session import CloudError

FOLDER = Path("infra/azureml")
STAGED = Path("build/platform/project")
DATA = Path(job.FOLDERS["data"])


def tags() -> dict[str, str]:
    """On everything that the words make, so that `just teardown` finds it."""
    return {"project": str(settings.load()["project"]), "managed-by": "mlascent"}


def known(kind: Any, name: str, version: str) -> Any:
    """An asset of the workspace; None where there is none of that version."""
    try:
        with session.explained(f"looking up {name} {version}"):
            return kind.get(name, version)
    except CloudError as error:
        if error.missing:
            return None
        raise


def environment() -> str:
    """The pushed image as an environment of the workspace; its name as YAML has it."""
    from azure.ai.ml import load_environment

    full = image.ensure()
    name, tag = str(settings.load()["project"]), full.rpartition(":")[2]
    environments = session.client().environments
    if known(environments, name, tag) is None:
        changes = [{"version": tag}, {"image": full}, {"tags": tags()}]
        with session.explained(f"making the environment {name}:{tag}"):
            made = load_environment(FOLDER / "environment.yml", params_override=changes)
            environments.create_or_update(made)
    return f"azureml:{name}:{tag}"


def data() -> str:
    """The data as a data asset, by the digest of its files, brought here first where it is not.

    Returns:
        its name as YAML has it.

    Raises:
        FailedError: it cannot be brought here.
    """
    from azure.ai.ml.constants import AssetTypes
    from azure.ai.ml.entities import Data

    if not (DATA / "data.csv").exists():
        bring("--missing")
    name, version = f"{settings.load()['project']}-data", store.digest(DATA)
    assets = session.client().data
    if known(assets, name, version) is None:
        print(f"  uploading {DATA} as {name}:{version}", flush=True)
        path = store.put(DATA, "versions", version)
        made = Data(name=name, version=version, path=path, type=AssetTypes.URI_FOLDER, tags=tags())
        with session.explained(f"making the data asset {name}:{version}"):
            assets.create_or_update(made)
    return f"azureml:{name}:{version}"


def bring(*words: str) -> None:
    """Fetch the data, as params.yaml says where from; with `--missing`, only where it is not here.

    Raises:
        FailedError: it cannot be fetched.
    """
    module = f"{job.PACKAGE}.ingest"
    command = [sys.executable, "-m", module, *words]
    if not find_spec(module) or subprocess.run(command).returncode:
        raise FailedError(f"{DATA / 'data.csv'} cannot be fetched. Next: mend what is said above")


def project() -> str:
    """The files of the project that steps read, as they are now; their folder in the store."""
    stage(STAGED)
    return store.put(STAGED, "projects", store.digest(STAGED))


def stage(folder: Path) -> None:
    """Copy those files to a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in job.PROJECT:
        source = Path(part)
        if source.exists():
            job.copy(source, (folder / part).parent if source.is_file() else folder / part)


def model(folder: Path = Path("models")) -> str:
    """The model that was trained last, in the store; its folder as jobs name it.

    Raises:
        FailedError: there is none.
    """
    if not (folder / "model.skops").exists():
        raise FailedError(f"no model in {folder}. Next: `just train`")
    return store.put(folder, "models", store.digest(folder))
