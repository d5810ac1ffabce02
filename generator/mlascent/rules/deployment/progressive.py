"""Progressive delivery: DP140 to DP143."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.rules import words
from mlascent.rules.deployment import calls, delivery_jobs, places, programs
from mlascent.rules.deployment.values import at, holds, number, values_of, walk
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_TRAFFIC = ("*.update_endpoint_weights_and_capacities", "*.update_traffic", "*.begin_create_or_update")
_EXPERIMENT = {
    "assignment": r"assignment|hash_key|sticky|bucket(ing)?_?(by|key)?|unit",
    "a metric": r"(primary_|success_)?metrics?|kpi",
    "a minimum sample": r"(min(imum)?_)?sample(_size|s)?|min_samples",
    "a rule to stop": r"stop(ping)?(_(rule|when|after|on))?|max_(days|duration)|duration(_days)?|end(_date)?",
}


@rule("DP140")
def a_strategy_is_configured(facts: Facts) -> Verdict:
    """The word canary in a name or a comment moves no traffic: weights, steps or two colours do."""
    found = next(_strategies(facts), None)
    if found:
        return passed("A strategy is configured.", found)
    return failed("No canary, blue-green, shadow or A/B strategy is configured.")


def _strategies(facts: Facts) -> Iterator[Evidence]:
    for thing in facts.kubernetes.of("Rollout"):
        strategy = at(thing.body, "spec", "strategy")
        steps = [step for step in _list(at(strategy, "canary", "steps")) if "setWeight" in str(step)]
        if steps or at(strategy, "blueGreen", "activeService"):
            yield Evidence(thing.path, thing.line, f"Rollout {thing.name}")
    for thing in facts.kubernetes.of("Canary"):
        if any(holds(thing.body, key) for key in ("stepWeight", "stepWeights", "iterations")):
            yield Evidence(thing.path, thing.line, f"Canary {thing.name}")
    for thing in facts.kubernetes.of(
        "VirtualService", "HTTPRoute", "TrafficSplit", "InferenceService", "Service"
    ):
        if len(_split(list(values_of(thing.body, "weight")))) > 1:
            yield Evidence(thing.path, thing.line, f"{thing.kind} {thing.name}")
        if any(0 < (number(v) or 0) < 100 for v in values_of(thing.body, "canaryTrafficPercent")):
            yield Evidence(thing.path, thing.line, f"{thing.kind} {thing.name}")
    for asset in facts.platforms.assets:
        traffic = asset.body.get("traffic")
        if isinstance(traffic, dict) and len(traffic) > 1:
            yield Evidence(asset.path, asset.line, f"traffic {traffic}")
        if holds(asset.body, "mirror_traffic"):
            yield Evidence(asset.path, asset.line, "mirror_traffic")
    for resource in facts.platforms.resources:
        keys = {key.lower().replace("_", "") for key, _ in walk(resource.body)}
        if {"bluegreenupdatepolicy", "trafficroutingconfiguration"} <= keys or "canarysize" in keys:
            yield Evidence(resource.path, resource.line, resource.type)
        if "productionvariants" in keys and {"initialvariantweight"} <= keys:
            weights = [
                number(v)
                for k, v in walk(resource.body)
                if k.lower().replace("_", "") == "initialvariantweight"
            ]
            if len(weights) > 1:
                yield Evidence(resource.path, resource.line, resource.type)
    for module in facts.python.package():
        said = {text: line for line, text in module.strings}
        if {"BlueGreenUpdatePolicy", "TrafficRoutingConfiguration"} <= set(said):
            yield Evidence(module.path, said["BlueGreenUpdatePolicy"], "BlueGreenUpdatePolicy")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _split(weights: list[Any]) -> list[float]:
    return [found for weight in weights if (found := number(weight)) is not None]


@rule("DP141")
def steps_are_taken_and_checked(facts: Facts) -> Verdict:
    """Steps that only wait check nothing; a controller that no job deploys takes no step."""
    deploying = delivery_jobs.all_steps(facts)
    for thing in facts.kubernetes.of("Rollout", "Canary"):
        checked = holds(thing.body, "analysis") or holds(thing.body, "metrics")
        for place in deploying if checked else ():
            if any(programs.does(launch, programs.DEPLOY) for launch in place.step.launches):
                return passed(
                    "Delivery takes the steps, and an analysis stands between them.",
                    *(Evidence(thing.path, thing.line, thing.kind), place.evidence()),
                )
    for place in places.steps(facts):
        for launch in place.step.launches:
            within = places.code(facts, launch) if launch.entry else frozenset()
            if not within or not facts.python.calls(_TRAFFIC, within):
                continue
            if facts.python.calls(
                ("*.get_metric_statistics", "*.get_metric_data", "*prometheus*", *calls.ASKS), within
            ):
                return passed(
                    "Delivery moves traffic and asks metrics between.", place.evidence(), words.seen(launch)
                )
    commands = places.launched(
        facts, lambda x: "traffic" in " ".join(x.argv) and programs.does(x, programs.DEPLOY)
    )
    for job in {id(place.job): place.job for place, _ in commands}.values():
        moves = [n for n, step in enumerate(job.steps) if any(place.step is step for place, _ in commands)]
        checks = [
            n
            for n, step in enumerate(job.steps)
            if any(programs.asks(x) or words.tests(x) for x in step.launches) and moves[0] < n < moves[-1]
        ]
        if len(moves) > 1 and checks:
            place = commands[0][0]
            return passed("Delivery takes steps, and a check stands between two of them.", place.evidence())
    return failed("No delivery job takes steps with a check of metrics between them.")


@rule("DP142")
def a_shadow_is_configured(facts: Facts) -> Verdict:
    """A second variant that answers users is no shadow."""
    for asset in facts.platforms.assets:
        mirror = asset.body.get("mirror_traffic")
        if isinstance(mirror, dict) and any(mirror.values()):
            return passed(
                "Traffic is mirrored.", Evidence(asset.path, asset.line, f"mirror_traffic {mirror}")
            )
    for thing in facts.kubernetes.of("VirtualService", "HTTPRoute", "TraefikService", "Rollout"):
        if any(
            holds(thing.body, key)
            for key in ("mirror", "mirrors", "setMirrorRoute", "requestMirror", "mirroring")
        ):
            return passed("Traffic is mirrored.", Evidence(thing.path, thing.line, thing.kind))
    for resource in facts.platforms.resources:
        if any("shadow" in key.lower() and value for key, value in walk(resource.body)):
            return passed(
                "A shadow variant is configured.", Evidence(resource.path, resource.line, resource.type)
            )
    for found in facts.python.calls(("*.create_endpoint_config",)):
        if "ShadowProductionVariants" in found.call.keywords:
            return passed("A shadow variant is configured.", words.at(found))
    return failed("No mirror rule and no shadow variant is configured.")


@rule("DP143")
def an_experiment_is_whole(facts: Facts) -> Verdict:
    """Two weights are no experiment: without a sample and a stop it ends when somebody likes the result."""
    lacking: tuple[str, Evidence] | None = None
    for setting in facts.settings.own():
        if not re.search(r"experiment|ab[-_]?test|a_b", setting.path.rpartition("/")[2], re.IGNORECASE):
            continue
        keys = {key for key, value in walk(setting.data) if value not in (None, "", [], {})}
        lacks = [
            what
            for what, pattern in _EXPERIMENT.items()
            if not any(re.fullmatch(pattern, key, re.IGNORECASE) for key in keys)
        ]
        if not lacks and keys:
            return passed(
                "The experiment states assignment, metric, sample and stop.", Evidence(setting.path)
            )
        lacking = lacking or (", ".join(lacks), Evidence(setting.path))
    if lacking:
        return failed(f"The experiment does not state {lacking[0]}.", lacking[1])
    return failed("No experiment is configured.")
