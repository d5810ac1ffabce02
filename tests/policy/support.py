"""Policies of a few lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from mlascent.policy import load
from mlascent.policy.model import Policy

HEAD = 'schema: 1\nname: {name}\nversion: "1"\n'


def policy(root: Path, text: str = "", name: str = "acme", file: str = "policy.yml") -> str:
    """A policy file; its path."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(name=name) + dedent(text).lstrip("\n"), encoding="utf-8")
    return str(path)


def loaded(spec: str, root: Path) -> Policy:
    found = load.load(spec, root)
    assert found
    return found
