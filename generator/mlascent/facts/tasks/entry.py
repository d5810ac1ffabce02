"""The file of the repository that a program runs."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from mlascent.facts.files import Files

if TYPE_CHECKING:
    from mlascent.facts.python import Python

SHELLS = {"sh", "bash", "zsh", "dash", "ksh", "source", "."}
_SERVERS = {"uvicorn", "gunicorn", "hypercorn", "granian", "celery", "flask", "fastapi"}
_TARGET = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_]\w*(?:\(\))?\Z")
_NOTEBOOKS = {"papermill", "jupyter", "streamlit", "nbconvert"}


def named(files: Files, python: Python, words: tuple[str, ...], folder: str) -> tuple[tuple[str, ...], str]:
    """Words as a launch has them, and the file of the repository that runs."""
    name = words[0]
    if name == "python" and words[1:2] == ("-m",) and len(words) > 2:
        module = python.named(f"{words[2]}.__main__") or python.named(words[2])
        return (words, module.path) if module else (words[2:], "")
    if name == "python":
        script = next((word for word in words[1:2] if not word.startswith("-")), "")
        place = join(folder, script) if script else ""
        inner = join(place, "__main__.py") if place else ""
        return words, place if place in files else inner if inner in files else ""
    if name in SHELLS:
        script = next((word for word in words[1:] if not word.startswith("-")), "")
        place = join(folder, script)
        return words, place if place in files and "-c" not in words else ""
    if name in _SERVERS:
        for word in words[1:]:
            module = python.named(match[1]) if (match := _TARGET.match(word)) else None
            if module:
                return words, module.path
    if name in _NOTEBOOKS:
        places = (join(folder, word) for word in words[1:] if word.endswith((".ipynb", ".py")))
        return words, next((place for place in places if place in files), "")
    if name in python.scripts:
        module = python.named(python.scripts[name].partition(":")[0])
        return words, module.path if module else ""
    place = join(folder, name)
    if "/" in name or name.endswith((".sh", ".py")):
        return (
            ("python", *words) if name.endswith(".py") and place in files else words
        ), place if place in files else ""
    return words, ""


def join(folder: str, path: str) -> str:
    """A path from the root; the root itself is empty."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined
