import time
from pathlib import Path

import pytest
from mlascent.facts import prometheus
from mlascent.facts.files import Files
from mlascent.facts.prometheus import Prometheus, metrics_of

from tests.rules.support import write


def read(root: Path, tree: dict[str, str | bytes]) -> Prometheus:
    return prometheus.read(Files(write(root, tree)))


RULES = """
groups:
  - name: service
    rules:
      - alert: ServiceDown
        expr: up{job="churn"} == 0
        for: 2m
        labels: {severity: critical}
        annotations: {summary: down}
      - record: job:errors:rate5m
        expr: sum(rate(http_requests_total{status=~"5.."}[5m])) by (job)
      - {alert: Broken}
      - 3
"""


def test_rules_tests_and_lines(tmp_path: Path) -> None:
    tests = """
    rule_files: [alerts.yml]
    tests:
      - interval: 1m
        alert_rule_test:
          - {eval_time: 1m, alertname: Silent, exp_alerts: []}
          - {eval_time: 5m, alertname: ServiceDown, exp_alerts: [{exp_labels: {a: b}}]}
          - {eval_time: 5m, alertname: NotThere, exp_alerts: [{}]}
    """
    found = read(tmp_path, {"monitoring/alerts.yml": RULES, "monitoring/alerts_test.yml": tests})
    down, rate = found.rules
    assert (down.name, down.line, down.for_, down.labels) == (
        "ServiceDown",
        4,
        "2m",
        {"severity": "critical"},
    )
    assert down.metrics == {"up"}
    assert (rate.name, rate.record) == ("", "job:errors:rate5m")
    assert rate.metrics == {"http_requests_total"}
    assert found.tested == {"ServiceDown"}


def test_a_test_of_no_rules_proves_nothing(tmp_path: Path) -> None:
    tests = (
        "rule_files: [gone.yml]\ntests: [{alert_rule_test: [{alertname: ServiceDown, exp_alerts: [{}]}]}]\n"
    )
    assert not read(tmp_path, {"alerts.yml": RULES, "alerts_test.yml": tests}).tested


def test_rules_of_kubernetes(tmp_path: Path) -> None:
    body = "".join(f"  {row}\n" for row in RULES.strip().splitlines())
    text = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n{body}"
    assert [rule.name for rule in read(tmp_path, {"k8s/rule.yaml": text}).rules] == ["ServiceDown", ""]


def test_dashboards(tmp_path: Path) -> None:
    text = """
    {"title": "Churn",
     "panels": [
       {"targets": [{"expr": "up"},
                    {"expr": ""}]},
       {"type": "row", "panels": [
         {"targets": [{"expr": "rate(x_total[5m])"}]}]}
     ]}
    """
    (board,) = read(
        tmp_path, {"dash.json": text, "x.json": '{"panels": 3}', "y.json": '{"panels": ['}
    ).dashboards
    assert (board.title, board.queries) == ("Churn", ((3, "up"), (6, "rate(x_total[5m])")))


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("up", {"up"}),
        ("sum by (job, le) (rate(a_total{x='b_total'}[5m])) / on(job) group_left(z) c:d", {"a_total", "c:d"}),
        ("histogram_quantile(0.95, sum(rate(h_bucket[5m])) by (le)) > 0.2", {"h_bucket"}),
        ('absent(up{job="a"}) or up offset 5m == bool 0', {"up"}),
        ('{__name__="x_total", job="a"}', {"x_total"}),
        ('{"quoted.name", job="a"}', {"quoted.name"}),
        ("predict_linear(d[1h:5m], 4 * 3600) < 1e3 # comment", {"d"}),
        ("rate($metric[5m]) + inf", set()),
        ("vector(1)", set()),
        ("", set()),
        ("((((((", set()),
        ("a{", {"a"}),
        ("sum by (", set()),
    ],
)
def test_metrics(expr: str, names: set[str]) -> None:
    assert metrics_of(expr) == names


@pytest.mark.parametrize(
    "text", ["1e" * 9000, '"\\' * 9000, "9" * 19_000, "[" * 19_000, "1m" * 9000, "a" * 100_000]
)
def test_hostile_expressions_end(text: str) -> None:
    begun = time.perf_counter()
    metrics_of(text)
    assert time.perf_counter() - begun < 1


def test_malformed_files(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {
        "a.yml": "groups: [{rules: 3}, 4, {rules: [{alert: [x], expr: y}]}]\n",
        "b.yml": "groups: {a: b}\n",
        "c.yml": "rule_files: 1\ntests: [1, {alert_rule_test: 3}, {alert_rule_test: [4]}]\n",
        "d.json": '{"panels": [1, {"targets": 3}, {"targets": [4, {"expr": 5}]}]}',
    }
    found = read(tmp_path, tree)
    assert (found.rules, found.tested) == ((), frozenset())
