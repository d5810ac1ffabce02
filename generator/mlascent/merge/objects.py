"""Write rendered trees into a project's object store, without a reference, an index or a work tree."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mlascent.history import Tree
from mlascent.merge.repository import Repository

_REF = b"refs/mlascent"
#: The author where nobody else is meant.
NOBODY = ("mlascent", "mlascent@localhost")


def store(
    repository: Repository,
    base: Tree,
    theirs: Tree,
    moves: Mapping[str, str],
    message: str = "mlascent",
    identity: tuple[str, str] = NOBODY,
) -> tuple[str, str, str]:
    """Write three commits: the old rendering, the new one on it, and the project on the old one.

    One `git fast-import` for all of it, and no reference left behind: git collects the objects in time.

    Args:
        repository: The project's.
        base: The old rendering, by paths in the repository.
        theirs: The new one.
        moves: Paths of the project to move before merging, old → new.
        message: The message of the commits.
        identity: Name and e-mail of the new rendering's author; git copies them when a conflict is settled.

    Returns:
        The commits' ids: base, theirs, ours.
    """
    owned = sorted(path for path in {*base, *theirs} if not path.startswith(repository.prefix))
    out: list[bytes] = []
    who = os.fsencode(f"{identity[0]} <{identity[1]}>")
    text = message.encode()
    for mark, tree in enumerate((base, theirs, None), 1):
        out.append(
            b"commit %s\nmark :%d\ncommitter %s now\ndata %d\n%s\n" % (_REF, mark, who, len(text), text)
        )
        if mark > 1:
            out.append(b"from :1\n")
        out.append(b"deleteall\n")
        if tree is None or repository.prefix:  # what no rendering owns is the same on all three sides
            out.append(b"M 040000 %s \n" % repository.tree.encode())
        if tree is None:
            out.extend(b"R %s %s\n" % (_quoted(old), _quoted(new)) for old, new in moves.items())
            continue
        if repository.prefix:
            out.extend(b"D %s\n" % _quoted(path) for path in (repository.prefix.rstrip("/"), *owned))
        for path, (mode, content) in tree.items():
            if mode == "160000":
                out.append(b"M 160000 %s %s\n" % (content, _quoted(path)))
                continue
            name = repository.blob_id(content)
            if (repository.files or {}).get(path, ("", ""))[1] == name and repository.exists(path):
                out.append(b"M %s %s %s\n" % (mode.encode(), name.encode(), _quoted(path)))
                continue
            out.append(
                b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), _quoted(path), len(content), content)
            )
    gone = b"0" * len(repository.head)
    out.append(b"reset %s\nfrom %s\n\n" % (_REF, gone))
    out.extend(b"get-mark :%d\n" % mark for mark in (1, 2, 3))
    out.append(b"done\n")
    ids = repository.git(
        "fast-import", "--quiet", "--done", "--force", "--date-format=now", stdin=b"".join(out)
    )
    one, two, three = ids.decode().split()
    return one, two, three


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it."""
    raw = os.fsencode(path)
    for char, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        raw = raw.replace(char, escaped)
    return b'"' + raw + b'"'
