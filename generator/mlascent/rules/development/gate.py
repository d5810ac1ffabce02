"""Performance gate (DE140, DE142, DE143)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.answers import MANIFEST
from mlascent.rules.development.guards import GATES
from mlascent.rules.development.problem import manifest, metrics
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.words import parts

_RELATIVE = ("better_than_baseline", "worse_than_champion")
_FAIR = re.compile(r"(?i)slices|fair|parity|equal|disparate|gap|difference")


def thresholds(facts: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Model → its thresholds; examples left out."""
    models = facts.answers.block("models")
    for name, model in models.items() if isinstance(models, dict) else ():
        found = model.get("thresholds") if isinstance(model, dict) else None
        if isinstance(found, dict) and found.get("example") is not True and model.get("example") is not True:
            yield str(name), found


@rule("DE140")
def limits(facts: Facts) -> Verdict:
    """The template's example, or limits of a metric that nobody computes, hold nothing up."""
    values, _ = metrics(facts)
    found = dict(thresholds(facts))
    if not found:
        return failed(_none(facts), *_manifest(facts))
    for name, limit in found.items():
        own_metrics = [
            key for key in limit if key not in (*_RELATIVE, "latency_ms", "size_mb", "slices", "example")
        ]
        missing = [key for key in ("latency_ms", "size_mb") if not _bound(limit.get(key))]
        missing += (
            []
            if any(isinstance(limit.get(key), int | float) for key in _RELATIVE)
            else ["baseline or champion"]
        )
        missing += [] if any(_bound(limit[key]) for key in own_metrics) else ["a metric"]
        unknown_ = [key for key in own_metrics if values and key not in values]
        if missing or unknown_:
            said = (
                f"no limit for {', '.join(missing)}"
                if missing
                else f"a limit for {unknown_[0]}, which is not measured"
            )
            return failed(f"The thresholds of {name} have {said}.", *_manifest(facts))
    return passed("Quality, latency and size have limits.", *_manifest(facts))


def _none(facts: Facts) -> str:
    if facts.answers.manifest:
        return f"{MANIFEST} has no thresholds but the example's."
    return f"There is no {MANIFEST}: no threshold is written down."


def _manifest(facts: Facts) -> list[Evidence]:
    return [manifest(facts, "models")] if facts.answers.manifest else []


def _bound(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return any(
        isinstance(value.get(key), int | float) and not isinstance(value.get(key), bool)
        for key in ("min", "max")
    )


@rule("DE142")
def fair(facts: Facts) -> Verdict:
    """A fairness metric in a report that the gate does not read refuses no model."""
    found = dict(thresholds(facts))
    if not found:
        return failed(_none(facts), *_manifest(facts))
    for name, limit in found.items():
        fairness = any(_FAIR.search(key) for key in limit) or bool(limit.get("no_fairness_because"))
        if not fairness or not _bound(limit.get("latency_ms")):
            what = "latency" if fairness else "fairness, nor a reason why none applies"
            return failed(f"The thresholds of {name} have no limit of {what}.", *_manifest(facts))
    return passed("The gate holds limits of fairness and latency.", *_manifest(facts))


@rule("DE143")
def refused(facts: Facts) -> Verdict:
    """A test that only lets a good model pass does not show a refusal."""
    for module in facts.python.modules.values():
        said = [f"{item.module}.{item.name}" for item in module.imports] if module.test else []
        if not any(set(parts(name)) & GATES for name in said):
            continue
        for name, function in module.functions.items():
            within = facts.python.reach([f"{module.path}::{name}"])
            asks = any(_of_gate(facts, path, inner) for path, inner in within if path != module.path)
            expects = facts.python.calls(("pytest.raises", "*.assertRaises"), [(module.path, name)])
            worse = {"test", *parts(name)} & {
                "refuse",
                "refuses",
                "refused",
                "worse",
                "rejects",
                "stops",
                "fails",
                "holds",
            }
            if asks and function.asserts and (expects or worse):
                return passed(
                    "A test expects the gate to refuse.", Evidence(module.path, function.line, name)
                )
    return unknown("No refusal is on record, and no test expects one: reports of past runs would show it.")


def _of_gate(facts: Facts, path: str, name: str) -> bool:
    """Whether it is a function of a gate."""
    module = facts.python.modules.get(path)
    function = module.functions.get(name) if module else None
    stem = path.rpartition("/")[2].removesuffix(".py")
    return function is not None and function.kind == "function" and bool(set(parts(stem)) & GATES)
