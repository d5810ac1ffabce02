"""Random histories, updated by mlascent and by `copier update`: what each of them loses."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import copier
from mlascent import source
from mlascent.errors import MlascentError
from plumbum import local

from benchmarks.programs import Programs
from benchmarks.table import Table
from tests.journeys import releases
from tests.journeys.histories import Before, Story, begin, renamed, wishes, work
from tests.journeys.support import Repo

_CONFIG = """\
[user]
    name = Bench
    email = bench@example.com
[init]
    defaultBranch = main
[url "{template}"]
    insteadOf = {url}
"""
#: What is counted, as the table says it.
_COUNTED = {
    "lost": "lines of users that were lost",
    "journeys": "journeys that lost a line",
    "overwritten": "untracked or ignored files overwritten",
    "bytes": "binaries and links of users lost",
    "back": "deleted files that came back",
    "bits": "exec bits of users lost",
    "conflicts": "files left in conflict",
    "silent": "updates that left a conflict and ended as if all were well",
    "failed": "updates that failed",
    "half": "updates that failed and left the project changed",
}


def histories(_: Programs | None, workspace: Path, times: int) -> Table:
    """The same histories, one update each, on two copies of the project."""
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    written = updated = seed = 0
    with _surroundings(workspace):
        while updated < times:
            with tempfile.TemporaryDirectory(dir=workspace) as folder:
                lines = _one(seed, Path(folder), ours, theirs)
            seed += 1
            updated += lines is not None
            written += lines or 0
            if sys.stderr.isatty():
                print(f"\r{updated} of {times}", end="", file=sys.stderr)
    rows = [[words, str(ours[key]), str(theirs[key])] for key, words in _COUNTED.items()]
    note = (
        f"{times} histories with {written} lines of users: edits, insertions, deletions, moves, own files"
        " where the template comes later, ignored files there, binaries, links, exec bits, CRLF; at the root"
        " of a repository, in a subdirectory, with `core.autocrlf`. Then one update of level, version, CI,"
        " workload, package name or a capability. A line counts as kept wherever it stands, in a conflict as"
        " well."
    )
    return Table("What is lost", ("", "mlascent", f"Copier {copier.__version__}"), rows, (note,))


@contextmanager
def _surroundings(workspace: Path) -> Iterator[None]:
    """The synthetic releases: ours as in an installation, Copier's at their address."""
    releases.packed()
    template = releases.tagged(workspace / "template")
    config = workspace / "gitconfig"
    config.write_text(_CONFIG.format(template=template, url=source.TEMPLATE_URL), encoding="utf-8")
    before, bundle = dict(os.environ), source._bundle
    (workspace / "settings.yml").write_text("defaults: {}\n", encoding="utf-8")
    wanted = {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "COPIER_CACHE_DIR": str(workspace / "copier"),
        "COPIER_SETTINGS_PATH": str(workspace / "settings.yml"),
    }
    os.environ |= wanted
    local.env.update(**wanted)  # Copier looked at the environment when it was imported
    setattr(source, "_bundle", releases.packed)  # noqa: B010 - as the tests do
    try:
        yield
    finally:
        setattr(source, "_bundle", bundle)  # noqa: B010
        os.environ.clear()
        os.environ.update(before)


def _one(seed: int, folder: Path, ours: Counter[str], theirs: Counter[str]) -> int | None:
    """One history, updated by both: how many lines its users had written; nothing if none can do the wish."""
    story = _begun(seed, folder)
    work(story)
    wish = wishes(story)
    other = Repo(folder / "copy", story.repo.prefix)
    shutil.copytree(story.repo.top, other.top, symlinks=True)
    other.git("status", "--short")
    before, package = Before.of(story), str(story.repo.answers["package"])
    files = story.repo.files()
    try:
        updated = story.repo.update(dry_run=True, **wish)
    except MlascentError:
        return None  # a capability that is not there to be removed, and the like
    story.repo.update(**wish)
    answers, after = updated.before.answers, updated.after.answers
    data = {name: value for name, value in after.items() if answers.get(name) != value}
    _count(ours, story.repo, before, (package, after["package"]), told=updated.needs_you)
    try:
        copier.run_update(
            str(other.path),
            data=data,
            vcs_ref=wish["to"],
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_answered=True,
        )
    except Exception as error:  # an AssertionError of its own among them
        theirs["failed"] += 1
        theirs["half"] += other.files() != files
        print(f"history {seed}: Copier: {type(error).__name__} {error}", file=sys.stderr)
        if other.files() == files:
            return len(before.tokens)
    _count(theirs, other, before, (package, after["package"]), told=False)
    return len(before.tokens)


def _begun(seed: int, folder: Path) -> Story:
    """A project in a place that can be copied as it is."""
    for offset in range(100):
        place = folder / str(offset)
        place.mkdir()
        story = begin(Random(seed + offset * 1_000_000), place)  # noqa: S311 - no secret
        if story.told[0].split(",")[0] in ("root", "subdirectory", "autocrlf"):
            return story
    raise AssertionError("no place that can be copied")


def _count(counted: Counter[str], repo: Repo, before: Before, packages: tuple[str, Any], told: bool) -> None:
    files = repo.files()
    present = set(files.values())
    lost = before.tokens - repo.tokens()
    counted["lost"] += len(lost)
    counted["journeys"] += bool(lost)
    counted["overwritten"] += sum(
        files.get(repo.prefix + path, ("", b""))[1] != content for path, content in before.left.items()
    )
    counted["bytes"] += sum(file not in present for file in before.kept.values())
    deleted = before.deleted | {renamed(path, packages[0], str(packages[1])) for path in before.deleted}
    counted["back"] += sum(repo.prefix + path in files for path in deleted)
    counted["bits"] += sum(path in files and files[path][0] == "-" for path in before.executable)
    unmerged = {row.split("\t")[1] for row in repo.git("ls-files", "--unmerged").splitlines()}
    counted["conflicts"] += len(unmerged)
    counted["silent"] += bool(unmerged) and not told
