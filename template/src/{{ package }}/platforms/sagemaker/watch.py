"""The word `monitor` on SageMaker: alarms, figures and jobs of an environment, against the limits."""

import argparse
import operator
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .. import FailedError
from . import alarms, deploy, fleet, releases, session

SPAN = timedelta(hours=1)  # what the figures are of; silence counts after as long
STEP = 300  # seconds of one figure
ANSWERING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
SIGNS = {">": operator.gt, "<": operator.lt, "==": operator.eq}


def monitor(words: list[str]) -> None:
    """Compare an environment with its limits; fail past one: `just monitor [ENVIRONMENT]`."""
    parser = argparse.ArgumentParser(prog="just monitor", description=monitor.__doc__)
    parser.add_argument("environment", nargs="?", default="production")
    asked = parser.parse_args(words)
    if asked.environment.startswith("http"):
        return deploy.here("monitor", ["monitor"], [asked.environment])
    found: list[str] = []
    for kind in (each.__name__.rpartition(".")[2] for each in deploy.kinds()):
        found += endpoint(asked.environment) if kind == "online" else jobs(asked.environment)
    if found:
        place = releases.place(asked.environment)
        raise FailedError(f"{place} is past its limit: " + "; ".join(found) + ". See docs/runbook.md.")


def limits() -> dict[str, tuple[str, str, float]]:
    """Of each alert its signal, the sign and the value past which it goes off."""
    if find_spec(f"{deploy.ROOT}.monitor"):
        return dict(import_module(f"{deploy.ROOT}.monitor").limits())
    told = {"ServiceDown": ("service:up", "<", 1.0)}
    return told | {signal: (signal, ">", value) for signal, value in alarms.LIMITS.items()}


def endpoint(environment: str) -> list[str]:
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
    """The alarms of an endpoint, but for those of configurations that do not answer, and how they are."""
    listed = session.pages(
        "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{place}-"
    )
    for alarm in listed:
        metrics = [each.get("MetricStat", {}).get("Metric", {}) for each in alarm.get("Metrics", [])]
        marks = [mark for each in (alarm, *metrics) for mark in each.get("Dimensions", [])]
        values = {(mark["Name"], mark["Value"]) for mark in marks}
        configs = {value for name, value in values if name == "EndpointConfigName"}
        if ("EndpointName", place) in values and configs <= {config}:
            yield alarm["AlarmName"], alarm["StateValue"]


def jobs(environment: str) -> list[str]:
    """What is wrong with the newest scoring jobs."""
    batch: Any = import_module(f"{__package__}.batch")
    newest = []
    for job, _ in zip(batch.jobs(environment), range(5), strict=False):
        newest.append(job)
        print(f"{job['CreationTime']:%Y-%m-%dT%H:%M}  {job['ProcessingJobStatus']}  {job['ProcessingJobName']}")
    place = releases.place(environment)
    if not newest:
        return [f"no job of {place} yet: `just predict FILE --environment {environment}`"]
    last = newest[0]
    name, status = last["ProcessingJobName"], last["ProcessingJobStatus"]
    if status in ("InProgress", "Stopping") and len(newest) > 1:
        last = newest[1]  # the one that is over counts
        name, status = last["ProcessingJobName"], last["ProcessingJobStatus"]
    if status in ("InProgress", "Stopping"):
        return []
    if status != "Completed":
        return [f"{name} {status}"]
    return recorded(batch.records(environment, name), last["CreationTime"])


def recorded(records: list[dict[str, Any]], at: datetime) -> list[str]:
    """What is wrong with the newest job's own record, by the rules of batch runs on a laptop."""
    if not find_spec(f"{deploy.ROOT}.runs"):
        return []
    runs: Any = import_module(f"{deploy.ROOT}.runs")
    known = [runs.Run(**record) for record in records]
    if not known:
        return [f"the job of {at:%Y-%m-%dT%H:%M} left no record"]
    for run in known:
        print(f"  {run.rows_in} rows, {run.refused_share:.2%} refused, model {run.model['version']}")
    return [str(problem) for problem in runs.problems(known)]
