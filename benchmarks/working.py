"""Working in a project: from nothing to a prediction, from an edit to a metric, and the tests."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measure import Command, Run, environment, middle, once, several
from benchmarks.programs import Programs, UnavailableError, run, version
from benchmarks.table import Table, cost, duration

#: Level → the word that trains and measures after an edit, and how long that, and the tests, may take (s).
LEVELS = {0: ("train", 3, 5), 1: ("evaluate", 6, 20), 2: ("evaluate", 6, 60)}


def journey(programs: Programs, workspace: Path, times: int) -> Table:
    """From nothing to a registered model and a first prediction, packages in uv's cache."""
    own = [_ours(programs, workspace / f"journey-{number}") for number in range(times + 1)][1:]
    created, trained, answered = (median(step[number] for step in own) for number in range(3))
    rows = [
        ["created, dependencies locked and installed", duration(created), ""],
        ["trained: a tracked and registered model (aim: 15 s)", duration(trained), ""],
        ["served: the first answer over HTTP (aim: 20 s)", duration(answered), ""],
    ]
    notes = [
        "Seconds since the start. Ours: `mlascent new --level 2`, `just setup`, `just train`, `just serve`."
        " Packages come from uv's cache; every run starts in a new folder, without environment or bytecode."
    ]
    try:
        peer = [_kedros(programs, workspace / f"flights-{number}") for number in range(times + 1)][1:]
    except UnavailableError as reason:
        notes.append(f"Not measured, Kedro's spaceflights: {reason}.")
    else:
        installed, ran = (median(step[number] for step in peer) for number in range(2))
        rows[0][2] = f"{duration(installed)} ({installed / created:.1f} ×)"
        rows[1][2] = f"{duration(ran)} ({ran / trained:.1f} ×)"
        rows[2][2] = "none"
        notes.append(
            f"Kedro {version(programs.kedro)}: `kedro new` of spaceflights-pandas, its requirements by uv, no"
            " lock; then `kedro run`, which trains and writes a file: no tracking, no registry, no service."
        )
    return Table("From nothing to a prediction", ("", "mlascent", "Kedro, spaceflights"), rows, notes)


def editing(programs: Programs, workspace: Path, times: int) -> Table:
    """From an edit of the model's code to its new metric; and the project's own tests."""
    rows = []
    for level, (word, metric_aim, test_aim) in LEVELS.items():
        place = workspace / f"editing-{level}"
        run(programs.mlascent, "new", place, "--level", str(level), "--defaults", "--setup", cwd=workspace)
        edited = middle(
            several(_edit(next((place / "src").glob("*/model.py")), Command(["just", word], place)), times)
        )
        tested = middle(several(partial(Command, ["just", "test"], place), times))
        rows.append([f"level {level}", *_aimed(edited, metric_aim), *_aimed(tested, test_aim)])
    notes = [
        "After an edit: `just train` at level 0; above, `just evaluate`, which trains again where it matters."
    ]
    try:
        place = workspace / "flights-editing"
        project = _spaceflights(programs, place)
        kedro = project / ".venv" / "bin" / "kedro"
        nodes = next(project.glob("src/*/pipelines/data_science/nodes.py"))
        edited = middle(several(_edit(nodes, Command([kedro, "run"], project)), times))
        rows.append(["Kedro, spaceflights", cost(edited), "", "see below", ""])
        notes.append(
            "Kedro runs its whole pipeline after an edit. Its example needs further packages for its tests."
        )
    except UnavailableError as reason:
        notes.append(f"Not measured, Kedro's spaceflights: {reason}.")
    head = ("", "edit → metric", "aim", "tests", "aim")
    return Table("Edit `model.py`, see the new metric; run the tests", head, rows, notes)


def _aimed(measured: Run, aim: float) -> list[str]:
    return [cost(measured), f"{aim} s"]


def _edit(file: Path, command: Command) -> Callable[[], Command]:
    """The command, after a change of the file that is different each time."""
    text, numbers = file.read_text(encoding="utf-8"), itertools.count()

    def make() -> Command:
        file.write_text(f"{text}\n# edit {next(numbers)}\n", encoding="utf-8")
        return command

    return make


def _ours(programs: Programs, place: Path) -> tuple[float, float, float]:
    """Seconds until a project is set up, has a registered model, has answered over HTTP."""
    words: list[str | Path] = [programs.mlascent, "new", place, "--level", "2", "--defaults"]
    created = once(Command(words, place.parent)).seconds + once(Command(["just", "setup"], place)).seconds
    trained = created + once(Command(["just", "train"], place)).seconds
    rows = json.loads((place / "models" / "model.json").read_text(encoding="utf-8"))["example"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begin = time.perf_counter()
    service = subprocess.Popen(
        ["just", "serve", str(port)],
        cwd=place,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _predicted(port, rows):
            if service.poll() is not None or time.perf_counter() - begin > 60:
                raise RuntimeError(f"`just serve` in {place} does not answer")
            time.sleep(0.02)
        return created, trained, trained + time.perf_counter() - begin
    finally:
        if service.poll() is None:
            os.killpg(service.pid, signal.SIGINT)
        service.wait(timeout=15)


def _predicted(port: int, rows: list[dict[str, object]]) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/predict",
        json.dumps({"rows": rows}).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"/predict answers {error.code}: {error.read().decode()}") from error
    except OSError:  # nobody listens yet
        return False


def _kedros(programs: Programs, place: Path) -> tuple[float, float]:
    """Seconds until Kedro's example is installed, and until it has trained."""
    begin = time.perf_counter()
    project = _spaceflights(programs, place)
    installed = time.perf_counter() - begin
    return installed, installed + once(Command([project / ".venv" / "bin" / "kedro", "run"], project)).seconds


def _spaceflights(programs: Programs, place: Path) -> Path:
    """Kedro's example project, installed."""
    starter, kedro = programs.spaceflights, programs.kedro
    place.mkdir(parents=True)
    run(kedro, "new", "--starter", starter, "--name", "Flights", "--telemetry=no", cwd=place)
    project = place / "flights"
    run("uv", "venv", "--quiet", project / ".venv")
    run("uv", "pip", "install", "--quiet", "--python", project / ".venv", "-r", project / "requirements.txt")
    return project
