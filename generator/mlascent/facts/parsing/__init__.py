"""YAML, TOML and JSON as plain data with line numbers, within bounds.

A value holds what JSON can hold, so that it can be kept between runs: dates are ISO text, and the keys of
YAML are the text that stands in the file (`on` is `on`). Keys that come twice are tolerated: the last one
counts. What is nested too deeply, or grows too large through aliases, is refused with a `ValueError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlascent.facts.files import Files

#: Deeper nesting and more nodes are refused.
MOST_DEPTH = 100
MOST_NODES = 200_000
#: Between the parts of a path in `Doc.at`.
SEPARATOR = "\0"


class MalformedError(ValueError):
    """A text that is not what it should be, and the line from 1 that shows it (0: none)."""

    def __init__(self, said: str, line: int = 0) -> None:
        """Say what is wrong, and where."""
        super().__init__(said)
        self.line = line


@dataclass(frozen=True)
class Doc:
    """A parsed document.

    Attributes:
        value: Plain data.
        at: Path of a key or an item, its parts joined by a NUL → line from 1.
        texts: Likewise, for block texts of YAML (`|`, `>`): the line on which the text begins.
    """

    value: Any
    at: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of a key or an item, or of the nearest thing above it; 1 where nothing is known."""
        parts = [str(part) for part in path]
        while parts:
            found = self.at.get(SEPARATOR.join(parts))
            if found:
                return found
            parts.pop()
        return 1

    def start(self, *path: str | int) -> int:
        """The line on which a text begins: below its key where it is a block."""
        return self.texts.get(SEPARATOR.join(map(str, path))) or self.line(*path)

    def get(self, *path: str | int) -> Any:
        """What stands at a path; nothing where there is no such thing."""
        value = self.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
                value = value[part]
            else:
                return None
        return value

    def table(self, *path: str | int) -> dict[str, Any]:
        """The mapping at a path; empty where there is none."""
        value = self.get(*path)
        return value if isinstance(value, dict) else {}

    def items(self, *path: str | int) -> list[Any]:
        """The list at a path; empty where there is none."""
        value = self.get(*path)
        return value if isinstance(value, list) else []


def yaml_all(text: str) -> list[Doc]:
    """Every document of a YAML text; raises `ValueError` with a `line`."""
    from mlascent.facts.parsing import from_yaml

    return [Doc(*parts) for parts in from_yaml.documents(text)]


def yaml_of(text: str) -> Doc:
    """The first document of a YAML text; raises `ValueError` with a `line`."""
    return next(iter(yaml_all(text)), Doc(None))


def toml_of(text: str) -> Doc:
    """A TOML text; raises `ValueError` with a `line`."""
    from mlascent.facts.parsing import from_toml

    return Doc(*from_toml.document(text))


def json_of(text: str) -> Doc:
    """A JSON text; raises `ValueError` with a `line`."""
    from mlascent.facts.parsing import from_json

    return Doc(*from_json.document(text))


def yaml_docs(files: Files, path: str) -> list[Doc]:
    """Every document of a YAML file; none where it is malformed, which is then a problem."""
    found = files.parsed(path, "yaml/1", _yaml)
    return [Doc(*parts) for parts in found or ()]


def yaml_file(files: Files, path: str) -> Doc:
    """The first document of a YAML file; empty where there is none."""
    return next(iter(yaml_docs(files, path)), Doc(None))


def toml_file(files: Files, path: str) -> Doc:
    """A TOML file; empty where it is malformed."""
    return Doc(*(files.parsed(path, "toml/1", _toml) or (None,)))


def json_file(files: Files, path: str) -> Doc:
    """A JSON file; empty where it is malformed."""
    return Doc(*(files.parsed(path, "json/1", _json) or (None,)))


def bounded(value: Any) -> Any:
    """The same data, refused where it is too deep or too large.

    Raises:
        MalformedError: It is.
    """
    level, total = [value], 0
    for _ in range(MOST_DEPTH + 1):
        total += len(level)
        if total > MOST_NODES:
            raise MalformedError(f"holds more than {MOST_NODES:,} values")
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return value
        level = inner
    raise MalformedError(f"is nested more than {MOST_DEPTH} deep")


def _yaml(text: str) -> Any:
    from mlascent.facts.parsing import from_yaml

    return from_yaml.documents(text)


def _toml(text: str) -> Any:
    from mlascent.facts.parsing import from_toml

    return from_toml.document(text)


def _json(text: str) -> Any:
    from mlascent.facts.parsing import from_json

    return from_json.document(text)
