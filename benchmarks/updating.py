"""Updating a project beside `copier update`: time, memory, conflicts, and what is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.creating import SIZES
from benchmarks.measure import Command, pairs
from benchmarks.programs import Programs, released, run
from benchmarks.table import HEAD, Table, against

#: A line of the user's in each file that the two levels share, and where: on top, or at the end.
_LINE = "user-line-{}"
_MARK = re.compile(r"^<{7} ", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What an update left.

    Attributes:
        files: How many the project has.
        conflicts: Places in files that a person has to settle.
        lost: Lines of the user's that are nowhere any more.
    """

    files: int
    conflicts: int
    lost: int


def updating(programs: Programs, workspace: Path, times: int) -> Table:
    """One level up, on a project of about a hundred files with the team's own lines in it."""
    rows = []
    for what, old, new in (("1 to 2", 1, 2), ("2 to 1", 2, 1)):
        ours = _made(workspace / f"ours-{old}", [programs.mlascent, "new"], ["--level", str(old)])
        copy: list[str | Path] = [
            programs.copier,
            "copy",
            "--quiet",
            "--data",
            f"level={old}",
            "--data",
            "project_name=churn",
        ]
        theirs = _made(workspace / f"theirs-{old}", [*copy, programs.template], [])
        update: list[str | Path] = [programs.mlascent, "update", "--level", str(new), "--yes", "--quiet"]
        peer: list[str | Path] = [
            programs.copier,
            "update",
            "--defaults",
            "--quiet",
            "--data",
            f"level={new}",
        ]
        rows.append(_compared(f"level {what}", workspace, (ours, update), (theirs, peer), times))
    head = (*HEAD, "files before · after", "conflicts: mlascent · peer", "lines lost: mlascent · peer")
    note = "Both with five lines of the team's own in files of the template, and ten files of its own."
    return Table("An update by one level, beside `copier update`", head, rows, (note,))


def growing(programs: Programs, workspace: Path, times: int) -> Table:
    """How an update grows with the number of files."""
    rows = []
    for size in SIZES:
        template = synthetic(workspace / f"synthetic-{size}", size)
        ours = _made(workspace / f"ours-{size}", [programs.mlascent, "new", "--template", template], [])
        theirs = _made(workspace / f"theirs-{size}", [programs.copier, "copy", "--quiet", template], [])
        update: list[str | Path] = [programs.mlascent, "update", "--level", "1", "--quiet"]
        peer: list[str | Path] = [programs.copier, "update", "--defaults", "--quiet", "--data", "level=1"]
        rows.append(_compared(f"{size} files", workspace, (ours, update), (theirs, peer), times))
    head = (*HEAD, "files before · after", "conflicts: mlascent · peer", "lines lost: mlascent · peer")
    note = (
        "A synthetic template, every second file rendered; the level brings a third of the files and changes"
        " a line in every tenth of the others. Both read it from a repository on this disk."
    )
    return Table("Growth of `update` with the project, beside `copier update`", head, rows, (note,))


def _made(place: Path, words: Sequence[str | Path], more: Sequence[str | Path]) -> Path:
    """A committed project with some work in it."""
    project = place / "churn"
    place.mkdir()
    run(*words, *more, "--defaults", project, cwd=place)
    if not (project / ".git").exists():
        run("git", "init", "--quiet", cwd=project)
        run("git", "add", "--all", "--force", cwd=project)
        run("git", "commit", "--quiet", "--message", "made", cwd=project)
    shared = sorted(
        path
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.parts and path.suffix in (".py", ".txt", ".md")
    )
    for number, path in enumerate(shared[:: max(1, len(shared) // 5)][:5]):
        mark = "# " if path.suffix == ".py" else ""
        path.write_text(
            f"{path.read_text(encoding='utf-8')}\n{mark}{_LINE.format(number)}\n", encoding="utf-8"
        )
    (project / "own").mkdir()
    for number in range(10):
        (project / "own" / f"{number}.txt").write_text(f"{_LINE.format(100 + number)}\n", encoding="utf-8")
    run("git", "add", "--all", cwd=project)
    run("git", "commit", "--quiet", "--message", "work", cwd=project)
    return project


def _compared(
    what: str,
    workspace: Path,
    ours: tuple[Path, Sequence[str | Path]],
    theirs: tuple[Path, Sequence[str | Path]],
    times: int,
) -> list[str]:
    runs = pairs(_fresh(workspace, "now-ours", *ours), _fresh(workspace, "now-theirs", *theirs), times)
    before = _looked(ours[0], set())
    lines = _lines(ours[0])
    one, two = _looked(workspace / "now-ours", lines), _looked(workspace / "now-theirs", lines)
    return [
        *against(what, runs),
        f"{before.files} · {one.files}",
        f"{one.conflicts} · {two.conflicts}",
        f"{one.lost} · {two.lost}",
    ]


def _fresh(workspace: Path, name: str, project: Path, words: Sequence[str | Path]) -> Callable[[], Command]:
    """The command, in a copy of the project that is made anew for each run."""

    def make() -> Command:
        place = workspace / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(project, place, symlinks=True)
        run("git", "status", "--short", cwd=place)  # the index learns the copy's times, as in daily work
        return Command(words, place)

    return make


def _lines(project: Path) -> set[str]:
    return {line for text in _texts(project) for line in re.findall(r"user-line-\d+", text)}


def _looked(project: Path, lines: set[str]) -> Outcome:
    texts = _texts(project)
    conflicts = sum(len(_MARK.findall(text)) for text in texts)
    return Outcome(len(texts), conflicts, len(lines - _lines(project)))


def _texts(project: Path) -> list[str]:
    return [
        path.read_text(encoding="utf-8", errors="replace")
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.parts
    ]


def synthetic(place: Path, files: int) -> Path:
    """A template of so many files of about forty lines, a third of which its level 1 brings."""
    (place / "template").mkdir(parents=True)
    body = "".join(f"line {number} of a file that stays as it is\n" for number in range(35))
    fields = "".join(f"{{{{ name }}}} {number}\n" for number in range(5))
    varies = "{% if level >= 1 %}more{% else %}less{% endif %}\n"
    kept = []
    for number in range(files - 1):
        rendered = number % 2 or not number % 10
        name = f"folder_{number % 10}/file_{number}.txt"
        kept.append((name, number % 3 == 1))
        path = place / "template" / (name + (".jinja" if rendered else ""))
        path.parent.mkdir(exist_ok=True)
        path.write_text(body + (varies if not number % 10 else "") + (fields if rendered else "plain\n" * 5))
    answers = "{{ _copier_answers | to_nice_yaml }}"
    (place / "template" / "{{ _copier_conf.answers_file }}.jinja").write_text(answers)
    keep = "".join(
        f"    {'{% if level >= 1 %}' if late else ''}!/{name}{'{% endif %}' if late else ''}\n"
        for name, late in [(".copier-answers.yml", False), *kept]
    )
    (place / "copier.yml").write_text(
        '_min_copier_version: "9.19.0"\n'
        "_subdirectory: template\n"
        "_preserve_symlinks: true\n"
        "_envops: {undefined: jinja2.StrictUndefined}\n"
        '_exclude: ["{{ files }}"]\n'
        "name: {type: str, default: anything}\n"
        "level: {type: int, default: 0, choices: [0, 1]}\n"
        f"files:\n  type: str\n  when: false\n  default: |\n    *\n{keep}"
    )
    return released(place)
