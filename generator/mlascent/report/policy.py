"""The answers of `mlascent policy` as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlascent.report.check.shared import clean
from mlascent.report.check.text_words import say


def shown(told: Mapping[str, Any], language: str) -> str:
    """What is in force: the layers, then each value and where it comes from."""
    return "\n".join(_shown(told, language))


def _shown(told: Mapping[str, Any], language: str) -> Iterator[str]:
    if not told["layers"]:
        yield say(language, "policy_none")
    for layer in told["layers"]:
        key = "policy_enforces" if layer["enforces"] else "policy_waits"
        state = say(language, key, day=layer["enforce_from"])
        names = {name: clean(str(layer[name])) for name in ("name", "version", "source")}
        yield f"{say(language, 'policy_layer', **names)}: {state}"
        yield f"  {layer['digest']}"
    yield ""
    wide = max(len(value["key"]) for value in told["values"]) + 2
    for value in told["values"]:
        place = value["from"] or say(language, "policy_usual")
        yield f"{value['key']:<{wide}}{clean(_plain(value['value']))}  ({clean(place)})"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        areas = ", ".join(f"{area} {level}" for area, level in value["areas"].items())
        return f"{value['level']}; {areas}"
    return "-" if value is None else str(value)


def tried(told: Mapping[str, Any], language: str) -> str:
    """Each example, and as a difference what it says otherwise than expected."""
    return "\n".join(_tried(told, language))


def _tried(told: Mapping[str, Any], language: str) -> Iterator[str]:
    for example in told["examples"]:
        key = "test_bad" if example["differences"] else "test_ok"
        yield f"{clean(example['directory'])}: {say(language, key)}"
        for one in example["differences"]:
            for sign, side in (("-", "expected"), ("+", "found")):
                if one[side]:
                    yield f"{sign} {one['about']}: {clean(one[side])}"
