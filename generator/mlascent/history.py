"""What a checkout's git history says about template versions. The build hook reads it too.

A release is the commit, on the first-parent line, that first sets `__version__` to a plain X.Y.Z; no tag is
needed. A template at a version is `copier.yml` and `template/` of that commit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlascent import git
from mlascent.errors import FailedError

#: path → (git mode, content); a link's content is its target.
Tree = dict[str, tuple[str, bytes]]

#: The parts of the repository that make a template.
PARTS = ("copier.yml", "template")

_VERSION_FILE = "generator/mlascent/__init__.py"
_RELEASE = re.compile(r'^\+__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)
_SKIPPED = frozenset({".git", "__pycache__", ".venv", "node_modules"})


@dataclass(frozen=True, slots=True)
class State:
    """The template as a checkout stands.

    Attributes:
        files: The template, uncommitted changes included.
        version: The release that it equals, or what `git describe` would call it.
    """

    files: Tree
    version: str


def is_release(version: str) -> bool:
    """Whether a template version is a release rather than a state between two."""
    return re.fullmatch(r"v\d+\.\d+\.\d+", version) is not None


def is_shallow(root: Path) -> bool:
    """Whether the clone holds only the newest part of the history."""
    return git.text("rev-parse", "--is-shallow-repository", cwd=root) == "true"


def releases(root: Path) -> dict[str, str]:
    """Version (`v0.1.0`) → commit, oldest first.

    Raises:
        FailedError: `root` is no full clone.
    """
    _demand_history(root)
    log = git.text(
        *("log", "--first-parent", "-m", "--reverse", "--format=commit %H", "--unified=0", "--no-ext-diff"),
        *("--no-color", "-p", "-G^__version__ = ", "--", _VERSION_FILE),
        cwd=root,
    )
    found: dict[str, str] = {}
    for entry in re.split(r"^commit ", log, flags=re.MULTILINE)[1:]:
        if match := _RELEASE.search(entry):
            found.setdefault(f"v{match[1]}", entry.split(maxsplit=1)[0])
    return found


def state(root: Path) -> State:
    """The template as the checkout stands now, and what to call it.

    A shallow clone cannot tell a release, so there it is a development version.
    """
    if not (root / ".git").exists():
        _demand_history(root)
    known = {} if is_shallow(root) else releases(root)
    changed = bool(git.run("status", "--porcelain", "--untracked-files=all", "--", *PARTS, cwd=root))
    version, since = "v0.0.0", "HEAD"
    if known:
        version, commit = list(known.items())[-1]
        since = f"{commit}..HEAD"
        differs = git.run("diff", "--name-only", commit, "HEAD", "--", *PARTS, cwd=root)
        if not differs and not changed:
            return State(working_tree(root), version)
    count = git.text("rev-list", "--count", "--first-parent", since, cwd=root)
    short = git.text("rev-parse", "--short=9", "HEAD", cwd=root)
    return State(working_tree(root), f"{version}-{count}-g{short}{'-dirty' if changed else ''}")


def commit_of(root: Path, version: str) -> str | None:
    """The commit of a recorded version, or nothing where the history does not hold it."""
    if is_release(version):
        return releases(root).get(version)
    match = re.fullmatch(r".+-g([0-9a-f]{4,40})(-dirty)?", version)
    if match is None:
        return None
    return git.text("rev-parse", "--quiet", "--verify", f"{match[1]}^{{commit}}", cwd=root, ok=(0, 1)) or None


def committed(root: Path, commit: str, parts: Sequence[str] = PARTS) -> Tree:
    """The files of a commit, as git stores them."""
    rows = []
    for row in git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *parts, cwd=root).split(b"\0"):
        if row:
            about, path = row.split(b"\t", 1)
            mode, kind, name = about.split()
            if kind == b"blob":
                rows.append((os.fsdecode(path), mode.decode(), name))
    out = git.run("cat-file", "--batch", cwd=root, stdin=b"".join(name + b"\n" for *_, name in rows))
    tree: Tree = {}
    at = 0
    for target, bits, _ in rows:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[-1])
        tree[target] = bits, out[end + 1 : end + 1 + size]
        at = end + size + 2
    return tree


def working_tree(root: Path, parts: Sequence[str] = PARTS) -> Tree:
    """The files of a work tree that git tracks or would add, as they are on disk."""
    args = ("ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard", "--", *parts)
    tree: Tree = {}
    for row in git.run(*args, cwd=root).split(b"\0"):
        about, _, path = row.rpartition(b"\t")
        if path and (file := _read(root, os.fsdecode(path), about[:6].decode())):
            tree[os.fsdecode(path)] = file
    return tree


def directory(root: Path) -> Tree:
    """The files of a directory that is no repository."""
    tree: Tree = {}
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = sorted(set(folders) - _SKIPPED - set(links))
        for name in sorted([*names, *links]):
            path = Path(folder, name).relative_to(root).as_posix()
            if file := _read(root, path, ""):
                tree[path] = file
    return tree


def tags(root: Path) -> list[str]:
    """The tags that name a release, oldest version first."""
    found = re.findall(r"^v?\d+(?:\.\d+)*$", git.text("tag", "--list", cwd=root), re.MULTILINE)
    return sorted(found, key=lambda tag: [int(part) for part in tag.removeprefix("v").split(".")])


def _read(root: Path, path: str, indexed: str) -> tuple[str, bytes] | None:
    """One file of a work tree; nothing where it was deleted."""
    full = os.path.join(root, path)
    if os.path.islink(full):
        return "120000", os.fsencode(os.readlink(full))
    try:
        with open(full, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if os.name == "nt":  # Windows keeps no such bit; the index does
        return indexed or "100644", content
    return ("100755" if os.stat(full).st_mode & 0o100 else "100644"), content


def _demand_history(root: Path) -> None:
    if not (root / ".git").exists():
        raise FailedError(
            f"{root} has neither git history nor a file of released templates",
            "Install a released mlascent, or clone the whole repository.",
        )
    if is_shallow(root):
        raise FailedError(
            f"{root} is a shallow clone: the released templates are in the history that it lacks",
            "Run `git fetch --unshallow` (in CI: a fetch depth of 0), then the same command again.",
        )
