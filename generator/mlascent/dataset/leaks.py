"""Whether a column gives the target away. A model that learns from such a column knows nothing."""

from __future__ import annotations

from collections.abc import Sequence

#: Pairs of values that are remembered for each column.
MOST_PAIRS = 200
#: Rows whose order is compared; a straight line shows in far fewer.
_MOST_ROWS = 20_000
_MOST_CELLS = 4_000_000


class Leaks:
    """What the columns have said of the target so far."""

    def __init__(self, width: int, target: int, classes: bool) -> None:
        """Watch a table.

        Args:
            width: How many columns it has.
            target: The target's place.
            classes: Whether the target is a class; a number is followed by its order alone.
        """
        self._target, self._classes = target, classes
        self._same = [place != target for place in range(width)]
        self._pairs: list[set[tuple[str, str]] | None] = [set() for _ in range(width)]
        self._most = min(_MOST_ROWS, _MOST_CELLS // width)
        self._kept: list[list[str]] = [[] for _ in range(width)]

    def add(self, columns: Sequence[Sequence[str]]) -> None:
        """Look at some rows, given by columns."""
        truth = columns[self._target]
        room = self._most - len(self._kept[self._target])
        for place, values in enumerate(columns):
            self._same[place] = self._same[place] and values == truth
            pairs = self._pairs[place]
            if pairs is not None:
                pairs.update(zip(values, truth, strict=True))
                if len(pairs) > MOST_PAIRS:
                    self._pairs[place] = None
            if room > 0:
                self._kept[place].extend(values[:room])

    def verdict(self, place: int, rows: int) -> str:
        """`same`, `renamed`, `ordered`, `decides`, or nothing.

        Args:
            place: The column's.
            rows: How many rows there were.
        """
        if place == self._target:
            return ""
        if self._same[place]:
            return "same"
        pairs = self._pairs[place]
        if pairs and self._classes:
            values, truths = ({pair[side] for pair in pairs} for side in (0, 1))
            if 1 < len(values) == len(pairs):
                if len(truths) == len(pairs):
                    return "renamed"
                if len(values) <= rows // 10 and len(truths) > 1:
                    return "decides"
        return "ordered" if self._ordered(place) else ""

    def _ordered(self, place: int) -> bool:
        """Whether the column puts the rows in the target's order (Spearman's correlation above 0.999)."""
        both = [
            (x, y)
            for one, other in zip(self._kept[place], self._kept[self._target], strict=True)
            if (x := as_number(one)) is not None and (y := as_number(other)) is not None
        ]
        if len(both) < 10:
            return False
        xs, ys = (_centred_ranks([pair[side] for pair in both]) for side in (0, 1))
        spread = (sum(x * x for x in xs) * sum(y * y for y in ys)) ** 0.5
        together = sum(x * y for x, y in zip(xs, ys, strict=True))
        return bool(spread > 0 and abs(together) / spread > 0.999)


def as_number(value: str) -> float | None:
    """A value as pandas reads it; Python alone would take 1_000 and other scripts' digits."""
    if "_" in value or not value.isascii():
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return None if number != number else number


def _centred_ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, equal ones sharing their mean, less the mean rank."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start, middle = [0.0] * len(values), 0, (len(values) - 1) / 2
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 - middle
        start = end + 1
    return ranks
