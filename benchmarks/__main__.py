"""`python -m benchmarks`: measure, print Markdown, and with --write keep it in results.md."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import mlascent

from benchmarks import checking, creating, histories, programs, updating, working
from benchmarks.table import Table

RESULTS = Path(__file__).with_name("results.md")

#: Part → what measures it, and how many pairs of runs are enough.
PARTS: dict[str, tuple[Callable[[programs.Programs, Path, int], Table], int]] = {
    "starting": (creating.starting, 15),
    "creating": (creating.creating, 7),
    "growing": (creating.growing, 5),
    "updating": (updating.updating, 7),
    "climbing": (updating.growing, 5),
    "histories": (histories.histories, 500),
    "checking": (checking.checking, 7),
    "scaling": (checking.scaling, 3),
    "journey": (working.journey, 3),
    "editing": (working.editing, 3),
}


def main() -> None:
    """Measure the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all without it"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the results in {RESULTS.name}")
    parser.add_argument("--runs", type=int, help="pairs of runs, instead of each part's own number")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir(), "mlascent-benchmarks"))
    parser.add_argument("--ccds", default=programs.CCDS, help="a clone of cookiecutter-data-science")
    parser.add_argument("--kedro-starters", default=programs.STARTERS, help="a clone of kedro-starters")
    options = parser.parse_args()
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"no such part: {', '.join(unknown)}")
    chosen = options.parts or list(PARTS)
    if options.write and set(chosen) != set(PARTS):
        parser.error("--write keeps the results of all parts: name none")

    compared = programs.Programs(options.cache, options.ccds, options.kedro_starters)
    pages = [about()]
    for name in chosen:
        measure, times = PARTS[name]
        workspace = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        try:
            pages.append(measure(compared, workspace, options.runs or times).markdown())
        finally:
            shutil.rmtree(workspace)
        print(pages[-1], flush=True)
    if options.write:
        RESULTS.write_text("\n".join(pages), encoding="utf-8")
        print(f"written to {RESULTS.name}", file=sys.stderr)


def about() -> str:
    """The page's head: what was measured, and on what kind of machine."""
    system = f"{platform.system()} {platform.machine()}"
    machine = f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return (
        "# Benchmarks\n\n"
        f"mlascent {mlascent.__version__}, {datetime.now(UTC):%Y-%m-%d}, {machine}."
        " How to read and repeat this: [README.md](README.md).\n"
    )


if __name__ == "__main__":
    main()
