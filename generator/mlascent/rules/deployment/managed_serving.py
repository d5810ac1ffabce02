"""What answers or scores on the platform, and what happens when it fails: DP187."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.platforms import Resource
from mlascent.rules import code, words
from mlascent.rules.deployment import on_platform, places, programs
from mlascent.rules.deployment.on_platform import Done
from mlascent.rules.deployment.values import holds, values_of, walk
from mlascent.rules.entries import Reached
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule

_ALARMS = re.compile(
    r"aws_cloudwatch_metric_alarm$|AWS::CloudWatch::Alarm$|Insights/(metricAlerts|scheduledQueryRules)$"
    r"|azurerm_monitor_(metric_alert|scheduled_query_rules\w*)$"
)
_ANSWERS = re.compile(r"endpoint|latency|5xx|error|invocation|request", re.IGNORECASE)
_RULES = re.compile(
    r"aws_cloudwatch_event_rule$|AWS::Events::Rule$|EventGrid/.*[sS]ubscriptions$|azurerm_eventgrid_\w+$"
)
_TARGETS = ("aws_cloudwatch_event_target",)
_ACTIONS = ("alarm_actions", "AlarmActions", "actions", "action", "actionGroups")
_ENDPOINTS = re.compile(r"sagemaker_endpoint$|SageMaker::Endpoint$|workspaces/onlineEndpoints$")
_BACK = frozenset(("back", "rollback", "revert", "restore", "undo"))
_JOBS = re.compile(r"(?i)(training|processing|transform|pipeline|job|run)")
_FAILED = re.compile(r"(?i)\bfail(ed|ure|ures)?\b|Failed|Cancel")


@rule("DP187")
def failures_are_noticed(facts: Facts) -> Verdict:
    """An alarm that is attached to nothing is a graph; one that no deployment knows sends nothing back."""
    if not on_platform.here(facts):
        return not_applicable("Nothing here runs on SageMaker or Azure ML.")
    online = _online(facts)
    if online:
        done = next(_deploying(facts), None)
        if done is None:
            return failed("No word deploys an endpoint on the platform.")
        return _endpoint(facts, done)
    done = next(
        on_platform.doing(facts, on_platform.SCORES, on_platform.SCORING, on_platform.SCORE_WORDS), None
    )
    if done is None:
        return failed("No word starts a job that scores on the platform.")
    told = next(_told(facts), None)
    if told is None:
        return failed("Nobody is told where a job that scores fails.", *done.evidence)
    return passed("A word scores on the platform, and a failed job is told.", *done.evidence, told)


def _deploying(facts: Facts) -> Iterator[Done]:
    """Words that deploy an endpoint by the platform's calls, or by the files that declare one."""
    yield from on_platform.doing(facts, on_platform.ANSWERS, on_platform.ANSWERING, on_platform.DEPLOY_WORDS)
    if any(_ENDPOINTS.search(resource.type) for resource in facts.platforms.resources):
        for start in on_platform.starts(facts):
            if programs.does(start.launch, programs.APPLY):
                yield Done(start, None)


def _online(facts: Facts) -> bool:
    """Whether the workload asks for an endpoint: by the answers, else by what there is."""
    given = facts.answers.given.get("workload")
    if given:
        return str(given) != "batch"
    declared = any(_ENDPOINTS.search(resource.type) for resource in facts.platforms.resources)
    return (
        declared
        or bool(facts.python.calls(on_platform.ANSWERS))
        or any(asset.kind in ("online_endpoint", "online_deployment") for asset in facts.platforms.assets)
    )


