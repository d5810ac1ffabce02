"""Compiled template files, kept from one run to the next: compiling takes most of a rendering's time."""

from __future__ import annotations

import os
from functools import partial

from jinja2 import FileSystemBytecodeCache, FunctionLoader, StrictUndefined, Undefined
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment

from mlascent.filters import FILTERS
from mlascent.history import Tree

#: The last environment, with the files that it reads: an update renders most files of a version twice.
_last: list[tuple[Tree, SandboxedEnvironment]] = []


class Cache(FileSystemBytecodeCache):
    """A cache that no rendering depends on: Jinja compares digests of sources, a failure costs time only."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one file; a full or read-only disk may not stop a project from being made."""
        try:
            super().dump_bytecode(bucket)
        except OSError:
            return


def environment(files: Tree, strict: bool, kept: bool) -> SandboxedEnvironment:
    """Jinja over a template's files; asked for the same files again, what it compiled is still there.

    Args:
        files: The template.
        strict: Whether a name that is not there is an error.
        kept: Whether what is compiled is kept for later runs.
    """
    if _last and _last[0][0] is files:
        return _last[0][1]
    jinja = SandboxedEnvironment(
        loader=FunctionLoader(partial(_source, files)),
        keep_trailing_newline=True,
        undefined=StrictUndefined if strict else Undefined,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=cache() if kept else None,
        optimized=False,  # a template is rendered once or twice: folding constants costs more than it saves
    )
    jinja.filters.update(FILTERS)
    _last[:] = [(files, jinja)]
    return jinja


def _source(files: Tree, name: str) -> tuple[str, str, None] | None:
    if name.startswith("="):  # a string's name is its source: Jinja's cache then serves it as well
        return name[1:], name, None
    file = files.get(name)
    return (file[1].decode(), name, None) if file else None


def cache() -> Cache | None:
    """The cache of the person who runs this; nothing where they have no directory for one."""
    base = os.environ.get("MLASCENT_CACHE_DIR") or _usual()
    directory = os.path.join(base, "compiled")
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError:
        return None
    return Cache(directory)


def _usual() -> str:
    if os.name == "nt":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~"), "mlascent", "cache")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mlascent")
