"""What the files of the CI systems run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Where each system's files stand; what the name says after `mlascent-` is the file's concern.
FOLDERS = {"github": ".github/workflows/", "gitlab": ".gitlab/", "azure": ".azure/", "jenkins": ".jenkins/"}
#: Under which keys of its YAML a system keeps what it hands to a shell, in the order in which it does.
KEYS = {
    "github": ("run",),
    "gitlab": ("before_script", "script", "after_script"),
    "azure": ("script",),
}
_NAME = re.compile(r"(?:.*/)?mlascent-(?:[a-z0-9-]+-)?([a-z]+)\.(?:yml|jenkinsfile)")


def system(path: str) -> str | None:
    """The CI system that a file is for."""
    return next(
        (ci for ci, folder in FOLDERS.items() if path.startswith(folder) and _NAME.fullmatch(path)), None
    )


def concern(path: str) -> str:
    """What a CI file is about: ci, build, retrain, release, audit."""
    found = _NAME.fullmatch(path)
    assert found, path
    return found[1]


def commands(path: str, text: str) -> list[str]:
    """What a CI file hands to a shell, in order."""
    ci = system(path)
    if ci == "jenkins":
        return re.findall(r"^ *sh '(.*)'$", text, re.MULTILINE)
    if ci is None:
        return []
    told = values(yaml.load(text, Loader=_Loader), KEYS[ci])
    return [line for value in told for line in value.splitlines()]


def values(node: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """Every text under one of the keys, however deep; of a mapping's keys, in the order given."""
    if isinstance(node, list):
        for item in node:
            yield from values(item, keys)
    elif isinstance(node, dict):
        for key in keys:
            told = node.get(key)
            yield from [told] if isinstance(told, str) else told if isinstance(told, list) else []
        for key, inner in node.items():
            if key not in keys:
                yield from values(inner, keys)


def words(path: str, text: str) -> set[str]:
    """The words of the justfile that a CI file calls."""
    return {word for line in commands(path, text) for word in re.findall(r"\bjust ([a-z][a-z-]*)\b", line)}
