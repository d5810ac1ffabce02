"""What a registered model says of itself."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from .. import FailedError
from . import session, store

META = "model.json"
HERE = Path("build/platform/models")


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
