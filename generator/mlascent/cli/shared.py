"""What every command shares at the terminal: options, printing, errors, asking."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Annotated, Any

import typer

from mlascent.errors import UsageError
from mlascent.report.words import LANGUAGES

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Lang = Annotated[str, typer.Option("--lang", metavar="en|pt", help="Language of what is printed.")]


def show(told: dict[str, Any] | str, quiet: bool = False) -> None:
    """Print a result: data as JSON, text unless nothing is wanted."""
    if isinstance(told, dict):
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif not quiet:
        print(told)


def tell(message: str, hint: str, code: int) -> int:
    """Print an error, one line each, and what to do next; the exit code goes back."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for label, shade, text in (("error:", 31, message), ("hint:", 36, hint)):
        shown = f"\x1b[{shade}m{label}\x1b[0m" if colour else label
        for line in text.splitlines():
            print(shown, line, file=sys.stderr)
    return code


def language_of(lang: str) -> str:
    """A language that we speak.

    Raises:
        UsageError: It is another one.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"--lang: there is no {lang}", f"Choose from {', '.join(LANGUAGES)}.")
    return lang


def somebody_there() -> bool:
    """Whether a person sits at a terminal."""
    return not os.environ.get("CI") and sys.stdin.isatty() and sys.stdout.isatty()


def asker(language: str) -> Any:
    """How to ask, where a person sits at a terminal."""
    if not somebody_there():
        return None
    from mlascent import prompts

    return prompts.asker(language)


def progress(quiet: bool) -> Any:
    """How to tell how far a reading is, where a person waits at a terminal."""
    if quiet or os.environ.get("CI") or not sys.stderr.isatty():
        return None

    begun = time.monotonic()

    def report(done: int, total: int) -> None:
        if time.monotonic() - begun < 1:
            return
        end = "\r" if done < total else "\r\x1b[K"
        print(f"reading: {done / total:4.0%}", end=end, file=sys.stderr, flush=True)

    return report
