"""Make a plan real, in an order that git can take back at any moment.

1. The journal, CHERRY_PICK_HEAD and MERGE_MSG: git and we both say that something is under way.
2. The index, in one rename: git knows new files before they exist.
3. The work tree: added files never overwrite, changed ones do, deleted ones go.
4. Without conflicts: the commit, one compare-and-swap of HEAD, and the marks of step 1 go.

Cherry-pick, merge and read-tree write the work tree first: killed there, they leave files that git does not
know.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import replace

from mlascent.errors import FailedError, RefusedError
from mlascent.merge import index, journal
from mlascent.merge.journal import Change, Journal, paths
from mlascent.merge.plan import Plan
from mlascent.merge.repository import Repository, few, looked
from mlascent.merge.undo import contents, remove, undo

#: Called before each step with its name; tests stop or kill there.
Step = Callable[[str], None]


def apply(repository: Repository, plan: Plan, branch: str = "", step: Step = lambda _: None) -> str:
    """Bring the repository to the plan.

    Args:
        repository: Where the plan was made.
        plan: What to do.
        branch: A branch to make for it.
        step: Called before each step.

    Returns:
        The id of the new commit; empty where conflicts wait for a person.

    Raises:
        RefusedError: Another process is at work, or somebody wrote since the plan was made.
        FailedError: Something could not be written; everything is as it was.
    """
    with journal.exclusive(repository.directory):
        now = looked(repository)
        if now.head != repository.head or now.changed:
            what = few(now.changed) if now.head == repository.head else "the current commit"
            raise RefusedError(f"somebody changed {what} meanwhile", "Start again when they are done.")
        new = f"refs/heads/{branch}" if branch else ""
        noted = Journal(repository.head, plan.theirs, new, now.branch, plan.changes)
        try:
            return _apply(repository, plan, noted, step)
        except (OSError, FailedError) as error:
            raise _failed(repository, error) from error
        except BaseException:  # Ctrl-C: back to where it began
            undo(repository)
            raise


def _failed(repository: Repository, error: OSError | FailedError) -> FailedError:
    """Take everything back, and say what happened."""
    said = f"the update could not be written: {_said(error)}"
    try:
        kept = undo(repository)
    except (OSError, FailedError) as second:
        return FailedError(
            f"{said}\nnor could it be taken back: {_said(second)}",
            "Mend the cause, then run `mlascent update --abort`; nothing of yours is lost.",
        )
    after = f" Only {', '.join(kept)} stays: somebody else wrote it." if kept else ""
    return FailedError(said, f"Everything is as before.{after} Mend the cause and try again.")


def _said(error: OSError | FailedError) -> str:
    if isinstance(error, FailedError):
        return error.message
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _apply(repository: Repository, plan: Plan, noted: Journal, step: Step) -> str:
    directory = repository.directory
    step("begin")
    journal.write(directory, noted)
    step("journal")
    if noted.branch:
        repository.git("update-ref", noted.branch, repository.head, "")
        step("branch")
        repository.git("symbolic-ref", "HEAD", noted.branch)
        step("switch")
    (directory / "MERGE_MSG").write_text(plan.message + "\n", encoding="utf-8")
    repository.git("update-ref", "CHERRY_PICK_HEAD", plan.theirs)
    step("marks")
    index.change(repository, _rows(repository, plan))
    step("index")
    for path in _blocking(plan.changes):
        remove(repository.top, path)
    index.check_out(repository, paths(plan.changes, "A"))
    step("added")
    index.check_out(repository, paths(plan.changes, "M"), "--force")
    step("changed")
    for path in paths(plan.changes, "D"):
        remove(repository.top, path)
    step("deleted")
    _write_conflicts(repository, plan)
    step("conflicts")
    _rewrite(repository, noted)
    tree = index.refresh(repository, tree=not plan.conflicts and not plan.tree) or plan.tree
    step("refreshed")
    index.drop_copy(directory)
    if plan.conflicts:
        journal.wait(directory)
        return ""
    commit = _commit(repository, tree, plan)
    step("commit")
    _advance(repository, commit, plan.message)
    step("head")
    (directory / "MERGE_MSG").unlink(missing_ok=True)
    step("message")
    journal.forget(directory)
    return commit


def _rows(repository: Repository, plan: Plan) -> list[bytes]:
    """Rows of the index, conflict stages included."""
    none = "0" * len(repository.head)
    rows: list[bytes] = []
    for change in sorted(plan.changes, key=lambda change: change.kind != "D"):
        gone = change.conflict or change.kind == "D"
        about = f"0 {none}\t" if gone else f"{change.mode} {change.blob} 0\t"
        rows.append(about.encode() + os.fsencode(change.path))
    return [*rows, *plan.stages]


def _blocking(changes: tuple[Change, ...]) -> list[str]:
    """Deleted files that stand where a folder comes, and those of a folder where a file comes."""
    added = paths(changes, "A")
    folders = {parent for path in added for parent in _parents(path)}
    files = set(added)
    return [path for path in paths(changes, "D") if path in folders or files.intersection(_parents(path))]


def _parents(path: str) -> list[str]:
    parents = []
    while path := posixpath.dirname(path):
        parents.append(path)
    return parents


def _write_conflicts(repository: Repository, plan: Plan) -> None:
    """Write files with their conflict markers; where git cannot mark, the project's own file stays."""
    for change in plan.conflicts:
        if not change.blob:
            continue
        full = repository.top / change.path
        content = repository.git("cat-file", "--filters", f"--path={change.path}", change.blob)
        if change.kind == "M":
            full.write_bytes(content)
            continue
        full.parent.mkdir(parents=True, exist_ok=True)  # it moved here with its package
        if change.mode == "120000":
            full.symlink_to(os.fsdecode(content))
            continue
        with open(full, "xb") as file:
            file.write(content)
        if change.mode == "100755":
            full.chmod(full.stat().st_mode | 0o111)


def _rewrite(repository: Repository, noted: Journal) -> None:
    """Write again what new line-ending rules show as changed; everything was as committed before."""
    touched = {change.path for change in noted.changes}
    folders = tuple(posixpath.join(posixpath.dirname(p), "") for p in touched if p.endswith(".gitattributes"))
    if not folders:
        return
    known = {
        path: file
        for path, file in index.entries(repository).items()
        if file[0].startswith("100") and path not in touched and (path.startswith(folders) or "" in folders)
    }
    now = contents(repository, list(known))
    stale = [path for path, blob in now.items() if blob != known[path][1]]
    if stale:  # entered anew: git does not look into a file whose time and size it knows
        more = [Change(path, "M", *known[path]) for path in stale]
        journal.write(repository.directory, replace(noted, changes=(*noted.changes, *more)))
        rows = [f"{known[path][0]} {known[path][1]} 0\t".encode() + os.fsencode(path) for path in stale]
        index.change(repository, rows)
        index.check_out(repository, stale, "--force")


def _commit(repository: Repository, tree: str, plan: Plan) -> str:
    args = ("commit-tree", tree, "-p", repository.head, "-F", "-")
    out = repository.git(*args, stdin=plan.message.encode(), env=identity(plan.known))
    return out.decode().strip()


def identity(known: Mapping[str, str]) -> Mapping[str, str]:
    """Variables for what git does not know of the person who commits.

    Args:
        known: What git's configuration says about them.
    """
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "mlascent"), ("EMAIL", "mlascent@localhost"))
        if f"user.{part.lower()}" not in known and not os.environ.get(f"GIT_{role}_{part}")
    }


def _advance(repository: Repository, commit: str, message: str) -> None:
    """Move HEAD and drop git's mark in one transaction."""
    subject = message.split("\n", 1)[0]
    rows = f"start\nupdate HEAD {commit} {repository.head}\ndelete CHERRY_PICK_HEAD\nprepare\ncommit\n"
    try:
        repository.git("update-ref", "-m", subject, "--stdin", stdin=rows.encode())
    except FailedError:
        if repository.git("rev-parse", "HEAD").decode().strip() != commit:  # else it failed after its work
            raise
