"""Change files that exist, all of them or none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlascent.errors import RefusedError

#: Takes a file, and what writes its new content to a path beside it.
Stage = Callable[[Path, Callable[[Path], object]], None]


@contextmanager
def together() -> Iterator[Stage]:
    """Write several files, all or none.

    Yields:
        A function that stages a file. Staged files take their places when the block ends; when it fails,
        Ctrl-C included, everything is as it was. A process that is killed between two files leaves the
        rest staged beside their places, and git shows what was changed.

    Raises:
        RefusedError: A file cannot be written.
    """
    token = f".mlascent-{secrets.token_hex(4)}"
    staged: list[Path] = []
    touched: list[tuple[Path, bool]] = []
    made: list[Path] = []

    def stage(target: Path, write: Callable[[Path], object]) -> None:
        for parent in reversed([parent for parent in target.parents if not parent.exists()]):
            parent.mkdir()
            made.append(parent)
        staged.append(target)
        write(_beside(target, token))
        if target.exists():
            os.chmod(_beside(target, token), target.stat().st_mode)

    try:
        yield stage
        for target in staged:
            touched.append((target, target.exists()))
            if touched[-1][1]:
                os.replace(target, _beside(target, f"{token}-old"))
            os.replace(_beside(target, token), target)
    except BaseException as error:
        for target, was_there in reversed(touched):
            if not was_there:
                target.unlink(missing_ok=True)
            elif (old := _beside(target, f"{token}-old")).exists():
                os.replace(old, target)
        for target in staged:
            _beside(target, token).unlink(missing_ok=True)
        for parent in reversed(made):
            parent.rmdir()
        if isinstance(error, OSError):
            raise RefusedError(f"the project cannot be written: {error}", "Nothing was changed.") from error
        raise
    for target, was_there in touched:
        if was_there:
            _beside(target, f"{token}-old").unlink()


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)
