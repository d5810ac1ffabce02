"""Nothing is registered that a gate did not let pass (DE141)."""

from __future__ import annotations

from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.rules import code
from mlascent.rules.entries import once
from mlascent.rules.model import Verdict, failed, not_applicable, passed, rule
from mlascent.rules.registrations import declared
from mlascent.rules.stages import Stage, of_kind, reach, stages, upstream
from mlascent.rules.words import at, foreign, kinds, own, parts

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
#: What functions and modules of a gate are called.
GATES = frozenset({"gate", "judge", "approve", "approved", "threshold", "thresholds", "verdict", "decide"})
_WAITS = frozenset({"pending", "PendingManualApproval"})
_CONDITIONS = (
    "sagemaker.workflow.*ConditionStep",
    "*.ConditionStep",
    "kfp.dsl.Condition",
    "kfp.dsl.If",
    "*.ShortCircuitOperator",
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
    found, named = registering(facts), declared(facts)
    if not found and not named:
        return not_applicable("No code registers a model, so there is nothing to guard.")
    for stage in named:
        if not set(_gates(facts)) & set(upstream(facts, stage) or ()):
            return failed("The platform's pipeline registers a model without a gate.", stage.evidence)
    for call in found:
        here = (call.path, call.call.inside)
        if not (_guarded(facts, here, 4) or _stage_guarded(facts, call) or _waits(facts, call)):
            return failed("A model is registered without a gate that can refuse it.", at(call))
    where = [*(at(call) for call in found[:3]), *(stage.evidence for stage in named)]
    return passed("A model is registered only after the gate.", *where)


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
        named = {*parts(inner), *parts(stem)} & GATES or "gate" in kinds(inner.rpartition(".")[2])
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
    for stage in stages(facts):
        if (call.path, call.call.inside) in reach(facts, [stage]):
            return bool(set(_gates(facts)) & set(upstream(facts, stage) or ()))
    return False


def _gates(facts: Facts) -> list[Stage]:
    """Stages that are a gate and can fail."""
    return [s for s in of_kind(facts, "gate") if s.counts and code.refuses(facts, reach(facts, [s]))]
