"""Alarms and figures of an endpoint, against the limits of the service on a laptop."""

import operator
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import alarms, fleet, releases, session

ROOT = __package__.split(".")[0]
SPAN = timedelta(hours=1)  # what the figures are of; silence counts after as long
STEP = 300  # seconds of one figure
ANSWERING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
SIGNS = {">": operator.gt, "<": operator.lt, "==": operator.eq}


def limits() -> dict[str, tuple[str, str, float]]:
    """Of each alert its signal, the sign and the value past which it goes off."""
    if find_spec(f"{ROOT}.monitor"):
        return dict(import_module(f"{ROOT}.monitor").limits())
    told = {"ServiceDown": ("service:up", "<", 1.0)}
    return told | {signal: (signal, ">", value) for signal, value in alarms.LIMITS.items()}


def problems(environment: str) -> list[str]:
    """What is wrong with an endpoint."""
    place = releases.place(environment)
    told = fleet.describe(place)
    status, config = told.get("EndpointStatus", "not there"), told.get("EndpointConfigName", "")
    print(f"{place}  {status}  {config}")
    if reason := told.get("FailureReason"):
        print(f"  the last deployment failed: {reason}")
    known, found = figures(place, told, datetime.now(UTC)), []
    for alert, (signal, sign, value) in limits().items():
        measured = known.get(signal)
        found += [alert] if measured is not None and SIGNS[sign](measured, value) else []
        text = "not known here" if measured is None else f"{measured:.4g}"
        print(f"  {signal:28} {text:14} limit {sign} {value:g}")
    for name, state in states(place, config):
        print(f"  alarm {name}: {state}")
        found += [f"alarm {name}"] if state == "ALARM" else []
    return found


def figures(place: str, told: dict[str, Any], now: datetime) -> dict[str, float]:
    """The signals of monitoring/alerts.yml, as far as CloudWatch knows them of the last hour."""
    known = {"service:up": float(told.get("EndpointStatus") in ANSWERING)}
    if not told:
        return known
    asked = {"asked": ("Invocations", "Sum"), "failed": ("Invocation5XXErrors", "Sum")}
    asked |= {"slow": ("ModelLatency", "p95")}
    queries = [
        {
            "Id": id_,
            "MetricStat": {
                "Metric": {
                    "Namespace": alarms.NAMESPACE,
                    "MetricName": name,
                    "Dimensions": alarms.dimensions(place),
                },
                "Period": STEP,
                "Stat": stat,
            },
        }
        for id_, (name, stat) in asked.items()
    ]
    answer = session.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - SPAN, EndTime=now, ScanBy="TimestampDescending"
    )
    values = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    total = sum(values["asked"])
    if total:
        known[alarms.ERRORS] = sum(values["failed"]) / total
    if values["slow"]:
        known[alarms.LATENCY] = values["slow"][0] / alarms.MICROSECONDS
    if total or now - told["CreationTime"] > SPAN:
        known["service:requests:rate"] = total / SPAN.total_seconds()
    return known


def states(place: str, config: str) -> Iterator[tuple[str, str]]:
    """How the alarms of an endpoint are, but for those of configurations that do not answer."""
    listed = session.pages(
        "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{place}-"
    )
    for alarm in listed:
        metrics = [
            each.get("MetricStat", {}).get("Metric", {}) for each in alarm.get("Metrics", [])
        ]
        marks = [mark for each in (alarm, *metrics) for mark in each.get("Dimensions", [])]
        values = {(mark["Name"], mark["Value"]) for mark in marks}
        configs = {value for name, value in values if name == "EndpointConfigName"}
        if ("EndpointName", place) in values and configs <= {config}:
            yield alarm["AlarmName"], alarm["StateValue"]
