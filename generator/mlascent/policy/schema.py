"""Documents against their published JSON schemas; only as much of JSON Schema as those use.

The schemas beside this module are the contract, and other tools read them. A validator of the whole
language would be a dependency of everybody who runs `check`; tests hold that this one agrees with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A published schema: `policy`, `waivers`, `attestations`, `baseline` or `expected`."""
    found: Mapping[str, Any] = json.loads(
        (Path(__file__).parent / "schemas" / f"{name}.schema.json").read_bytes()
    )
    return found


def faults(value: Any, name: str) -> list[tuple[tuple[str | int, ...], str]]:
    """Everything in which a document is not as its schema says: where, and what."""
    whole = schema(name)
    return list(_faults(value, whole, whole, ()))


def _faults(
    value: Any, rule: Mapping[str, Any], whole: Mapping[str, Any], at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if "$ref" in rule:
        rule = whole["$defs"][rule["$ref"].rpartition("/")[2]]
    types = rule.get("type", ())
    types = (types,) if isinstance(types, str) else types
    if types and not any(_is(value, kind) for kind in types):
        yield at, f"must be {' or '.join(_article(kind) for kind in types)}"
        return
    if "const" in rule and value != rule["const"]:
        yield at, f"must be {rule['const']!r}"
    if "enum" in rule and value not in rule["enum"]:
        yield at, f"must be one of {', '.join(map(str, rule['enum']))}"
    if isinstance(value, str):
        yield from ((at, said) for said in _text(value, rule))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < rule.get("minimum", value) or value > rule.get("maximum", value):
            yield at, f"must be from {rule.get('minimum', 'any')} to {rule.get('maximum', 'any')}"
    elif isinstance(value, dict):
        yield from _object(value, rule, whole, at)
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield at, "must not be empty"
        if len(value) > rule.get("maxItems", len(value)):
            yield at, f"has more than {rule['maxItems']} items"
        for number, item in enumerate(value):
            yield from _faults(item, rule.get("items", {}), whole, (*at, number))


def _object(
    value: dict[str, Any], rule: Mapping[str, Any], whole: Mapping[str, Any], at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for key in rule.get("required", ()):
        if key not in value:
            yield (*at, key), "is missing"
    if len(value) < rule.get("minProperties", 0) or len(value) > rule.get("maxProperties", len(value)):
        yield at, "must have exactly one key" if rule.get("maxProperties") == 1 else "must not be empty"
    known, more = rule.get("properties", {}), rule.get("additionalProperties", True)
    names = rule.get("propertyNames")
    for key, item in value.items():
        if key in known:
            yield from _faults(item, known[key], whole, (*at, key))
        elif more is False:
            yield (*at, key), f"is not known; there are {', '.join(known)}"
        else:
            if names:
                yield from _faults(key, names, whole, (*at, key))
            if isinstance(more, dict):
                yield from _faults(item, more, whole, (*at, key))


def _text(value: str, rule: Mapping[str, Any]) -> Iterator[str]:
    if len(value) < rule.get("minLength", 0):
        yield "must not be empty"
    if len(value) > rule.get("maxLength", len(value)):
        yield f"must have at most {rule['maxLength']} characters"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        yield rule.get("description", f"must match {rule['pattern']}")
    if rule.get("format") == "date" and not is_date(value):
        yield 'must be a day as "YYYY-MM-DD"'


def is_date(value: str) -> bool:
    """Whether a text is a day of the calendar, as YYYY-MM-DD."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _article(kind: str) -> str:
    return {"object": "a mapping", "array": "a list", "string": "text", "null": "nothing"}.get(
        kind, f"{'an' if kind == 'integer' else 'a'} {kind}"
    )


def place(at: tuple[str | int, ...]) -> str:
    """A path for a person: `rules[0].check`."""
    told = ""
    for part in at:
        told += f"[{part}]" if isinstance(part, int) else f".{part}" if told else part
    return told or "the file"
