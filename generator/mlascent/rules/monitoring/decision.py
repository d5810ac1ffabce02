"""When to train again: a policy, its thresholds, and what happens by itself."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, practice, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.practice import Block

_TRIGGERS = re.compile(r"perform|drift|decay|concept|schedule|cron|degrad", re.IGNORECASE)


def policies(facts: Facts) -> list[Block]:
    """Blocks of the retraining policy."""
    return practice.topic(facts, r"retrain")


def policy(facts: Facts) -> Block | None:
    """The block with the triggers."""
    return next((b for b in policies(facts) if b.get("triggers", "trigger", "when") is not None), None)


@rule("MO050")
def triggers_are_named(facts: Facts) -> Verdict:
    """A policy that code reads, with triggers of the four kinds.

    `triggers: [manual]`, or a policy in prose, decides nothing.
    """
    block = policy(facts)
    if block is None:
        return failed("No policy that code reads names what triggers retraining.")
    value = block.get("triggers", "trigger", "when")
    if not _TRIGGERS.search(str(value)):
        return failed("The policy names neither performance, drift nor a schedule.", block.evidence)
    return passed("The policy names its triggers.", block.evidence)


@rule("MO051")
def thresholds_are_one(facts: Facts) -> Verdict:
    """Monitoring jobs that read the policy's file.

    A threshold that is written a second time in the code drifts away from the first.
    """
    block = policy(facts)
    if block is None:
        return failed("No policy that code reads names what triggers retraining.")
    watching = [
        job
        for job in practice.watching(facts)
        if facts.python.calls((*practice.COMPARES, *words.MEASURES), job.reach)
    ]
    if not watching:
        return failed("No scheduled job monitors the model.", block.evidence)
    deaf = [job for job in watching if not practice.reads(facts, job.reach, block.setting.path)]
    if deaf:
        return failed(
            "A monitoring job does not read the policy's thresholds.", *(job.evidence for job in deaf)
        )
    return passed(
        "Monitoring jobs read their thresholds from the policy.", *(job.evidence for job in watching[:2])
    )


@rule("MO052")
def brakes_are_set(facts: Facts) -> Verdict:
    """Three brakes in the policy.

    Without them a noisy signal trains all night.
    """
    asked = {
        "cool-down": (
            "cooldown",
            "cool_down",
            "cooldown_days",
            "cooldown_hours",
            "cool_down_days",
            "cool_down_hours",
            "wait",
        ),
        "highest frequency": (
            "max_per_week",
            "max_per_day",
            "max_frequency",
            "max_per_month",
            "highest_frequency",
            "at_most",
        ),
        "human approval": (
            "approval",
            "approver",
            "approvers",
            "human_approval",
            "requires_approval",
            "approval_required",
        ),
    }
    block, missing = practice.best(policies(facts), asked)
    if block is None:
        return failed("The retraining policy has no cool-down, highest frequency or approval.")
    if missing:
        return failed(f"The retraining policy has no {' and no '.join(missing)}.", block.evidence)
    return passed("Cool-down, highest frequency and approval are set.", block.evidence)


@rule("MO070")
def alert_trains(facts: Facts) -> Verdict:
    """An event that starts the training, and a gate before its model counts.

    `repository_dispatch` on a job that only tests starts no training; training without a gate replaces a
    good model by a bad one, by itself.
    """
    for run in facts.ci.runs(lambda _: True, "event"):
        entry = entries.of_launch(facts, run.launch)
        if entry is None:
            continue
        reach = entries.reached(facts, [entry])
        steps = [
            run.launch,
            *(other.launch for other in facts.ci.runs(lambda _: True, "event") if other.job is run.job),
        ]
        trains = words.fits(facts, reach) or any(words.repeats(launch) for launch in steps)
        trains = trains or bool(practice.named(facts, reach, r"^repro$"))
        gate = facts.python.calls(("*gate*", "*judge*", "*check_thresholds*", "*validate_model*"), reach)
        if (
            trains
            and gate
            and facts.python.calls(("*.create_model_version", "*.register_model", "*.register"), reach)
        ):
            receiver = _receiver(facts)
            if receiver is None:
                return failed("An event may train, and no alert sends it.", words.at(gate[0]))
            return passed("An alert starts gated training.", words.at(gate[0]), receiver)
    return failed("No event starts training whose model passes a gate.")


def _receiver(facts: Facts) -> Evidence | None:
    """A webhook of Alertmanager, an EventBridge rule, or an Event Grid subscription that starts it."""
    for block in practice.blocks(facts):
        if "webhook_configs" in block.value:
            return block.evidence
    for resource in facts.platforms.resources:
        if re.search(
            r"event_rule|Events::Rule|eventgrid|cloudwatch_event_target", resource.type, re.IGNORECASE
        ):
            return Evidence(resource.path, resource.line, resource.type)
    return None


@rule("MO071")
def mode_is_declared(facts: Facts) -> Verdict:
    """Offline or online; and for online, what guards it."""
    for block in practice.topic(facts, r"retrain|training"):
        mode = block.get("mode", "training_mode")
        if str(mode).lower() == "offline":
            return passed("Training is declared as offline.", block.evidence)
        if str(mode).lower() == "online":
            asked = {
                "interval": ("interval", "every"),
                "guard metric": ("guard", "guard_metric"),
                "fallback model": ("fallback", "fallback_model"),
            }
            if missing := block.missing(asked):
                return failed(f"Online training has no {' and no '.join(missing)}.", block.evidence)
            return passed("Online training has interval, guard and fallback.", block.evidence)
    return failed("No file that code reads declares offline or online training.")


@rule("MO072")
def event_run_is_on_record(facts: Facts) -> Verdict:
    """A report of a retraining that git keeps, or the history of tracker and CI."""
    for path in ("reports/retrain.json", "reports/retraining.json"):
        told = facts.settings.get(path)
        if isinstance(told, dict) and told.get("trigger") == "event" and told.get("at"):
            return passed("A run that an event triggered is on record.", Evidence(path, 1))
    runs = facts.host.get("runs")
    if isinstance(runs, list):
        if any(isinstance(run, dict) and run.get("trigger") == "event" for run in runs):
            return passed("A run that an event triggered is on record.")
        return failed("No run on record was triggered by an event.")
    return unknown(
        "The history of tracker or CI shows it: give a snapshot with `runs`, each with its `trigger`."
    )
