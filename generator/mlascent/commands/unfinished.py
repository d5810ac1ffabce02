"""`mlascent update --continue` and `--abort`, and what an update that was cut off left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlascent import git
from mlascent.commands.project import root_of
from mlascent.errors import FailedError, RefusedError
from mlascent.merge import index, journal
from mlascent.merge.apply import identity
from mlascent.merge.repository import MARK, Repository, few, located
from mlascent.merge.undo import undo


@dataclass(frozen=True, slots=True)
class Finished:
    """An update that was brought to an end.

    Attributes:
        commit: The commit that holds it; empty where it was taken back.
        subject: The first line of that commit's message.
        kept: Files that somebody wrote meanwhile; they stay as they are.
        finished: Whether the update had been made before it was cut off.
    """

    commit: str = ""
    subject: str = ""
    kept: tuple[str, ...] = ()
    finished: bool = False


_WAITS = (
    "Settle them, `git add` the files, then `mlascent update --continue`;"
    " or take it back with `mlascent update --abort`."
)


def recover(repository: Repository) -> Finished | None:
    """Bring an update to an end that was cut off while it was written.

    Args:
        repository: As it was located.

    Returns:
        How; nothing where none was cut off.

    Raises:
        RefusedError: An update waits for its conflicts to be settled, or another process writes one.
    """
    noted = journal.read(repository.directory)
    if noted is None:
        return None
    if noted.waiting:
        raise RefusedError("an update waits for you to settle its conflicts", _WAITS)
    return _take_back(repository, settled=False)


def resume(start: Path) -> Finished:
    """Commit an update whose conflicts were settled.

    No hook runs and nothing is signed, as for an update without conflicts; `git cherry-pick --continue` does
    the same with both.

    Raises:
        RefusedError: No update waits, or conflicts are left.
    """
    repository = repository_of(start)
    noted = journal.read(repository.directory)
    if noted is None:
        raise RefusedError("no update is under way")
    if not noted.waiting:
        done = _take_back(repository, settled=False)
        if done.finished:
            return done
        raise RefusedError("the update had been cut off; it has been taken back", "Start it again.")
    rows = repository.git("ls-files", "--unmerged", "-z").split(b"\0")
    if left := sorted({row.split(b"\t", 1)[1].decode(errors="replace") for row in rows if row}):
        raise RefusedError(f"conflicts are left in {few(left)}", "Settle them and `git add` the files.")
    with journal.exclusive(repository.directory):
        words = ("commit", "--quiet", "--no-verify", "--no-edit", "--allow-empty", "--cleanup=strip")
        repository.git("-c", "commit.gpgSign=false", *words, env=identity(git.settings(repository.top)))
        journal.forget(repository.directory)
    return _made(repository)


def abort(start: Path) -> Finished:
    """Take back an update that waits, or was cut off.

    Raises:
        RefusedError: No update is under way.
    """
    repository = repository_of(start)
    if journal.read(repository.directory) is None:
        raise RefusedError("no update is under way")
    return _take_back(repository, settled=True)


def under_way(repository: Repository) -> str:
    """`waiting` for a person, `interrupted`, `running` in another process, or empty."""
    noted = journal.read(repository.directory)
    if noted is None:
        return ""
    if noted.waiting:
        return "waiting"
    return "running" if journal.busy(repository.directory) else "interrupted"


def _take_back(repository: Repository, settled: bool) -> Finished:
    with journal.exclusive(repository.directory):
        noted = journal.read(repository.directory)
        if noted is None:
            return Finished()
        try:
            kept = undo(repository, settled)
        except (OSError, FailedError) as error:
            raise FailedError(
                f"the update could not be taken back: {error}",
                "Mend the cause and run `mlascent update --abort`.",
            ) from error
        index.drop_copy(repository.directory)
    made = _made(repository) if noted.head else Finished()
    if made.subject.startswith(MARK) and _parent(repository) == noted.head:
        return Finished(made.commit, made.subject, finished=True)
    return Finished(kept=tuple(kept))


def _made(repository: Repository) -> Finished:
    commit, _, subject = (
        repository.git("log", "-1", "--format=%H %s").decode(errors="replace").strip().partition(" ")
    )
    return Finished(commit, subject)


def _parent(repository: Repository) -> str:
    return repository.git("rev-parse", "--quiet", "--verify", "HEAD^", ok=(0, 1)).decode().strip()


def repository_of(start: Path) -> Repository:
    """The repository; the project's answers are not read, for they may be in conflict."""
    return located(root_of(start))
