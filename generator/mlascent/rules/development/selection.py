"""Model selection and tuning (DE090 to DE093)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import code
from mlascent.rules.entries import Entry, entries, once, reached, training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import of_kind, reach, stages
from mlascent.rules.words import at, foreign

_FLOOR = (
    "*.DummyClassifier",
    "*.DummyRegressor",
    "*.LogisticRegression",
    "*.LinearRegression",
    "*.Ridge",
    "*.NaiveForecaster",
)
_SUGGESTS = re.compile(r"(.*\.)?suggest_(float|int|categorical|uniform|loguniform|discrete_uniform)")
_SPACES = (
    *(
        "*.suggest_*",
        "*GridSearchCV",
        "*RandomizedSearchCV",
        "*HalvingGridSearchCV",
        "*BayesSearchCV",
        "ray.tune.*",
    ),
    *(
        "hyperopt.hp.*",
        "flaml.*",
        "keras_tuner.*",
        "sagemaker.tuner.*",
        "wandb.sweep",
        "*.ContinuousParameter",
    ),
    *("azure.ai.ml.sweep.*", "skopt.space.*", "*.IntegerParameter", "nevergrad.p.*"),
)
_CHILDREN = (
    *(
        "*.MLflowCallback",
        "*.WandbCallback",
        "*.WeightsAndBiasesCallback",
        "*.NeptuneCallback",
        "wandb.agent",
    ),
    *("*.MLflowLoggerCallback", "*.WandbLoggerCallback", "*.setup_mlflow", "*.track_in_mlflow", "*.autolog"),
)
_ALTERNATIVES = (
    *("alternative", "choice of the model", "model choice", "model selection", "considered", "rejected"),
    *("alternativa", "escolha do modelo", "selecao do modelo", "rejeitad"),
)
_WORDS_AT_LEAST = 15


@once
def tuning(facts: Facts) -> tuple[Entry, ...]:
    """Entries whose code declares a search space."""
    package = {module.path for module in facts.python.package()}
    nodes = {(f.path, f.call.inside) for f in facts.python.calls(_SPACES) if f.path in package}
    nodes |= {
        (module.path, name)
        for module in facts.python.package()
        for name, function in module.functions.items()
        if any("suggest_" in said and _SUGGESTS.fullmatch(said) for said in function.names)
    }
    return tuple(e for e in entries(facts) if not nodes.isdisjoint(reached(facts, [e]))) if nodes else ()


@rule("DE090")
def baseline(facts: Facts) -> Verdict:
    """A dummy in a notebook or a test is no measure that anybody sees beside the model's."""
    for stage in stages(facts):
        within = reach(facts, [stage])
        floor = facts.python.calls(_FLOOR, within)
        if floor and (stage.metrics or code.text_like(facts, within, r"(?i).*baseline.*")):
            return passed(f"{stage.name} measures a baseline.", at(floor[0]), stage.evidence)
    within = training(facts) | reach(facts, of_kind(facts, "evaluate"))
    floor = facts.python.calls(_FLOOR[:2], within)
    named = code.text_like(facts, within, r"(?i).*(baseline|dummy|floor).*")
    if floor and named:
        return passed("A baseline is measured beside the model.", at(floor[0]), named)
    return failed("No stage fits a baseline and reports its metric.", *(at(f) for f in floor[:1]))


@rule("DE091")
def space(facts: Facts) -> Verdict:
    """A grid in a notebook, or in a function that nothing calls, is not part of the project."""
    found = tuning(facts)
    for entry in found:
        calls = facts.python.calls(_SPACES, reached(facts, [entry]))
        where = at(calls[0]) if calls else Evidence(entry.path.partition("::")[0], 0, "suggest_*")
        return passed("The search space is declared.", where)
    for asset in facts.platforms.assets:
        if isinstance(asset.body.get("search_space"), dict) and asset.body["search_space"]:
            return passed(
                "A sweep declares the search space.", Evidence(asset.path, asset.line, "search_space")
            )
    for setting in (*facts.settings.match("*sweep*.y*ml"), *code.config(facts)):
        for keys, value in code.keys(setting):
            ranges = value.values() if isinstance(value, dict) else ()
            if re.search(r"search_space|sweep|tuning|parameters", ".".join(keys)) and any(
                isinstance(v, dict)
                and ({"min", "max"} <= set(v) or {"low", "high"} <= set(v) or v.get("values"))
                for v in ranges
            ):
                return passed(
                    "The search space is declared.",
                    Evidence(setting.path, setting.line(*keys), ".".join(keys)),
                )
    return failed("No search space is declared.")


@rule("DE092")
def trials(facts: Facts) -> Verdict:
    """Nested runs anywhere else than in the search say nothing of its trials."""
    for entry in tuning(facts):
        within = reached(facts, [entry])
        nested = [
            f for f in facts.python.calls(("*.start_run",), within) if f.call.keywords.get("nested") is True
        ]
        children = nested or list(foreign(facts, facts.python.calls(_CHILDREN, within)))
        if children:
            return passed("Every trial is a run of its own.", at(children[0]))
    for asset in facts.platforms.assets:
        if asset.body.get("search_space"):
            return passed("The platform records every trial of a sweep.", Evidence(asset.path, asset.line))
    if not tuning(facts):
        return failed("No code searches for parameters.")
    return failed(
        "The search records no run for a trial.", Evidence(tuning(facts)[0].path.partition("::")[0])
    )


@rule("DE093")
def choice(facts: Facts) -> Verdict:
    """A heading over an example or over nothing is no decision."""
    empty: list[Evidence] = []
    for document in facts.documents.all.values():
        section = document.section(*_ALTERNATIVES)
        if section is None:
            continue
        where = Evidence(document.path, section.line, section.title)
        if section.written >= _WORDS_AT_LEAST:
            return passed("The choice of the model and its alternatives are written down.", where)
        empty.append(where)
    if empty:
        return failed("The section on the choice of the model is still empty.", *empty)
    return failed("No document has a section on the choice of the model.")
