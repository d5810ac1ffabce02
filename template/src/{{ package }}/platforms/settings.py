"""What `infra/PLATFORM/settings.yaml` says, and the variables that stand above it.

No secrets stand there. A variable PLATFORM_KEY, such as SAGEMAKER_REGION or AZUREML_WORKSPACE,
stands above the key of its name, where that key holds one plain value: CI and another account need
no edit.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from . import FailedError, name

Settings = dict[str, Any]
ANY = "*"  # in KEYS: whatever the team calls it, each of the same shape
SORTS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def path() -> Path:
    """Where the settings stand. Commands run from the project's root."""
    return Path("infra", name(), "settings.yaml")


def load() -> Settings:
    """Read the settings; empty text means that something is not decided yet.

    Raises:
        FailedError: the file is absent, or not as the platform's `keys.py` says; all is told.
    """
    file, keys = path(), import_module(f"{__package__}.{name()}.keys").KEYS
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FailedError(
            f"{file} is not there: run this in the project's root, or `git checkout {file}`"
        ) from None
    except yaml.YAMLError as error:
        raise FailedError(f"{file} is no YAML: {error}") from None
    told = {key: value for key, value in told.items()} if isinstance(told, dict) else told
    problems: list[str] = []
    if isinstance(told, dict):
        problems += variables(told, keys)
    problems += wrong(told, keys, "the file")
    if problems:
        raise FailedError("\n  ".join([f"{file}:", *problems]))
    return dict(told)


def variables(told: Settings, keys: Settings) -> list[str]:
    """Put the environment's variables above the file's values; what cannot be read is told."""
    problems = []
    for key, sort in keys.items():
        variable = f"{name()}_{key}".upper()
        if not isinstance(sort, type) or not (value := os.environ.get(variable)):
            continue
        found: Any = value if sort is str else yaml.safe_load(value)
        if not fits(found, sort):
            problems.append(f"{variable}: expected {SORTS[sort]}, found {value!r}")
        told[key] = found
    return problems


def wrong(told: Any, sort: Any, where: str) -> list[str]:
    """Compare a value with its shape: a type, a list of one shape, or a mapping of shapes."""
    if isinstance(sort, type):
        return [] if fits(told, sort) else [f"{where}: expected {SORTS[sort]}, found {told!r}"]
    if isinstance(sort, list):
        if not isinstance(told, list):
            return [f"{where}: expected a list, found {told!r}"]
        return [problem for item in told for problem in wrong(item, sort[0], f"{where}, an item")]
    if not isinstance(told, dict):
        return [f"{where}: expected `name: value` lines, found {told!r}"]
    place = "" if where == "the file" else f"{where}."
    if ANY in sort:
        return [p for key, item in told.items() for p in wrong(item, sort[ANY], f"{place}{key}")]
    problems = [f"{place}{key} is not known" for key in told if key not in sort]
    for key, inner in sort.items():
        absent = [f"{place}{key} is missing"]
        problems += wrong(told[key], inner, f"{place}{key}") if key in told else absent
    return problems


def fits(value: Any, sort: type) -> bool:
    """Whether a value is of a type: `true` is no number, and a whole number is one."""
    if sort is bool or isinstance(value, bool):
        return sort is bool and isinstance(value, bool)
    return isinstance(value, (int, float) if sort is float else sort)


def need(*names: str) -> Settings:
    """The settings, of which these must be decided.

    Raises:
        FailedError: some are empty; all are told at once.
    """
    told = load()
    if empty := [key for key in names if told[key] in ("", [], {}, None)]:
        variables_ = ", ".join(f"{name()}_{key}".upper() for key in empty)
        raise FailedError(
            f"{path()} does not say {', '.join(empty)}: write it there, or set {variables_}"
        )
    return told


def environment(which: str) -> Settings:
    """What the settings say of one environment.

    Raises:
        FailedError: there is none of that name.
    """
    known: Settings = load()["environments"]
    if which not in known:
        raise FailedError(f"{path()} has no environment {which}, only {', '.join(known)}")
    return dict(known[which])
