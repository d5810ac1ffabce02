"""The files of a repository: which there are, and what is in them, within bounds.

Nothing of the repository is executed, no link is followed, and nothing outside is read. A file that is too
large or cannot be parsed becomes a problem with its name, never an exception.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlascent.facts import listing
from mlascent.facts.cache import Cache
from mlascent.facts.listing import LINK, File

#: Larger files are known by name and size only.
MOST_BYTES = 2_000_000
#: More files than this are not looked at; the report says so.
MOST_FILES = 200_000


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A file that could not be read as what it is.

    Attributes:
        path: Relative to the repository's root.
        said: What is wrong with it.
        line: Where, from 1; 0 where no line is to blame.
    """

    path: str
    said: str
    line: int = 0


class Files:
    """The files that git tracks or would track, or all files where there is no git."""

    def __init__(self, root: Path, cache: Cache | None = None) -> None:
        """Look at nothing yet.

        Args:
            root: The repository's root, or a project's directory in it.
            cache: Where parsed files are kept between runs.
        """
        self.root = Path(os.path.realpath(root))
        self.problems: set[Problem] = set()
        self._cache = cache
        self._parsed: dict[tuple[str, str], Any] = {}
        self._prepared = False

    @cached_property
    def all(self) -> dict[str, File]:
        """Path → file, sorted by path."""
        found = self._listed
        if found is None:
            found = listing.walked(self.root, MOST_FILES)
        if len(found) > MOST_FILES:
            self.problems.add(Problem("", f"more than {MOST_FILES:,} files; the others were not looked at"))
        return {file.path: file for file in sorted(found, key=lambda file: file.path)[:MOST_FILES]}

    @cached_property
    def in_git(self) -> bool:
        """Whether git tracks the directory."""
        return self._listed is not None

    @cached_property
    def prefix(self) -> str:
        """Where the directory is in its repository: empty at the root, or as `projects/churn/`."""
        if self.in_git and not (self.root / ".git").exists():
            for folder in self.root.parents:
                if (folder / ".git").exists():
                    return self.root.relative_to(folder).as_posix() + "/"
        return ""

    @cached_property
    def outer(self) -> Files:
        """The files of the whole repository: these, or those of the root above them."""
        if not self.prefix:
            return self
        return Files(self.root.parents[self.prefix.count("/") - 1], self._cache)

    @cached_property
    def _listed(self) -> list[File] | None:
        return listing.listed(self.root)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self.all:
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return names

    @cached_property
    def _by_ending(self) -> dict[str, list[str]]:
        endings: dict[str, list[str]] = {}
        for path in self.all:
            endings.setdefault(os.path.splitext(path)[1], []).append(path)
        return endings

    @cached_property
    def folders(self) -> frozenset[str]:
        """Paths of all folders that hold a file; the root is empty."""
        found = {""}
        for path in self.all:
            folder = path.rpartition("/")[0]
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def named(self, *names: str) -> list[str]:
        """Paths whose last part is one of these names."""
        return sorted(path for name in names for path in self._by_name.get(name, ()))

    def ending(self, *endings: str) -> list[str]:
        """Paths that end in one of these (`.py`)."""
        return sorted(path for ending in endings for path in self._by_ending.get(ending, ()))

    def match(self, *patterns: str) -> list[str]:
        """Paths that match a shell pattern; `*` crosses slashes."""
        regex = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
        return [path for path in self.all if regex.match(path)]

    def under(self, folder: str) -> list[str]:
        """Paths below a folder."""
        return [path for path in self.all if path.startswith(folder.rstrip("/") + "/")]

    def __contains__(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self.all

    def bytes(self, path: str) -> bytes:
        """The content of a file; empty for a link, a missing file, and one that is too large."""
        file = self.all.get(path)
        if file is None or not file.mode.startswith("100"):
            return b""
        if file.size > MOST_BYTES:
            self.problems.add(Problem(path, f"{file.size:,} bytes are too many to read"))
            return b""
        # A link or a pipe may have taken the file's place since it was listed.
        flags = (
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0)
        )
        try:
            with open(os.open(self.root / path, flags), "rb") as stream:
                return stream.read(MOST_BYTES) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""
        except FileNotFoundError:  # deleted since
            return b""
        except OSError as error:
            self.problems.add(Problem(path, f"cannot be read: {error.strerror or error}"))
            return b""

    def text(self, path: str) -> str:
        """The text of a file, read as UTF-8; what is not is replaced."""
        return self.bytes(path).decode("utf-8", errors="replace").removeprefix("\ufeff")

    def parsed(self, path: str, kind: str, parse: Callable[[str], Any]) -> Any:
        """What a parser makes of a file, kept by the file's content.

        Args:
            path: The file.
            kind: Name and version of the parser, for example `python/1`.
            parse: Text → plain data (what JSON can hold); raises `ValueError` with what is wrong, and
                may give a `line` attribute to it.

        Returns:
            The plain data, which is shared and not to be changed; nothing where the file is malformed,
            which is then a problem.
        """
        if (path, kind) not in self._parsed:
            known = self._known(path, kind, parse)
            if "error" in known:
                self.problems.add(Problem(path, known["error"], known["line"]))
            self._parsed[path, kind] = known.get("value")
        return self._parsed[path, kind]

    def _known(self, path: str, kind: str, parse: Callable[[str], Any]) -> dict[str, Any]:
        """What the cache knows of a file, or else what the parser makes of it."""
        file = self.all.get(path)
        if file is None or not file.mode.startswith("100") or file.size > MOST_BYTES:
            self.bytes(path)  # says what is wrong with it
            return {}
        if self._cache is None:
            return _attempt(self.bytes(path), parse)
        root = os.fsencode(self.root).decode("utf-8", errors="backslashreplace").replace(os.sep, "/")
        if not self._prepared:
            self._prepared = True
            self._cache.prepare(root)
        full = f"{root}/" + os.fsencode(path).decode("utf-8", errors="backslashreplace")
        content = None
        digest = self._cache.digest(full, file.stamp)
        if digest is None:
            content = self.bytes(path)
            digest = self._cache.remember(full, file.stamp, content)
        key = f"{kind}:{digest}"
        known: dict[str, Any] | None = self._cache.get(key)
        if known is None:
            known = _attempt(self.bytes(path) if content is None else content, parse)
            self._cache.put(key, known)
        return known


def _attempt(content: bytes, parse: Callable[[str], Any]) -> dict[str, Any]:
    """Run a parser; whatever hostile input makes of it becomes a problem."""
    try:
        return {"value": parse(content.decode("utf-8").removeprefix("\ufeff"))}
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return {"error": f"is not UTF-8 (byte {error.start})", "line": line}
    except (ValueError, SyntaxError) as error:
        number = getattr(error, "line", None) or getattr(error, "lineno", None) or 0
        return {"error": str(getattr(error, "msg", "") or error) or type(error).__name__, "line": int(number)}
    except (RecursionError, MemoryError):
        return {"error": "is nested too deeply", "line": 0}


def first(paths: Iterable[str]) -> str:
    """The first path; empty where there is none."""
    return next(iter(paths), "")


def line_of(text: str, needle: str) -> int:
    """The line, from 1, of the first occurrence of a text; 0 where there is none."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def lines(paths: Sequence[str]) -> str:
    """Paths for a person, the first few of them."""
    shown = ", ".join(paths[:3])
    return shown + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


__all__ = ["LINK", "MOST_BYTES", "MOST_FILES", "File", "Files", "Problem", "first", "line_of", "lines"]
