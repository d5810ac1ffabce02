"""Change values in a YAML file that a team also edits by hand: comments, order and layout stay."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from mlascent.errors import RefusedError

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


def set_value(text: str, path: Sequence[str], value: Any, name: str = "the file") -> str:
    """Give one key of nested mappings a value; a missing last key is added at the end of its mapping.

    What stands inside a replaced value goes with it, comments included; nothing else changes.

    Args:
        text: The whole file.
        path: The keys that lead to the value, from the root.
        value: A scalar, or a list or mapping, which is written on one line.
        name: What to call the file in an error.

    Raises:
        RefusedError: The file is no YAML, has no such mapping, or is written in a way that this cannot edit.
    """
    before = _loaded(text)
    if isinstance(before, yaml.YAMLError):
        raise RefusedError(f"{name} is not valid YAML: {before}", "Mend it first.")
    edited = _edited(text, path, inline(value), name)
    if _loaded(edited) != _with(before, path, value):
        raise RefusedError(
            f"{name} is written in a way that cannot be edited safely at {'.'.join(path)}",
            "Write that part as plain indented lines, without anchors, and run the command again.",
        )
    return edited


def append(text: str, path: Sequence[str], lines: Sequence[str], name: str = "the file") -> str:
    """Add an item to a list of indented lines.

    Args:
        text: The whole file.
        path: The keys that lead to the list, from the root.
        lines: The item as YAML, without the dash; further lines are indented as the first.
        name: What to call the file in an error.

    Raises:
        RefusedError: The file is no YAML, or has no such list.
    """
    before = _loaded(text)
    if isinstance(before, yaml.YAMLError):
        raise RefusedError(f"{name} is not valid YAML: {before}", "Mend it first.")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for known, value in pairs if known.value == key), None)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise RefusedError(
            f"{name} has no list of indented lines at {'.'.join(path)}", "Bring it back first."
        )
    indent = " " * node.start_mark.column
    added = [f"{indent}- {lines[0]}", *(f"{indent}  {line}" for line in lines[1:])]
    edited = _inserted(text, _end(node), added)
    item = yaml.safe_load("\n".join(lines))
    old: Any = before
    for key in path:
        old = old[key]
    if _loaded(edited) != _with(before, path, [*old, item]):
        raise RefusedError(f"{name} is written in a way that cannot be edited safely at {'.'.join(path)}")
    return edited


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        return error


def inline(value: Any) -> str:
    """A value on one line of YAML, quoted only where it must be."""
    if isinstance(value, dict):
        inside = ", ".join(f"{inline(key)}: {inline(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and yaml.safe_load(value) == value
        quoted = value if plain else json.dumps(value, ensure_ascii=False)
        return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)
    return json.dumps(value)


def _edited(text: str, path: Sequence[str], value: str, name: str) -> str:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for depth, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode) or (node.flow_style and node.value):
            raise RefusedError(
                f"{name}: {'.'.join(path[:depth]) or 'the file'} is not a mapping of indented lines",
                f"It must hold {'.'.join(path)}.",
            )
        pair = next((pair for pair in node.value if pair[0].value == key), None)
        if pair is None:
            if depth < len(path) - 1 or not node.value:
                raise RefusedError(
                    f"{name} has no {'.'.join(path[: depth + 1])}", "Add it and run the command again."
                )
            return _added(text, node, f"{inline(key)}: {value}")
        if depth == len(path) - 1:
            colon = text.index(":", pair[0].end_mark.index) + 1
            end = max(colon, _end(pair[1]))
            end = max(colon, len(text[:end].rstrip("\r\n")))  # a block of text ends with its line
            return f"{text[:colon]} {value}{text[end:]}"
        node = pair[1]
    raise AssertionError("a path has at least one key")


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends; a block's own mark lies beyond the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    if isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style:
        return int(node.start_mark.index)
    return int(node.end_mark.index)


def _added(text: str, node: yaml.MappingNode, line: str) -> str:
    return _inserted(text, _end(node), [f"{' ' * node.value[0][0].start_mark.column}{line}"])


def _inserted(text: str, after: int, lines: Sequence[str]) -> str:
    """The text with lines below the one that holds a position."""
    end_of_line = re.compile(r"\r?\n|$").search(text, len(text[:after].rstrip("\r\n")))
    place = end_of_line.start() if end_of_line else len(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    return text[:place] + "".join(f"{newline}{line}" for line in lines) + text[place:]


def _with(data: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return list(value) if isinstance(value, tuple) else value
    return {**data, path[0]: _with(data.get(path[0]), path[1:], value)}
