"""`mlascent check`: what a repository is, against what it claims and what is asked of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mlascent.assess.findings import Terms
from mlascent.assess.model import Assessment, State
from mlascent.catalogue import catalogue
from mlascent.errors import FailedError, RefusedError, UsageError
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import MOST_BYTES, Files
from mlascent.policy import attestations, baseline, load, waivers
from mlascent.policy.model import Policy

OWNERS = ("template", "run", "team", "host")
ANSWERS = ".copier-answers.yml"
_MOST_HOST_BYTES = 10_000_000


def check(
    directory: Path | None = None,
    *,
    level: int | str | None = None,
    areas: Sequence[str] = (),
    owed_by: Sequence[str] = (),
    policy: str | None = None,
    as_of: date | None = None,
    baseline_file: Path | None = None,
    write_baseline: bool = False,
    host: Path | None = None,
    language: str = "en",
    cached: bool = True,
) -> Assessment:
    """Assess a repository; nothing in it is run, and nothing is written but a baseline that is asked for.

    Args:
        directory: The repository, or the project in it; the one that holds the current directory without it.
        level: The level to hold it to, by number or name; the claimed one without it.
        areas: Areas that decide the outcome; all without any.
        owed_by: Owners whose rules decide the outcome: `template`, `run`, `team`, `host`; all without any.
        policy: A policy instead of the repository's own: path, address, git reference or package.
        as_of: The day; today (UTC) without it.
        baseline_file: Frozen failures; `.mlascent/baseline.json` without it.
        write_baseline: Freeze what fails now, and judge by that.
        host: A snapshot of what the code host says, as JSON.
        language: Of notes and next steps.
        cached: Whether parsed files are kept between runs.

    Raises:
        UsageError: An argument has no meaning.
        RefusedError: A policy, or a baseline, is malformed.
    """
    book = catalogue()
    root = find(directory)
    wanted = None if level is None else book.level(level).number
    _known("--area", areas, [area.id for area in book.areas])
    _known("--owed-by", owed_by, OWNERS)
    day = as_of or datetime.now(UTC).date()
    whole = load.load(policy, root) or Policy()
    enforced = load.in_force(whole, day)
    cache = Cache() if cached else None
    facts = Facts(Files(root, cache), day, _host(host))
    where = baseline_file or root / baseline.FILE
    frozen = {} if write_baseline else _frozen(where, baseline_file is not None)

    def assessed(known: dict[str, frozenset[str]]) -> Assessment:
        from mlascent import rules
        from mlascent.assess.judge import assess

        terms = Terms(
            policy=whole,
            enforced=enforced,
            waivers=waivers.read(facts.files),
            attestations=attestations.read(facts.files, enforced, day),
            frozen=known,
            day=day,
            language=language,
        )
        told = str(directory) if directory is not None else os.path.relpath(root)
        return assess(facts, rules.load, terms, book, told, wanted, areas, owed_by, cache)

    try:
        found = assessed(frozen)
        if write_baseline:
            failures = {
                f.rule.id: f.fingerprints for f in found.findings if f.state is State.FAIL and f.demanded
            }
            failures = {rule: prints for rule, prints in failures.items() if rule not in enforced.never}
            _write(where, baseline.written(failures, day))
            found = assessed({rule: frozenset(prints) for rule, prints in failures.items()})
    finally:
        if cache:
            cache.close()
    return found


def find(directory: Path | None) -> Path:
    """The root of what is to be looked at.

    Raises:
        UsageError: There is no such directory.
    """
    if directory is not None:
        if not directory.is_dir():
            raise UsageError(f"there is no directory {directory}")
        return Path(os.path.realpath(directory))
    here = Path(os.path.realpath(os.curdir))
    for sign in (ANSWERS, ".git"):
        for place in (here, *here.parents):
            if (place / sign).exists():
                return place
    return here


def _known(option: str, given: Sequence[str], known: Sequence[str]) -> None:
    wrong = [word for word in given if word not in known]
    if wrong:
        raise UsageError(f"{option}: there is no {', '.join(wrong)}", f"Choose from {', '.join(known)}.")


def _host(file: Path | None) -> dict[str, Any]:
    """What the code host said, from a file."""
    if file is None:
        return {}
    try:
        with open(file, "rb") as stream:
            found = json.loads(stream.read(_MOST_HOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the host's snapshot {file} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"the host's snapshot {file} is no JSON object")
    return found


def _frozen(file: Path, named: bool) -> dict[str, frozenset[str]]:
    """The baseline; a link is not followed, and one that was named must be there."""
    if not named and (file.is_symlink() or file.parent.is_symlink() or not file.is_file()):
        return {}
    try:
        with open(file, "rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        told = str(file) if named else baseline.FILE
        if len(content) > MOST_BYTES:
            raise RefusedError(f"{told} is larger than {MOST_BYTES:,} bytes")
        return baseline.read(content, told)
    except OSError as error:
        raise UsageError(f"the baseline {file} cannot be read: {error.strerror or error}") from error


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all, and never through a link."""
    if file.is_symlink() or file.parent.is_symlink():
        raise RefusedError(f"{file} is a link, or stands in one", "Make it a plain file.")
    beside = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode("utf-8"))
        os.replace(beside, file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FailedError(f"{file} cannot be written: {error.strerror or error}") from error
