"""The quality of the model on real outcomes."""

from __future__ import annotations

import json
import re

from mlascent.facts import Facts
from mlascent.facts.platforms import Asset
from mlascent.rules import practice, texts, words
from mlascent.rules.governance.cards import figures
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.practice import Scheduled

_LABELLED = r"ground[_ -]?truth|actual|labelled|labels?\b|outcome|truth|feedback|observed"
_LATE = r"delay|proxy|label|ground"


def monitor(facts: Facts, kind: str) -> Asset | None:
    """A monitor of Azure ML with a signal of a kind."""
    found = (a for a in facts.platforms.assets if a.kind in ("monitor", "schedule", "monitor_schedule"))
    return next((a for a in found if re.search(kind, json.dumps(dict(a.body), default=str))), None)


def measuring(facts: Facts) -> Scheduled | None:
    """The scheduled job that measures labelled data of production: metrics, over outcomes."""
    for job in practice.watching(facts):  # training measures itself on its own test rows
        if facts.python.calls(words.MEASURES, job.reach) and practice.named(facts, job.reach, _LABELLED):
            return job
    return None


@rule("MO030")
def same_metrics(facts: Facts) -> Verdict:
    """The names of the evaluation's metrics in the monitoring job.

    A job that counts requests monitors the service, and not the quality of what it answers.
    """
    job = measuring(facts)
    if job is None:
        return failed("No scheduled job measures the model on real outcomes.")
    known = {name.lower() for name in figures(facts)} | _metric_names(facts)
    if not known:
        return failed("No metrics of the evaluation are on record.", job.evidence)
    told = {text.lower() for _, _, text in practice.literals(facts, job.reach)}
    told |= {
        f.call.name.rpartition(".")[2].removesuffix("_score").lower()
        for f in facts.python.calls(words.MEASURES, job.reach)
    }
    shared = sorted(known & told) or sorted(name for name in known if name.removesuffix("_score") in told)
    if not shared:
        return failed("The monitoring job computes none of the evaluation's metrics.", job.evidence)
    return passed(
        f"The monitoring job computes {', '.join(shared[:3])}, as the evaluation does.", job.evidence
    )


def _metric_names(facts: Facts) -> set[str]:
    """Metrics that the thresholds of mlascent.yaml name."""
    models = facts.answers.manifest.get("models")
    found: set[str] = set()
    for model in models.values() if isinstance(models, dict) else ():
        limits = model.get("thresholds") if isinstance(model, dict) else None
        found |= {str(name).lower() for name in texts.mapping(limits)}
    return found - {
        "example",
        "latency_ms",
        "size_mb",
        "better_than_baseline",
        "worse_than_champion",
        "slices",
    }


@rule("MO031")
def measured_on_schedule(facts: Facts) -> Verdict:
    """A clock, labelled data of production, and a threshold that fails the job or tells somebody.

    A cron that runs the tests, or a report that nobody must read, watches no model.
    """
    if asset := monitor(facts, "model_performance"):
        if "alert" in str(dict(asset.body)):
            return passed(
                "The platform monitors performance, and alerts.", Evidence(asset.path, asset.line, asset.kind)
            )
        return failed("The performance monitor alerts nobody.", Evidence(asset.path, asset.line, asset.kind))
    if calls := facts.python.calls(
        ("*.ModelQualityMonitor.create_monitoring_schedule", "*ModelQualityMonitor")
    ):
        return passed("The platform monitors performance.", words.at(calls[0]))
    job = measuring(facts)
    if job is None:
        return failed("No scheduled job measures the model on real outcomes.")
    acts = facts.python.calls((*practice.FAILS, *practice.ALERTS), job.reach)
    limit = practice.named(facts, job.reach, r"threshold|limit|minimum|\bmin\b|floor|tolerance")
    if not acts or limit is None:
        return failed("The job measures, and no threshold fails it or alerts anybody.", job.evidence)
    return passed("A scheduled job measures real outcomes against a threshold.", job.evidence, limit)


@rule("MO032")
def stand_in_metric(facts: Facts) -> Verdict:
    """How late labels come, and what is watched until then."""
    asked = {
        "delay of labels": (
            "label_delay",
            "label_delay_days",
            "delay",
            "delay_days",
            "labels_after",
            "latency_days",
        ),
        "stand-in metric": ("proxy", "proxy_metric", "stand_in", "stand_in_metric", "surrogate"),
    }
    block, missing = practice.best(practice.topic(facts, r"monitor|perform|label|feedback|drift"), asked)
    if block is None:
        return failed("No file states how late labels come, and what stands in until then.")
    if missing:
        return failed(f"The configuration does not state: {', '.join(missing)}.", block.evidence)
    return passed("Delay of labels and stand-in metric are stated.", block.evidence)


@rule("MO033")
def report_is_fresh(facts: Facts) -> Verdict:
    """When the job last ran stands with the scheduler, or in a report that git keeps."""
    told = facts.host.get("monitoring")
    if (
        isinstance(told, dict)
        and isinstance(told.get("age_hours"), int | float)
        and isinstance(told.get("cadence_hours"), int | float)
    ):
        if told["age_hours"] <= 2 * told["cadence_hours"]:
            return passed("The last report is fresh.")
        return failed(
            f"The last report is {told['age_hours']} hours old, for a cadence of {told['cadence_hours']}."
        )
    if measuring(facts) is None and monitor(facts, "model_performance") is None:
        return failed("No scheduled job measures the model on real outcomes.")
    return unknown(
        "The scheduler's history shows it: give a snapshot with `monitoring.age_hours` and `.cadence_hours`."
    )
