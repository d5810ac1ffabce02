"""Compose files."""

from __future__ import annotations

from typing import Any

from mlascent.facts.containers.model import Compose
from mlascent.facts.files import Files
from mlascent.facts.parsing import yaml_file

_MOST_EXTENDS = 10


def compose(files: Files, path: str) -> Compose | None:
    """One file; nothing where it names no services."""
    doc = yaml_file(files, path)
    blocks = {name: block for name, block in doc.table("services").items() if isinstance(block, dict)}
    if not blocks:
        return None
    services = {name: _extended(blocks, name, ()) for name in blocks}
    return Compose(path, services, {name: doc.line("services", name) for name in blocks})


def _extended(blocks: dict[str, dict[str, Any]], name: str, chain: tuple[str, ...]) -> dict[str, Any]:
    """A service with what it extends in the same file; cycles end."""
    block = blocks[name]
    extends = block.get("extends")
    parent = extends.get("service") if isinstance(extends, dict) and "file" not in extends else extends
    if not isinstance(parent, str) or parent not in blocks or parent in chain or len(chain) > _MOST_EXTENDS:
        return block
    return {**_extended(blocks, parent, (*chain, name)), **block}
