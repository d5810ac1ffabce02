"""The service's metrics, alerts and dashboard; the records of batch runs."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.prometheus import Alert, metrics_of
from mlascent.rules import entries, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

MEASURES = (
    "prometheus_client.Counter",
    "prometheus_client.Histogram",
    "prometheus_client.Gauge",
    "prometheus_client.Summary",
    "prometheus_client.Info",
    "prometheus_client.Enum",
    "*.create_counter",
    "*.create_histogram",
    "*.create_up_down_counter",
    "*.create_observable_gauge",
)
INSTRUMENTED = (
    "prometheus_fastapi_instrumentator.*",
    "starlette_exporter.*",
    "prometheus_flask_exporter.*",
    "*Instrumentor.instrument*",
    "opentelemetry.instrumentation.*",
    "starlette_prometheus.*",
)
#: Calls that let somebody read or receive the measures.
EXPOSES = (
    "prometheus_client.generate_latest",
    "prometheus_client.make_asgi_app",
    "prometheus_client.make_wsgi_app",
    "prometheus_client.start_http_server",
    "prometheus_client.push_to_gateway",
    "prometheus_client.exposition.*",
    "*.expose",
    "*PeriodicExportingMetricReader",
    "*.set_meter_provider",
    "*PrometheusMetricReader",
    "azure.monitor.opentelemetry.configure_azure_monitor",
)
#: Measured by what stands around a service: its process, its host, its cluster, its proxy.
AROUND = re.compile(
    r"(up|process_|python_|go_|node_|kube_|container_|istio_|envoy_|nginx_|traefik_|probe_|scrape_|ALERTS|haproxy_|"
    r"kserve_|aws_|azure_)"
)
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{2,}\Z")
_ENDING = re.compile(r"_(total|bucket|sum|count|created|info)\Z")
_RECEIVER = re.compile(r"receiver|owner|team|squad|route|notify|oncall|channel", re.IGNORECASE)
#: The signals that alerts must watch: what an expression is about.
SIGNALS = {
    "latency": re.compile(
        r"latenc|duration|response_time|_seconds_bucket|_ms_bucket|ModelLatency", re.IGNORECASE
    ),
    "errors": re.compile(r"5\.\.|5xx|error|fail|exception|\"5|'5|=~\"5", re.IGNORECASE),
    "saturation": re.compile(
        r"in_?flight|in_?progress|saturat|queue|cpu|memory|concurren|pool|threads|disk", re.IGNORECASE
    ),
}


@rule("MO010")
def exposes(facts: Facts) -> Verdict:
    """A measure made, and a way to read it, both in what the service runs.

    The package in the requirements, an import without a measure, or metrics of a module that the service
    does not reach measure nothing.
    """
    for asset in facts.platforms.assets:
        if "deployment" in asset.kind and asset.body.get("app_insights_enabled") is True:
            return passed(
                "The platform measures the endpoint.",
                Evidence(asset.path, asset.line, "app_insights_enabled"),
            )
    service = entries.entries_of_service(facts)
    if not service:
        return failed("No serving entry point was found.")
    reach = entries.reached(facts, service)
    instrumented = facts.python.calls(INSTRUMENTED, reach)
    made = facts.python.calls(MEASURES, reach) or instrumented
    if not made:
        elsewhere = facts.python.calls(MEASURES)
        said = "The service reaches no metric."
        return failed(said, *(words.at(f, "is not reached from the service") for f in elsewhere[:3]))
    read = facts.python.calls(EXPOSES, reach)
    if not read and not any(
        f.call.name.startswith(("starlette_exporter", "prometheus_flask")) for f in instrumented
    ):
        return failed("The service makes metrics, and nothing lets them be read.", words.at(made[0]))
    return passed("The service makes metrics and exposes them.", words.at(made[0]), *map(words.at, read[:1]))


def expanded(facts: Facts, expr: str) -> str:
    """An expression together with those of the recording rules that it names."""
    recorded = {r.record: r.expr for r in facts.prometheus.rules if r.record}
    seen: set[str] = set()
    waiting, whole = [expr], expr
    while waiting:
        for name in sorted(metrics_of(waiting.pop()) & set(recorded) - seen):
            seen.add(name)
            waiting.append(recorded[name])
            whole += f" {recorded[name]}"
    return whole


def alerts(facts: Facts) -> list[Alert]:
    """Alerting rules."""
    return [r for r in facts.prometheus.rules if r.name]


def watches(facts: Facts, alert: Alert) -> set[str]:
    """What an alert watches, by its expression: its name alone says nothing."""
    whole = expanded(facts, alert.expr)
    return {signal for signal, sign in SIGNALS.items() if metrics_of(whole) and sign.search(whole)}


@rule("MO011")
def alerted(facts: Facts) -> Verdict:
    """What the expressions watch, recording rules followed, and who is told.

    An alert called HighLatency over `up == 0` watches no latency; one without a receiver tells nobody.
    """
    known = alerts(facts)
    if not known:
        return _alarms(facts)
    silent = [a for a in known if not a.labels.get("severity") or not any(map(_RECEIVER.search, a.labels))]
    watched = {signal: a for a in known if a not in silent for signal in watches(facts, a)}
    if missing := [signal for signal in SIGNALS if signal not in watched]:
        near = [Evidence(a.path, a.line, f"{a.name}: {a.expr[:80]}") for a in known[:3]]
        return failed(f"No alert with severity and receiver watches {' or '.join(missing)}.", *near)
    if silent:
        said = "An alert has no severity, or names no receiver or owner."
        return failed(said, *(Evidence(a.path, a.line, a.name) for a in silent))
    where = (Evidence(a.path, a.line, f"{signal}: {a.name}") for signal, a in watched.items())
    return passed("Latency, errors and saturation have alerts that tell somebody.", *where)


def _alarms(facts: Facts) -> Verdict:
    """CloudWatch alarms and Azure metric alerts."""
    found: dict[str, Evidence] = {}
    kinds = ("aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm", "Microsoft.Insights/metricAlerts")
    for resource in facts.platforms.resources:
        text = str(dict(resource.body))
        if resource.type.startswith((*kinds, "azurerm_monitor_metric_alert")) and re.search(
            r"alarm_actions|AlarmActions|actions|action\b", text
        ):
            for signal, sign in SIGNALS.items():
                if sign.search(text):
                    found.setdefault(signal, Evidence(resource.path, resource.line, resource.name))
    if missing := [signal for signal in SIGNALS if signal not in found]:
        return failed(f"No alert rule watches {', '.join(missing)}.", *found.values())
    return passed("Latency, errors and saturation have alarms that tell somebody.", *found.values())


def exported(facts: Facts) -> frozenset[str]:
    """Names of metrics that the service's code makes, endings taken off."""
    reach = entries.reached(facts, entries.entries_of_service(facts))
    made = facts.python.calls(MEASURES, reach)
    names = {text for f in made for _, text in facts.python.modules[f.path].strings if _NAME.match(text)}
    if facts.python.calls(INSTRUMENTED, reach):
        names |= {
            "http_requests",
            "http_request_duration_seconds",
            "http_request_size_bytes",
            "http_server_duration",
        }
    return frozenset(_ENDING.sub("", name.replace(".", "_")) for name in names)


