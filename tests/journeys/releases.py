"""Template versions to update between: this checkout's template, and two that might follow it."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mlascent
from mlascent import bundle, place
from mlascent.history import Tree
from mlascent.source import current

from tests.unit.helpers import git

NEWEST = "v2.0.0"
PACKAGE = Path(mlascent.__file__).parent


@cache
def releases() -> Mapping[str, Tree]:
    """Version → its template, oldest first."""
    first = _with_question(dict(current().files))
    second = _second(dict(first))
    return {"v1.0.0": first, "v1.1.0": second, NEWEST: _third(dict(second))}


@cache
def packed() -> bundle.Bundle:
    """The versions as an installation carries them."""
    loaded: bundle.Bundle = json.loads(zlib.decompress(bundle.pack(releases(), NEWEST)))
    return loaded


def _with_question(tree: Tree) -> Tree:
    """The first version asks something that a later one no longer does."""
    return _edited(
        tree,
        "copier.yml",
        "project_name:\n",
        "nickname: {type: str, default: none, ask: false}\n\nproject_name:\n",
    )


def _second(tree: Tree) -> Tree:
    """Lines change in shared files, and a file comes."""
    tree = _edited(
        tree,
        "template/justfile.jinja",
        "# run the tests\n",
        "# say hello\nhello:\n    @echo hello\n\n# run the tests\n",
    )
    tree = _edited(tree, "template/src/{{ package }}/train.py", "\nimport ", "\n# since v1.1.0\nimport ")
    tree = _edited(tree, "template/.gitignore", "", "/scratch-v1.1.0/\n")
    tree = _edited(
        tree,
        "template/pyproject.toml.jinja",
        "[tool.ruff]\n",
        '[tool.since]\nversion = "1.1.0"\n\n[tool.ruff]\n',
    )
    return _brought(tree, "notebooks/README.md", b"# Notebooks, since v1.1.0\n")


def _third(tree: Tree) -> Tree:
    """A question goes, another comes; a file moves, one goes, one that was shared changes again."""
    tree = _edited(
        tree,
        "copier.yml",
        "nickname: {type: str, default: none, ask: false}\n",
        "motto: {type: str, default: '', ask: false}\n",
    )
    tree = _edited(tree, "template/src/{{ package }}/train.py", "# since v1.1.0\n", "# since v2.0.0\n")
    tree = _edited(tree, "template/README.md.jinja", "", "\nSince v2.0.0.\n")
    tree = _moved(tree, "notebooks/README.md", "notebooks/readme.txt")
    return _moved(tree, "src/{{ package }}/evaluate.py", "src/{{ package }}/evaluation.py")


def _edited(tree: Tree, path: str, old: str, new: str) -> Tree:
    """A file with its first `old` replaced; without `old`, with `new` at its end."""
    path = path if path in tree else f"{path}.jinja"
    mode, content = tree[path]
    text = content.decode()
    assert old in text, (path, old)
    return {**tree, path: (mode, (text.replace(old, new, 1) if old else text + new).encode())}


def _brought(tree: Tree, path: str, content: bytes) -> Tree:
    """With one more file, which every project has."""
    tree = {**tree, f"template/{path}": ("100644", content)}
    return _catalogue(tree, lambda paths: [*paths, path] if "README.md" in paths else paths)


def _moved(tree: Tree, old: str, new: str) -> Tree:
    source = next(p for p in (f"template/{old}", f"template/{old}.jinja") if p in tree)
    target = source.replace(old, new)
    tree = {target if path == source else path: file for path, file in tree.items()}
    return _catalogue(tree, lambda paths: [_renamed(path, old, new) for path in paths])


def _renamed(path: Any, old: str, new: str) -> Any:
    if isinstance(path, dict):
        return {**path, "path": new if path["path"] == old else path["path"]}
    return new if path == old else path


def _catalogue(tree: Tree, change: Any) -> Tree:
    name = "template/capabilities.json"
    book = json.loads(tree[name][1])
    for capability in book["capabilities"]:
        capability["paths"] = change(capability["paths"])
    return {**tree, name: ("100644", json.dumps(book).encode())}


def tagged(directory: Path) -> Path:
    """The versions as a repository with tags, for Copier."""
    directory.mkdir()
    git(directory, "init", "--quiet")
    for version, tree in releases().items():
        for entry in directory.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        place.write(tree, directory)
        git(directory, "add", "--all", "--force", ".")
        git(directory, "commit", "--quiet", "-m", version)
        git(directory, "tag", version)
    return directory


def installed(directory: Path) -> Path:
    """This package as an installation that carries the versions; the folder goes to PYTHONPATH."""
    ignored = shutil.ignore_patterns("__pycache__", bundle.NAME)
    shutil.copytree(PACKAGE, directory / "mlascent", ignore=ignored)
    (directory / "mlascent" / bundle.NAME).write_bytes(bundle.pack(releases(), NEWEST))
    return directory
