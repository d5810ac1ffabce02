"""Outcomes that come back: into data sets, into the next model, into the measures of the business."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import practice, texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_TOPIC = r"label|feedback|ground[._-]?truth|outcome"
_OUTCOMES = r"label|outcome|ground[_ -]?truth|feedback|actual"
_JOINS = ("*.merge", "*.merge_asof", "*.sql", "*.read_sql*")


@rule("MO080")
def labels_are_declared(facts: Facts) -> Verdict:
    """Three facts about labels, in a file that code reads."""
    asked = {
        "origin": ("origin", "source", "from", "location", "table"),
        "delay": ("delay", "delay_days", "label_delay", "lag", "lag_days", "latency_days", "delay_hours"),
        "join key": ("key", "join_key", "join_on", "on", "id", "entity_key"),
    }
    block, missing = practice.best(practice.topic(facts, _TOPIC), asked)
    if block is None:
        return failed("No file that code reads declares origin, delay and join key of labels.")
    if missing:
        return failed(f"The labels' declaration has no {' and no '.join(missing)}.", block.evidence)
    return passed("Origin, delay and join key of labels are declared.", block.evidence)


@rule("MO081")
def labels_come_back(facts: Facts) -> Verdict:
    """A clock, a join, and an output that is versioned and that training reads.

    A table of outcomes that nobody trains on closes no loop.
    """
    versioned = {*facts.dvc.tracked, *(out for stage in facts.dvc.stages for out in stage.outs)}
    used = {dep for stage in facts.dvc.stages for dep in stage.deps}
    for job in practice.watching(facts):
        joins = facts.python.calls(_JOINS, job.reach)
        if not joins or not practice.named(facts, job.reach, _OUTCOMES):
            continue
        told = {text for _, _, text in practice.literals(facts, job.reach)}
        outs = sorted(
            path for path in versioned if any(text and path.endswith(text) for text in told if "/" in text)
        )
        if not outs:
            return failed("The job joins labels, and its output is not versioned.", job.evidence)
        if not any(path in used or any(path.startswith(f"{dep}/") for dep in used) for path in outs):
            return failed("No training stage depends on the labels that come back.", job.evidence)
        return passed("Labels come back into a versioned data set that training uses.", job.evidence)
    return failed("No scheduled job joins outcomes to predictions.")


@rule("MO082")
def kpi_is_measured(facts: Facts) -> Verdict:
    """A KPI of mlascent.yaml, by its name, in a report or a metric.

    The KPI in the problem block alone is a wish.
    """
    problem = facts.answers.block("problem")
    kpis = problem.get("kpi") if isinstance(problem, dict) else None
    names = [
        str(k.get("name") if isinstance(k, dict) else k)
        for k in (kpis if isinstance(kpis, list) else [kpis])
        if k
    ]
    if not names:
        return failed("mlascent.yaml names no KPI of the team's own.")
    for name in names:
        plain = re.escape(texts.folded(name))
        for rules in facts.prometheus.rules:
            if re.search(plain, texts.folded(f"{rules.record} {rules.expr}")):
                return passed(
                    f"{name} is a metric.", Evidence(rules.path, rules.line, rules.record or rules.name)
                )
        for job in practice.watching(facts):
            place = practice.named(facts, job.reach, plain)
            if place and facts.python.calls(practice.WRITES, job.reach):
                return passed(f"{name} is measured on a schedule.", place)
    return failed(f"No report or metric measures {', '.join(names[:3])}.")
