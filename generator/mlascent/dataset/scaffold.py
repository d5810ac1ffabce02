"""What a generated project is told of a new table: its schema, and the bar that a first model must pass."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from mlascent.dataset.profile import Column

LOWER_IS_BETTER = frozenset(("log_loss", "rmse", "mae"))
_WIDTH = 100
_MOST_CATEGORIES = 10
_FAMILIAR = frozenset("ªº°²³¹µ€№§£¢ç")
_HEAD = '''"""What the raw data must look like. Yours to edit: `validate.py` refuses data that differs.

Drawn up from {rows} rows by `mlascent data use`: ranges and categories are guesses to correct.
Types that never change a value on the way: `float`, `"Int64"`, `"boolean"`, `str`,
`"datetime64[ns]"`. A column may be empty in places with `nullable=True`.
"""

import pandera.pandas as pa

SCHEMA = pa.DataFrameSchema(
    {{
'''
_TAIL = """    }},
    strict=True,  # a column that is not named here is refused
    coerce=True,
)

# Shares of the rows.
MOST_UNLABELLED = {unlabelled}  # without a target
LEAST_CLASS = {least}  # of the rarest class, where the target is a class
MOST_DUPLICATES = {duplicates}  # equal to an earlier row in every column that is used
"""


def schema(
    columns: Mapping[str, Column],
    target: str,
    classes: Mapping[str, int],
    dropped: Sequence[str],
    duplicates: float,
) -> str:
    """The source of a project's `schema.py`, as a formatter would leave it.

    Args:
        columns: The profile of the table.
        target: The column to predict.
        classes: Each class and its rows; empty for a regression.
        dropped: Columns that are not used.
        duplicates: The share of rows that repeat an earlier one in every column that is used.
    """
    truth = columns[target]
    rarest = min(classes.values()) / truth.present if classes else 1.0
    lines = [
        line
        for name, column in columns.items()
        for line in _column(column, name == target and bool(classes), name in dropped)
    ]
    tail = _TAIL.format(
        unlabelled=_above(truth.missing / truth.rows, 0.1),
        least=_short(min(0.01, rarest / 2)),
        duplicates=_above(duplicates, 0.05),
    )
    return _HEAD.format(rows=truth.rows) + "".join(f"{line}\n" for line in lines) + tail


def threshold(metric: str, guess: float) -> dict[str, float]:
    """What a model must reach: to be better than one that looks at no feature."""
    if metric in LOWER_IS_BETTER:
        return {"max": _rounded(guess, math.floor)}
    return {"min": _rounded(guess, math.ceil)}


def _column(column: Column, is_class: bool, dropped: bool) -> list[str]:
    kind = _kind(column)
    nullable = ["nullable=True"] if column.missing else []
    head = f"        {_quoted(column.name)}: pa.Column("
    allowed = [] if dropped else _allowed(column, is_class, kind)
    check = [f"pa.Check.isin([{', '.join(allowed)}])"] if allowed else []
    if not dropped and not allowed:
        check = _range_check(column, kind)
    whole = ", ".join([kind, *check, *nullable])
    if _fits(f"{head}{whole}),"):
        return [f"{head}{whole}),"]
    parts = [f"            {part}," for part in (kind, *check, *nullable)]
    if _fits(f"            {whole}"):
        parts = [f"            {whole}"]
    elif allowed and not _fits(parts[1]):
        one_line = f"                [{', '.join(allowed)}]"
        lines = [
            "                [",
            *(f"                    {value}," for value in allowed),
            "                ]",
        ]
        inside = [one_line] if _fits(one_line) else lines
        parts[1:2] = ["            pa.Check.isin(", *inside, "            ),"]
    lines = [head, *parts, "        ),"]
    return [line if _fits(line) else f"{line}  # noqa: E501" for line in lines]


def _kind(column: Column) -> str:
    if column.kind == "number":
        if not column.whole:
            return "float"
        return '"Int64"' if max(-(column.low or 0), column.high or 0) < 2**63 else "str"
    return {"boolean": '"boolean"', "empty": "float"}.get(column.kind, "str")


def _allowed(column: Column, is_class: bool, kind: str) -> list[str]:
    """The values that a column of categories may take, as source."""
    if kind == "str" and column.values and (is_class or len(column.values) <= _MOST_CATEGORIES):
        return [_quoted(value) for value in sorted(column.values)]
    if is_class and kind == '"Int64"':
        return [str(value) for value in sorted(int(float(value)) for value in column.values)]
    return []


def _range_check(column: Column, kind: str) -> list[str]:
    if kind == "str" or column.low is None or column.high is None or column.infinite:
        return []
    low, high = _range(column.low, column.high)
    return [f"pa.Check.in_range({_short(low)}, {_short(high)})"]


def _range(low: float, high: float) -> tuple[float, float]:
    """As far again on each side as the values reach, in round numbers; what is never negative stays so."""
    room = (high - low) or abs(high) or 1.0
    unit = 10.0 ** math.floor(math.log10(room))
    wide_low, wide_high = math.floor((low - room) / unit) * unit, math.ceil((high + room) / unit) * unit
    return (0.0 if low >= 0 else wide_low), (0.0 if high <= 0 else wide_high)


def _quoted(text: str) -> str:
    # As a formatter prefers it, and without characters that a linter takes for others.
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def _escaped(character: str, quote: str) -> str:
    if character in ("\\", quote):
        return f"\\{character}"
    code = ord(character)
    familiar = " " <= character <= "~" or character in _FAMILIAR or 0x3040 <= code <= 0x9FFF
    if familiar or (0xC0 <= code <= 0x17F and character.isalpha() and character not in "ıſ"):
        return character
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"


def _short(number: float) -> str:
    rounded = float(f"{number:.6g}")
    text = repr(int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded)
    return text.replace("e+", "e")


def _above(share: float, least: float) -> str:
    """A quarter more than there is, and never so much that the limit means nothing."""
    room = min(share / 4, (1 - share) / 4)
    return _short(max(least, math.ceil((share + room) * 1e4) / 1e4 if share < 0.99 else share + room))


def _rounded(number: float, towards: Callable[[float], int]) -> float:
    """Three digits, rounded up or down."""
    if not number:
        return 0.0
    digits = 2 - math.floor(math.log10(abs(number)))
    return round(towards(round(number * 10.0**digits, 6)) / 10.0**digits, max(digits, 0))


def _fits(line: str) -> bool:
    wide = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)
    return wide - sum(unicodedata.combining(character) > 0 for character in line) <= _WIDTH
