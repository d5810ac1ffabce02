"""Experiment tracking (DE100 to DE104)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import code
from mlascent.rules.development.versioning import DATA_VERSION
from mlascent.rules.entries import entries_of_training, training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.words import LOGS_METRICS, LOGS_PARAMETERS, SETS_TAGS, STARTS_RUN, TRACKERS, at, foreign

_COMMIT = r".*(git|commit|revision|\bsha\b|rev-parse).*"
#: Trackers that record the commit by themselves.
_KNOWS_COMMIT = ("wandb.init", "neptune.init_run", "clearml.Task.init", "comet_ml.*", "dvclive.Live")
_ARTIFACTS = (
    "*.use_artifact",
    "*.track_files",
    "*.log_input",
    "*.log_inputs",
    "*.log_dataset*",
    "*.get_mutable_local_copy",
)
_FILE_STORE = re.compile(r"(file:|\.{0,2}/?mlruns|\./|\.\./|/)")
_STORE = re.compile(r"(sqlite|postgresql|mysql|mssql|https?|databricks|azureml|arn)(\+\w+)?(:|$)")
_FROM_OUTSIDE = ("MLFLOW_TRACKING_URI", "tracking_uri", "tracking_url", "mlflow_uri", "mlflow_tracking_uri")
_HOSTED = ("wandb.init", "neptune.init_run", "clearml.Task.init", "comet_ml.*")


@rule("DE100")
def tracker(facts: Facts) -> Verdict:
    """A word in a comment, or a package that only the documents' build asks for, tracks nothing."""
    found = [d for d in facts.dependencies.of(*sorted(TRACKERS)) if d.group not in ("docs", "doc")]
    if not found:
        return failed("No experiment tracker is among the dependencies.")
    return passed(f"{found[0].name} is a dependency.", Evidence(found[0].path, found[0].line, found[0].name))


@rule("DE101")
def records(facts: Facts) -> Verdict:
    """A tracking module that training never calls records nothing."""
    trains = entries_of_training(facts)
    if not trains:
        return failed("No entry point trains a model.")
    within = training(facts)
    starts = foreign(facts, facts.python.calls(STARTS_RUN, within))
    logs = foreign(facts, facts.python.calls((*LOGS_METRICS, *LOGS_PARAMETERS), within))
    implied = tuple(f for f in logs if f.call.name.startswith("mlflow."))
    if logs and (starts or implied):
        return passed("Training records its runs.", *(at(f) for f in (*starts[:1], *logs[:1])))
    where = Evidence(trains[0].path.partition("::")[0], 0, "training begins here")
    if starts:
        return failed("Training starts a run, and logs neither metrics nor parameters.", at(starts[0]))
    return failed("Training reaches no call that records a run.", where)


@rule("DE102")
def store(facts: Facts) -> Verdict:
    """An address in the code cannot be changed from outside; a folder of files is no store for a team."""
    within = training(facts)
    chosen = facts.python.calls(("mlflow.set_tracking_uri", "*.MlflowClient"), within)
    for found in chosen:
        given = next((a for a in found.call.args if isinstance(a, str)), None) or found.call.keywords.get(
            "tracking_uri"
        )
        if isinstance(given, str):
            kind = "a file store" if not _STORE.match(given) else "written into the code"
            return failed(f"Where runs are recorded is {kind}.", at(found, given))
    named = code.text_like(facts, within, "|".join(f"(.*[./-])?{name}$" for name in _FROM_OUTSIDE))
    setters = [f for f in chosen if f.call.name.endswith("set_tracking_uri")]
    if setters:
        home = [(f.path, "") for f in setters]
        files = code.text_like(facts, home, r"(file:|\.{0,2}/?mlruns\b)")
        if files:
            return failed("Runs are recorded in a file store by default.", files)
        if named is None and not code.mentions(facts, within, *_FROM_OUTSIDE):
            return failed("Where runs are recorded does not come from configuration.", at(setters[0]))
        return passed(
            "Where runs are recorded comes from configuration.", at(setters[0]), *([named] if named else [])
        )
    hosted = facts.python.calls(_HOSTED, within)
    if hosted:
        if hosted[0].call.keywords.get("mode") in ("offline", "disabled"):
            return failed("Runs are recorded offline.", at(hosted[0]))
        return passed("Runs are recorded at a service, whose address the environment gives.", at(hosted[0]))
    set_ = _environment(facts)
    if set_ and foreign(facts, facts.python.calls(LOGS_METRICS, within)):
        return passed("The environment says where runs are recorded.", set_)
    return failed("Nothing says where runs are recorded: MLflow then writes files beside the code.")


def _environment(facts: Facts) -> Evidence | None:
    """Where MLFLOW_TRACKING_URI is set for training: CI, Compose, a Dockerfile."""
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            for step in job.steps:
                value = str(step.env.get("MLFLOW_TRACKING_URI", ""))
                if value and not _FILE_STORE.match(value):
                    return Evidence(workflow.path, step.line, "MLFLOW_TRACKING_URI")
    for compose in facts.containers.compose:
        for name, service in compose.services.items():
            match = re.search(
                r"MLFLOW_TRACKING_URI['\"]?[=:]\s*['\"]?([^\s'\",]+)", str(service.get("environment"))
            )
            if match and not _FILE_STORE.match(match[1]):
                return Evidence(compose.path, compose.lines.get(name, 0), match[0])
    for image in facts.containers.dockerfiles:
        for said in image.of("ENV"):
            match = re.search(r"MLFLOW_TRACKING_URI[= ](\S+)", said.value)
            if match and not _FILE_STORE.match(match[1]):
                return Evidence(image.path, said.line, match[0])
    return None


@rule("DE103")
def whole(facts: Facts) -> Verdict:
    """What is recorded must be reachable from training; a tag of the author's name is no version."""
    within = training(facts)
    if not within:
        return failed("No entry point trains a model.")
    parameters = foreign(facts, facts.python.calls(LOGS_PARAMETERS, within))
    metrics = foreign(facts, facts.python.calls(LOGS_METRICS, within))
    tags = foreign(facts, facts.python.calls(SETS_TAGS, within))
    commit: Evidence | None = None
    data: Evidence | None = None
    if tags:
        commit, data = code.text_like(facts, within, _COMMIT), code.text_like(facts, within, DATA_VERSION)
    knowing = facts.python.calls(_KNOWS_COMMIT, within)
    kept = foreign(facts, facts.python.calls(_ARTIFACTS, within))
    commit = commit or (at(knowing[0]) if knowing else None)
    data = data or (at(kept[0]) if kept else None)
    seen = {
        "parameters": at(parameters[0]) if parameters else None,
        "metrics": at(metrics[0]) if metrics else None,
        "the commit": commit,
        "the version of the data": data,
    }
    missing = [what for what, found in seen.items() if found is None]
    evidence = tuple(found for found in seen.values() if found)
    if missing:
        return failed(f"Training does not record {', '.join(missing)}.", *evidence)
    return passed("Training records commit, data, parameters and metrics.", *evidence)


@rule("DE104")
def recent(_: Facts) -> Verdict:
    """Only the tracker knows its runs; a file that says so is nobody's witness."""
    return unknown("Only the tracker's own history shows it: `just metrics`, or a snapshot of its runs.")
