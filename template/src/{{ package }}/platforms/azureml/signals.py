"""An online endpoint's signals, from Azure Monitor, against the limits of monitoring/alerts.yml.

What the container refuses or fails at reaches callers as 424, so that failures are told by the
container's own status code as well as by Azure's.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ... import monitor
from .. import FailedError, settings
from . import session
from .online import Online

METRICS = "providers/microsoft.insights/metrics"
ALERTS = "providers/Microsoft.AlertsManagement/alerts"
WINDOW = timedelta(hours=1)  # the longest that an alert of monitoring/alerts.yml looks back
Series = tuple[dict[str, str], list[float]]


def problems(environment: str) -> list[str] | None:
    """Show the signals; say what is past its limit, and which alerts fire. None: not deployed."""
    endpoint = Online(environment)
    found = endpoint.entity()
    if found is None:
        return None
    known = measured(str(found.id)) | {"service:up": up(endpoint)}
    print(f"{endpoint.name}  model {(found.tags or {}).get('model', 'unknown')}")
    past = []
    for alert, (signal, sign, value) in monitor.limits().items():
        now = known.get(signal)
        told = "not known" if now is None else f"{now:.4g}"
        print(f"  {signal:28} {told:14} limit {sign} {value:g}")
        if now is not None and monitor.SIGNS[sign](now, value):
            past.append(f"{endpoint.name}: {alert} ({signal} is {told})")
    return past + [f"{endpoint.name}: the alert {name} fires" for name in fired(str(found.id))]


def up(endpoint: Online) -> float:
    """Whether the traffic is answered: 1 or 0; why not is shown."""
    try:
        endpoint.ask("")
    except FailedError as error:
        print(f"  {error}")
        return 0.0
    return 1.0


def measured(resource: str) -> dict[str, float]:
    """What Azure Monitor knows of the last hour; errors and latency only after requests."""
    split = "statusCodeClass eq '*' and modelStatusCode eq '*'"
    requests = read(resource, "RequestsPerMinute", split)
    total = sum(sum(values) for _, values in requests)
    failed = sum(sum(values) for labels, values in requests if failure(labels))
    known = {"service:requests:rate": total / WINDOW.total_seconds()}
    latency = [value for _, values in read(resource, "RequestLatency_P95") for value in values]
    if total:
        known["service:errors:ratio"] = failed / total
    if latency:
        known["service:latency_seconds:p95"] = sum(latency) / len(latency) / 1000  # from ms
    return known


def failure(labels: dict[str, str]) -> bool:
    """Whether Azure failed, or the container did; what a caller did wrong is neither."""
    ours = labels.get("modelstatuscode", "")
    return labels.get("statuscodeclass", "").startswith("5") or ours.startswith("5")


def read(resource: str, metric: str, split: str = "") -> list[Series]:
    """The values of a metric a minute, by the dimensions that it is split by."""
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    asked = {
        "api-version": "2024-02-01",
        "metricnames": metric,
        "timespan": f"{(now - WINDOW).isoformat()}Z/{now.isoformat()}Z",
        "interval": "PT1M",
        "aggregation": "Average",
    } | ({"$filter": split} if split else {})
    answer: Any = session.call("GET", f"{resource}/{METRICS}?{urlencode(asked)}")
    found: list[Series] = []
    for one in (series for value in answer["value"] for series in value["timeseries"]):
        labels = {each["name"]["value"].lower(): each["value"] for each in one["metadatavalues"]}
        values = [at["average"] for at in one["data"] if at.get("average") is not None]
        found.append((labels, values))
    return found


def fired(resource: str) -> list[str]:
    """The names of the alerts on a resource that fire now."""
    asked = {"api-version": "2019-05-05-preview", "targetResource": resource}
    asked |= {"monitorCondition": "Fired", "timeRange": "1d"}
    where = f"/subscriptions/{settings.load()['subscription']}/{ALERTS}"
    answer: Any = session.call("GET", f"{where}?{urlencode(asked)}")
    rules = [each["properties"]["essentials"]["alertRule"] for each in answer["value"]]
    return sorted({str(rule).rsplit("/")[-1] for rule in rules})
