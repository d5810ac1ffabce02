"""The platform's pipeline, how it gets there, and what it registers: DP183, DP184 and DP186."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.platforms import Made
from mlascent.facts.python import Found
from mlascent.rules import code, words
from mlascent.rules.deployment import delivery, on_platform, places
from mlascent.rules.deployment.on_platform import Start
from mlascent.rules.entries import once
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule
from mlascent.rules.registrations import declared
from mlascent.rules.stages import Stage, reach, stages, upstream

_NOWHERE = "Nothing here runs on SageMaker or Azure ML."
_REGISTERS = frozenset({"register", "registers", "registration"})
_REGISTERING = frozenset({"RegisterModel", "ModelStep", "register", "create_model_package", "ModelPackage"})
_GATES = frozenset({"gate", "judge", "approve", "check", "threshold", "quality", "verdict"})
_MAKES_VERSIONS = (
    *("*.create_model_package", "*.RegisterModel", "sagemaker.*.register", "*.register", "*.ModelStep"),
    "*.models.create_or_update",
)
_PENDING = re.compile(r"PendingManualApproval|pending", re.IGNORECASE)
_INSTALLS = (
    *("*.upsert", "*.create_pipeline", "*.update_pipeline", "*.components.create_or_update"),
    *("*.schedules.begin_create_or_update", "*.upload_pipeline"),
)
_STATUS = ("approval_status", "ModelApprovalStatus", "model_approval_status")
_PULLS = frozenset({"change"})


@rule("DP183")
def the_pipeline_has_a_gate(facts: Facts) -> Verdict:
    """A condition with nothing behind it, a registration beside it, or a definition that nothing starts."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    found = [*_composed(facts), *_declared(facts)]
    if not found:
        return failed("No pipeline of the platform is defined that registers a model.")
    problem, evidence = next((each for each in found if each[0]), found[0])
    if problem:
        return failed(problem, *evidence)
    started = next(
        on_platform.doing(
            facts,
            (*delivery.UPSERTS, *on_platform.TRAINS),
            (*delivery.UPSERTING, *on_platform.TRAINING),
            on_platform.TRAIN_WORDS,
        ),
        None,
    )
    if started is None:
        return failed("The pipeline has a gate, but nothing installs or starts it.", *evidence)
    return passed(
        "The platform's pipeline registers only what its gate lets pass.", *evidence, *started.evidence
    )


def _composed(facts: Facts) -> Iterator[tuple[str, list[Evidence]]]:
    """SageMaker: what is wrong with each pipeline that registers (empty where nothing is), and where."""
    made = facts.platforms.made
    for pipeline in (m for m in made if m.name == "Pipeline" and "steps" in m.given):
        inside = _reached(made, pipeline, "steps")
        mine = [m for m in made if m.name == "ConditionStep" and {m.target, m.inside} & inside]
        gates = [m for m in mine if _registers(_reached(made, m, "if_steps"))]
        where = [Evidence(m.path, m.line, m.name) for m in (pipeline, *(gates or mine))]
        if _registers(_reached(made, pipeline, "steps", past=False)):
            said = "beside its gate" if mine else "without a gate"
            yield f"The platform's pipeline registers a model {said}.", where
        elif gates and not all(gate.given.get("conditions") for gate in gates):
            yield "The gate of the pipeline has no condition.", where
        elif gates:
            yield "", where
        elif mine:
            yield "Behind the gate of the pipeline nothing is registered.", where


def _reached(made: tuple[Made, ...], begin: Made, key: str, past: bool = True) -> set[str]:
    """Names that an argument stands for, and what is called to make them; also past conditions, where asked.

    A variable is one of the function that mentions it, or of its module; a function is known everywhere.
    """
    composing = {m.inside for m in made if m.name == "Pipeline"}
    found: set[tuple[str, str, str]] = set()
    waiting = [(name, begin.path, begin.inside) for name in begin.given.get(key, ())]
    while waiting:
        each = waiting.pop()
        name, path, inside = each
        if each in found:
            continue
        found.add(each)
        for call in made:
            held = call.target == name and call.path == path and call.inside in (inside, "")
            within = call.inside == name and name not in composing
            if (held or within) and (past or call.name != "ConditionStep"):
                said = (call.name, *(word for several in call.given.values() for word in several))
                waiting += [(word, call.path, call.inside) for word in said]
    return {name for name, _, _ in found}


def _registers(reached: set[str]) -> bool:
    """Whether one of these names is a step that registers."""
    return bool(_REGISTERING & reached) or any(_REGISTERS & set(words.parts(name)) for name in reached)


