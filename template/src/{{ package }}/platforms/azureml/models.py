"""What a registered model says of itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ... import predict
from .. import FailedError
from . import session

MODELS = Path("build/platform/models")


@cache
def meta(model: str) -> dict[str, Any]:
    """The description of a registered model, NAME:VERSION, with example rows; fetched once."""
    name, _, version = model.rpartition(":")
    folder = MODELS / name / version
    if not (files := list(folder.rglob(predict.META))):
        with session.explained(f"downloading the model {model}"):
            session.client().models.download(name, version, download_path=folder)
        files = list(folder.rglob(predict.META))
    if not files:
        raise FailedError(f"{model} holds no {predict.META}: it was not registered by this project")
    return dict(json.loads(files[0].read_text(encoding="utf-8")))
