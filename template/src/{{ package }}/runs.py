"""The record of each batch run, and whether the last ones were good: `just monitor`."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

RUNS = Path("predictions/runs")
OLDEST = timedelta(hours=26)  # a daily run, and two hours of grace


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Run:
    """One batch run: what went in, what came out, and by which model. No values of any row."""

    input: str
    input_sha256: str
    output: str
    model: dict[str, str]
    most_refused: float  # share of the rows past which the output is not published
    started: str = field(default_factory=now)
    finished: str = ""
    status: str = "failed"  # until it is `done`, or `refused`
    rows_in: int = 0
    rows_out: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # reason: rows
    refused_first: dict[str, list[int]] = field(default_factory=dict)  # reason: first rows, from 1

    def refuse(self, reason: str, rows: list[int]) -> None:
        """Note rows that were not predicted."""
        self.refused[reason] = self.refused.get(reason, 0) + len(rows)
        first = self.refused_first.setdefault(reason, [])
        first += rows[: 10 - len(first)]

    @property
    def refused_share(self) -> float:
        """The share of the rows that were not predicted."""
        return sum(self.refused.values()) / self.rows_in if self.rows_in else 0.0

    def write(self, folder: Path = RUNS) -> Path:
        """Write the record; its name sorts by time."""
        self.finished = now()
        folder.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        path = folder / f"{stamp}.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        return path


def latest(folder: Path = RUNS, count: int = 5) -> list[Run]:
    """Read the last records, the newest first."""
    paths = sorted(folder.glob("*.json"), reverse=True)[:count]
    return [Run(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def problems(runs: list[Run], oldest: timedelta = OLDEST) -> list[str]:
    """Say what is wrong with the newest run: none, too old, failed, or too many rows refused."""
    if not runs:
        return ["there is no batch run yet: `just predict FILE --output OUT`"]
    last, found = runs[0], []
    age = datetime.now(UTC) - datetime.fromisoformat(last.finished)
    if age > oldest:
        found.append(f"the last run is {age.total_seconds() / 3600:.0f} hours old")
    if last.status != "done":
        found.append(f"the last run, of {last.input}, {last.status}")
    return found


def main() -> None:
    """Show the last batch runs; exit 1 if the newest is too old or not good."""
    parser = argparse.ArgumentParser(prog="just monitor", description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--hours", type=float, default=OLDEST.total_seconds() / 3600)
    options = parser.parse_args()
    runs = latest(options.folder)
    for run in runs:
        rows = f"{run.rows_in:>9} rows, {run.refused_share:.2%} refused"
        model = f"model {run.model['name']} {run.model['version']}"
        print(f"{run.finished}  {run.status:8} {rows}  {model}  {run.input}")
    found = problems(runs, timedelta(hours=options.hours))
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
