"""All template versions of a release in one compressed file: what the wheel carries."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mlascent.errors import FailedError
from mlascent.history import Tree

#: The file's name, in the package and at the root of an sdist.
NAME = "templates.json.z"
SCHEMA = 1

#: {schema, latest, versions: {version: {path: [mode, number of the content]}}, contents: [text]}
Bundle = Mapping[str, Any]


def pack(trees: Mapping[str, Tree], latest: str) -> bytes:
    """Pack versions so that the same versions give the same bytes.

    Contents are stored once, those of one path next to each other: they differ little, and compress well.
    """
    paths = sorted({path for tree in trees.values() for path in tree})
    every = (tree[path][1] for path in paths for tree in trees.values() if path in tree)
    numbers = {content: number for number, content in enumerate(dict.fromkeys(every))}
    versions = {
        version: {path: [mode, numbers[content]] for path, (mode, content) in sorted(tree.items())}
        for version, tree in trees.items()
    }
    contents = [content.decode("utf-8", "surrogateescape") for content in numbers]
    whole = {"schema": SCHEMA, "latest": latest, "versions": versions, "contents": contents}
    return zlib.compress(json.dumps(whole, separators=(",", ":")).encode(), 9)


def load(file: Path) -> Bundle:
    """Read a packed file.

    Raises:
        FailedError: It is damaged, or written by an mlascent with another format.
    """
    try:
        packed = json.loads(zlib.decompress(file.read_bytes()))
        if packed["schema"] != SCHEMA:
            raise FailedError(f"{file} has format {packed['schema']}; this mlascent reads {SCHEMA}")
    except (OSError, ValueError, KeyError, zlib.error) as error:
        raise FailedError(f"{file} cannot be read: {error}", "Install mlascent again.") from error
    return cast(Bundle, packed)


def latest(packed: Bundle) -> str:
    """The version that new projects get."""
    return str(packed["latest"])


def versions(packed: Bundle) -> list[str]:
    """The versions it holds, oldest first."""
    return list(packed["versions"])


def files(packed: Bundle, version: str) -> Tree:
    """The files of one version."""
    contents = packed["contents"]
    return {
        path: (mode, contents[number].encode("utf-8", "surrogateescape"))
        for path, (mode, number) in packed["versions"][version].items()
    }
