"""Performance gate (DE140 to DE143)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.answers import MANIFEST
from mlascent.facts.python import Found
from mlascent.rules import code
from mlascent.rules.development.problem import manifest, metrics
from mlascent.rules.entries import once
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule, unknown
from mlascent.rules.stages import of_kind, reach, stages, upstream
from mlascent.rules.words import at, foreign, kinds, own, parts

_RELATIVE = ("better_than_baseline", "worse_than_champion")
_FAIR = re.compile(r"(?i)slices|fair|parity|equal|disparate|gap|difference")
_REGISTERS = (
    *("*.create_model_version", "*.register_model", "*.models.create_or_update", "*.create_model_package"),
    *(
        "azureml.core.Model.register",
        "*.RegisterModel",
        "*.link_model",
        "*.ModelStep",
        "sagemaker.*.register",
    ),
)
_GATES = frozenset({"gate", "judge", "approve", "approved", "threshold", "thresholds", "verdict", "decide"})
_WAITS = frozenset({"pending", "PendingManualApproval"})
_CONDITIONS = (
    "sagemaker.workflow.*ConditionStep",
    "*.ConditionStep",
    "kfp.dsl.Condition",
    "kfp.dsl.If",
    "*.ShortCircuitOperator",
)


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


@once
def registering(facts: Facts) -> tuple[Found, ...]:
    """Calls that register a model, tests left out."""
    found = [*foreign(facts, facts.python.calls(_REGISTERS))]
    found += [f for f in facts.python.calls(("*.log_model",)) if "registered_model_name" in f.call.keywords]
    package = {module.path for module in facts.python.package()}
    return tuple(f for f in found if f.path in package and not _only_tags(facts, f))


def _only_tags(facts: Facts, call: Found) -> bool:
    """Whether a call of Azure ML changes the tags of a version that is there: it makes none."""
    function = facts.python.modules[call.path].functions.get(call.call.inside)
    if function is None or not call.call.name.endswith("models.create_or_update"):
        return False
    made = facts.python.calls(("azure.ai.ml.entities.Model",), [(call.path, call.call.inside)])
    return not made and any(name.rpartition(".")[2] == "tags" for name in function.names)


def _waits(facts: Facts, call: Found) -> bool:
    """Whether a version is made to wait, and who approves it refuses what the gate did.

    The first deployment to a new place has an empty registry, and what goes there was judged by nobody yet.
    """
    if not _WAITS & set(_said(facts, (call.path, call.call.inside))):
        return False
    for module in facts.python.package():
        for name in module.functions:
            said = set(_said(facts, (module.path, name)))
            if "gate" in said and "refused" in said and said & {"approved", "Approved"}:
                return code.refuses(facts, [(module.path, name)])
    return False


def _said(facts: Facts, function: tuple[str, str]) -> Iterator[str]:
    """Texts in a function."""
    path, name = function
    module = facts.python.modules[path]
    found = module.functions.get(name)
    return (text for line, text in module.strings if found and found.line <= line <= found.end)


@rule("DE141")
def gated(facts: Facts) -> Verdict:
    """A gate that prints, that nothing asks before it registers, or that a second way passes by."""
    found = registering(facts)
    if not found:
        return not_applicable("No code registers a model, so there is nothing to guard.")
    for call in found:
        here = (call.path, call.call.inside)
        if not (_guarded(facts, here, 4) or _stage_guarded(facts, call) or _waits(facts, call)):
            return failed("A model is registered without a gate that can refuse it.", at(call))
    return passed("A model is registered only after the gate.", *(at(call) for call in found[:3]))


def _guarded(facts: Facts, function: tuple[str, str], depth: int) -> bool:
    """Whether a function asks a gate that can refuse, or is called only by functions that do."""
    path, name = function
    module = facts.python.modules[path]
    if facts.python.calls(_CONDITIONS, [(path, n) for n in ("", *module.functions)]):
        return True
    if _asks(facts, function):
        return True
    if not depth or not name:
        return False
    callers = _callers(facts, function)
    return bool(callers) and all(_guarded(facts, caller, depth - 1) for caller in callers)


def _asks(facts: Facts, function: tuple[str, str]) -> bool:
    path, name = function
    module = facts.python.modules[path]
    here = module.functions.get(name)
    said = here.names if here else tuple(c.name for c in module.calls if not c.inside)
    for word in said:
        target = own(facts, word, path)
        if target is None or target == function:
            continue
        home, inner = target
        stem = home.rpartition("/")[2].removesuffix(".py")
        named = {*parts(inner), *parts(stem)} & _GATES or "gate" in kinds(inner.rpartition(".")[2])
        if named and _refuses(facts, f"{home}::{inner}", function):
            return True
    return False


def _refuses(facts: Facts, gate: str, asked_by: tuple[str, str]) -> bool:
    """Whether the gate stops by itself, or who asks it can stop."""
    within = facts.python.reach([gate]) | {asked_by}
    return code.refuses(facts, within)


def _callers(facts: Facts, function: tuple[str, str]) -> list[tuple[str, str]]:
    bare = function[1].rpartition(".")[2]

    def means(word: str, path: str) -> bool:
        return word.rpartition(".")[2] == bare and own(facts, word, path) == function

    found = []
    for module in facts.python.package():
        for name, other in module.functions.items():
            said = other.names if other.kind == "function" and (module.path, name) != function else ()
            if any(means(word, module.path) for word in said):
                found.append((module.path, name))
        if any(means(call.name, module.path) for call in module.calls if not call.inside):
            found.append((module.path, ""))
    return found


def _stage_guarded(facts: Facts, call: Found) -> bool:
    """Whether the stage that registers depends on a stage that is a gate and can fail."""
    gates = [s for s in of_kind(facts, "gate") if s.counts and code.refuses(facts, reach(facts, [s]))]
    for stage in stages(facts):
        if (call.path, call.call.inside) in reach(facts, [stage]):
            return bool(set(gates) & set(upstream(facts, stage) or ()))
    return False


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
        if not any(set(parts(name)) & _GATES for name in said):
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
    return function is not None and function.kind == "function" and bool(set(parts(stem)) & _GATES)
