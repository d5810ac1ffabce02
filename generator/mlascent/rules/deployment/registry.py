"""What goes into the registry of models: DP030 to DP032."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.facts.tasks import Launch
from mlascent.rules import code, entries, words
from mlascent.rules.deployment import on_platform, places
from mlascent.rules.entries import Entry, Reached, once, reached
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.registrations import declared

#: Calls that make a version in a registry.
_REGISTERS = (
    *("mlflow.register_model", "*.create_model_version", "*.register_model", "*.create_model_package"),
    *("*.models.create_or_update", "sagemaker.*.RegisterModel", "sagemaker.*.ModelStep", "*.link_model"),
    "sagemaker.*.register",
    *(
        "google.cloud.aiplatform.Model.upload",
        "*.init_model_version",
        "clearml.OutputModel",
        "*.link_artifact",
    ),
    *("bentoml.*.save_model", "*.log_model_version", "hsml.*.create_model", "azureml.core.Model.register"),
)
_LOGS_MODEL = ("mlflow.*.log_model", "mlflow.*.save_model")
#: Programs that do the same: the beginning of their words.
_REGISTERING = (
    *(("az", "ml", "model", "create"), ("gto", "register"), ("aws", "sagemaker", "create-model-package")),
    *(("gcloud", "ai", "models", "upload"), ("bentoml", "models", "push")),
)
_TRAINS = ("train", "retrain", "pipeline", "fit", "all")
_PICKLES = ("pickle.dump", "joblib.dump", "cloudpickle.dump", "dill.dump", "pickle.dumps", "torch.save")
#: Flavours of MLflow that write the library's own format.
_SAFE_FLAVOURS = {
    *("xgboost", "lightgbm", "catboost", "onnx", "keras", "tensorflow", "transformers", "prophet", "paddle"),
    *("spark", "h2o", "llama_index", "openai", "langchain", "sentence_transformers"),
}
_FIELDS = {
    "a description": r"(description|desc|summary|model_description|purpose_of_model|business_problem)",
    "an owner": (
        r"([\w.]*owner|author|team|contact|maintainer|responsible|[\w.]*owned_by|model_creator"
        r"|business_stakeholders)"
    ),
    "metrics": r"(metrics?([._]\w*)?|[\w.]*metrics|accuracy|auc|roc_auc|f1|rmse|mae|r2|model_metrics)",
    "the version of the code": (
        r"([\w.]*(git_?)?(commit|sha)([_.]?(id|hash|sha))?|code_(version|sha256|hash)|git_\w+)"
    ),
    "the version of the data": (
        r"((train_?|training_?)?data(set)?[_.]?(version|hash|sha256|digest|rev|revision|md5|uri)|dvc\w*)"
    ),
}
_LOGS_METRICS = ("*.log_metric", "*.log_metrics", "sagemaker.*.ModelMetrics")
_LOGS_DATA = ("mlflow.log_input", "*.log_inputs", "mlflow.data.*")


@once
def registering(facts: Facts) -> tuple[tuple[Entry, Found], ...]:
    """Entries of training that make a version, and the call that does."""
    found: list[tuple[Entry, Found]] = []
    training = {e.path for e in entries.entries_of_training(facts)}
    for entry in entries.entries(facts):
        trains = entry.path in training or bool(
            {w for name in entry.names for w in words.parts(name)} & set(_TRAINS)
        )
        call = _registers(facts, reached(facts, [entry])) if trains else None
        if call:
            found.append((entry, call))
    return tuple(found)


def _registers(facts: Facts, within: Reached) -> Found | None:
    """The call in some code that makes a version."""
    for call in words.foreign(facts, facts.python.calls((*_REGISTERS, *_LOGS_MODEL), within)):
        named = call.call.keywords
        if not call.call.name.endswith((".log_model", ".save_model")) or "registered_model_name" in named:
            return call
        if call.call.name.startswith("bentoml."):
            return call
    return None


@once
def launched(facts: Facts) -> tuple[Launch, ...]:
    """Commands of training words and of CI jobs that train, that register by a program of their own."""
    found: list[Launch] = []
    for name, tasks in facts.tasks.words.items():
        if set(words.parts(name)) & set(_TRAINS):
            found += [launch for task in tasks for launch in facts.tasks.of(task)]
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            commands = [launch for step in job.steps for launch in step.launches]
            if any(places.trains(facts, launch) for launch in commands):
                found += commands
    return tuple(
        launch for launch in found if launch.counts and any(launch.argv[: len(r)] == r for r in _REGISTERING)
    )


@rule("DP030")
def training_registers(facts: Facts) -> Verdict:
    """A call in a notebook, a test or a function that training never comes to registers nothing."""
    found = registering(facts)
    if found:
        entry, call = found[0]
        return passed(
            "Training ends in a registered version.",
            *(
                words.at(call),
                Evidence(entry.path_of or entry.path.partition("::")[0], entry.line, "training"),
            ),
        )
    if launched(facts):
        return passed("Training ends in a registered version.", words.seen(launched(facts)[0]))
    named, started = declared(facts), next(on_platform.training(facts), None)
    if named and started:
        return passed(
            "The platform's pipeline ends in a registered version.", named[0].evidence, *started.evidence
        )
    elsewhere = [c for c in facts.python.calls(_REGISTERS) if not c.path.startswith("tests/")]
    if elsewhere:
        return failed("A model can be registered, but training does not come to it.", words.at(elsewhere[0]))
    return failed("Training registers no model.")


def _kept(facts: Facts) -> Reached:
    """All that registering training executes."""
    return reached(facts, [entry for entry, _ in registering(facts)])


@rule("DP031")
def signed_and_safe(facts: Facts) -> Verdict:
    """`infer_signature` whose result is not handed on; a pickle inside a pyfunc is a pickle."""
    within = _kept(facts)
    if not within:
        return failed("Training registers no model.")
    calls = [c for c in facts.python.calls(_LOGS_MODEL, within) if c.call.name.startswith("mlflow.")]
    if not calls:
        return failed("No call stores a model with a signature and an input example.")
    for call in calls:
        given = call.call.keywords
        lacks = [name for name in ("signature", "input_example") if name not in given]
        if lacks:
            return failed(f"The model is stored without {' and '.join(lacks)}.", words.at(call))
        if reason := _unsafe(facts, call, within):
            return failed(f"The model is stored as a pickle: {reason}.", words.at(call))
    return passed("The model is stored with signature and example, in a safe format.", words.at(calls[0]))


def _unsafe(facts: Facts, call: Found, within: Reached) -> str:
    flavour, given = call.call.name.split(".")[1], call.call.keywords
    pickled = facts.python.calls(_PICKLES, within)
    if flavour == "pyfunc":
        as_code = facts.python.calls(("mlflow.models.set_model", "mlflow.models.*.set_model"))
        if not as_code and "loader_module" not in given:
            return "`python_model` is an object, not code"
        return f"{pickled[0].call.name} writes what it holds" if pickled else ""
    if flavour == "sklearn":
        skops = given.get("serialization_format") == "skops" or "skops_trusted_types" in given
        return "" if skops else "scikit-learn's default format"
    return "" if flavour in _SAFE_FLAVOURS else f"the format of mlflow.{flavour}"


def _around(facts: Facts, call: Found) -> Reached:
    """What the function that registers executes, and the functions that call it; else nothing."""
    inside = call.call.inside
    module = facts.python.modules[call.path]
    if not inside:
        return frozenset()
    name = inside.rpartition(".")[2]
    callers = {(call.path, f.name) for f in module.functions.values() if name in f.names}
    return facts.python.reach([f"{call.path}::{inside}"]) | callers


@rule("DP032")
def versions_are_described(facts: Facts) -> Verdict:
    """A word in a comment or a help text is no tag: only whole names of keys and keywords count."""
    within = _kept(facts)
    if not within:
        return failed("Training registers no model.")
    call = registering(facts)[0][1]
    within = _around(facts, call) or within
    said = places.texts(facts, within) | {name.rpartition(".")[2] for name in code.names(facts, within)}
    lacks = []
    for what, pattern in _FIELDS.items():
        if any(re.fullmatch(pattern, text, re.IGNORECASE) for text in said):
            continue
        if what == "metrics" and facts.python.calls(_LOGS_METRICS, within):
            continue
        if what == "the version of the data" and facts.python.calls(_LOGS_DATA, within):
            continue
        lacks.append(what)
    if lacks:
        return failed(f"A registered version does not carry {', '.join(lacks)}.", words.at(call))
    return passed("A version carries description, owner, metrics, code and data versions.", words.at(call))
