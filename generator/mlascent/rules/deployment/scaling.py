"""Serving at scale: DP130 to DP133."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.kubernetes import Object
from mlascent.rules.deployment import images
from mlascent.rules.deployment.values import at, holds, number, values_of, walk
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_WORKLOADS = ("Deployment", "StatefulSet", "Rollout")


@rule("DP130")
def scaling_has_bounds(facts: Facts) -> Verdict:
    """An autoscaler whose minimum is its maximum, or that follows no metric, does not scale."""
    near: list[Evidence] = []
    for thing in facts.kubernetes.of("HorizontalPodAutoscaler", "ScaledObject", "InferenceService"):
        spec = thing.body
        low = next((number(v) for k in ("minReplicas", "minReplicaCount") for v in values_of(spec, k)), None)
        high = next((number(v) for k in ("maxReplicas", "maxReplicaCount") for v in values_of(spec, k)), None)
        keys = ("metrics", "triggers", "targetCPUUtilizationPercentage", "scaleMetric", "scaleTarget")
        where = Evidence(thing.path, thing.line, f"{thing.kind} {thing.name}")
        if low is not None and high is not None and low < high and any(holds(spec, key) for key in keys):
            return passed("The autoscaler has a minimum, a maximum and a metric.", where)
        near.append(where)
    for resource in facts.platforms.resources:
        flat = {key.lower().replace("_", ""): value for key, value in walk(resource.body)}
        if "mincapacity" in flat and "maxcapacity" in flat:
            low, high = number(flat["mincapacity"]), number(flat["maxcapacity"])
            follows = any(
                "targettrackingscalingpolicyconfiguration"
                in {k.lower().replace("_", "") for k, _ in walk(r.body)}
                for r in facts.platforms.resources
            )
            where = Evidence(resource.path, resource.line, resource.type)
            if follows and (low is None or high is None or low < high):
                return passed("The autoscaler has a minimum, a maximum and a metric.", where)
            near.append(where)
    for asset in facts.platforms.assets:
        scale = asset.body.get("scale_settings")
        scale = scale if isinstance(scale, dict) and scale.get("type") == "target_utilization" else {}
        if None not in (number(scale.get("min_instances")), number(scale.get("max_instances"))):
            return passed("The deployment scales by utilisation.", Evidence(asset.path, asset.line))
    if near:
        return failed("The autoscaler lacks a minimum below its maximum, or a metric.", *near[:2])
    return failed("No autoscaler is defined.")


@rule("DP131")
def production_is_complete(facts: Facts) -> Verdict:
    """One replica is none while it restarts; a probe without limits, or limits on the sidecar alone."""
    things = [o for o in facts.kubernetes.of(*_WORKLOADS) if images.containers(o.body)]
    if not things:
        return failed("No deployment is defined.")
    for thing in things:
        where = Evidence(thing.path, thing.line, f"{thing.kind} {thing.name}")
        if (number(at(thing.body, "spec", "replicas")) or 0) < 2 and not _scaled(facts, thing):
            return failed(f"{thing.name} has fewer than two replicas.", where)
        for container in images.containers(thing.body):
            resources = container.get("resources")
            if not isinstance(resources, dict) or not resources.get("limits"):
                return failed(f"{thing.name} has no resource limits.", where)
        main = images.containers(thing.body)[0]
        if not ({"readinessProbe"} & set(main) and {"livenessProbe", "startupProbe"} & set(main)):
            return failed(f"{thing.name} lacks probes.", where)
    return passed("Limits, probes and two replicas are set.", Evidence(things[0].path, things[0].line))


def _scaled(facts: Facts, thing: Object) -> bool:
    """Whether an autoscaler keeps at least two of it."""
    for scaler in facts.kubernetes.of("HorizontalPodAutoscaler", "ScaledObject"):
        if any(v == thing.name for v in values_of(scaler.body, "name")):
            lows = [
                number(v) or 0 for k in ("minReplicas", "minReplicaCount") for v in values_of(scaler.body, k)
            ]
            return max(lows, default=0) >= 2
    return False


@rule("DP132")
def gitops_points_here(facts: Facts) -> Verdict:
    """An application that names a path which is not there syncs nothing of this repository."""
    near: list[Evidence] = []
    for thing in facts.kubernetes.of("Application", "ApplicationSet", "Kustomization"):
        if "argoproj" not in thing.api and "fluxcd" not in thing.api:
            continue
        paths = [str(v).removeprefix("./").strip("/") for v in values_of(thing.body, "path")]
        where = Evidence(thing.path, thing.line, f"{thing.kind} {thing.name}")
        source = holds(thing.body, "repoURL") or holds(thing.body, "sourceRef")
        if source and any(not path or facts.files.under(path) for path in paths):
            return passed("A GitOps application points at a path of this repository.", where)
        near.append(where)
    if near:
        return failed("A GitOps application names no path that exists here.", *near[:2])
    return failed("No GitOps application is defined.")


@rule("DP133")
def zones_and_budget(facts: Facts) -> Verdict:
    """A budget that allows all to go at once, or a spread over hosts alone, survives no lost zone."""
    budgets = [
        o
        for o in facts.kubernetes.of("PodDisruptionBudget")
        if any(
            number(v) not in (None, 0)
            for k in ("minAvailable", "maxUnavailable")
            for v in values_of(o.body, k)
        )
    ]
    spread = [
        o
        for o in facts.kubernetes.of(*_WORKLOADS)
        if any(re.search(r"topology\.kubernetes\.io/zone", str(v)) for v in values_of(o.body, "topologyKey"))
    ]
    zones = [
        r
        for r in facts.platforms.resources
        if any(
            k.lower() in ("zones", "availability_zones", "availabilityzones") and v for k, v in walk(r.body)
        )
    ]
    if not spread and not zones:
        return failed("Nothing spreads instances over zones.", *(Evidence(b.path, b.line) for b in budgets))
    first = spread[0] if spread else zones[0]
    if not budgets:
        return failed("There is no disruption budget.", Evidence(first.path, first.line))
    return passed(
        "Instances spread over zones, and disruptions have a budget.",
        *(Evidence(first.path, first.line), Evidence(budgets[0].path, budgets[0].line)),
    )
