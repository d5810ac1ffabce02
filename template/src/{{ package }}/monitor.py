"""Is a running service within its limits? `just monitor [URL]`."""

import argparse
import operator
import re
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import yaml
from prometheus_client.parser import text_string_to_metric_families

ALERTS = Path("monitoring/alerts.yml")
HTTP = build_opener(ProxyHandler({}))
QUIET_FOR = 3600  # seconds without a request after which silence counts
ROUTE = "/predict"
SIGNS = {">": operator.gt, "<": operator.lt, "==": operator.eq}


def limits(path: Path = ALERTS) -> dict[str, tuple[str, str, float]]:
    """Read each alert's limit: the signal it watches, the sign, and the value past which it fires.

    Raises:
        ValueError: an alert's expression is not `signal > value`.
    """
    found = {}
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
        for rule in (rule for rule in group["rules"] if "alert" in rule):
            parts = re.fullmatch(r"([\w:]+) (>|<|==) ([\d.]+)", rule["expr"])
            if not parts:
                raise ValueError(f"{path}: {rule['alert']} is not `signal > value`: {rule['expr']}")
            found[rule["alert"]] = (parts[1], parts[2], float(parts[3]))
    return found


def signals(text: str, now: float) -> tuple[dict[str, float], str]:
    """Compute from /metrics, since the service's start, what the recording rules compute.

    Args:
        text: the metrics, in Prometheus' format.
        now: seconds since the epoch.

    Returns:
        What can be known (before the first request neither errors nor latency), and the model.
    """
    requests: Counter[str] = Counter()
    buckets: dict[float, float] = {}
    plain: dict[str, float] = {}
    model = ""
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            if name == "model_info":
                model = f"{labels['name']} {labels['version']} {labels['alias']}"
            elif name == "http_requests_total" and labels["route"] == ROUTE:
                requests[labels["status"][0]] += int(value)
            elif name == "http_request_duration_seconds_bucket" and labels["route"] == ROUTE:
                buckets[float(labels["le"])] = value
            else:
                plain[name] = value
    total, age = requests.total(), now - plain["model_loaded_timestamp_seconds"]
    known = {"service:up": 1.0, "service:in_flight:max": plain["http_requests_in_flight"]}
    if total:
        known["service:errors:ratio"] = requests["5"] / total
        known["service:latency_seconds:p95"] = quantile(0.95, buckets)
    if total or age > QUIET_FOR:
        known["service:requests:rate"] = total / age
    return known, model


def quantile(share: float, buckets: dict[float, float]) -> float:
    """Estimate a quantile from cumulative buckets, as Prometheus' histogram_quantile does."""
    rank, low, before = share * buckets.pop(float("inf")), 0.0, 0.0
    for edge, count in sorted(buckets.items()):
        if count >= rank:
            return low + (edge - low) * (rank - before) / (count - before)
        low, before = edge, count
    return low  # past the last edge, all that is known


def main() -> None:
    """Read a service's metrics; exit 1 if it does not answer, or past a limit."""
    parser = argparse.ArgumentParser(prog="just monitor", description=main.__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    url = parser.parse_args().url.rstrip("/")
    try:
        with HTTP.open(f"{url}/metrics", timeout=10) as answer:
            known, model = signals(answer.read().decode(), time.time())
    except OSError as error:
        known, model = {"service:up": 0.0}, f"unknown: {error}"
    print(f"{url}  model {model}")
    fired = []
    for alert, (signal, sign, value) in limits().items():
        measured = known.get(signal)
        fired += [alert] if measured is not None and SIGNS[sign](measured, value) else []
        told = "not known yet" if measured is None else f"{measured:.4g}"
        print(f"  {signal:28} {told:14} limit {sign} {value:g}")
    sys.exit(f"past its limit: {', '.join(fired)}" if fired else 0)


if __name__ == "__main__":
    main()
