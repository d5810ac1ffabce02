"""Parsed files, kept between runs by their content."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlascent import __version__

if TYPE_CHECKING:
    import sqlite3

_SCHEMA = (
    "create table if not exists facts (key text primary key, value blob) without rowid",
    "create table if not exists seen (path text primary key, stamp text, digest text) without rowid",
)
#: A larger store starts anew.
_MOST_BYTES = 500_000_000
#: A file that changed within so many seconds may change again and bear the same time.
_SETTLED = 3


def directory() -> Path:
    """Where a person's caches are, as the system has it."""
    given = os.environ.get("MLASCENT_CACHE_DIR")
    if given:
        return Path(given)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "mlascent"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlascent"


class Cache:
    """A store of parsed files. Where it cannot be opened or written, everything is parsed each time.

    A file is known by its content's digest; where its times and size are those of the last run, the digest
    of then is taken, and the file is not read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Remember where the store of this release is; it is opened when it is first asked."""
        self._folder = folder
        self._new: dict[str, bytes] = {}
        self._seen: dict[str, tuple[str, str]] = {}
        self._new_seen: dict[str, tuple[str, str]] = {}
        self._base: sqlite3.Connection | None = None
        self._opened = False

    def _store(self) -> sqlite3.Connection | None:
        if not self._opened:
            self._opened = True
            import sqlite3

            try:
                folder = self._folder or directory()
                folder.mkdir(parents=True, exist_ok=True)
                self._base = sqlite3.connect(
                    folder / f"facts-{__version__}-{sys.implementation.cache_tag}.sqlite", timeout=2
                )
                self._base.execute("pragma journal_mode=wal")
                self._base.execute("pragma synchronous=off")  # a lost cache is no loss
                for table in _SCHEMA:
                    self._base.execute(table)
            except (OSError, RuntimeError, sqlite3.Error):  # RuntimeError: no home directory
                self._base = None
        return self._base

    def _row(self, query: str, key: str) -> Any:
        import sqlite3

        base = self._store()
        if base is None:
            return None
        try:
            return base.execute(query, (key,)).fetchone()
        except sqlite3.Error:  # another run holds it, or it is damaged
            return None

    def prepare(self, root: str) -> None:
        """Take what is known of all files below a directory at once."""
        import sqlite3

        base = self._store()
        query = "select path, stamp, digest from seen where path >= ? and path < ?"
        try:
            rows = base.execute(query, (f"{root}/", f"{root}0")).fetchall() if base else []
        except sqlite3.Error:
            return
        self._seen.update((path, (stamp, digest)) for path, stamp, digest in rows)

    def digest(self, path: str, stamp: str) -> str | None:
        """The digest of a file that is as it was; nothing where it is not."""
        row = self._seen.get(path)
        return row[1] if row and row[0] == stamp else None

    def remember(self, path: str, stamp: str, content: bytes) -> str:
        """Digest a content, and keep that for the next run; the digest."""
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        changed = max(int(part) for part in stamp.split(":")[:2]) / 1e9
        if changed < time.time() - _SETTLED:
            self._new_seen[path] = (stamp, digest)
        return digest

    def get(self, key: str) -> Any:
        """What is kept under a key; nothing where nothing is."""
        if key in self._new:
            return marshal.loads(self._new[key])  # noqa: S302 - the person's own; three times as fast as JSON
        row = self._row("select value from facts where key = ?", key)
        try:
            return marshal.loads(row[0]) if row else None  # noqa: S302
        except (EOFError, TypeError, ValueError):  # damaged
            return None

    def put(self, key: str, value: Any) -> None:
        """Keep plain data under a key."""
        self._new[key] = marshal.dumps(value)

    def close(self) -> None:
        """Write what is new."""
        if self._base is None:
            return
        import sqlite3

        try:
            if self._new or self._new_seen:
                with self._base:
                    self._trim(self._base)
                    self._base.executemany("insert or replace into facts values (?, ?)", self._new.items())
                    seen = ((path, *about) for path, about in self._new_seen.items())
                    self._base.executemany("insert or replace into seen values (?, ?, ?)", seen)
            self._base.close()
        except sqlite3.Error:  # another run holds it, or the disk is full: next time then
            self._new.clear()

    def _trim(self, base: sqlite3.Connection) -> None:
        """Forget everything where years of use have made the store large."""
        pages, size = (base.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "page_size"))
        free = base.execute("pragma freelist_count").fetchone()[0]
        if (pages - free) * size > _MOST_BYTES:
            base.execute("delete from facts")
            base.execute("delete from seen")
