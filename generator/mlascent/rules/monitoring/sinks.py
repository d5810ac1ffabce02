"""Where logs go."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_SINK_IMAGES = re.compile(
    r"loki|promtail|fluent-?(bit|d)|vector|logstash|filebeat|opentelemetry-collector|otel/|alloy|datadog/agent|splunk"
)
_SINK_CALLS = (
    "watchtower.*",
    "logging_loki.*",
    "azure.monitor.opentelemetry.*",
    "opencensus.ext.azure.log_exporter.*",
    "google.cloud.logging.Client",
    "logstash_async.*",
    "*OTLPLogExporter",
)
_SINK_RESOURCES = re.compile(
    r"cloudwatch_log|Logs::LogGroup|log_analytics|OperationalInsights|logging_project_sink", re.IGNORECASE
)


@rule("MO003")
def outlive(facts: Facts) -> Verdict:
    """A shipper that runs, or a handler that sends.

    A file handler in a container loses its records with it; a logging library says nothing of where they go.
    """
    for compose in facts.containers.compose:
        for name, service in compose.services.items():
            driver = service.get("logging")
            driver = driver.get("driver") if isinstance(driver, dict) else None
            if _SINK_IMAGES.search(str(service.get("image", ""))) or driver not in (
                None,
                "json-file",
                "local",
                "none",
            ):
                said = f"service {name}"
                return passed(
                    "A shipper takes the logs away.", Evidence(compose.path, compose.lines.get(name, 0), said)
                )
    for obj in facts.kubernetes.of(
        "DaemonSet", "Deployment", "StatefulSet", "Fluentd", "ClusterOutput", "PodLogs"
    ):
        if _SINK_IMAGES.search(str(obj.body)):
            return passed(
                "A shipper takes the logs away.", Evidence(obj.path, obj.line, f"{obj.kind} {obj.name}")
            )
    for resource in facts.platforms.resources:
        if _SINK_RESOURCES.search(resource.type):
            return passed("A log store is declared.", Evidence(resource.path, resource.line, resource.type))
    if calls := facts.python.calls(_SINK_CALLS, entries.training(facts) | entries.serving(facts)):
        return passed("A handler sends the logs away.", words.at(calls[0]))
    return failed("Nothing ships the logs to a place that outlives the process.")
