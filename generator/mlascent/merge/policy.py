"""What git alone would get wrong: decided on the trees, before they are merged, and told.

What the user deleted stays deleted; what the template drops but the user edited stays; a path where
something untracked lies is left alone; a file is followed where either side moved it (`moves.py`).
"""

from __future__ import annotations

from mlascent.merge import moves
from mlascent.merge.sides import Decision, Look, Sides, edited, parents

#: From this share of common lines on, a file at the template's path counts as an edited copy of it.
ALIKE = 0.5
#: Comparing longer files line by line takes too long.
_LONG = 5000


def settle(sides: Sides, look: Look) -> None:
    """Adjust the sides so that a plain three-way merge of them loses nothing."""
    moves.by_template(sides, look)
    moves.by_user(sides, look)
    _stay_deleted(sides, look)
    _keep_edited(sides, look)
    _added(sides, look)
    _kinds(sides, look)
    _line_endings(sides, look)


def _stay_deleted(sides: Sides, look: Look) -> None:
    for path in [p for p in sides.base if p not in sides.ours]:
        del sides.base[path]
        if sides.theirs.pop(path, None) is not None:
            left = Decision.STAYS_UNTRACKED if look.exists(path) else Decision.STAYS_DELETED
            sides.note(path, left)
            continue
        moved = look.template_renames().get(path, "")
        if moved in sides.theirs and moved not in sides.ours and moved not in sides.base:
            del sides.theirs[moved]
            sides.note(moved, Decision.STAYS_DELETED)


def _keep_edited(sides: Sides, look: Look) -> None:
    for path in [p for p in sides.base if p not in sides.theirs]:
        if edited(sides, look, path):
            sides.theirs[path] = sides.base[path]
            sides.note(path, Decision.KEPT_EDITED)


def _added(sides: Sides, look: Look) -> None:
    """Files that the template brings now: what lies there already is the user's."""
    new = [path for path in sides.theirs if path not in sides.base]
    if not new:
        return
    stay = {path for path in sides.ours if path in sides.theirs or path not in sides.base}
    folders = {parent for path in stay for parent in parents(path)}
    tracked = {parent for path in sides.ours for parent in parents(path)}
    spelled = {path.casefold(): path for path in stay}
    for path in new:
        blocker = next((parent for parent in parents(path) if parent in stay), "")
        other = spelled.get(path.casefold(), path)
        if path in folders or blocker or (other != path and path not in sides.ours):
            del sides.theirs[path]
            sides.note(path, Decision.CLASH, blocker or (other if other != path else path))
        elif path in sides.ours:
            _both_added(sides, look, path)
        elif way := _in_the_way(sides, look, path, tracked):
            del sides.theirs[path]
            sides.note(path, Decision.IN_THE_WAY, way)
    absent = [path for path in new if path in sides.theirs and path not in sides.ours]
    for path, commit in (look.deleted_before(absent) if absent else {}).items():
        del sides.theirs[path]
        sides.note(path, Decision.STAYS_DELETED, commit[:9])


def _in_the_way(sides: Sides, look: Look, path: str, tracked: set[str]) -> str:
    """What lies untracked or ignored where a file should be added, or above it; empty for nothing.

    A folder that git tracks files in is in nobody's way unless it was replaced behind git's back.
    """
    if path not in tracked and look.exists(path):
        return path
    for parent in parents(path):
        if parent not in sides.ours and look.exists(parent) and not look.is_folder(parent):
            return parent
    return ""


def _both_added(sides: Sides, look: Look, path: str) -> None:
    mode, content = sides.theirs[path]
    mine = sides.ours[path]
    if mine == (mode, look.blob_id(content)):
        return
    if not (mine[0].startswith("100") and mode.startswith("100")):
        del sides.theirs[path]
        sides.note(path, Decision.CLASH, path)
        return
    if alike(look.read(mine[1]), content) >= ALIKE:
        sides.base[path] = sides.theirs[path]
        sides.note(path, Decision.KEPT_YOURS)


def alike(one: bytes, other: bytes) -> float:
    """The share of lines that two files have in common, from 0 to 1."""
    import difflib  # few updates need it

    first, second = one.splitlines(), other.splitlines()
    if max(len(first), len(second)) > _LONG:
        return 0.0
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()


def _kinds(sides: Sides, look: Look) -> None:
    """A file that one side made a link, or a submodule: what the user has stays."""
    for path in sides.base:
        if path not in sides.theirs or path not in sides.ours or sides.theirs[path] == sides.base[path]:
            continue
        if sides.theirs[path][0][:2] != sides.ours[path][0][:2] and edited(sides, look, path):
            sides.theirs[path] = sides.base[path]
            sides.note(path, Decision.CLASH, path)


def _line_endings(sides: Sides, look: Look) -> None:
    """A file that the user keeps with CRLF: the template's sides follow, or every line would clash."""
    for path, (mode, content) in list(sides.base.items()):
        theirs = sides.theirs.get(path)
        if theirs is None or path not in sides.ours or theirs == (mode, content) or b"\r\n" in content:
            continue
        if not edited(sides, look, path):
            continue
        mine = look.read(sides.ours[path][1])
        if mine.count(b"\r\n") * 2 > mine.count(b"\n") and b"\0" not in mine[:8000]:
            sides.base[path] = mode, content.replace(b"\n", b"\r\n")
            sides.theirs[path] = theirs[0], theirs[1].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
