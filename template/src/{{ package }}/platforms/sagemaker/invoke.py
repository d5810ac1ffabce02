"""Ask an endpoint: one question, or all the rows of a file."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from .. import FailedError
from . import session

PIECE = 500  # rows of one question
MOST_BYTES = 4 * 2**20  # what the service takes; InvokeEndpoint itself takes 6 MB
ANSWERED = re.compile(r"Received (?:client|server) error \((\d{3})\)")


def ask(place: str, body: bytes, kind: str = "application/json") -> tuple[Any, str]:
    """Ask an endpoint.

    Returns:
        what it answers, and the identity of the model that did.
    """
    told = session.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=place, Body=body, ContentType=kind, Accept="application/json"
    )
    with session.explained(f"reading the answer of {place}"):
        answer = json.loads(told["Body"].read())
    return answer, str(told.get("CustomAttributes", "")).partition("model_sha256=")[2]


def status(error: session.CloudError) -> int:
    """With which HTTP status the container refused; 0 where it was not the container."""
    found = ANSWERED.search(str(error)) if error.code == "ModelError" else None
    return int(found[1]) if found else 0


def predict(place: str, path: Path) -> pd.DataFrame:
    """Predict the rows of a CSV or Parquet file.

    Raises:
        FailedError: the service refuses a row; the file's rows are counted from 1.
    """
    predictions: list[dict[str, Any]] = []
    for body, first, rows in pieces(path):
        try:
            answer, _ = ask(place, body, "text/csv")
        except session.CloudError as error:
            if 400 <= status(error) < 500:
                last = first + rows - 1
                raise FailedError(
                    f"{path}, rows {first} to {last}: {place} refuses a row, and so all of these.\n"
                    f"  {error}"
                ) from None
            raise
        predictions += answer["predictions"]
    return pd.DataFrame(predictions)


def pieces(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """Cut a file into CSV bodies, each with the header: the body, its first row, its rows."""
    if path.suffix == ".parquet":
        text = pd.read_parquet(path).to_csv(index=False)
    else:
        text = path.read_text(encoding="utf-8-sig")
    records = [record for record in csv.reader(io.StringIO(text, newline="")) if record]
    if len(records) < 2:
        raise FailedError(f"{path} has no rows")
    header, rows, first = records[0], records[1:], 1
    size = PIECE
    while rows:
        out = io.StringIO()
        csv.writer(out).writerows([header, *rows[:size]])
        body = out.getvalue().encode()
        if len(body) > MOST_BYTES and size > 1:
            size //= 2
            continue
        taken = len(rows[:size])
        yield body, first, taken
        rows, first = rows[taken:], first + taken