def _endpoint(facts: Facts, done: Done) -> Verdict:
    within = on_platform.reach(facts, on_platform.DEPLOY_WORDS)
    rolled, alarms = (
        _rolled_back(facts, within),
        [r for r in facts.platforms.resources if _watches(r)],
    )
    made = facts.python.calls(("*.put_metric_alarm", "*.put_composite_alarm"), within)
    if rolled and (made or alarms):
        seen = words.at(made[0]) if made else _at(alarms[0])
        return passed(
            "A word deploys an endpoint, and its alarms send a bad one back.", *done.evidence, rolled, seen
        )
    if rolled:
        return failed("The deployment goes back on alarms that nothing defines.", rolled)
    attached = [alarm for alarm in alarms if _acts(alarm)]
    if not attached:
        said = "An alarm is attached to nothing." if alarms else "Nothing watches the endpoint."
        return failed(said, *done.evidence, *(_at(alarm) for alarm in alarms[:2]))
    back = _sends_back(facts, within) if on_platform.here(facts) == "azureml" else None
    if back is None:
        return failed(
            "The endpoint has alarms, but no deployment goes back.", *done.evidence, _at(attached[0])
        )
    return passed(
        "A word deploys an endpoint and takes a bad one back, and alarms tell of it.",
        *(*done.evidence, back, _at(attached[0])),
    )


def _rolled_back(facts: Facts, within: Reached) -> Evidence | None:
    """Where SageMaker is told which alarms end a deployment: in code that deploys, or in a resource."""
    for module in code.modules(facts, within):
        said = {text: line for line, text in module.strings}
        if "AutoRollbackConfiguration" in said and {"Alarms", "AlarmName"} <= set(said):
            return Evidence(module.path, said["AutoRollbackConfiguration"], "AutoRollbackConfiguration")
    for call in facts.python.calls(("*.AutoRollbackConfig", "*.AutoRollbackConfiguration"), within):
        if "alarms" in call.call.keywords:
            return words.at(call)
    for resource in facts.platforms.resources:
        for name in ("auto_rollback_configuration", "AutoRollbackConfiguration", "AutoRollbackConfig"):
            if any(
                holds(v, "alarms") or holds(v, "Alarms") or holds(v, "alarm_name")
                for v in values_of(resource.body, name)
            ):
                return _at(resource)
    return None


def _sends_back(facts: Facts, within: Reached) -> Evidence | None:
    """A function of the deployment that moves the traffic back; Azure ML has none of its own."""
    for path, name in sorted(within):
        if _BACK & set(words.parts(name)) and name in facts.python.modules[path].functions:
            function = facts.python.modules[path].functions[name]
            said = {*function.names, *places.texts(facts, frozenset({(path, name)}))}
            if any(
                "traffic" in text or "route" in text or "give" in text or "deploy" in text for text in said
            ):
                return Evidence(path, function.line, f"{name}()")
    return None


def _watches(resource: Resource) -> bool:
    """Whether it is an alarm on what answers."""
    return bool(_ALARMS.search(resource.type) and _ANSWERS.search(f"{resource.name} {dict(resource.body)}"))


def _acts(alarm: Resource) -> bool:
    return any(holds(dict(alarm.body), name) for name in _ACTIONS)


def _at(resource: Resource) -> Evidence:
    return Evidence(resource.path, resource.line, f"{resource.type} {resource.name}")


def _told(facts: Facts) -> Iterator[Evidence]:
    """What tells somebody of a failed job: a rule of events with a target, or an alert with an action."""
    targets = " ".join(str(dict(r.body)) for r in facts.platforms.resources if r.type in _TARGETS)
    for resource in facts.platforms.resources:
        text = f"{resource.name} {dict(resource.body)}"
        if re.search(r"\b(local|each)\.", text):  # what it says stands in the same file's `locals`
            text += facts.files.text(resource.path)
        if not _JOBS.search(text):
            continue
        if _ALARMS.search(resource.type) and _acts(resource):
            yield _at(resource)
        if _RULES.search(resource.type):
            aimed = f"{resource.type}.{resource.name}" in targets or any(
                key.lower() in ("targets", "destination") and value
                for key, value in walk(dict(resource.body))
            )
            if aimed:
                yield _at(resource)
