"""Registered models: the one that was trained last, and what a version says of itself."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from .. import FailedError, settings
from . import assets, session, store

LAST, META = Path("models"), "model.json"
HERE = Path("build/platform/models")


def trained() -> str:
    """Register the model that was trained last, if it is not yet: NAME:VERSION.

    Its version is the digest of its files, so that the same model never has two.

    Raises:
        FailedError: there is none here.
    """
    from azure.ai.ml.constants import AssetTypes
    from azure.ai.ml.entities import Model

    path = assets.model(LAST)
    name, version = str(settings.load()["project"]), store.digest(LAST)
    if assets.known(session.client().models, name, version) is None:
        kind = AssetTypes.CUSTOM_MODEL
        made = Model(name=name, version=version, path=path, type=kind, tags=assets.tags())
        with session.explained(f"registering {name}:{version}"):
            session.client().models.create_or_update(made)
    return f"{name}:{version}"


@cache
def meta(model: str) -> dict[str, Any]:
    """The description of a registered model, NAME:VERSION, with example rows; fetched once.

    Raises:
        FailedError: it is no model of this project.
    """
    name, _, version = model.rpartition(":")
    folder = HERE / name / version
    if not (files := list(folder.rglob(META))):
        with session.explained(f"looking up the model {model}"):
            path = str(session.client().models.get(name, version).path)
        place = re.search(r"datastores/([^/]+)/paths/(.+?)/?$", path)
        if place:
            store.get(f"{place[2]}/", folder, place[1])
        files = list(folder.rglob(META))
        if not files:
            raise FailedError(
                f"{model} holds no {META} in {path}. Next: register it by `just train`"
            )
    return dict(json.loads(files[0].read_text(encoding="utf-8")))
