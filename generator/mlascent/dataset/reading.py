"""How a delimited text file is written, and its rows as a stream; no more than a batch is in memory."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlascent.errors import RefusedError, UsageError

Rows = list[list[str]]
#: Told how many bytes of how many are read.
Progress = Callable[[int, int], None]

MOST_BYTES = 2 * 1024**3
MOST_COLUMNS = 2_000
#: A longer value is nearly always a quote that is never closed; without a limit it swallows the file.
MOST_CHARACTERS = 1024**2
_BLOCK = 1024**2
_HEAD = 256 * 1024
_SEPARATORS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written.

    Attributes:
        encoding: The codec that reads all of it.
        separator: What stands between two values.
        header: The names as they stand in the first row.
        batch: How many rows to hold at a time.
    """

    encoding: str
    separator: str
    header: tuple[str, ...]
    batch: int

    @property
    def plain(self) -> bool:
        """Whether pandas reads it without being told anything."""
        return self.encoding == "utf-8" and self.separator == "," and self.header == clean(self.header)

    def __str__(self) -> str:
        """The form in a few words."""
        encoding = {"utf-8-sig": "UTF-8 with a byte order mark", "utf-8": "UTF-8"}.get(
            self.encoding, self.encoding
        )
        return f"{encoding}, values between {_NAMES.get(self.separator, repr(self.separator))}"


