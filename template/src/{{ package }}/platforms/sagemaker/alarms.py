"""What SageMaker watches while a new deployment takes over, and what `just monitor` reads."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import session

VARIANT = "AllTraffic"  # one name for all: a deployment that changes it cannot go blue/green
NAMESPACE = "AWS/SageMaker"
ERRORS, LATENCY = "service:errors:ratio", "service:latency_seconds:p95"
LIMITS = {ERRORS: 0.01, LATENCY: 0.2}  # where the project has no monitoring/alerts.yml yet
MICROSECONDS = 1e6  # CloudWatch's unit of ModelLatency, in a second


def limits() -> dict[str, float]:
    """What monitoring/alerts.yml allows of each signal."""
    root = __package__.split(".")[0]
    if not find_spec(f"{root}.monitor"):
        return LIMITS
    told = import_module(f"{root}.monitor").limits()
    return LIMITS | {signal: value for signal, sign, value in told.values() if sign == ">"}


def dimensions(place: str, config: str = "") -> list[dict[str, str]]:
    """Which figures: of an endpoint, or of the fleet of one of its configurations alone."""
    told = {"EndpointName": place, "VariantName": VARIANT}
    told |= {"EndpointConfigName": config} if config else {}
    return [{"Name": name, "Value": value} for name, value in told.items()]


def names(config: str) -> list[str]:
    """The alarms of a configuration."""
    return [f"{config}-errors", f"{config}-latency"]


def define(place: str, config: str, environment: str) -> list[dict[str, Any]]:
    """The two alarms that send traffic back, on the new fleet alone.

    The old fleet's own failures would end a deployment that mends them, says AWS
    (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html).
    """
    allowed = limits()
    shared: dict[str, Any] = {
        "Namespace": NAMESPACE,
        "Dimensions": dimensions(place, config),
        "Period": 60,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": session.tags(environment),
    }
    errors, latency = names(config)
    return [
        shared
        | {"AlarmName": errors, "AlarmDescription": "share of requests that end in a 5xx"}
        | {"MetricName": "Invocation5XXErrors", "Statistic": "Average"}
        | {"Threshold": allowed[ERRORS], "DatapointsToAlarm": 2},
        shared
        | {"AlarmName": latency, "AlarmDescription": "microseconds at the 95th percentile"}
        | {"MetricName": "ModelLatency", "ExtendedStatistic": "p95"}
        | {"Threshold": allowed[LATENCY] * MICROSECONDS, "DatapointsToAlarm": 3},
    ]
