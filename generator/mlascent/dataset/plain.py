"""Write a table as the one form that every project reads: UTF-8, commas, points as decimal signs.

A generated project calls `pandas.read_csv(path)` and no more, so what is odd about a file is mended once,
here, instead of being told to each reader of it.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlascent.dataset import reading
from mlascent.dataset.reading import Form, Progress, Rows
from mlascent.errors import FailedError, RefusedError

_PYARROW = "pyarrow>=20,<27"


@dataclass(frozen=True, slots=True)
class Mending:
    """What to change in the values of a file.

    Attributes:
        absent: Column, by its place → values that mean an absent one, without spaces around.
        commas: Places of the columns that write numbers with commas.
        decimal: The sign that parts fractions in those columns: `,` or `.`.
    """

    absent: Mapping[int, frozenset[str]] = field(default_factory=dict)
    commas: frozenset[int] = frozenset()
    decimal: str = "."

    def __bool__(self) -> bool:
        """Whether anything is to change."""
        return bool(self.absent or self.commas)

    def apply(self, rows: Rows) -> Rows:
        """The rows with their values mended, in place."""
        for place, absent in self.absent.items():
            for row in rows:
                if row[place].strip() in absent:
                    row[place] = ""
        for place in self.commas:
            for row in rows:
                whole = row[place].replace("." if self.decimal == "," else ",", "")
                row[place] = whole.replace(",", ".")
        return rows


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet files do."""
    if not path.is_file() or not os.access(path, os.R_OK):
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def from_parquet(path: Path, destination: Path, project: Path) -> None:
    """Write a Parquet file as CSV, with pyarrow in an environment of its own that uv makes for the moment.

    Args:
        path: The Parquet file.
        destination: The CSV file to write.
        project: Where uv looks for the package index that the project uses.

    Raises:
        RefusedError: uv is missing, or the file holds what no CSV can.
        FailedError: pyarrow could not be had.
    """
    script = Path(__file__).with_name("parquet_to_csv.py")
    command = [
        "uv",
        "run",
        "--no-project",
        "--quiet",
        "--python",
        sys.executable,
        "--with",
        _PYARROW,
        "python",
    ]
    # This Python may run with settings that are not meant for another one.
    surroundings = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")
    }
    try:
        done = subprocess.run(
            [*command, str(script), str(path.resolve()), str(destination.resolve())],
            cwd=project,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise RefusedError("uv is not installed, and reading Parquet needs it", "pip install uv") from error
    if done.returncode == 3:
        raise RefusedError(f"{path}: {done.stderr.strip()}", "Save the table without it, or as CSV.")
    if done.returncode:
        raise FailedError(
            f"reading {path} needs pyarrow, which uv could not run:\n{done.stderr.strip()}",
            "Without a network, give the table as CSV.",
        )


def write(
    path: Path, written: Form, mending: Mending, destination: Path, progress: Progress | None = None
) -> None:
    """Write a file anew in the plain form.

    Raises:
        RefusedError: A row has more or fewer values than the header, or cannot be read.
    """
    with destination.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(reading.clean(written.header))
        for rows in mended(path, written, mending, progress):
            writer.writerows(rows)


def mended(path: Path, written: Form, mending: Mending, progress: Progress | None = None) -> Iterator[Rows]:
    """The rows of a file with their values mended, some at a time."""
    for rows in reading.batches(path, written, progress):
        yield mending.apply(rows) if mending else rows
