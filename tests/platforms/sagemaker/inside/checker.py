"""Hold requests to AWS against botocore's service model, whole.

botocore itself checks types, required and unknown members and minima. It checks no enum, no pattern and no
maximum; AWS does, and refuses. This does too, and works on the steps of a pipeline definition, where a
variable may stand for any value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session

#: What the classes of Unicode in AWS's patterns are in Python's.
CLASSES = {r"\p{L}": r"^\W\d_", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\p{P}": r"!-/:-@\[-`{-~", r"\p{M}": ""}
NUMBERS = {"integer": int, "long": int, "float": (int, float), "double": (int, float)}


@cache
def model(service: str) -> Any:
    """The model of a service, as botocore brings it."""
    return botocore.session.get_session().get_service_model(service)


def problems(service: str, operation: str, request: Any) -> list[str]:
    """All that AWS would refuse in a request.

    Args:
        service: As boto3 names it, such as `sagemaker`.
        operation: As AWS names it, such as `CreateTrainingJob`.
        request: The arguments.
    """
    return list(_check(request, model(service).operation_model(operation).input_shape, operation))


def variable(value: Any) -> bool:
    """Whether a value stands in a pipeline definition for one that is known when it runs."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Get", "Std:"))


def _check(value: Any, shape: Any, where: str) -> Iterator[str]:
    if variable(value):
        return
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(value, shape, where)
    elif kind == "list":
        if not isinstance(value, list | tuple):
            yield f"{where}: type: a list is expected, not {value!r}"
            return
        yield from _size(len(value), shape, where, "items")
        for number, item in enumerate(value):
            yield from _check(item, shape.member, f"{where}[{number}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{where}: type: a mapping is expected, not {value!r}"
            return
        yield from _size(len(value), shape, where, "entries")
        for key, item in value.items():
            yield from _check(key, shape.key, f"{where}({key!r})")
            yield from _check(item, shape.value, f"{where}[{key!r}]")
    else:
        yield from _scalar(value, shape, where)


def _structure(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: type: a structure is expected, not {value!r}"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{where}.{name}: missing"
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{where}: union: exactly one of {', '.join(shape.members)} is expected"
    for name, item in value.items():
        if name in shape.members:
            yield from _check(item, shape.members[name], f"{where}.{name}")
        else:
            yield f"{where}.{name}: unknown"


def _scalar(value: Any, shape: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "string":
        if not isinstance(value, str):
            yield f"{where}: type: a string is expected, not {value!r}"
            return
        yield from _size(len(value), shape, where, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{where}: enum: {value!r} is none of {', '.join(shape.enum)}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(_python(pattern), value):
            yield f"{where}: pattern: {value!r} does not match {pattern}"
    elif kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, NUMBERS[kind]):
            yield f"{where}: type: {kind} is expected, not {value!r}"
            return
        yield from _size(value, shape, where, "")
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{where}: type: a boolean is expected, not {value!r}"
    elif kind == "timestamp" and not isinstance(value, datetime | int | float | str):
        yield f"{where}: type: a time is expected, not {value!r}"
    elif kind == "blob" and not isinstance(value, bytes | bytearray | str) and not hasattr(value, "read"):
        yield f"{where}: type: bytes are expected, not {value!r}"


def _size(found: float, shape: Any, where: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    what = f"{found} {unit}".strip()
    if low is not None and found < low:
        yield f"{where}: min: {what}, at least {low}"
    if high is not None and found > high:
        yield f"{where}: max: {what}, at most {high}"


@cache
def _python(pattern: str) -> str:
    """AWS's pattern in the words of Python's `re`."""
    pattern = pattern.replace(r"\p{ASCII}*", r"[\x00-\x7f]*")
    # A class that is negated cannot hold another negated one: letters become word characters there.
    for name, words in CLASSES.items():
        pattern = pattern.replace(name, r"\w" if words.startswith("^") else words)
    pattern = re.sub(r"\$\{\d+,\d+\}$", "$", pattern)  # AWS repeats an end; no other dialect can
    if r"\p{" in pattern:
        raise NotImplementedError(f"a class of characters that this does not know: {pattern}")
    return pattern
