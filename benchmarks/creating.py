"""Starting up, and creating projects: time and memory beside the peers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measure import Command, Run, pairs
from benchmarks.programs import Programs, UnavailableError, released, version
from benchmarks.table import HEAD, Table, against, duration

SIZES = (50, 100, 300, 1000)


def starting(programs: Programs, workspace: Path, times: int) -> Table:
    """What a user waits for before anything happens."""
    copier = Command([programs.copier, "--version"], workspace)
    rows = [
        against(
            f"`mlascent {option}` · `copier --version`",
            pairs(partial(Command, [programs.mlascent, option], workspace), lambda: copier, times),
        )
        for option in ("--version", "--help")
    ]
    return Table("Start-up", HEAD, rows, (f"Copier {version(programs.copier)}.",))


def creating(programs: Programs, workspace: Path, times: int) -> Table:
    """A new project, nothing installed into it."""
    new = fresh(workspace, [programs.mlascent, "new", "--defaults", "--level", "2"])
    peers: list[tuple[str, Path, Callable[[], Callable[[], Command]]]] = [
        ("`copier copy` of the same template", programs.copier, lambda: _copier(programs, workspace)),
        ("cookiecutter-data-science", programs.ccds_program, lambda: _ccds(programs, workspace)),
        (
            "`kedro new`, its spaceflights example",
            programs.kedro,
            lambda: _kedro(programs, workspace, example=True),
        ),
        (
            "`kedro new`, the plain template",
            programs.kedro,
            lambda: _kedro(programs, workspace, example=False),
        ),
    ]
    rows, notes = [], []
    for what, program, command in peers:
        try:
            runs = pairs(new, command(), times)
        except UnavailableError as reason:
            notes.append(f"Not measured, {what}: {reason}.")
            continue
        files = newest_files(workspace, "ours"), newest_files(workspace, "theirs")
        each = [duration(_median(runs, side) / files[side]) for side in (0, 1)]
        line = against(f"{what} ({version(program)})", runs)
        rows.append([*line, f"{files[0]} · {files[1]}", f"{each[0]} · {each[1]}"])
    head = (*HEAD, "files: mlascent · peer", "time a file: mlascent · peer")
    notes.append(
        "mlascent's project is one of level 2, committed to git; no peer but Kedro's example trains a model."
    )
    return Table("A new project", head, rows, notes)


def growing(programs: Programs, workspace: Path, times: int) -> Table:
    """How time and memory grow with the number of a template's files."""
    rows = []
    for size in SIZES:
        template = synthetic(workspace / f"synthetic-{size}", size)
        new = fresh(workspace, [programs.mlascent, "new", "--defaults", "--template", template])
        copy = fresh(workspace, [programs.copier, "copy", "--defaults", "--quiet", template], "theirs")
        rows.append(against(f"{size} files", pairs(new, copy, times)))
    note = (
        "A synthetic template: every second file is rendered, with five substitutions; the others are copied."
    )
    return Table("Growth of `new` with the template, beside `copier copy`", HEAD, rows, (note,))


def synthetic(place: Path, files: int) -> Path:
    """A template of so many files of about forty lines; half of them are rendered."""
    (place / "template").mkdir(parents=True)
    lines = "".join(f"line {number} of a file that stays as it is\n" for number in range(35))
    fields = "".join(f"{{{{ name }}}} {number}\n" for number in range(5))
    kept = ["{{ _copier_conf.answers_file }}"]
    answers = "{{ _copier_answers | to_nice_yaml }}"
    (place / "template" / f"{kept[0]}.jinja").write_text(answers)
    for number in range(files - 1):
        name = f"folder_{number % 10}/file_{number}.txt"
        kept.append(name)
        path = place / "template" / (name + (".jinja" if number % 2 else ""))
        path.parent.mkdir(exist_ok=True)
        path.write_text(lines + (fields if number % 2 else "plain\n" * 5))
    keep = "".join(f"    !/{name}\n" for name in [".copier-answers.yml", *kept[1:]])
    (place / "copier.yml").write_text(
        '_min_copier_version: "9.19.0"\n'
        "_subdirectory: template\n"
        "_preserve_symlinks: true\n"
        "_envops: {undefined: jinja2.StrictUndefined}\n"
        '_exclude: ["{{ files }}"]\n'
        "name: {type: str, default: anything}\n"
        f"files:\n  type: str\n  when: false\n  default: |\n    *\n{keep}"
    )
    return released(place)


def fresh(workspace: Path, words: Sequence[str | Path], side: str = "ours") -> Callable[[], Command]:
    """A command that makes a project, each time in a new place, which is its last argument."""

    def make() -> Command:
        return Command([*words, new_place(workspace, side)], workspace)

    return make


def new_place(workspace: Path, side: str) -> Path:
    """A path for the next project of one side."""
    folder = workspace / side
    folder.mkdir(exist_ok=True)
    return folder / str(sum(1 for _ in folder.iterdir()))


def newest_files(workspace: Path, side: str) -> int:
    """How many files the last project has, those of git apart."""
    place = max((workspace / side).iterdir(), key=lambda path: int(path.name))
    return sum(path.is_file() and ".git" not in path.parts for path in place.rglob("*"))


def _median(runs: list[tuple[Run, Run]], side: int) -> float:
    return sorted(pair[side].seconds for pair in runs)[len(runs) // 2]


def _copier(programs: Programs, workspace: Path) -> Callable[[], Command]:
    words = ["copy", "--defaults", "--quiet", "--data=level=2", str(programs.template)]
    return fresh(workspace, [programs.copier, *words], "theirs")


def _ccds(programs: Programs, workspace: Path) -> Callable[[], Command]:
    template, program = programs.ccds_template, programs.ccds_program
    # Its hooks call the `python` that they find, and import ccds.
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])

    def make() -> Command:
        place = new_place(workspace, "theirs")
        return Command([program, template, "--no-input", "--output-dir", place], workspace, {"PATH": path})

    return make


def _kedro(programs: Programs, workspace: Path, *, example: bool) -> Callable[[], Command]:
    kind = [f"--starter={programs.spaceflights}"] if example else ["--tools=none", "--example=n"]
    words = [str(programs.kedro), "new", *kind, "--name=Flights", "--telemetry=no"]

    def make() -> Command:
        place = new_place(workspace, "theirs")
        place.mkdir()
        return Command(words, place)

    return make
