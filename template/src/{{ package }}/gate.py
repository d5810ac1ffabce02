"""Decide whether a model may be registered: `just gate`. The limits stand in `mlascent.yaml`."""

import json
import math
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from . import evaluate, params, predict
from .predict import MODEL

REPORT = Path("reports/gate.json")
REPORTS = {name: Path(f"reports/{name}.json") for name in ("metrics", "baseline", "slices")}
RELATIVE = ("better_than_baseline", "worse_than_champion")
ROUNDS, CALLS = 3, 20  # behind the measured latency
Scores = dict[str, float]


class RefusedError(Exception):
    """A step that must not happen, and why."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a candidate; every score is on the same test rows."""

    chosen: str  # the metric that `params.yaml` chooses
    lower: Collection[str]  # the metrics whose lower value is the better
    metrics: Scores
    baseline: Scores | None = None
    slices: list[dict[str, Any]] | None = None  # column, group, small, and every metric
    champion: Scores | None = None  # None: there is none
    size: Scores = field(default_factory=dict)  # latency_ms and size_mb


def limits(thresholds: Any, known: Collection[str]) -> dict[str, Any]:
    """Read the thresholds of a model.

    Raises:
        RefusedError: there are none, or some are unknown or malformed; all are named.
    """
    found = dict(thresholds) if isinstance(thresholds, dict) else {}
    found.pop("example", None)
    wrong = [] if found else ["a mapping is expected, with one threshold at least"]
    for name, value in found.items():
        if name in RELATIVE:
            if not is_number(value) or value < 0:
                wrong.append(f"{name}: expected a share such as 0.02, found {value!r}")
        elif name not in (*known, "latency_ms", "size_mb", "slices"):
            wrong.append(f"{name}: no such metric among {', '.join(sorted(known))}")
        elif not (isinstance(value, dict) and value and {"min", "max"}.issuperset(value)):
            wrong.append(f"{name}: expected min, max or both, found {value!r}")
        elif not all(is_number(bound) for bound in value.values()):
            wrong.append(f"{name}: expected numbers, found {value!r}")
    if wrong:
        raise RefusedError("\n  ".join(["mlascent.yaml, thresholds:", *wrong]))
    return found


def is_number(value: Any) -> bool:
    """Whether a value from YAML is a finite number; `true` is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def decide(thresholds: dict[str, Any], known: Evidence) -> list[dict[str, Any]]:
    """Hold the evidence against each threshold: a row with criterion, value, limit, passed.

    A value that was not measured, or is no number, does not pass.
    """
    rows = []
    for name, limit in thresholds.items():
        if name == "better_than_baseline":
            rows.append(relative(name, known, known.baseline or {}, limit))
        elif name == "worse_than_champion" and known.champion is None:
            value = known.metrics.get(known.chosen)
            rows.append({"criterion": name, "value": value, "limit": "no champion", "passed": True})
        elif name == "worse_than_champion":
            rows.append(relative(name, known, known.champion or {}, -limit))
        elif name == "slices" and known.slices:
            for group in known.slices:
                value = group.get(known.chosen)
                if value is not None and not group["small"]:  # others say nothing either way
                    rows.append(within(f"{group['column']} {group['group']}", value, limit))
        else:
            rows.append(within(name, (known.metrics | known.size).get(name), limit))
    return rows


def within(name: str, value: float | None, limit: Scores) -> dict[str, Any]:
    """Hold a value against its bounds."""
    low, high = limit.get("min", -math.inf), limit.get("max", math.inf)
    told = " and ".join(f"{'>=' if key == 'min' else '<='} {limit[key]:g}" for key in sorted(limit))
    passed = value is not None and low <= value <= high
    return {"criterion": name, "value": value, "limit": told, "passed": passed}


def relative(name: str, known: Evidence, other: Scores, share: float) -> dict[str, Any]:
    """Hold the chosen metric against another model's, moved by a share of it: up is stricter."""
    sign = -1 if known.chosen in known.lower else 1
    value, reference = known.metrics.get(known.chosen), other.get(known.chosen)
    row = {"criterion": name, "value": value, "limit": "not measured", "passed": False}
    if value is None or reference is None:
        return row
    bound = reference + sign * share * abs(reference)
    ahead = sign * (value - bound)
    strict = name == "better_than_baseline"  # to equal the floor is not to be better
    side = ("<" if sign < 0 else ">") + ("" if strict else "=")
    return row | {"limit": f"{side} {bound:.6g}", "passed": ahead > 0 if strict else ahead >= 0}


def measure() -> Scores:
    """Measure the saved model: ms for one row (95th percentile, one thread), and its size in MB."""
    fitted, rounds = predict.load(MODEL), []
    row = pd.DataFrame(fitted.meta["example"][:1])
    with threadpool_limits(1):
        for _ in range(ROUNDS):
            took = []
            for _ in range(CALLS):
                started = time.perf_counter()
                fitted.predict(row)
                took.append((time.perf_counter() - started) * 1000)
            rounds.append(sorted(took)[math.ceil(0.95 * CALLS) - 1])
    # The best round: what else the machine does at the time only ever adds.
    return {"latency_ms": round(min(rounds), 3), "size_mb": round(MODEL.stat().st_size / 1e6, 3)}


def run(champion: Scores | None = None) -> dict[str, Any]:
    """Decide on the model that was trained last; print and write the verdict.

    Raises:
        RefusedError: a threshold is malformed, or nothing was trained and evaluated yet.
    """
    if not (REPORTS["metrics"].exists() and MODEL.exists()):
        raise RefusedError("nothing to judge: run `just train` first")
    reports: Any = {name: read(path) for name, path in REPORTS.items()}
    name, model = next(iter(params.load(Path("mlascent.yaml"))["models"].items()))
    thresholds = limits((model or {}).get("thresholds"), evaluate.METRICS)
    chosen, lower = params.load()["evaluation"]["metric"], evaluate.LOWER_IS_BETTER
    rows = decide(thresholds, Evidence(chosen, lower, **reports, champion=champion, size=measure()))
    verdict = {"model": name, "passed": all(row["passed"] for row in rows), "criteria": rows}
    REPORT.write_text(json.dumps(verdict, indent=2) + "\n", encoding="utf-8")
    for row in rows:
        value = "not measured" if row["value"] is None else f"{row['value']:.4f}"
        mark = "pass" if row["passed"] else "FAIL"
        print(f"  {mark}  {row['criterion']:24} {value:>12}  {row['limit']}")
    return verdict


def read(path: Path) -> Any:
    """What a report says; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def main() -> None:
    """Judge the model that was trained last; fail when it may not be registered."""
    try:
        passed = run()["passed"]
    except RefusedError as refusal:
        sys.exit(str(refusal))
    sys.exit(0 if passed else f"the gate refuses the model: {REPORT}")


if __name__ == "__main__":
    main()
