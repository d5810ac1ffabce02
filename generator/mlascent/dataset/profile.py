"""What stands in each column: kind, missing values, range, distinct values, and what follows the target.

One pass over the file, in bounded memory. Kinds are those that pandas will find: mlascent itself has no
pandas, and starts in a tenth of the time for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlascent.dataset import plain, reading
from mlascent.dataset.leaks import Leaks, as_number
from mlascent.dataset.plain import Mending
from mlascent.dataset.reading import Form, Progress

#: What pandas reads as an absent value.
MISSING = frozenset(
    [
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
        *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    ]
)
#: Columns with more distinct values than this have them counted only up to `MOST_DISTINCT`.
MOST_VALUES = 200
MOST_DISTINCT = 10_000
NOTHING = Mending()
_SAMPLE = 200
_FEW = 5
_BOOLEANS = frozenset(("True", "TRUE", "true", "False", "FALSE", "false"))
_DECIMAL_COMMA = re.compile(r"\s*[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?\s*")
_THOUSANDS_COMMA = re.compile(r"\s*[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?\s*")
_FRACTION_MARKS = frozenset(".eEnN")


@dataclass(slots=True)
class Column:
    """One column as it was found.

    Attributes:
        name: Its name, cleaned.
        kind: `number`, `boolean`, `text` or `empty`.
        rows: How many rows were read.
        missing: How many of them have no value.
        distinct: How many different values there are, counted up to `MOST_DISTINCT`.
        whole: A number column without fractions.
        low: Its smallest number.
        high: Its largest number.
        mean: The mean of its numbers.
        deviation: Their standard deviation.
        longest: The length of the longest value, in characters.
        values: Every value and how often it stands there, where there are at most `MOST_VALUES`.
        sample: Some values, to recognise dates and personal data by.
        comma: Every value is a number, if the comma is read as the decimal sign.
        thousands: Every value is a number, if commas part thousands.
        almost: The few values that keep the column from being numbers, where there are few.
        infinite: Whether a number is infinite.
        zeros: Whether numbers are written with zeros in front, as codes are.
        follows_target: `same` as the target, `renamed` (one to one), `ordered` (puts the rows in its order),
            `decides` (each of its values has one target); empty when it does not.
    """

    name: str
    kind: str = "empty"
    rows: int = 0
    missing: int = 0
    distinct: int = 0
    whole: bool = False
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    deviation: float | None = None
    longest: int = 0
    values: dict[str, int] = field(default_factory=dict)
    sample: tuple[str, ...] = ()
    comma: bool = False
    thousands: bool = False
    almost: dict[str, int] = field(default_factory=dict)
    infinite: bool = False
    zeros: bool = False
    follows_target: str = ""

    @property
    def present(self) -> int:
        """How many rows have a value."""
        return self.rows - self.missing


def profile(
    path: Path,
    written: Form,
    target: str,
    classes: bool,
    mending: Mending = NOTHING,
    progress: Progress | None = None,
) -> dict[str, Column]:
    """Read the whole file once and describe its columns, in their order.

    Args:
        path: The file.
        written: How it is written.
        target: The column to predict, by its cleaned name.
        classes: Whether the target is to be a class, rather than a number.
        mending: What to change in the values before looking at them.
        progress: Told how far the reading is.

    Raises:
        RefusedError: A row has more or fewer values than the header, or cannot be read.
    """
    names = reading.clean(written.header)
    tallies = [_Tally(name) for name in names]
    leaks = Leaks(len(names), names.index(target), classes)
    for rows in plain.mended(path, written, mending, progress):
        columns = list(zip(*rows, strict=True))
        for tally, values in zip(tallies, columns, strict=True):
            tally.add(values)
        leaks.add(columns)
    found = [tally.column() for tally in tallies]
    for place, column in enumerate(found):
        if column.kind != "empty":
            column.follows_target = leaks.verdict(place, column.rows)
    return {column.name: column for column in found}


class _Tally:
    """What is known of a column so far."""

    def __init__(self, name: str) -> None:
        self.found = Column(name)
        self.number = self.whole = self.comma = self.thousands = True
        self.commas = False
        self.numbers = 0
        self.low, self.high = float("inf"), float("-inf")
        self.origin: float | None = None
        self.sum = self.squares = 0.0
        self.counts: Counter[str] | None = Counter()
        self.seen: set[int] = set()
        self.odd: Counter[str] | None = Counter()

    def add(self, values: Sequence[str]) -> None:
        found = self.found
        present = [value for value in values if value not in MISSING]
        found.rows += len(values)
        found.missing += len(values) - len(present)
        if not present:
            return
        found.longest = max(found.longest, max(map(len, present)))
        if not found.sample:
            found.sample = tuple(dict.fromkeys(value[:100] for value in present[:_SAMPLE]))
        if len(self.seen) < MOST_DISTINCT:
            self.seen.update(map(hash, present))
        if self.counts is not None:
            self.counts.update(present)
            if len(self.counts) > MOST_VALUES or found.longest > 1000:
                self.counts = None
        if self.number or self.odd is not None:
            self._measure(present)
        if not self.number:
            self._look_for_commas(present)

    def _measure(self, present: list[str]) -> None:
        joined = "".join(present)
        try:
            # Python reads 1_000 and other scripts' digits as numbers; pandas does not.
            if "_" in joined or not joined.isascii():
                raise ValueError
            numbers = list(map(float, present))
        except ValueError:
            self.number = False
            numbers = self._without_odd(present)
        if not numbers:
            return
        self.whole = self.whole and _FRACTION_MARKS.isdisjoint(joined)
        self.numbers += len(numbers)
        self.low, self.high = min(self.low, min(numbers)), max(self.high, max(numbers))
        if self.origin is None:
            self.origin = numbers[0]
        # Measured from the first value: far from zero, squares of the values themselves lose the difference.
        shifted = [number - self.origin for number in numbers]
        self.sum += sum(shifted)
        self.squares += sum([number * number for number in shifted])

    def _without_odd(self, present: list[str]) -> list[float]:
        numbers = []
        for value in present:
            number = as_number(value)
            if number is not None:
                numbers.append(number)
            elif self.odd is not None:
                self.odd[value] += 1
                if len(self.odd) > _FEW:
                    self.odd = None
                    return []
        if self.odd is not None and self.odd.total() > self.numbers + len(numbers):
            self.odd = None  # text, and not numbers with gaps
        return numbers

    def _look_for_commas(self, present: list[str]) -> None:
        self.comma = self.comma and all(map(_DECIMAL_COMMA.fullmatch, present))
        self.thousands = self.thousands and all(map(_THOUSANDS_COMMA.fullmatch, present))
        if not self.commas and (self.comma or self.thousands):
            self.commas = "," in "".join(present)

    def column(self) -> Column:
        found = self.found
        found.distinct = min(len(self.seen), MOST_DISTINCT)
        found.values = dict(self.counts.most_common()) if self.counts else {}
        if not found.present:
            return found
        if found.values and _BOOLEANS.issuperset(found.values):
            found.kind = "boolean"
        elif self.number:
            found.kind, found.whole = "number", self.whole
            found.low, found.high = self.low, self.high
            found.infinite = float("inf") in (-self.low, self.high)
            found.zeros = found.whole and any(
                len(value) > 1 and value[0] == "0" and value.isdigit() for value in found.sample
            )
            if self.origin is not None and not found.infinite:
                mean = self.sum / self.numbers
                found.mean = self.origin + mean
                found.deviation = max(0.0, self.squares / self.numbers - mean * mean) ** 0.5
        else:
            found.kind = "text"
            found.comma, found.thousands = self.commas and self.comma, self.commas and self.thousands
            if self.odd and self.numbers > self.odd.total():
                found.almost = dict(self.odd)
        return found
