"""Rules and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlascent.facts.prometheus.promql import metrics_of


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule (recording rules have `record` set and no name)."""

    path: str
    line: int
    name: str
    record: str
    expr: str
    for_: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def metrics(self) -> frozenset[str]:
        """Names of metrics in the expression; functions, labels and keywords left out."""
        return metrics_of(self.expr)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A Grafana dashboard: title and (line, expression) of its panels' queries."""

    path: str
    title: str
    queries: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Prometheus:
    """All of it.

    Attributes:
        rules: Alerting and recording rules.
        dashboards: Of Grafana.
        tested: Names of alerts that a promtool test expects to fire; that it stays silent is no proof.
        tests: Path of a test file → alerts that it expects to fire, of the rules files that it names.
    """

    rules: tuple[Alert, ...]
    dashboards: tuple[Dashboard, ...]
    tested: frozenset[str]
    tests: Mapping[str, frozenset[str]] = field(default_factory=dict)
