"""Ask an endpoint for predictions, over HTTPS and as the person or CI job that one is.

The SDK's own `invoke` is not used: it keeps the deployment that was asked once for every call that
follows in the process (azure-ai-ml 1.35), so that a look at the traffic would see another one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ... import data, predict
from .. import FailedError
from . import session

SCOPE = "https://ml.azure.com/.default"
PIECE = 500  # rows of a request
Row = dict[str, Any]


def ask(uri: str, rows: list[Row], deployment: str = "") -> list[Row]:
    """Have rows predicted by a deployment, or by the one that the traffic finds.

    Raises:
        FailedError: it does not answer, or with another number of predictions.
    """
    headers = {"azureml-model-deployment": deployment} if deployment else {}
    answer = session.call("POST", uri, {"rows": rows}, SCOPE, headers=headers)
    found = answer.get("predictions") if isinstance(answer, dict) else None
    if not isinstance(found, list) or len(found) != len(rows):
        told = f"{len(rows)} rows were asked, and this came back: {json.dumps(answer)[:200]}"
        raise FailedError(f"{uri}: {told}. Next: `just serve`, and ask the model here")
    return found


def rows(frame: pd.DataFrame, inputs: dict[str, Any]) -> list[Row]:
    """The rows of a table as JSON: what is absent is null, and a truth value is one."""
    kinds = {name: column["type"] for name, column in inputs.items()}

    def plain(name: str, value: Any) -> Any:
        if pd.isna(value):
            return None
        return bool(value) if kinds[name] == "boolean" else value

    typed = predict.typed(frame, inputs).to_dict("records")
    return [{str(name): plain(str(name), row[name]) for name in row} for row in typed]


def pieces(path: Path, inputs: dict[str, Any]) -> Iterator[list[Row]]:
    """The rows of a file, in pieces that a request may hold.

    Raises:
        FailedError: it cannot be read, or has not the columns that the model needs.
    """
    try:
        whole = rows(data.read(path, predict.texts(inputs)), inputs)
    except (OSError, ValueError) as error:  # no file, another encoding, other columns
        raise FailedError(f"{path}: {error}") from error
    for start in range(0, len(whole), PIECE):
        yield whole[start : start + PIECE]
