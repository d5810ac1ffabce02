"""The levels of the areas as a picture: inline SVG, with the same in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlascent.report.check.markup import Markup, tag

_MIDDLE = (240.0, 150.0)
_FIRST, _STEP = 12.0, 27.0
_LEVELS = 4


def picture(
    names: Mapping[str, str], levels: Mapping[str, int], demanded: Mapping[str, int], title: str, told: str
) -> Markup:
    """A polygon with a corner an area; level 0 is a small one, not a point.

    Args:
        names: Area id → its name, clockwise from the top.
        levels: Area id → its level, 0 to 4.
        demanded: Area id → the level of the dashed line.
        title: What the picture is.
        told: The same in words, for those who do not see it.
    """
    count = len(names)
    rings = [
        tag("polygon", points=_points([float(level)] * count), class_="ring") for level in range(_LEVELS + 1)
    ]
    axes = [
        tag("line", x1=_n(_MIDDLE[0]), y1=_n(_MIDDLE[1]), x2=_n(x), y2=_n(y), class_="ring")
        for x, y in (_at(number, count, _LEVELS) for number in range(count))
    ]
    numbers = [
        tag("text", str(level), x=_n(_MIDDLE[0] + 4), y=_n(_at(0, count, level)[1] + 11), class_="number")
        for level in range(1, _LEVELS + 1)
    ]
    dots = [
        tag("circle", cx=_n(x), cy=_n(y), r=4, class_="dot")
        for x, y in (_at(number, count, levels[area]) for number, area in enumerate(names))
    ]
    return tag(
        "svg",
        tag("title", title, id="radar-title"),
        tag("desc", told, id="radar-told"),
        *rings,
        *axes,
        *numbers,
        tag("polygon", points=_points([float(demanded[area]) for area in names]), class_="checked"),
        tag("polygon", points=_points([float(levels[area]) for area in names]), class_="shape"),
        *dots,
        *(_label(name, number, count) for number, name in enumerate(names.values())),
        viewBox="0 0 480 300",
        role="img",
        aria_labelledby="radar-title radar-told",
        class_="radar",
    )


def _at(number: int, count: int, level: float, more: float = 0) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    radius = _FIRST + _STEP * level + more
    return _MIDDLE[0] + radius * math.cos(angle), _MIDDLE[1] + radius * math.sin(angle)


def _points(levels: Sequence[float]) -> str:
    at = (_at(number, len(levels), level) for number, level in enumerate(levels))
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in at)


def _label(name: str, number: int, count: int) -> Markup:
    x, y = _at(number, count, _LEVELS, 12)
    side = round(math.cos(2 * math.pi * number / count - math.pi / 2), 6)
    anchor = "middle" if not side else "start" if side > 0 else "end"
    down = 4 if side else (0 if y < _MIDDLE[1] else 10)
    return tag("text", _first_word(name), x=_n(x), y=_n(y + down), text_anchor=anchor, class_="label")


def _first_word(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.strip() else ""


def _n(number: float) -> str:
    return f"{number:.1f}"
