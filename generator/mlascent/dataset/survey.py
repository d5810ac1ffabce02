"""Look at a whole file: how it is written, what must be mended, what stands in its columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlascent.dataset import plain, reading
from mlascent.dataset.plain import Mending
from mlascent.dataset.profile import MISSING, Column, profile
from mlascent.dataset.reading import Form, Progress
from mlascent.errors import UsageError

#: Where they alone keep a column from being numbers, these mean that a value is absent.
_PLACEHOLDERS = frozenset(("", "?", "-", "--", ".", "*", "nd", "n/d", "unknown", "missing", "not available"))
#: A byte for each slot: 16 MiB tell ten million different rows from each other to a thousandth.
_SLOTS = 2**24


@dataclass(frozen=True, slots=True)
class Survey:
    """A file and what was found in it.

    Attributes:
        path: The file, as CSV.
        form: How it is written.
        mending: What must change in its values for pandas to read them as they are meant.
        columns: What stands in its columns once that is done.
        filled: Column → the placeholders that count as absent values.
    """

    path: Path
    form: Form
    mending: Mending
    columns: Mapping[str, Column]
    filled: Mapping[str, Sequence[str]]

    @property
    def plain(self) -> bool:
        """Whether pandas reads the file as it is meant, without being told anything."""
        return self.form.plain and not self.mending


def survey(
    path: Path,
    form: Form,
    target: str,
    classes: bool,
    *,
    missing: Sequence[str] = (),
    decimal: str | None = None,
    progress: Progress | None = None,
) -> Survey:
    """Read a file once; twice where its values need mending.

    Args:
        path: The file.
        form: How it is written.
        target: The column to predict.
        classes: Whether that is to be a class.
        missing: Values that mean an absent one, in any column.
        decimal: The decimal sign of columns that write numbers with commas.
        progress: Told how far the reading is.

    Raises:
        UsageError: `decimal` is no decimal sign.
        RefusedError: A row has more or fewer values than the header, or cannot be read.
    """
    if decimal not in (None, ",", "."):
        raise UsageError(f"--decimal: {decimal!r} is no decimal sign", "Give `,` or `.`.")
    named = frozenset(token.strip() for token in missing)
    everywhere = dict.fromkeys(range(len(form.header)), named) if named else {}
    columns = profile(path, form, target, classes, Mending(everywhere), progress)
    absent, commas, filled = dict(everywhere), set(), {}
    for place, (name, column) in enumerate(columns.items()):
        tokens = {token.strip() for token in column.almost}
        if tokens and tokens <= _PLACEHOLDERS:
            absent[place] = absent.get(place, frozenset()) | tokens
            filled[name] = sorted(column.almost)
        if (decimal == "," and column.comma) or (decimal == "." and column.thousands):
            commas.add(place)
    mending = Mending(absent, frozenset(commas), decimal or ".")
    if commas or filled:
        columns = profile(path, form, target, classes, mending, progress)
    return Survey(path, form, mending, columns, filled)


def repeats(found: Survey, target: str, features: Sequence[str]) -> float:
    """The share of labelled rows that repeat an earlier one in the target and every feature.

    Rows are told apart by the slot that their hash falls into, and counted by how many slots stay empty
    (linear counting: Whang et al., 1990), so memory does not grow with the file.
    """
    names = reading.clean(found.form.header)
    used = [place for place, name in enumerate(names) if name == target or name in features]
    truth, total, slots = names.index(target), 0, bytearray(_SLOTS)
    for rows in plain.mended(found.path, found.form, found.mending):
        for row in rows:
            if row[truth] not in MISSING:
                slots[hash(tuple([row[place] for place in used])) % _SLOTS] = 1
                total += 1
    different = -_SLOTS * math.log(slots.count(0) / _SLOTS)
    return max(0.0, 1 - different / total) if total else 0.0
