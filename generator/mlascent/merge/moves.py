"""Follow a file where either side moved it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from mlascent.merge.repository import Listing
from mlascent.merge.sides import Decision, Look, Sides, edited


def answered(sides: Sides, look: Look, moves: Mapping[str, str]) -> None:
    """An answer renames a folder: what lies there moves along, the user's own files too.

    Args:
        sides: To adjust.
        look: How to look at the work tree.
        moves: Prefixes, old → new, each with a slash at its end.
    """
    for old, new in moves.items():
        for path in [path for path in sides.base if path.startswith(old)]:
            sides.base[new + path.removeprefix(old)] = sides.base.pop(path)
        for path in [path for path in sides.ours if path.startswith(old)]:
            target = new + path.removeprefix(old)
            if target in sides.ours or look.exists(target):
                sides.base.pop(target, None)
                sides.theirs.pop(target, None)
                sides.note(path, Decision.IN_THE_WAY, target)
                continue
            sides.moves[path] = target
            sides.ours[target] = sides.ours.pop(path)


def by_template(sides: Sides, look: Look) -> None:
    """The template moved a file that the user edited: the edits move along."""
    gone = [p for p in sides.base if p not in sides.theirs and p in sides.ours and edited(sides, look, p)]
    if not gone:
        return
    renames = look.template_renames()
    for old in gone:
        new = renames.get(old)
        if new is None or new in sides.ours or new in sides.base or look.exists(new):
            continue
        sides.base[new] = sides.base.pop(old)
        sides.ours[new] = sides.ours.pop(old)
        sides.moves[old] = new
        sides.note(new, Decision.MOVED, old)


def by_user(sides: Sides, look: Look) -> None:
    """The user moved a file or a folder: the template's changes go where it went."""
    if all(path in sides.ours for path in sides.base):
        return
    renames = {
        old: new
        for old, new in look.user_renames().items()
        if old in sides.base
        and old not in sides.ours
        and new in sides.ours
        and new not in sides.base
        and new not in sides.theirs
    }
    folders = _moved_folders(renames, sides.ours)
    for old, new in renames.items():
        sides.base[new] = sides.base.pop(old)
        if old in sides.theirs:
            sides.theirs[new] = sides.theirs.pop(old)
            sides.note(new, Decision.MOVED, old)
    for path in [p for p in sides.theirs if p not in sides.base and p not in sides.ours]:
        target = _moved(path, folders)
        if target and target not in sides.ours and target not in sides.theirs:
            sides.theirs[target] = sides.theirs.pop(path)
            sides.note(target, Decision.MOVED, path)


def _moved_folders(renames: Mapping[str, str], ours: Listing) -> dict[str, str]:
    """Folders that the user moved whole, old → new."""
    seen: dict[str, set[str]] = {}
    for old, new in renames.items():
        if posixpath.basename(old) == posixpath.basename(new):
            seen.setdefault(posixpath.dirname(old), set()).add(posixpath.dirname(new))
    left = {posixpath.dirname(path) for path in ours}
    return {old: next(iter(new)) for old, new in seen.items() if len(new) == 1 and old and old not in left}


def _moved(path: str, folders: Mapping[str, str]) -> str:
    """Where a new file goes whose folder, or one above, was moved; empty where none was."""
    folder = posixpath.dirname(path)
    while folder:
        if new := folders.get(folder):
            return new + path[len(folder) :]
        folder = posixpath.dirname(folder)
    return ""
