"""Problem framing (DE001, DE002)."""

from __future__ import annotations

from typing import Any

from mlascent.facts import Facts
from mlascent.facts.answers import MANIFEST
from mlascent.rules import code
from mlascent.rules.entries import entries_of_evaluation, reached, training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.stages import of_kind, reach, stages
from mlascent.rules.texts import said

_ASKED = ("objective", "users", "kpi", "baseline", "constraints")


@rule("DE001")
def problem(facts: Facts) -> Verdict:
    """The template's example text, an empty owner, or a block of placeholders is nobody's problem."""
    if not facts.answers.manifest:
        return failed(f"There is no {MANIFEST}.")
    block = facts.answers.block("problem")
    if not isinstance(block, dict):
        return failed(
            f"The problem in {MANIFEST} is missing, or still the example.", manifest(facts, "problem")
        )
    missing = [key for key in _ASKED if not said(block.get(key))]
    if missing:
        return failed(f"The problem does not say {', '.join(missing)}.", manifest(facts, "problem"))
    owners = facts.answers.block("owners")
    if not any(isinstance(o, dict) and said(o.get("name")) for o in owners or ()):
        return failed(f"{MANIFEST} names no owner.", manifest(facts, "owners"))
    return passed("The problem is written, and somebody owns it.", manifest(facts, "problem"))


def manifest(facts: Facts, *keys: str) -> Evidence:
    """A place in the manifest."""
    found = facts.settings.named(MANIFEST)
    return Evidence(MANIFEST, found[0].line(*keys) if found else 0, ".".join(keys))


def kpis(facts: Facts) -> list[str]:
    """Names of the KPIs in the manifest, examples included."""
    block = facts.answers.manifest.get("problem")
    listed: Any = block.get("kpi") if isinstance(block, dict) else None
    if isinstance(listed, dict):
        return [str(name) for name in listed]
    found = [listed] if isinstance(listed, str) else listed or []
    return [str(k.get("name") or k.get("metric") or "") if isinstance(k, dict) else str(k) for k in found]


def metrics(facts: Facts) -> tuple[dict[str, float], str]:
    """Numbers of the metrics file that the pipeline declares, by key, and the file; empty before a run."""
    for path in sorted({*facts.dvc.metrics, *(m for s in stages(facts) for m in s.metrics)}, key=_likely):
        value = facts.settings.get(path) if path.endswith((".json", ".yaml", ".yml", ".toml")) else None
        if isinstance(value, dict) and (found := _numbers(value)):
            return found, path
    return {}, ""


def _likely(path: str) -> tuple[bool, str]:
    return "metrics" not in path.rpartition("/")[2], path


def _numbers(value: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            found |= _numbers(inner)
        elif isinstance(inner, int | float) and not isinstance(inner, bool):
            found[str(key)] = float(inner)
    return found


@rule("DE002")
def computed(facts: Facts) -> Verdict:
    """A KPI that only a document names is computed nowhere: metrics file or evaluation must have it."""
    if not facts.answers.manifest:
        return failed(f"There is no {MANIFEST}: no KPI is written down.")
    wanted = [name for name in kpis(facts) if name]
    if not wanted:
        return failed(f"{MANIFEST} names no KPI.", manifest(facts, "problem"))
    values, path = metrics(facts)
    if values:
        missing = [name for name in wanted if name not in values]
        if missing:
            return failed(
                f"{path} has no {', '.join(missing)}.", Evidence(path), manifest(facts, "problem", "kpi")
            )
        return passed(f"{path} has every KPI.", Evidence(path))
    within = reach(facts, of_kind(facts, "evaluate")) | reached(facts, entries_of_evaluation(facts))
    if not within and not training(facts):
        return unknown("No evaluation was found, and no metrics file.", manifest(facts, "problem", "kpi"))
    found = {
        text: Evidence(where, line, text) for where, line, text in code.texts(facts, within) if text in wanted
    }
    missing = [name for name in wanted if name not in found]
    if missing:
        return failed(
            f"The evaluation does not compute {', '.join(missing)}.", manifest(facts, "problem", "kpi")
        )
    return passed("The evaluation computes every KPI.", *found.values())
