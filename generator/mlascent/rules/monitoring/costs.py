"""What it costs, who pays, and what stops when nobody uses it."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.platforms import Resource
from mlascent.rules import entries, practice, texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

#: Resources that cost nothing, or take no tags.
_UNTAGGED = re.compile(
    r"policy|attachment|association|rule|permission|assignment|_acl|versioning|public_access|random_|null_|data\."
)
_COSTS = re.compile(r"aws_|AWS::|azurerm_|Microsoft\.|google_")
_COST_TAG = re.compile(r"cost|budget|project|billing", re.IGNORECASE)
_OWNER_TAG = re.compile(r"owner|team|contact|responsible", re.IGNORECASE)
_BUDGET = re.compile(
    r"aws_budgets_budget|AWS::Budgets|consumption_budget|Microsoft.Consumption/budgets|billing_budget",
    re.IGNORECASE,
)


def _default_tags(facts: Facts) -> str:
    """Tags that a provider puts on everything."""
    found = [r for r in facts.platforms.resources if r.type.startswith("provider")]
    return " ".join(str(dict(r.body).get("default_tags", "")) for r in found)


@rule("MO100")
def tagged(facts: Facts) -> Verdict:
    """Both tags on each resource that takes tags."""
    common = _default_tags(facts)
    found = [r for r in facts.platforms.resources if _COSTS.match(r.type) and not _UNTAGGED.search(r.type)]
    objects = facts.kubernetes.of("Deployment", "StatefulSet", "CronJob", "Job")
    if not found and not objects:
        return failed("No infrastructure is kept as code.")
    bare = [
        Evidence(r.path, r.line, f"{r.type} {r.name}") for r in found if not _both(f"{_tags(r)} {common}")
    ]
    bare += [
        Evidence(o.path, o.line, f"{o.kind} {o.name}")
        for o in objects
        if not _both(str(texts.mapping(o.body.get("metadata")).get("labels", "")))
    ]
    if bare:
        return failed("A resource carries no cost tag, or no owner.", *bare[:5])
    first = found[0] if found else objects[0]
    return passed("Every resource carries cost and owner.", Evidence(first.path, first.line))


def _tags(resource: Resource) -> str:
    body = dict(resource.body)
    return str(body.get("tags") or body.get("Tags") or (body.get("Properties") or {}))


def _both(text: str) -> bool:
    return bool(_COST_TAG.search(text) and _OWNER_TAG.search(text))


@rule("MO101")
def budgeted(facts: Facts) -> Verdict:
    """A budget with an amount, and somebody who is told.

    A sum in a page of text stops nothing.
    """
    for resource in facts.platforms.resources:
        text = str(dict(resource.body))
        if _BUDGET.search(resource.type):
            place = Evidence(resource.path, resource.line, f"{resource.type} {resource.name}")
            if not re.search(r"\d", text) or not re.search(
                r"notif|subscriber|contact|threshold", text, re.IGNORECASE
            ):
                return failed("The budget has no amount, or tells nobody.", place)
            return passed("A budget alert is kept as code.", place)
    for alert in facts.prometheus.rules:
        if (
            alert.name
            and re.search(r"cost|spend|budget", alert.expr)
            and re.search(r"[<>]=?\s*\d", alert.expr)
        ):
            return passed("A budget alert is kept as code.", Evidence(alert.path, alert.line, alert.name))
    return failed("No budget alert is kept as code.")


@rule("MO102")
def idle_stops(facts: Facts) -> Verdict:
    """Something that shuts down, and a number for each prediction."""
    idle = _idle(facts)
    if idle is None:
        return failed("Nothing shuts idle resources down.")
    sign = r"cost_per|per_prediction_cost|prediction_cost"
    for rules in facts.prometheus.rules:
        if re.search(sign, f"{rules.record} {rules.expr}"):
            return passed(
                "Idle resources stop, and cost per prediction is a metric.",
                idle,
                Evidence(rules.path, rules.line),
            )
    for reach in (entries.serving(facts), *(job.reach for job in practice.scheduled(facts))):
        if place := practice.named(facts, reach, sign):
            return passed("Idle resources stop, and cost per prediction is a metric.", idle, place)
    return failed("Cost per prediction is no metric.", idle)


def _idle(facts: Facts) -> Evidence | None:
    for asset in facts.platforms.assets:
        if "idle_time_before_scale_down" in str(dict(asset.body)) or asset.body.get("min_instances") == 0:
            return Evidence(asset.path, asset.line, "scales to zero")
    for resource in facts.platforms.resources:
        text = str(dict(resource.body))
        if re.search(
            r"idle|min_node_count'?: 0|min_capacity'?: 0|autoscaling_schedule|scale_down|auto_?shutdown",
            text + resource.type,
            re.I,
        ):
            return Evidence(resource.path, resource.line, resource.type)
    for obj in facts.kubernetes.of("ScaledObject", "KnativeServing", "Service", "HTTPScaledObject"):
        if obj.body.get("spec") and (
            obj.body["spec"].get("minReplicaCount") == 0 or obj.api.startswith("serving.knative")
        ):
            return Evidence(obj.path, obj.line, f"{obj.kind} {obj.name}")
    for job in practice.scheduled(facts):
        if facts.python.calls(("*.stop_*", "*.delete_endpoint", "*.scale*"), job.reach):
            return job.evidence
    return None
