"""Programs that Python code starts, as far as their words are literal."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from mlascent.facts.python.literal import literal

STARTERS = {
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
    "subprocess.Popen", "os.system", "os.popen",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
}  # fmt: skip


def started(node: ast.expr, known: Mapping[str, Any]) -> list[list[str]]:
    """The words of each program, up to the first word that is not known.

    Args:
        node: What is given to `subprocess.run` and the like.
        known: Names whose value is known; `each NAME` are the rows that a loop's variable goes through.
    """
    stars = (item.value for item in ast.walk(node) if isinstance(item, ast.Starred))
    loop = next((star.id for star in stars if isinstance(star, ast.Name) and f"each {star.id}" in known), "")
    rows = known[f"each {loop}"] if loop else [None]
    found: list[list[str]] = []
    for row in rows:
        words = literal(node, {**known, loop: row} if loop else known)
        if isinstance(words, str):
            found.append(["sh", "-c", words])
        elif isinstance(words, list):
            end = next((at for at, word in enumerate(words) if not isinstance(word, str)), len(words))
            found += [words[:end]] if end else []
    return found
