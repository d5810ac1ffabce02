"""Kubernetes objects in YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, yaml_docs

#: Both keys, at the same depth or in a list's item: only such files are parsed.
_LOOKS = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?apiVersion[\"']?[ \t]*:", re.MULTILINE)
_KIND = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?kind[\"']?[ \t]*:", re.MULTILINE)
_TEMPLATED = re.compile(r"\{\{-?\s")
_PASSED_OVER = (".github/", ".gitlab/", ".circleci/", "node_modules/")
_MOST_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Object:
    """One object: where, what, and its body."""

    path: str
    line: int
    api: str
    kind: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Kubernetes:
    """All objects."""

    objects: tuple[Object, ...]

    def of(self, *kinds: str) -> tuple[Object, ...]:
        """Objects of these kinds."""
        return tuple(o for o in self.objects if o.kind in kinds)


def read(files: Files) -> Kubernetes:
    """Read every YAML file that has apiVersion and kind; Helm's templates are not rendered."""
    found: list[Object] = []
    for path in files.ending(".yaml", ".yml"):
        if path.startswith(_PASSED_OVER):
            continue
        text = files.text(path)
        if not _LOOKS.search(text) or not _KIND.search(text) or _is_template(path, text):
            continue
        for doc in yaml_docs(files, path):
            found.extend(_objects(path, doc, doc.value, (), 0))
    return Kubernetes(tuple(found))


def _is_template(path: str, text: str) -> bool:
    """Whether Helm would have to render it first."""
    return "/templates/" in f"/{path}" and bool(_TEMPLATED.search(text))


def _objects(path: str, doc: Doc, value: Any, keys: tuple[str | int, ...], depth: int) -> Iterator[Object]:
    """An object, or those of a List."""
    if not isinstance(value, dict) or depth > _MOST_DEPTH:
        return
    api, kind = value.get("apiVersion"), value.get("kind")
    if not isinstance(api, str) or not isinstance(kind, str):
        return
    if kind.endswith("List") and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield from _objects(path, doc, item, (*keys, "items", index), depth + 1)
        return
    about = value.get("metadata")
    name = about.get("name") or about.get("generateName") if isinstance(about, dict) else ""
    line = doc.line(*keys, "kind")
    yield Object(path, line, api, kind, name if isinstance(name, str) else "", value)