def unknown_metrics(facts: Facts, expr: str) -> set[str]:
    """Metrics of an expression that neither the service nor what stands around it exports."""
    recorded = {r.record for r in facts.prometheus.rules if r.record}
    known = exported(facts)
    return {
        name
        for name in metrics_of(expanded(facts, expr)) - recorded
        if not AROUND.match(name) and not {name, _ENDING.sub("", name)} & known
    }


@rule("MO012")
def drawn(facts: Facts) -> Verdict:
    """Panels over metrics that exist.

    An example dashboard that came with a tool, whose queries name what this service does not export,
    draws empty panels.
    """
    for resource in facts.platforms.resources:
        if re.match(
            r"aws_cloudwatch_dashboard|AWS::CloudWatch::Dashboard|Microsoft.Insights/workbooks", resource.type
        ):
            return passed(
                "A dashboard is kept as code.", Evidence(resource.path, resource.line, resource.name)
            )
    boards = [board for board in facts.prometheus.dashboards if board.queries]
    if not boards:
        return failed("No dashboard with queries is kept as a file.")
    wrong: list[Evidence] = []
    for board in boards:
        strange = [(line, names) for line, q in board.queries if (names := unknown_metrics(facts, q))]
        ours = any(metrics_of(expanded(facts, q)) - unknown_metrics(facts, q) for _, q in board.queries)
        if not strange and ours and exported(facts):
            return passed(
                "A dashboard draws what the service exports.",
                Evidence(board.path, board.queries[0][0], board.title),
            )
        wrong += [
            Evidence(board.path, line, f"no such metric: {', '.join(sorted(n))}") for line, n in strange[:3]
        ]
    return failed("The dashboard's queries name metrics that the service does not export.", *wrong[:5])


@rule("MO013")
def objectives(facts: Facts) -> Verdict:
    """An error budget over a window, and how fast it burns.

    A fixed limit over five minutes is no objective; nor is a rule that only carries `slo` in its name.
    """
    for obj in facts.kubernetes.of("PrometheusServiceLevel", "SLO", "ServiceLevelObjective"):
        if re.search(r"objective|target", str(dict(obj.body))):
            return passed("Objectives are declared.", Evidence(obj.path, obj.line, f"{obj.kind} {obj.name}"))
    for alert in alerts(facts):
        whole = expanded(facts, alert.expr)
        budget = re.search(
            r"\d(?:\.\d+)?\s*\*\s*\(?\s*(?:1\s*-\s*0?\.9|0?\.0|\(1\s*-)|/\s*\(?\s*1\s*-\s*0?\.9", whole
        )
        if budget and re.search(r"\[(?:[1-9]\d*[hdw]|[3-9]\d+m)\]", whole):
            return passed(
                "An alert compares the burn of an error budget.", Evidence(alert.path, alert.line, alert.name)
            )
    return failed("No rule computes an objective over a window and its burn rate.")
