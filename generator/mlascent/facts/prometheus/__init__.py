"""Prometheus rules, their tests, and Grafana dashboards."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, json_file, yaml_docs
from mlascent.facts.prometheus.model import Alert, Dashboard, Prometheus
from mlascent.facts.prometheus.promql import metrics_of

__all__ = ["Alert", "Dashboard", "Prometheus", "metrics_of", "read"]

_RULES = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?groups[\"']?[ \t]*:", re.MULTILINE)
_TESTS = re.compile(r"^[\"']?rule_files[\"']?[ \t]*:", re.MULTILINE)
_QUERIES = ("expr", "query", "rawSql", "expression")
#: A dashboard of more panels is not looked at to its end.
_MOST = 20_000


def read(files: Files) -> Prometheus:
    """Read every rules file, test file and dashboard."""
    rules: list[Alert] = []
    tests: dict[str, frozenset[str]] = {}
    for path in files.ending(".yaml", ".yml", ".rules"):
        if path.startswith((".github/", ".gitlab/")):
            continue
        text = files.text(path)
        is_test = bool(_TESTS.search(text)) and "alert_rule_test" in text
        if not is_test and not _RULES.search(text):
            continue
        for doc in yaml_docs(files, path):
            if is_test and doc.items("tests"):
                tests[path] = _tested(files, path, doc)
            else:
                rules.extend(_rules(path, doc))
    boards = [_dashboard(files, path) for path in files.ending(".json") if '"panels"' in files.text(path)]
    named = {rule.name for rule in rules if rule.name}
    tested = frozenset(name for names in tests.values() for name in names if name in named)
    return Prometheus(tuple(rules), tuple(board for board in boards if board), tested, tests)


def _rules(path: str, doc: Doc) -> Iterator[Alert]:
    """Rules of a file of Prometheus, or of a PrometheusRule of Kubernetes."""
    base: tuple[str, ...] = ("spec",) if doc.get("kind") == "PrometheusRule" else ()
    for g, group in enumerate(doc.items(*base, "groups")):
        if not isinstance(group, dict):
            continue
        for r, rule in enumerate(doc.items(*base, "groups", g, "rules")):
            if not isinstance(rule, dict) or not isinstance(rule.get("expr"), str | int | float):
                continue
            if not _text(rule.get("alert")) and not _text(rule.get("record")):
                continue
            line = doc.line(*base, "groups", g, "rules", r)
            yield Alert(
                path,
                line,
                _text(rule.get("alert")),
                _text(rule.get("record")),
                _text(rule.get("expr")),
                _text(rule.get("for")),
                {**_texts(group.get("labels")), **_texts(rule.get("labels"))},
                _texts(rule.get("annotations")),
            )


def _tested(files: Files, path: str, doc: Doc) -> frozenset[str]:
    """Alerts that a test expects to fire; none where it names no rules file that is there."""
    folder = posixpath.dirname(path)
    patterns = [posixpath.normpath(posixpath.join(folder, _text(p))) for p in doc.items("rule_files")]
    if not any(pattern in files or ("*" in pattern and files.match(pattern)) for pattern in patterns):
        return frozenset()
    found = set()
    for test in doc.items("tests"):
        cases = test.get("alert_rule_test") if isinstance(test, dict) else None
        for case in cases if isinstance(cases, list) else ():
            if isinstance(case, dict) and case.get("exp_alerts"):
                found.add(_text(case.get("alertname")))
    return frozenset(found - {""})


def _dashboard(files: Files, path: str) -> Dashboard | None:
    """A dashboard, as Grafana exports it or as its API takes it (`dashboard: {…}`)."""
    doc = json_file(files, path)
    base: tuple[str, ...] = ("dashboard",) if isinstance(doc.get("dashboard"), dict) else ()
    if not isinstance(doc.get(*base, "panels"), list):
        return None
    queries: list[tuple[int, str]] = []
    waiting: list[tuple[str | int, ...]] = [(*base, "panels")]
    while waiting and len(queries) < _MOST:
        keys = waiting.pop(0)
        for p, panel in enumerate(doc.items(*keys)):
            if not isinstance(panel, dict):
                continue
            for t, target in enumerate(doc.items(*keys, p, "targets")):
                for key in _QUERIES if isinstance(target, dict) else ():
                    said = target.get(key)
                    if isinstance(said, str) and said.strip():
                        queries.append((doc.line(*keys, p, "targets", t, key), said))
            if isinstance(panel.get("panels"), list):
                waiting.append((*keys, p, "panels"))
    return Dashboard(path, _text(doc.get(*base, "title")), tuple(queries))


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _texts(value: Any) -> dict[str, str]:
    return {key: _text(each) for key, each in value.items()} if isinstance(value, dict) else {}
