"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Run, middle


@dataclass(frozen=True)
class Table:
    """A table with a title, and what must be known to read it.

    Attributes:
        title: What was measured.
        head: The columns; all but the first hold numbers.
        rows: The lines.
        notes: Sentences below it.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """The table, its title above and its notes below."""
        rule = ["---"] + ["---:"] * (len(self.head) - 1)
        lines = [self.head, rule, *self.rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return "\n\n".join([f"## {self.title}", table, *self.notes]) + "\n"


HEAD = ("", "mlascent", "peer", "time: peer / mlascent", "memory: peer / mlascent")


def against(what: str, runs: Sequence[tuple[Run, Run]]) -> list[str]:
    """A line that compares: medians of both, and the median of the ratios within pairs."""
    ours, theirs = middle([pair[0] for pair in runs]), middle([pair[1] for pair in runs])
    time = median(peer.seconds / own.seconds for own, peer in runs)
    memory = median(peer.mebibytes / own.mebibytes for own, peer in runs)
    return [what, cost(ours), cost(theirs), f"{time:.1f} ×", f"{memory:.1f} ×"]


def cost(run: Run) -> str:
    """Time and memory of a run."""
    return f"{duration(run.seconds)}, {run.mebibytes:.0f} MiB"


def duration(seconds: float) -> str:
    """A duration, in the unit that suits it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
