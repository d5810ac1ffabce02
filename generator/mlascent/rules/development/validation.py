"""Data validation (DE080 to DE083)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import code
from mlascent.rules.entries import Reached, serving
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.stages import Stage, of_kind, reach, stages, upstream
from mlascent.rules.words import at, foreign

_SCHEMAS = ("pandera.*DataFrameSchema", "*.DataFrameSchema", "pandera.*SeriesSchema")
_COLUMNS = ("pandera.*.Column", "pandera.Column", "pandera.*.Field", "pandera.Field", "dataframely.*")
_LIMITS = (
    *("pandera.*Check*", "pandera.*.Field", "pydantic.Field", "*.in_range", "*.isin", "pandera.Check.*"),
    *(
        "*xpect*InSet",
        "*xpect*Between*",
        "*.expect_*",
        "dataframely.*",
        "annotated_types.*",
        "pydantic.conint",
    ),
)
_MODELS = re.compile(
    r"(pandera\..*|pa\.)(DataFrameModel|SchemaModel)|pydantic\..*BaseModel|dataframely\.Schema"
)
_EXPECTATIONS = ("*.expect_column_*", "*.Expect*", "great_expectations.expectations.*", "*.ExpectColumn*")
#: Calls that hold data against a schema.
VALIDATES = (
    *(
        "*.validate",
        "*.run_checkpoint",
        "*.validate_statistics",
        "*.model_validate",
        "*.parse_obj",
        "*.check_input",
    ),
    *(
        "*.check_types",
        "*.check_io",
        "*.run_validation",
        "deepchecks.*",
        "jsonschema.*",
        "*.expect_*",
        "*.cast",
    ),
    *("great_expectations.*", "*.execute_checks", "soda.scan.Scan", "*.full_suite", "*.data_integrity"),
)
_LEAKS = (
    *(
        "*.duplicated",
        "*.corr",
        "*.corrwith",
        "*.mutual_info_*",
        "*TrainTestSamplesMix*",
    ),
    *(
        "*.value_counts",
        "*FeatureLabelCorrelation*",
        "*ClassImbalance*",
        "*.train_test_validation",
        "*DataDuplicates*",
    ),
)


def _target(facts: Facts) -> str:
    for setting in code.config(facts):
        for keys, value in code.keys(setting):
            if keys[-1] in ("target", "label", "target_column", "label_column") and isinstance(value, str):
                return value
    return ""


@rule("DE080")
def schema(facts: Facts) -> Verdict:
    """A schema of no columns, one without the target, or one that sets no limit, says nothing of the data."""
    target = _target(facts)
    weak: list[Evidence] = []
    for module in facts.python.package():
        within = [(module.path, name) for name in ("", *module.functions)]
        made = facts.python.calls(_SCHEMAS, within)
        columns = len(facts.python.calls(_COLUMNS, within)) if made else 0
        classes = [f for f in module.functions.values() if any(_MODELS.fullmatch(base) for base in f.bases)]
        columns = max(
            columns, *(len(f.fields) for f in classes), len(facts.python.calls(_EXPECTATIONS, within)), 0
        )
        if not made and not classes and columns < 2:
            continue
        line = made[0].call.line if made else (classes[0].line if classes else 1)
        known = {text for _, text in module.strings} | {name for f in classes for name in f.fields}
        evidence = Evidence(module.path, line, f"{columns} columns")
        limits = facts.python.calls(_LIMITS, within)
        if columns >= 2 and limits and (not target or target in known):
            return passed(f"A schema declares {columns} columns, with limits.", evidence, at(limits[0]))
        weak.append(evidence)
    suite = _suite(facts, target)
    if suite:
        return passed("An expectation suite declares the columns.", suite)
    if weak:
        whom = f", {target} among them," if target else ""
        return failed(f"The schema does not declare the columns{whom} and their limits.", *weak)
    return failed("No schema declares the columns.")


def _suite(facts: Facts, target: str) -> Evidence | None:
    for setting in facts.settings.match("*expectations/*.json", "*checks*.y*ml", "*soda/*.y*ml"):
        data = setting.data if isinstance(setting.data, dict) else {}
        listed = data.get("expectations")
        soda = [key for key in data if str(key).startswith("checks for")]
        size = len(listed) if isinstance(listed, list) else sum(len(data[key] or ()) for key in soda)
        if size >= 2 and (not target or target in setting.text):
            return Evidence(setting.path, 1, f"{size} expectations")
    return None


def validations(facts: Facts) -> tuple[Stage, ...]:
    """Stages that hold data against a schema, or check it and can refuse it."""
    found = []
    for stage in stages(facts):
        within = reach(facts, [stage])
        named = stage in of_kind(facts, "validate")
        if stage.real and stage.counts and (named or not of_kind_of_model(facts, stage)):
            checks = foreign(facts, facts.python.calls(VALIDATES, within))
            if checks or (named and code.refuses(facts, within)):
                found.append(stage)
    return tuple(found)


def of_kind_of_model(facts: Facts, stage: Stage) -> bool:
    """Whether a stage is about the model and not about its data."""
    return stage in of_kind(facts, "train", "evaluate", "tune", "register", "score", "gate")


@rule("DE081")
def before_training(facts: Facts) -> Verdict:
    """A validation at the side, one that only prints, or whose failure is swallowed, holds nothing up."""
    found, trains = validations(facts), of_kind(facts, "train")
    if not trains:
        return failed("No stage of a pipeline trains.")
    if not found:
        return failed("No stage validates data so that it can fail.", trains[0].evidence)
    hidden = True
    for stage in trains:
        before = upstream(facts, stage)
        hidden &= before is None
        for other in before or ():
            if other in found:
                return passed(f"{stage.name} depends on {other.name}.", other.evidence, stage.evidence)
    if hidden:
        return unknown(f"What flows between {trains[0].system} steps is not in the files.", found[0].evidence)
    return failed("Training depends on no output of the validation.", *(s.evidence for s in found))


def _schema_homes(facts: Facts, within: Reached) -> set[str]:
    homes = {f.path for f in facts.python.calls((*_SCHEMAS, *_EXPECTATIONS), within)}
    for path, name in within:
        module = facts.python.modules.get(path)
        function = module.functions.get(name) if module else None
        if function and any(_MODELS.fullmatch(base) for base in function.bases):
            homes.add(path)
    return homes


@rule("DE082")
def requests(facts: Facts) -> Verdict:
    """Another schema for requests drifts from the first; an import that is never used checks nothing."""
    homes = _schema_homes(facts, reach(facts, validations(facts)))
    if not homes:
        return failed("No schema is used by a validation.")
    within = serving(facts)
    shared = homes & {path for path, _ in within}
    used = foreign(facts, facts.python.calls(VALIDATES, within))
    if shared and used:
        return passed(
            "Serving checks requests with the schema of the validation.", Evidence(min(shared)), at(used[0])
        )
    return failed("Serving does not use the schema of the validation.", *map(Evidence, sorted(homes)))


@rule("DE083")
def leaks(facts: Facts) -> Verdict:
    """Checks in a notebook run when somebody thinks of them; they count within the validation alone."""
    found = validations(facts)
    within = reach(facts, found)
    checks = facts.python.calls(_LEAKS, within)
    if checks and code.refuses(facts, within):
        return passed("The validation looks for leaks and at the labels.", *(at(f) for f in checks[:3]))
    return failed(
        "The validation looks neither for duplicates or leaks nor at the labels.",
        *(s.evidence for s in found),
    )
