"""Distributions of production against a reference and against training."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts import Facts
from mlascent.rules import practice, texts, words
from mlascent.rules.entries import Reached
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.monitoring.performance import monitor
from mlascent.rules.practice import Block, Scheduled

_TOPIC = r"drift|reference|monitor"
_REFERENCE = (
    "reference",
    "baseline",
    "reference_data",
    "reference_version",
    "baseline_dataset",
    "reference_dataset",
)
_FEATURES = ("features", "columns", "signals", "fields")
_TEST = ("test", "method", "statistic", "metric", "stattest", "metric_name")
_LIMIT = ("threshold", "limit", "max", "alpha", "p_value", "warn", "psi")
_CAPTURED = r"prediction|captur|serving|production|current|live|inference|requests"
_TRAINING = r"\btrain(ing)?\b|train\.(csv|parquet)|data/prepared|training_set|train_data"
#: What a test of training against serving is called.
_PARITY = re.compile(r"skew|golden|parity|same|equal|agree|consisten")
DRIFT = (*practice.COMPARES, "*psi", "*population_stability_index", "*.calculate_psi")


def comparing(facts: Facts) -> Scheduled | None:
    """The scheduled job that compares distributions of captured data."""

    def does(reach: Reached) -> bool:
        return bool(facts.python.calls(DRIFT, reach) and practice.named(facts, reach, _CAPTURED))

    return practice.on_schedule(facts, does)


@rule("MO040")
def drift_is_declared(facts: Facts) -> Verdict:
    """A reference with a version, and a test and a threshold for each feature, in a file that code reads.

    One threshold for "drift" without a test says nothing; `latest` is no version.
    """
    asset = monitor(facts, "data_drift")
    if asset and all(sign in str(dict(asset.body)) for sign in ("threshold", "reference_data")):
        return passed("The platform's monitor declares it.", Evidence(asset.path, asset.line, asset.kind))
    asked = {"reference": _REFERENCE, "features": _FEATURES}
    block, missing = practice.best(practice.topic(facts, _TOPIC), asked)
    if block is None:
        return failed("No file declares reference, features, tests and thresholds of drift.")
    if missing:
        return failed(f"The declaration of drift has no {' and no '.join(missing)}.", block.evidence)
    if not _versioned(facts, block.get(*_REFERENCE)):
        return failed("The reference has no version.", block.evidence)
    if bare := _untested(block):
        return failed(f"No test or no threshold is declared for {', '.join(bare[:3])}.", block.evidence)
    return passed("Reference, features, tests and thresholds are declared.", block.evidence)


def _versioned(facts: Facts, value: Any) -> bool:
    """Whether a reference names a version, a hash or a tracked file, and not whatever is newest."""
    text = str(value)
    if re.search(r"latest|current|newest", text, re.IGNORECASE):
        return False
    tracked = {*facts.dvc.tracked, *(out for stage in facts.dvc.stages for out in stage.outs)}
    return bool(re.search(r"\bv?\d|[0-9a-f]{7,}|@|champion|version", text)) or any(
        path in text for path in tracked
    )


def _untested(block: Block) -> list[str]:
    """Features without test or threshold of their own or in common."""
    common = (block.get(*_TEST), block.get(*_LIMIT))
    features = block.get(*_FEATURES)
    if isinstance(features, dict):
        named = [(str(n), f if isinstance(f, dict) else {}) for n, f in features.items()]
    else:
        named = [
            (str(f.get("name")), f) if isinstance(f, dict) else (str(f), {}) for f in texts.items(features)
        ]
    return [
        name
        for name, told in named
        if (not any(k in told for k in _TEST) and common[0] is None)
        or (not any(k in told for k in _LIMIT) and common[1] is None)
    ]


@rule("MO041")
def drift_is_tested(facts: Facts) -> Verdict:
    """A clock, captured data, a report that stays, and somebody who hears of it.

    A cron that runs the tests, or an import of a drift library that nothing calls, compares nothing.
    """
    if (asset := monitor(facts, "data_drift")) and "alert" in str(dict(asset.body)):
        return passed(
            "The platform tests for drift and alerts.", Evidence(asset.path, asset.line, asset.kind)
        )
    if calls := facts.python.calls(("*.create_monitoring_schedule",)):
        return passed("The platform tests for drift on a schedule.", words.at(calls[0]))
    job = comparing(facts)
    if job is None:
        said = "No scheduled job compares captured data with a reference."
        return failed(
            said, *(words.at(f, "is not reached from a schedule") for f in facts.python.calls(DRIFT)[:2])
        )
    if not facts.python.calls(practice.WRITES, job.reach):
        return failed("The job compares, and leaves no report.", job.evidence)
    told = facts.python.calls((*practice.ALERTS, *practice.FAILS), job.reach)
    alert = next((a for a in facts.prometheus.rules if a.name and re.search("drift|psi", a.expr)), None)
    if not told and alert is None:
        return failed("The job reports drift, and nothing alerts anybody.", job.evidence)
    return passed("A scheduled job tests captured data, reports and alerts.", job.evidence)


@rule("MO042")
def against_training(facts: Facts) -> Verdict:
    """The training set among what the job reads."""
    job = comparing(facts)
    if job is None:
        return failed("No scheduled job compares captured data with a reference.")
    place = practice.named(facts, job.reach, _TRAINING)
    if place is None:
        return failed("The job does not compare with the training set.", job.evidence)
    return passed("The job compares with the training set too.", job.evidence, place)


@rule("MO043")
def drift_decides(facts: Facts) -> Verdict:
    """A policy that names drift, and code that reads it where it decides.

    A trigger in a file that no code reads starts nothing.
    """
    named = [
        b
        for b in practice.topic(facts, r"retrain|trigger")
        if re.search(r"drift", str(dict(b.value)), re.IGNORECASE)
    ]
    if not named:
        return failed("No policy of retraining that code reads names drift.")
    for entry_reach in (job.reach for job in practice.scheduled(facts)):
        if practice.reads(facts, entry_reach, named[0].setting.path) and practice.named(
            facts, entry_reach, "drift"
        ):
            return passed("Drift is an input to the decision to retrain.", named[0].evidence)
    return failed(
        "The policy names drift, and no scheduled job that reads it looks at drift.", named[0].evidence
    )


@rule("MX001")
def golden_records(facts: Facts) -> Verdict:
    """A test that sends the same rows through both paths and compares.

    A test of either path alone says nothing of their difference.
    """
    for module in facts.python.modules.values():
        for name, function in module.functions.items() if module.test else ():
            if (
                function.kind != "function"
                or not name.rpartition(".")[2].startswith("test")
                or not function.asserts
                or not _PARITY.search(name)
            ):
                continue
            reach = facts.python.reach([f"{module.path}::{name}"])
            serves = facts.python.calls(("*TestClient", "*.post", "*.invoke_endpoint"), reach)
            fits = facts.python.calls(("*.predict", "*.transform", "*.predict_proba"), reach)
            if serves and fits:
                return passed(
                    "A test compares training's and serving's answers.",
                    Evidence(module.path, function.line, name),
                )
    return failed("No test sends the same records through training's and serving's paths and compares them.")


@rule("MX002")
def logged_against_training(facts: Facts) -> Verdict:
    """Both the prediction log and the training set, in one scheduled job."""
    job = comparing(facts)
    if job is None:
        return failed("No scheduled job compares captured data with a reference.")
    log, train = (
        practice.named(facts, job.reach, r"prediction|captur|inference"),
        practice.named(facts, job.reach, _TRAINING),
    )
    if not log or not train:
        return failed("The job does not read both the prediction log and the training set.", job.evidence)
    return passed("Logged features are compared with the training distribution.", log, train)
