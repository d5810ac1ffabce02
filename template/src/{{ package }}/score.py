"""Predict the rows of a file, in pieces: `just predict FILE --output OUT`."""

import argparse
import csv
import hashlib
import importlib
import io
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import pandas as pd

from . import predict, released
from .released import Released
from .runs import RUNS, Run

PIECE = 20_000  # rows in memory at a time
MOST_REFUSED = 0.05  # share of the rows; past it nothing is published
LARGEST = 3e38  # some estimators compute with 32 bits
TRUTHS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


class UnusableError(Exception):
    """A file that cannot be predicted at all."""


EXPECTED = (UnusableError, LookupError, OSError, UnicodeDecodeError, csv.Error, ImportError)


def parquet(path: Path) -> Any:
    """Open a Parquet file without reading its rows."""
    return importlib.import_module("pyarrow.parquet").ParquetFile(path)


def columns(path: Path) -> list[str]:
    """The names of a file's columns, as pandas reads them."""
    if path.suffix == ".parquet":
        return list(parquet(path).schema_arrow.names)
    try:
        return list(pd.read_csv(path, nrows=0).columns)
    except pd.errors.EmptyDataError:
        raise UnusableError(f"{path} is empty") from None


def pieces(path: Path, text: list[str], size: int) -> Iterator[tuple[pd.DataFrame, list[int]]]:
    """Read a file piece by piece.

    Args:
        path: CSV, or Parquet by its ending.
        text: columns that stay text even where all of a piece is digits.
        size: rows of a piece.

    Yields:
        Rows, with their number in the file from 1 as the index, and the numbers of the rows that
        have more or fewer fields than the header.
    """
    if path.suffix == ".parquet":
        start = 1
        for batch in parquet(path).iter_batches(size):
            frame = batch.to_pandas()
            frame.index = pd.RangeIndex(start, start := start + len(frame))
            yield frame, []
        return
    with path.open(newline="", encoding="utf-8-sig") as file:
        records = csv.reader(file)
        header = next(records)
        numbered = enumerate((record for record in records if record), 1)
        while piece := list(islice(numbered, size)):
            # pandas would cut a row that is too long, or fill one that is too short, in silence.
            whole = [(number, record) for number, record in piece if len(record) == len(header)]
            csv.writer(buffer := io.StringIO()).writerows([header, *(row for _, row in whole)])
            buffer.seek(0)
            frame = pd.read_csv(buffer, dtype=dict.fromkeys(text, "str"), skip_blank_lines=False)
            frame.index = pd.Index([number for number, _ in whole])
            yield frame, [number for number, record in piece if len(record) != len(header)]


def checked(frame: pd.DataFrame, inputs: dict[str, Any]) -> tuple[pd.DataFrame, pd.Series]:
    """Check each value against what the model was trained on.

    Returns:
        The input columns, typed, and for each row the first reason to refuse it, or "".
    """
    reason = pd.Series("", index=frame.index, dtype=object)
    typed = {}
    for name, column in inputs.items():
        values = frame[name]
        absent = values.isna()
        if column["type"] == "boolean":
            values = values.astype("str").str.lower().map(TRUTHS)
        elif column["type"] == "number":
            values = pd.to_numeric(values, errors="coerce").astype("float64")
            values = values.where(values.abs() <= LARGEST)
        wrong = values.isna() & ~absent
        if not column["nullable"]:
            reason[absent & (reason == "")] = f"{name}: absent"
        reason[wrong & (reason == "")] = f"{name}: not a {column['type']}"
        typed[name] = values
    return pd.DataFrame(typed, index=frame.index), reason


def score(path: Path, out: TextIO, found: Released, run: Run, keep: list[str], size: int) -> None:
    """Write a prediction for each row that the model can take, and note the others in the record.

    Raises:
        UnusableError: the file has not the columns that the model needs.
    """
    model, inputs = found.model, found.model.meta["inputs"]
    if missing := [name for name in [*inputs, *keep] if name not in columns(path)]:
        raise UnusableError(f"{path} has no column {missing}; the model needs {list(inputs)}")
    example = model.predict(pd.DataFrame(model.meta["example"]))
    head = pd.DataFrame(columns=[*keep, *example.columns])
    head.to_csv(out, index_label="row", lineterminator="\n")
    for frame, misshapen in pieces(path, [*predict.texts(inputs), *keep], size):
        run.rows_in += len(frame) + len(misshapen)
        if misshapen:
            run.refuse("another number of fields than the header", misshapen)
        typed, reason = checked(frame, inputs)
        for why, rows in reason[reason != ""].groupby(reason):
            run.refuse(str(why), rows.index.tolist())
        good = typed[reason == ""]
        if len(good):
            told = frame.loc[good.index, keep].join(model.predict(good))
            told.to_csv(out, header=False, lineterminator="\n")
        run.rows_out += len(good)


def score_file(path: Path, options: argparse.Namespace, found: Released) -> Run:
    """Predict a file. The output appears whole or not at all; the record always."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    output: Path | None = options.output
    run = Run(str(path), sha256, str(output or "-"), found.version, options.most_refused)
    folder = output.parent if output else None  # a file moves whole only within its disk
    try:
        with TemporaryDirectory(prefix=".predict-", dir=folder) as scratch:
            part = Path(scratch) / "part.csv"
            with part.open("w", newline="", encoding="utf-8") as out:
                score(path, out, found, run, options.keep, options.piece)
            if run.refused_share > options.most_refused:
                run.status = "refused"
            elif output:
                part.replace(output)
                run.status = "done"
            else:
                with part.open(encoding="utf-8") as told:
                    shutil.copyfileobj(told, sys.stdout)
                run.status = "done"
    finally:
        run.write(options.runs)
    return run


def main() -> None:
    """Predict the rows of a file, or the model's own example rows."""
    parser = argparse.ArgumentParser(prog="just predict", description=main.__doc__)
    add = parser.add_argument
    add("file", nargs="?", type=Path, help="CSV or Parquet with the input columns")
    add("--output", type=Path, help="CSV to write; the terminal without it")
    add("--keep", action="append", default=[], metavar="COLUMN", help="copy it to the output")
    add("--most-refused", type=float, default=MOST_REFUSED, help="share of rows (%(default)s)")
    add("--piece", type=int, default=PIECE, help="rows in memory at a time (%(default)s)")
    add("--runs", type=Path, default=RUNS, help="folder of the records (%(default)s)")
    options = parser.parse_args()
    try:
        found = released.load()
        if options.output:
            options.output.parent.mkdir(parents=True, exist_ok=True)
        if not options.file:
            example = pd.DataFrame(found.model.meta["example"])
            found.model.predict(example).to_csv(options.output or sys.stdout, index=False)
            return
        run = score_file(options.file, options, found)
    except EXPECTED as error:
        sys.exit(f"just predict: {error}")
    print(f"{run.rows_out} of {run.rows_in} rows predicted", file=sys.stderr)
    for reason, count in run.refused.items():
        rows = ", ".join(map(str, run.refused_first[reason]))
        print(f"  refused, {reason}: {count} (rows {rows}{' …' * (count > 10)})", file=sys.stderr)
    if run.status == "refused":
        sys.exit(f"{run.refused_share:.1%} refused, past {run.most_refused:.1%}: nothing written")


if __name__ == "__main__":
    main()