def _declared(facts: Facts) -> Iterator[tuple[str, list[Evidence]]]:
    """Azure ML: the same of pipelines in YAML."""
    mine = [stage for stage in stages(facts) if stage.system == "Azure ML"]
    for stage in mine:
        if stage not in declared(facts) and not _REGISTERS & set(words.parts(stage.name)):
            continue
        before = upstream(facts, stage) or ()
        gates = [other for other in before if _GATES & set(words.parts(other.name))]
        if not gates:
            yield "The platform's pipeline registers a model without a gate.", [stage.evidence]
        elif _goes_on(facts, stage.path):
            yield "The pipeline goes on where its gate fails.", [gates[0].evidence, stage.evidence]
        elif not any(_can_refuse(facts, gate) for gate in gates):
            yield "The gate of the pipeline can refuse nothing.", [gates[0].evidence, stage.evidence]
        else:
            yield "", [gates[0].evidence, stage.evidence]


def _goes_on(facts: Facts, path: str) -> bool:
    for asset in facts.platforms.assets:
        settings = asset.body.get("settings")
        if (
            asset.path == path
            and isinstance(settings, dict)
            and settings.get("continue_on_step_failure") is True
        ):
            return True
    return False


def _can_refuse(facts: Facts, gate: Stage) -> bool:
    within = reach(facts, [gate])
    return (
        bool(gate.launches)
        and all(x.counts for x in gate.launches)
        and (not within or code.refuses(facts, within))
    )


@rule("DP184")
def ci_installs_the_pipeline(facts: Facts) -> Verdict:
    """A pipeline that a laptop installs is whatever that laptop had; a pull request installs none."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    for start in on_platform.starts(facts):
        if start.job is not None and start.job.triggers - _PULLS and _installs(facts, start):
            return passed("CI installs the platform's pipeline.", start.evidence)
    by_word = next(on_platform.doing(facts, delivery.UPSERTS, delivery.UPSERTING), None)
    if by_word:
        return failed("A word installs the pipeline, but no job of CI calls it.", *by_word.evidence)
    return failed("Nothing installs a pipeline on the platform.")


def _installs(facts: Facts, start: Start) -> bool:
    """Whether a job leaves the pipeline there; a job that scores is no pipeline."""
    if on_platform.told(start.launch, delivery.UPSERTING):
        return True
    calls = delivery.UPSERTS if on_platform.TRAIN_WORDS & start.parts else _INSTALLS
    return bool(start.within) and bool(facts.python.calls(calls, start.within))


@rule("DP186")
def versions_wait_for_approval(facts: Facts) -> Verdict:
    """`Approved` where the version is made, or by the run that made it, asks nobody."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    made = [c for c in facts.python.calls(_MAKES_VERSIONS) if c.path in _package(facts)]
    for call in made:
        for key in _STATUS:
            if call.call.keywords.get(key) == "Approved":
                return failed("A version is approved as it is registered.", words.at(call))
    if itself := _approves_itself(facts):
        return failed("The run that registers a version approves it.", *itself)
    pending = _pending(facts, made)
    if pending is None:
        where = [words.at(call) for call in made[:2]]
        return failed("Nothing says that a registered version waits for an approval.", *where)
    return passed("A registered version waits for an approval.", pending)


@once
def _package(facts: Facts) -> frozenset[str]:
    return frozenset(module.path for module in facts.python.package())


def _approves_itself(facts: Facts) -> list[Evidence]:
    """Training, or a job that nobody holds up, that approves a version."""
    calls = ("*.update_model_package", "*.models.create_or_update", "*.ModelPackage.update")
    for start in on_platform.starts(facts):
        held = start.job is not None and (start.job.approval or start.job.triggers == frozenset({"manual"}))
        if not start.within or not (on_platform.TRAIN_WORDS & start.parts or start.job) or held:
            continue
        for call in facts.python.calls(calls, start.within):
            inside = facts.python.modules[call.path].functions.get(call.call.inside)
            said = places.texts(facts, frozenset({(call.path, call.call.inside)})) if inside else frozenset()
            literal = call.call.keywords.get(
                "ModelApprovalStatus", call.call.keywords.get("model_approval_status")
            )
            if literal == "Approved" or (literal is None and said & {"Approved", "approved"}):
                return [start.evidence, words.at(call)]
    return []


def _pending(facts: Facts, made: list[Found]) -> Evidence | None:
    """Where what registers says that a version waits; a constant that only a reader knows makes none wait."""
    for call in made:
        module = facts.python.modules[call.path]
        told = [call.call.keywords[key] for key in _STATUS if key in call.call.keywords]
        handed = told == [None] and any(_PENDING.fullmatch(text) for _, text in module.strings)
        if handed or any(_PENDING.fullmatch(str(value)) for value in told):
            return words.at(call)
        if call.call.name.endswith("models.create_or_update"):
            said = places.texts(facts, frozenset({(call.path, call.call.inside)}))
            if any(_PENDING.fullmatch(text) for text in said):
                return words.at(call, "pending")
    for call in facts.python.calls(("*.get",)):
        if call.path in _package(facts) and call.call.args[1:] == ("pending",):
            return words.at(call, "what nobody has judged is pending")
    for asset in facts.platforms.assets:
        tags = asset.body.get("tags")
        if isinstance(tags, dict) and any(_PENDING.fullmatch(str(value)) for value in tags.values()):
            return Evidence(asset.path, asset.line, "tags")
    return None
