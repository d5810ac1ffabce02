"""Effects on people: fairness, explanations, oversight."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, practice, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import does, stages

_FAIR = re.compile(
    r"demographic_parity\w*|equalized_odds\w*|equal_opportunity\w*|disparate_impact\w*|statistical_parity\w*"
    r"|selection_rate\w*|false_positive_rate_(difference|ratio)|fairness\w*",
    re.IGNORECASE,
)
_FAIR_CALLS = (
    "fairlearn.*",
    "aif360.*",
    "*.demographic_parity_*",
    "*.equalized_odds_*",
    "*.MetricFrame",
    "*ClarifyProcessor",
    "responsibleai.*",
)
_EXPLAINS = (
    "shap.*",
    "lime.*",
    "*.permutation_importance",
    "captum.*",
    "eli5.*",
    "dalex.*",
    "alibi.explainers.*",
    "interpret.*",
    "*.partial_dependence",
    "*.feature_importances",
    "dice_ml.*",
    "*.explain",
    "*.explain_instance",
    "*.shap_values",
)
_METHODS = re.compile(
    r"importance|shap|lime|salien|attention|interpretable|ebm|linear|rules|tree|counterfactual|gradient|none",
    re.I,
)


def _manifest(facts: Facts, *names: str) -> tuple[str, object]:
    for name in names:
        block = facts.answers.block(name)
        if block:
            return name, block
    for name, model in (
        texts.mapping(facts.answers.block("models")).items()
        if isinstance(facts.answers.block("models"), dict)
        else ()
    ):
        for key in names:
            if isinstance(model, dict) and texts.said(model.get(key)):
                return f"models.{name}.{key}", model[key]
    return "", None


def _line(facts: Facts, name: str) -> Evidence:
    found = facts.settings.named("mlascent.yaml")
    return Evidence("mlascent.yaml", found[0].line(*name.split(".")) if found else 0, name)


@rule("GO100")
def attributes_are_declared(facts: Facts) -> Verdict:
    """A list, or a reason; an empty list without a reason is neither."""
    name, block = _manifest(facts, "fairness")
    if not isinstance(block, dict):
        return failed("mlascent.yaml declares neither protected attributes nor why none applies.")
    listed = next(
        (block[k] for k in ("protected_attributes", "attributes", "protected", "sensitive") if k in block),
        None,
    )
    if texts.said(listed):
        return passed("Protected attributes are declared.", _line(facts, name))
    if (
        len(
            re.findall(
                r"\w+",
                str(next((block[k] for k in ("reason", "rationale", "none_because") if k in block), "")),
            )
        )
        >= 4
    ):
        return passed("The reason why no protected attribute applies is declared.", _line(facts, name))
    return failed("`fairness` names no protected attribute, and no reason.", _line(facts, name))


@rule("GO101")
def fairness_is_measured(facts: Facts) -> Verdict:
    """A stage that computes by group, and a metrics file that holds it.

    The library in the requirements, or a notebook that was run once, measures no version.
    """
    for stage in stages(facts):
        if not stage.real:
            continue
        reach = entries.reached(facts, stage.entries)
        calls = facts.python.calls(_FAIR_CALLS, reach)
        if calls and stage.metrics:
            return passed(
                "A stage computes fairness metrics and keeps them.", stage.evidence, words.at(calls[0])
            )
        if calls:
            return failed(
                "A stage computes fairness metrics, and no metrics file keeps them.", stage.evidence
            )
    return failed(
        "No stage computes fairness metrics.", *(words.at(f) for f in facts.python.calls(_FAIR_CALLS)[:2])
    )


@rule("GO102")
def fairness_is_enforced(facts: Facts) -> Verdict:
    """One name in the gate's limits and in a monitor."""
    limits = {
        match[0].lower(): block
        for block in practice.topic(facts, r"threshold|gate|limit|mlascent")
        for key in block.value
        if (match := _FAIR.match(str(key))) and "threshold" in ".".join(block.keys) + block.setting.path
    }
    if not limits:
        return failed("The gate has no limit on a fairness metric.")
    for name, block in limits.items():
        for rules in facts.prometheus.rules:
            if rules.name and name in rules.expr.lower():
                return passed(
                    f"Gate and monitor watch {name}.",
                    block.evidence,
                    Evidence(rules.path, rules.line, rules.name),
                )
        for job in practice.scheduled(facts):
            if not words.fits(facts, job.reach) and practice.named(facts, job.reach, re.escape(name)):
                return passed(f"Gate and monitor watch {name}.", block.evidence, job.evidence)
    return failed(
        "The gate limits a fairness metric, and nothing watches it in production.",
        *(b.evidence for b in limits.values()),
    )


@rule("GO110")
def method_is_chosen(facts: Facts) -> Verdict:
    """A method that exists, by name."""
    name, block = _manifest(facts, "explainability", "explanation", "explanations")
    method = block.get("method") if isinstance(block, dict) else block
    if not texts.said(method):
        return failed("mlascent.yaml chooses no method of explanation.")
    if not _METHODS.search(str(method)):
        return failed(f"{method} is no method of explanation.", _line(facts, name))
    return passed(f"The method of explanation is {method}.", _line(facts, name))


@rule("GO111")
def versions_are_explained(facts: Facts) -> Verdict:
    """A stage that explains, and a registration that takes its output along.

    Explanations in a notebook belong to whatever model was in memory.
    """
    for stage in stages(facts):
        reach = entries.reached(facts, stage.entries)
        calls = facts.python.calls(_EXPLAINS, reach)
        if not stage.real or not calls:
            continue
        if "train" in does(facts, stage) and facts.python.calls(("*.log_explainer", "mlflow.shap.*"), reach):
            return passed("Each version is registered with its explanations.", stage.evidence)
        outs = [out.rpartition("/")[2] for out in (*stage.outs, *stage.metrics)]
        registering = facts.python.calls(("*.register_model", "*.create_model_version", "*.log_artifact*"))
        for found in registering:
            reach = facts.python.reach(
                [f"{found.path}::{found.call.inside}" if found.call.inside else found.path]
            )
            if any(out and practice.named(facts, reach, re.escape(out)) for out in outs):
                return passed(
                    "Each version is registered with its explanations.", stage.evidence, words.at(found)
                )
        return failed("A stage explains the model, and registration does not attach it.", stage.evidence)
    return failed(
        "No stage computes explanations.", *(words.at(f) for f in facts.python.calls(_EXPLAINS)[:2])
    )


@rule("GO112")
def prediction_is_explained(facts: Facts) -> Verdict:
    """A local explanation that an endpoint or a word reaches.

    Global importances do not tell a person why *they* were refused.
    """
    local = (
        "shap.*",
        "lime.*",
        "*.explain_instance",
        "*.shap_values",
        "captum.*",
        "*.explain_local",
        "alibi.explainers.*",
        "dice_ml.*",
    )
    reach = entries.serving(facts)
    if calls := facts.python.calls(local, reach):
        return passed("A single prediction can be explained.", words.at(calls[0]))
    staged = {entry.path for stage in stages(facts) for entry in stage.entries}  # those explain the model
    for entry in (e for e in entries.entries(facts) if e.path not in staged):
        named = any("explain" in texts.folded(name) for name in entry.names)
        if named and (calls := facts.python.calls(local, entries.reached(facts, [entry]))):
            return passed("A single prediction can be explained.", words.at(calls[0]))
    return failed(
        "No endpoint or command reaches a local explanation.",
        *(words.at(f) for f in facts.python.calls(local)[:2]),
    )