def form(path: Path, encoding: str | None = None, separator: str | None = None) -> Form:
    """Find out how a file is written.

    Args:
        path: The file.
        encoding: The codec, where the user knows it.
        separator: What stands between two values, where the user knows it.

    Raises:
        UsageError: There is no such file, codec or separator.
        RefusedError: The file is empty, binary, too large, or no table.
    """
    size = _size(path)
    with _readable(path).open("rb") as file:
        head = file.read(_HEAD)
    for magic, what in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise RefusedError(f"{path} is {what}, not a CSV or Parquet file", "Save the table as CSV first.")
    codec = _encoding(path, head, encoding)
    text = codecs.getincrementaldecoder(codec)(errors="replace").decode(head)
    if not text.strip():
        raise RefusedError(f"{path} is empty")
    found, rows = _separator(path, text, separator, whole=size <= _HEAD)
    header = tuple(rows[0])
    _check_header(path, header, rows)
    row_bytes = max(1, len(head) // max(1, len(rows)))
    batch = max(1, min(100_000 // len(header), 16 * 1024**2 // row_bytes))
    return Form(codec, found, header, batch)


def clean(header: Sequence[str]) -> tuple[str, ...]:
    """Column names without line breaks and spaces around; an unnamed one gets the name that pandas gives."""
    return tuple(" ".join(name.split()) or f"Unnamed: {number}" for number, name in enumerate(header))


def batches(path: Path, written: Form, progress: Progress | None = None) -> Iterator[Rows]:
    """The rows below the header, some at a time; blank lines are left out.

    Raises:
        RefusedError: A row has more or fewer values than the header, or cannot be read.
    """
    width, total, before = len(written.header), os.path.getsize(path), 0
    csv.field_size_limit(MOST_CHARACTERS)
    with path.open("rb") as raw, io.TextIOWrapper(raw, written.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=written.separator)
        next(row for row in reader if row)
        while True:
            try:
                rows = list(itertools.islice(reader, written.batch))
            except csv.Error as error:
                raise RefusedError(
                    f"{path}, near line {reader.line_num}: {error}",
                    "Is a quotation mark never closed? Mend the file, or export it again.",
                ) from error
            if not rows:
                return
            if set(map(len, rows)) != {width}:
                rows = [row for row in rows if row]
                _check_widths(path, rows, width, before)
            before += len(rows)
            if rows:
                yield rows
            if progress:
                progress(raw.tell(), total)


def _check_widths(path: Path, rows: Rows, width: int, before: int) -> None:
    wrong = [(before + number, len(row)) for number, row in enumerate(rows, 1) if len(row) != width]
    if wrong:
        told = "; ".join(f"row {number} has {count}" for number, count in wrong[:3])
        raise RefusedError(
            f"{path}: the header has {width} values, but {told} (rows counted below the header)",
            "Mend or remove those rows. A value that holds the separator must stand in quotation marks.",
        )


def _size(path: Path) -> int:
    if not path.exists():
        raise UsageError(f"there is no file {path}")
    if not path.is_file():
        raise UsageError(f"{path} is not a file", "Give one CSV or Parquet file.")
    size = os.path.getsize(path)
    if size == 0:
        raise RefusedError(f"{path} is empty")
    if size > MOST_BYTES:
        raise RefusedError(
            f"{path} has {size / 1024**3:.1f} GiB; training holds all of it in memory, so 2 GiB is the limit",
            "Give a sample, or read and thin it out in data.py of your package.",
        )
    return size


def _readable(path: Path) -> Path:
    if not os.access(path, os.R_OK):
        raise RefusedError(f"{path} may not be read by this user", "Give yourself read permission.")
    return path


def _encoding(path: Path, head: bytes, wanted: str | None) -> str:
    if wanted:
        try:
            codec = codecs.lookup(wanted).name
        except LookupError as error:
            raise UsageError(
                f"there is no encoding '{wanted}'", "For example utf-8, latin-1, cp1252."
            ) from error
        if not _decodes(path, codec):
            raise RefusedError(f"{path} is not written in {wanted}", "Leave --encoding out to have it found.")
        return codec
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if b"\0" in head:
        raise RefusedError(
            f"{path} is a binary file, not a CSV or Parquet file", "Save the table as CSV first."
        )
    # Windows' western encoding has a few holes; Latin-1 has none and reads anything, so it comes last.
    return next(codec for codec in ("utf-8", "cp1252", "iso8859-1") if _decodes(path, codec))


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if "\0" in decoder.decode(block):
                    raise RefusedError(f"{path} holds NUL characters: it is damaged or not text")
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _separator(path: Path, text: str, wanted: str | None, whole: bool) -> tuple[str, Rows]:
    """The separator that cuts the most rows into as many values as the first, and the rows it makes."""
    if wanted is not None and (len(wanted) != 1 or wanted in '"\r\n'):
        raise UsageError(f"{wanted!r} cannot separate values", "Give one character, such as ';'.")
    best: tuple[float, int, str, Rows] | None = None
    for candidate in [wanted] if wanted else _SEPARATORS:
        rows = _parsed(text, candidate, whole)
        if not rows or len(rows[0]) < 2:
            continue
        even = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        if best is None or (even, len(rows[0])) > best[:2]:
            best = (even, len(rows[0]), candidate, rows)
    if best is None:
        raise RefusedError(
            f"{path} has a single column, or its values are not between commas, semicolons, tabs or bars",
            "A table needs a target and one more column; --separator tells what stands between values.",
        )
    return best[2], best[3]


def _parsed(text: str, separator: str, whole: bool) -> Rows:
    csv.field_size_limit(MOST_CHARACTERS)
    rows: Rows = []
    try:
        rows.extend(row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row)
    except csv.Error:
        return rows
    return rows if whole or len(rows) < 2 else rows[:-1]  # the last one may be cut in two


def _check_header(path: Path, header: tuple[str, ...], rows: Rows) -> None:
    names = clean(header)
    if len(names) > MOST_COLUMNS:
        raise RefusedError(
            f"{path} has {len(names)} columns; {MOST_COLUMNS} is the limit", "Keep those that matter."
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RefusedError(
            f"{path}: these column names stand there twice: {', '.join(twice)}", "Rename one of each."
        )
    if all(_is_number(name) for name in header):
        raise RefusedError(
            f"{path}: the first row holds numbers ({', '.join(header[:3])}, …), not column names",
            "Put a row with the names of the columns on top.",
        )
    if len(rows) < 2:
        hint = "" if os.path.getsize(path) < _HEAD else "Is a quotation mark never closed?"
        raise RefusedError(f"{path} has column names, but no row below them", hint)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
