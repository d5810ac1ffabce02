"""Experiment automation and lineage (DE150, DE151, DE170 to DE173): not yet brought by the template."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Run
from mlascent.rules import code
from mlascent.rules.development.guards import registering
from mlascent.rules.development.versioning import DATA_VERSION
from mlascent.rules.entries import training
from mlascent.rules.jobs import on_change, starts_pipeline
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.words import arguments, at, program, seen

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\b")
_MOVING = re.compile(r":(latest|main|master|stable|champion)\b")


def _experiments(facts: Facts) -> tuple[Run, ...]:
    return on_change(facts, lambda launch: starts_pipeline(facts, launch))


def _compares(job: Job) -> Evidence | None:
    for step in job.steps:
        for launch in step.launches:
            words = arguments(launch)[:2]
            if program(launch) == "dvc" and words in (
                ("metrics", "diff"),
                ("plots", "diff"),
                ("params", "diff"),
            ):
                return seen(launch)
            if program(launch) == "cml" or (program(launch) == "dvc" and words == ("exp", "diff")):
                return seen(launch)
    return None


@rule("DE150")
def published(facts: Facts) -> Verdict:
    """A comparison that stays in the job's log, or a comment without a run behind it, does not pass."""
    runs = _experiments(facts)
    if not runs:
        return failed("No job of a pull request runs the pipeline.")
    for run in runs:
        compares = _compares(run.job)
        if compares:
            return passed(
                "A pull request runs the experiment and compares its metrics.", seen(run.launch), compares
            )
    return failed("The job of a pull request compares no metrics.", seen(runs[0].launch))


@rule("DE151")
def bounded(facts: Facts) -> Verdict:
    """Limits of another job do not bound the experiment."""
    runs = _experiments(facts)
    for run in runs:
        where = Evidence(run.job.path or run.workflow.path, run.job.line, f"job {run.job.name}")
        missing = [
            what for what, has in (("timeout", run.job.timeout), ("concurrency", run.job.group)) if not has
        ]
        if missing:
            return failed(f"The job {run.job.name} sets no {' and no '.join(missing)}.", where)
    if runs:
        return passed("The experiment of a pull request is bounded.", seen(runs[0].launch))
    return failed("No job of a pull request runs the pipeline.")


@rule("DE170")
def tagged(facts: Facts) -> Verdict:
    """Tags of the run alone are lost to whoever holds the model version."""
    found = registering(facts)
    if not found:
        return failed("No code registers a model.")
    for call in found:
        texts = facts.python.modules_reached([call.path])
        within = [(path, "") for path in texts]
        commit = code.text_like(facts, within, r".*(git_?commit|commit|rev-parse|revision).*")
        data = code.text_like(facts, within, DATA_VERSION)
        tags = set(call.call.keywords) & {"tags", "run_id", "run", "source"} or len(call.call.args) > 2
        if commit and data and tags:
            return passed("A model version carries commit, run and data version.", at(call), commit, data)
    return failed("A model version does not carry commit, run and data version.", at(found[0]))


@rule("DE171")
def deployed(facts: Facts) -> Verdict:
    """A tag such as latest names another image tomorrow."""
    for thing in facts.kubernetes.of("Deployment", "StatefulSet", "CronJob", "InferenceService", "Rollout"):
        said = str(thing.body)
        version = re.search(r"models:/[\w-]+/\d+|MODEL_VERSION|model[-_]version|version\.json", said)
        if _DIGEST.search(said) and version and not _MOVING.search(said):
            return passed(
                "What is deployed names image digest and model version.",
                Evidence(thing.path, thing.line, thing.name),
            )
    for setting in facts.settings.match("*deploy*.json", "*deploy*.y*ml", "*release*.json"):
        text = setting.text
        if re.search(r"sha256:[0-9a-f]{64}", text) and re.search(r"(?i)model[_-]?version|\"version\"", text):
            return passed("A deployment record names image digest and model version.", Evidence(setting.path))
    return failed("No deployment names both its model version and its image digest.")


@rule("DE172")
def chained(_: Facts) -> Verdict:
    """Files name links; whether each leads somewhere, only the services know."""
    return unknown("Only the registry, the tracker and the service show whether each link leads on.")


@rule("DE173")
def exported(facts: Facts) -> Verdict:
    """A package among the dependencies exports nothing by itself."""
    calls = facts.python.calls(("openlineage.*", "datahub.*", "*.emit_lineage", "acryl.*", "pyapacheatlas.*"))
    package = {module.path for module in facts.python.package()}
    found = [f for f in calls if f.path in package]
    within = training(facts)
    reached_ = [f for f in found if (f.path, f.call.inside) in within]
    if reached_:
        return passed("Lineage is exported.", at(reached_[0]))
    return failed("No code of a release exports lineage.", *(at(f) for f in found[:1]))
