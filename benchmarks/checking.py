"""Checking repositories, beside repo-review with the checks of Scientific Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Command, Run, environment, middle, pairs, several
from benchmarks.programs import Programs, run, version
from benchmarks.table import HEAD, Table, against, cost

#: A project as its team has it after some weeks, and a large repository.
SIZES = (150, 2500)
GROWTH = (150, 500, 1000, 2500, 10_000)
#: Both say by their code that there is something to mend.
_FOUND = (0, 1, 2, 3)

_MODULE = '''"""Part {number} of a larger repository."""

from __future__ import annotations

import json
from pathlib import Path

LIMIT = {number}


def load(path: Path) -> dict[str, int]:
    """Read counts."""
    return {{key: int(value) for key, value in json.loads(path.read_text()).items()}}


def total(counts: dict[str, int], least: int = LIMIT) -> int:
    """Add those that are large enough."""
    return sum(value for value in counts.values() if value >= least)


class Window:
    """The last counts."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept: list[int] = []

    def add(self, value: int) -> float:
        """Keep one more, and tell the mean."""
        self.kept = [*self.kept, value][-self.size :]
        return sum(self.kept) / len(self.kept)
'''
_TEST = """from pathlib import Path


def test_part_{number}(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    file.write_text("{{}}")
    assert file.exists()
"""
_PAGE = "# Part {number}\n\nWhat it is for.\n\n- one\n- two\n\n" + "A line of prose about it.\n" * 20
_CONFIG = "name: part-{number}\nlimits: {{low: 1, high: {number}}}\nsteps: [load, total, window]\n"
_KINDS = (
    ("src/churn/parts/part_{number}.py", _MODULE),
    ("tests/parts/test_part_{number}.py", _TEST),
    ("docs/parts/part_{number}.md", _PAGE),
    ("config/parts/part_{number}.yaml", _CONFIG),
    ("src/churn/more/more_{number}.py", _MODULE),
)


def checking(programs: Programs, workspace: Path, times: int) -> Table:
    """The whole process, for two sizes, with the first look and with a later one."""
    rows = []
    judged = theirs = 0
    for size in SIZES:
        place = repository(programs, workspace / str(size) / "churn", size)
        peer = partial(Command, [programs.repo_review, "."], place, codes=_FOUND)
        judged, theirs = _judged(programs, place), _reviewed(programs, place)
        for what, make in _ours(programs, workspace, place):
            runs = pairs(make, peer, times)
            each = judged / median(r.seconds for r, _ in runs), theirs / median(r.seconds for _, r in runs)
            rows.append([*against(f"{size} files, {what}", runs), f"{each[0]:,.0f} · {each[1]:,.0f}"])
    head = (*HEAD, "rules a second: mlascent · peer")
    notes = (
        f"repo-review {version(programs.repo_review)} with {theirs} checks that apply; mlascent decides"
        f" {judged} rules. A level-2 project with modules, tests, pages and settings added, all in git.",
        "repo-review looks at a few files of configuration by name and keeps nothing; mlascent reads what"
        " git tracks, follows calls and pipelines, and keeps what it parsed by content, and its verdicts for"
        " as long as no file changes. Aims: 300 ms for 150 files, 1 s for 2,500 with what was kept.",
    )
    return Table("`mlascent check`, beside repo-review with sp-repo-review", head, rows, notes)


def scaling(programs: Programs, workspace: Path, times: int) -> Table:
    """How a check grows with the number of files: time and memory."""
    rows = []
    for size in GROWTH:
        place = repository(programs, workspace / str(size) / "churn", size)
        found: list[Run] = [middle(several(make, times)) for _, make in _ours(programs, workspace, place)]
        peer = partial(Command, [programs.repo_review, "."], place, codes=_FOUND)
        found.append(middle(several(peer, times)))
        each = f"{found[0].seconds / size * 1e6:.0f} µs"
        rows.append([f"{size:,} files", *(cost(one) for one in found), each])
    head = ("", "nothing kept", "one module edited", "nothing changed", "repo-review", "a file, nothing kept")
    return Table("Growth of `mlascent check` with the repository", head, rows)


def _ours(programs: Programs, workspace: Path, place: Path) -> list[tuple[str, Callable[[], Command]]]:
    """How to call ours: with nothing kept, after an edit of one module, and again with nothing changed."""
    edits = count(1)
    module = next((place / "src").rglob("part_*.py"))
    kept = workspace / "kept"
    words: list[str | Path] = [programs.mlascent, "check", "."]
    env = {"MLASCENT_CACHE_DIR": str(kept)}

    def cold() -> Command:
        shutil.rmtree(kept, ignore_errors=True)
        return Command(words, place, env, _FOUND[:2])

    def edited() -> Command:
        module.write_text(f"{_MODULE.format(number=0)}\n\nEDIT = {next(edits)}\n", encoding="utf-8")
        return Command(words, place, env, _FOUND[:2])

    def again() -> Command:
        # A file that changed just now is read again: it could change once more within the same tick.
        time.sleep(max(0.0, module.stat().st_mtime + 4 - time.time()))
        return Command(words, place, env, _FOUND[:2])

    return [("nothing kept", cold), ("one module edited since", edited), ("nothing changed since", again)]


def repository(programs: Programs, place: Path, files: int) -> Path:
    """A project of so many files, committed."""
    place.parent.mkdir(parents=True)
    run(programs.mlascent, "new", place, "--level", "2", "--defaults", cwd=place.parent)
    there = len(run("git", "ls-files", cwd=place).splitlines())
    for number in range(files - there):
        name, text = _KINDS[number % len(_KINDS)]
        path = place / name.format(number=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(number=number), encoding="utf-8")
    run("git", "add", "--all", cwd=place)
    run("git", "commit", "--quiet", "--message", "parts", cwd=place)
    return place


def _judged(programs: Programs, place: Path) -> int:
    """How many rules ours decides, one way or the other."""
    found = _told([programs.mlascent, "check", ".", "--json"], place)["findings"]
    return sum(finding["state"] != "not_applicable" for finding in found)


def _reviewed(programs: Programs, place: Path) -> int:
    """How many checks the peer decides, one way or the other."""
    found = _told([programs.repo_review, "--format", "json", "."], place)["checks"]
    return sum(check["result"] is not None for check in found.values())


def _told(words: list[str | Path], place: Path) -> Any:
    done = subprocess.run(
        [str(word) for word in words], cwd=place, env=environment(), capture_output=True, check=False
    )
    if done.returncode not in _FOUND:
        raise RuntimeError(f"`{words[0]}` ended with {done.returncode}:\n{done.stderr.decode()}")
    return json.loads(done.stdout)
