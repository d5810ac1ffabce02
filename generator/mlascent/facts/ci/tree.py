"""A place in a parsed file: its value, its line, and what stands below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, yaml_file


@dataclass(frozen=True, slots=True)
class Node:
    """A value in its place.

    Attributes:
        value: Plain data.
        doc: The document that holds it.
        path: Keys and indexes that lead to it.
        file: The document's file.
    """

    value: Any
    doc: Doc
    path: tuple[str | int, ...]
    file: str

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return self.doc.line(*self.path)

    @property
    def start(self) -> int:
        """The line on which its text begins."""
        return self.doc.start(*self.path)

    @property
    def text(self) -> str:
        """A text, number or truth value as text; empty for anything else."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return str(self.value) if isinstance(self.value, str | int | float) else ""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.value is not None

    def __contains__(self, key: str) -> bool:
        """Whether it is a mapping with this key."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, *keys: str | int) -> Node:
        """What stands below it; a node without value where nothing does."""
        value = self.value
        for key in keys:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                value = None
        return Node(value, self.doc, (*self.path, *keys), self.file)

    def put(self, value: Any) -> Node:
        """Another value in the same place."""
        return Node(value, self.doc, self.path, self.file)

    def table(self) -> Iterator[tuple[str, Node]]:
        """Keys and what they hold; nothing where it is no mapping."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(value, self.doc, (*self.path, key), self.file)

    def list(self) -> Iterator[Node]:
        """Its items; a single value is a list of one, and a mapping none."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.doc, (*self.path, index), self.file)
        elif self.value is not None and not isinstance(self.value, dict):
            yield self

    def texts(self) -> tuple[str, ...]:
        """Its items that are texts, or its keys where it is a mapping."""
        if isinstance(self.value, dict):
            return tuple(self.value)
        return tuple(item.text for item in self.list() if item.text)

    def env(self) -> dict[str, str]:
        """A mapping of names to texts."""
        return {key: node.text for key, node in self.table()}


def document(files: Files, path: str) -> Node:
    """The first document of a YAML file."""
    doc = yaml_file(files, path)
    return Node(doc.value, doc, (), path)
