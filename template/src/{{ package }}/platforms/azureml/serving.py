"""The service inside an online deployment: the project's own, around the model that Azure mounts.

Azure mounts a registered model some folders below MODEL_DIR (name, version, and what the folder was
called that was registered), so that the one place where a model lies there is looked up.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ... import predict
from ...predict import META, MODEL

PACKAGE = __package__.removesuffix(".platforms.azureml")
MOUNT = "/var/azureml-app/azureml-models"  # where Azure mounts models, if not told otherwise


def mounted(root: Path) -> Path:
    """The folder below which the one model lies.

    Raises:
        FileNotFoundError: there is none, or more than one.
    """
    found = sorted(
        {path.parent for path in root.rglob(MODEL.name) if (path.parent / META).exists()}
    )
    if len(found) != 1:
        raise FileNotFoundError(f"{len(found)} models below {root}, and one is expected: {found}")
    return found[0]


def create_app() -> Any:
    """Make the service of the mounted model: what `uvicorn --factory` calls in the container."""
    folder = mounted(Path(os.environ.get("MODEL_DIR") or MOUNT))
    os.environ["MODEL_DIR"] = str(folder)
    if find_spec(f"{PACKAGE}.service"):
        released = import_module(f"{PACKAGE}.released")
        found = released.read(folder)
        if found.version["version"] == "unregistered":  # Azure knows it, and the deployment says it
            known = {"version": os.environ.get("MODEL_VERSION", "unregistered")}
            found = released.Released(found.model, found.version | known)
        return import_module(f"{PACKAGE}.service").create_app(lambda: found)
    return import_module(f"{PACKAGE}.serve").create_app(lambda: predict.load(folder / MODEL.name))
