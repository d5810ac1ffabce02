"""YAML from its events, one at a time: nothing is built that was not counted first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from mlascent.facts.parsing import MOST_DEPTH, MOST_NODES, SEPARATOR, MalformedError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Without libyaml, a large file would take minutes.
_MOST_SLOW = 200_000
#: Longer paths have no line number; keys may be of any length.
_LONGEST_PATH = 1_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    spelling: word in ("yes", "true", "on")
    for word in ("yes", "true", "on", "no", "false", "off")
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z")
_OTHER_BASE = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+|b[01]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}
_STANDARD = "tag:yaml.org,2002:"


@dataclass
class _Frame:
    """A list or a mapping that is not closed yet."""

    value: Any
    path: str | None
    anchor: str | None
    before: int
    tag: str | None
    key: str | None = None
    merged: list[dict[str, Any]] = field(default_factory=list)


class _Builder:
    """One document, as it grows."""

    def __init__(self) -> None:
        self.root: Any = None
        self.at: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.count = 0

    def grow(self, number: int, line: int) -> None:
        """Count nodes before they exist."""
        self.count += number
        if self.count > MOST_NODES:
            raise MalformedError(f"holds more than {MOST_NODES:,} values, aliases followed", line)

    def place(self, line: int) -> str | None:
        """The path of the node that comes next; nothing for a key, and for what has no line."""
        if not self.stack:
            return ""
        frame = self.stack[-1]
        if frame.path is None:
            return None
        if isinstance(frame.value, list):
            part = str(len(frame.value))
        elif frame.key is None:
            return None
        else:
            part = frame.key
        path = frame.path + SEPARATOR + part if frame.path else part
        if len(path) > _LONGEST_PATH:
            return None
        self.at.setdefault(path, line)
        return path

    def add(self, value: Any, line: int) -> None:
        """Put a finished node where it belongs."""
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is None:
            frame.key = value if isinstance(value, str) else json.dumps(value)
            path = frame.path + SEPARATOR + frame.key if frame.path else frame.key
            if frame.path is not None and len(path) <= _LONGEST_PATH:
                self.at[path] = line
        else:
            if frame.key == "<<":
                several = value if isinstance(value, list) else [value]
                frame.merged.extend(item for item in several if isinstance(item, dict))
            else:
                frame.value[frame.key] = value
            frame.key = None

    def open(self, value: Any, event: Any) -> None:
        """Begin a list or a mapping."""
        line = event.start_mark.line + 1
        if len(self.stack) >= MOST_DEPTH:
            raise MalformedError(f"is nested more than {MOST_DEPTH} deep", line)
        self.grow(1, line)
        self.stack.append(_Frame(value, self.place(line), event.anchor, self.count - 1, _own(event.tag)))

    def close(self, event: Any) -> None:
        """End it."""
        frame = self.stack.pop()
        for other in frame.merged:
            for key, value in other.items():
                frame.value.setdefault(key, value)
        value = {frame.tag: frame.value} if frame.tag else frame.value
        if frame.anchor:
            self.anchors[frame.anchor] = (value, self.count - frame.before)
        self.add(value, event.start_mark.line + 1)

    def scalar(self, event: Any) -> None:
        """A text, number or the like."""
        line = event.start_mark.line + 1
        self.grow(1, line)
        frame = self.stack[-1] if self.stack else None
        is_key = frame is not None and isinstance(frame.value, dict) and frame.key is None
        path = self.place(line)
        if path and event.style in ("|", ">"):
            self.texts[path] = line + 1
        tag = _own(event.tag)
        text = event.value
        plain = event.implicit[0] or (event.tag or "").startswith(_STANDARD)
        value = text if is_key or not plain or event.tag == _STANDARD + "str" else _resolved(text)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self.add({tag: value} if tag and not is_key else value, line)

    def alias(self, event: Any) -> None:
        """What an anchor stands for, again."""
        line = event.start_mark.line + 1
        if event.anchor not in self.anchors:
            raise MalformedError(f"the alias {event.anchor} stands for nothing, or for itself", line)
        value, size = self.anchors[event.anchor]
        self.grow(size, line)
        self.place(line)
        self.add(value, line)


def _own(tag: str | None) -> str | None:
    """A tag that is not YAML's own, as GitLab's `!reference`."""
    return None if not tag or tag == "!" or tag.startswith(_STANDARD) else tag


def _resolved(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] in "+-.0123456789" and len(text) < 1_000:
        if _INTEGER.match(text):
            return int(text.replace("_", ""))
        if _OTHER_BASE.match(text):
            return int(text, 0)
        if _FLOAT.match(text):
            return float(text.replace("_", ""))
        if text.lower() in _SPECIAL:
            return float(_SPECIAL[text.lower()])
    return text


def documents(text: str) -> list[tuple[Any, dict[str, int], dict[str, int]]]:
    """Value, lines of keys and lines of block texts of every document.

    Raises:
        MalformedError: It is no YAML, or too much of it.
    """
    if _LOADER is yaml.SafeLoader and len(text) > _MOST_SLOW:
        raise MalformedError(f"is larger than {_MOST_SLOW:,} characters, and PyYAML is here without libyaml")
    found = []
    builder = _Builder()
    loader = None
    try:
        loader = _LOADER(text)
        while True:
            event = loader.get_event()
            if isinstance(event, yaml.ScalarEvent):
                builder.scalar(event)
            elif isinstance(event, yaml.MappingStartEvent):
                builder.open({}, event)
            elif isinstance(event, yaml.SequenceStartEvent):
                builder.open([], event)
            elif isinstance(event, yaml.CollectionEndEvent):
                builder.close(event)
            elif isinstance(event, yaml.AliasEvent):
                builder.alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                used, builder = builder.count, _Builder()
                builder.count = used
            elif isinstance(event, yaml.DocumentEndEvent):
                found.append((builder.root, builder.at, builder.texts))
            elif isinstance(event, yaml.StreamEndEvent) or event is None:
                return found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MalformedError(
            f"is no YAML: {error.problem or error.context}", mark.line + 1 if mark else 0
        ) from None
    except yaml.YAMLError as error:
        raise MalformedError(f"is no YAML: {str(error).splitlines()[0]}") from None
    finally:
        if loader is not None:
            loader.dispose()
