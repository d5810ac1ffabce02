"""The questions of a template: what `copier.yml` asks, and how a value is read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

#: libyaml where it is there: six times as fast.
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str | bytes) -> Any:
    """Read YAML that holds plain values.

    Raises:
        ValueError: It is not YAML.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader either way)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _to_str(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("needs text")
    return str(value)


def _to_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int) or str(int(value)) != str(value).strip():
        raise ValueError("needs a whole number")
    return int(value)


def _to_bool(value: Any) -> bool:
    value = load_yaml(value) if isinstance(value, str) else value
    if not isinstance(value, bool):
        raise ValueError("needs true or false")
    return value


def _to_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else copy.deepcopy(value)


def _to_yaml(value: Any) -> Any:
    return load_yaml(value) if isinstance(value, str) else copy.deepcopy(value)


#: The types of answers that we read; Copier has `float` and `path` besides.
CASTS: Mapping[str, Callable[[Any], Any]] = {
    "bool": _to_bool,
    "int": _to_int,
    "json": _to_json,
    "str": _to_str,
    "yaml": _to_yaml,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: The answer's name.
        kind: One of `CASTS`.
        default: A value, or Jinja that gives one.
        help: What is asked.
        choices: Label → value; empty where anything goes.
        validator: Jinja that says what is wrong with a value, or nothing.
        ask: Whether to ask at all, as Jinja; the default holds otherwise.
        hidden: Computed, never given and never recorded.
    """

    name: str
    kind: str
    default: Any
    help: str
    choices: Mapping[str, Any]
    validator: str
    ask: str | bool
    hidden: bool

    def cast(self, value: Any) -> Any:
        """A given value in the question's type.

        Raises:
            ValueError: It has another type.
        """
        try:
            return CASTS[self.kind](value)
        except (TypeError, ValueError) as error:
            said = str(error) if str(error).startswith("needs ") else f"is not {self.kind}: {error}"
            raise ValueError(said) from error


def question(name: str, raw: Any) -> Question:
    """A question from its entry in `copier.yml`."""
    if not isinstance(raw, Mapping):
        raw = {"default": raw}
    default = raw.get("default")
    kind = raw.get("type") or (type(default).__name__ if type(default).__name__ in CASTS else "yaml")
    choices = raw.get("choices") or {}
    if not isinstance(choices, Mapping):
        choices = {str(choice): choice for choice in choices}
    return Question(
        name=name,
        kind=kind,
        default=default,
        help=raw.get("help", ""),
        choices=choices,
        validator=raw.get("validator", ""),
        ask=raw.get("ask", True),
        hidden=raw.get("when", True) is False,
    )


@cache
def config(source: bytes) -> Mapping[str, Any]:
    """Everything in a `copier.yml`."""
    loaded = load_yaml(source)
    if not isinstance(loaded, Mapping):
        raise ValueError("copier.yml is no mapping")
    return loaded


def questions(source: bytes) -> dict[str, Question]:
    """The questions of a `copier.yml`, in order."""
    return {name: question(name, raw) for name, raw in config(source).items() if not name.startswith("_")}
