"""Nothing lost: random histories, between any levels, capabilities and versions, wherever the project is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mlascent.errors import RefusedError, UsageError

from .histories import Before, Story, begin, faults, renamed, wishes, work
from .support import kinds


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(st.integers(min_value=0, max_value=10**9))
def test_nothing_is_lost(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="journey-") as folder:
        story = begin(Random(seed), Path(folder))
        try:
            for _ in range(2):
                work(story)
                step(story)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(story.told)) from error


def step(story: Story) -> None:
    """One update: told truly, nothing lost, and what is taken back is as before."""
    repo, wish = story.repo, wishes(story)
    before, snapshot, package = Before.of(story), repo.snapshot(), repo.answers["package"]
    try:
        planned = repo.update(dry_run=True, **wish)
    except (UsageError, RefusedError) as refused:
        assert repo.snapshot() == snapshot
        story.told.append(f"refused: {refused.message}")
        return
    assert repo.snapshot() == snapshot
    head = repo.head
    done = repo.update(**wish)
    assert (done.changes, done.notes) == (planned.changes, planned.notes)
    if done.plan.conflicts:
        story.told.append(f"conflicts: {[change.path for change in done.plan.conflicts]}")
        check(story, before, package)
        if story.random.random() < 0.3:
            repo.abort()
            assert _alike(repo.snapshot(), snapshot)
            repo.update(**wish)
        repo.settle()
    else:
        assert repo.changed(head) == kinds(done)
    check(story, before, package)
    assert not repo.status(), repo.status()
    again = repo.update(to=wish["to"])
    assert not again.changes, again.changes
    new = repo.answers["package"]
    story.deleted = {renamed(path, package, new) for path in story.deleted}
    story.kept = {renamed(path, package, new): file for path, file in story.kept.items()}


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two states are the same; a file that git wrote again has the line endings of its rules."""
    bare = [
        {path: (mode, content.replace(b"\r\n", b"\n")) for path, (mode, content) in state["files"].items()}
        for state in (one, other)
    ]
    return bare[0] == bare[1] and {**one, "files": {}} == {**other, "files": {}}


def check(story: Story, before: Before, package: str) -> None:
    new = story.repo.answers["package"]
    before.deleted = before.deleted | {renamed(path, package, new) for path in before.deleted}
    prefix = story.repo.prefix
    before.executable = {
        prefix + renamed(path.removeprefix(prefix), package, new) for path in before.executable
    }
    found = list(faults(story, before))
    assert not found, found
