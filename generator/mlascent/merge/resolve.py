"""Settle what only looks like a conflict: lines added beside others, where the file still parses."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Callable
from typing import Any

import yaml


def additions(path: str, marked: bytes, size: int) -> bytes | None:
    """Take what both sides added.

    Args:
        path: Decides the format.
        marked: The merged file with conflict markers that show the base (zdiff3).
        size: Length of the markers.

    Returns:
        The file without markers, or nothing where both sides change the same lines, or the result does not
        parse.
    """
    parse = _parser(path)
    if parse is None:
        return None
    hunk = _hunk(size)
    both = [_both(found["ours"], found["base"], found["theirs"]) for found in hunk.finditer(marked)]
    taken = [text for text in both if text is not None]
    if not both or len(taken) < len(both):
        return None
    rest = iter(taken)
    text = hunk.sub(lambda _: next(rest), marked)
    try:
        parse(text.decode())
    except (ValueError, SyntaxError, yaml.YAMLError, RecursionError):
        return None
    return text


def _both(ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
    """The lines of a hunk with both sides' additions, the template's first; one side may change the rest."""
    if not base.strip():
        return _joined(theirs, ours)
    if theirs.startswith(base):
        return _joined(ours, theirs[len(base) :])
    if theirs.endswith(base):
        return _joined(theirs[: -len(base)], ours)
    if ours.startswith(base):
        return _joined(theirs, ours[len(base) :])
    if ours.endswith(base):
        return _joined(ours[: -len(base)], theirs)
    return None


def _hunk(size: int) -> re.Pattern[bytes]:
    marks = [re.escape(mark * size) for mark in (b"<", b"|", b"=", b">")]
    pattern = rb"^%s [^\n]*\n(?P<ours>.*?)^%s [^\n]*\n(?P<base>.*?)^%s\r?\n(?P<theirs>.*?)^%s [^\n]*(?:\n|\Z)"
    return re.compile(pattern % tuple(marks), re.MULTILINE | re.DOTALL)


def _joined(first: bytes, second: bytes) -> bytes:
    return first + (b"" if not first or first.endswith(b"\n") else b"\n") + second


def _parser(path: str) -> Callable[[str], Any] | None:
    name = posixpath.basename(path)
    if name.endswith(("ignore", ".gitattributes")):
        return str
    return _PARSERS.get(posixpath.splitext(name)[1])


def _toml(text: str) -> Any:
    import tomllib  # few updates need it, and all would wait for it

    return tomllib.loads(text)


def _json(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, as the YAML specification does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one mapping."""
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return mapping


def _yaml(text: str) -> Any:
    return list(yaml.load_all(text, _UniqueKeys))


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": _toml,
    ".json": _json,
    ".ipynb": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".py": ast.parse,
    ".md": str,
}
