"""Traces, forecasts, and one view of everything."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.prometheus import metrics_of
from mlascent.rules import entries, practice, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.monitoring.service import alerts, expanded

_SPANS = ("*.start_as_current_span", "*.start_span", "mlflow.start_span", "mlflow.trace")
_PARTS = {
    "features": re.compile(r"feature|preproc|input|transform|enrich", re.IGNORECASE),
    "model": re.compile(r"model|predict|inference|infer", re.IGNORECASE),
    "response": re.compile(r"respon|request|postproc|serialis|serializ|endpoint|http", re.IGNORECASE),
}
_INSTRUMENTED = (
    "*FastAPIInstrumentor*.instrument*",
    "*FlaskInstrumentor*.instrument*",
    "*.OpenTelemetryMiddleware",
)


@rule("MO090")
def request_is_traced(facts: Facts) -> Verdict:
    """Spans by name, in what the service runs, and an exporter that sends them.

    Instrumenting the web framework alone shows that a request took long, and not where.
    """
    reach = entries.reached(facts, entries.entries_of_service(facts))
    spans = facts.python.calls(_SPANS, reach)
    told = {
        part
        for f in spans
        for part, sign in _PARTS.items()
        if f.call.args and sign.search(str(f.call.args[0]))
    }
    if facts.python.calls(_INSTRUMENTED, reach):
        told.add("response")
    missing = [part for part in _PARTS if part not in told]
    if missing:
        return failed(f"No span covers {', '.join(missing)}.", *map(words.at, spans[:2]))
    sends = facts.python.calls(
        ("*SpanExporter", "*.set_tracer_provider", "*.configure_azure_monitor", "*SpanProcessor"), reach
    )
    if not sends:
        return failed("Spans are made, and no exporter sends them.", words.at(spans[0]))
    return passed("Traces cover features, model and response.", *map(words.at, spans[:3]))


@rule("MO091")
def warned_ahead(facts: Facts) -> Verdict:
    """An expression that looks ahead, or a band of what is usual, over a metric.

    An alert called Forecast over a fixed limit foretells nothing.
    """
    for alert in alerts(facts):
        whole = expanded(facts, alert.expr)
        band = re.search(
            r"stddev_over_time|quantile_over_time|holt_winters|double_exponential_smoothing|z_?score", whole
        )
        if metrics_of(whole) and (re.search(r"predict_linear\s*\(", whole) or band):
            return passed("An alert warns ahead of a limit.", Evidence(alert.path, alert.line, alert.name))
    for resource in facts.platforms.resources:
        if re.search(r"ANOMALY_DETECTION_BAND|DynamicThreshold|dynamic_criteria", str(dict(resource.body))):
            return passed(
                "An alarm watches an anomaly band.", Evidence(resource.path, resource.line, resource.name)
            )
    return failed("No alert forecasts, or watches what is unusual.")


@rule("MO092")
def one_view(facts: Facts) -> Verdict:
    """Four kinds of panels on one dashboard, by what they query."""
    kinds = {
        "service": r"http_|requests?_|latency|in_flight|5\.\.|errors?:|service:",
        "data": r"drift|missing|null|schema|psi|feature_|data_",
        "model": r"model_|accuracy|auc|f1|precision|recall|rmse|mae\b|prediction",
        "business": _business(facts),
    }
    nearest: tuple[int, str, Evidence] | None = None
    for board in facts.prometheus.dashboards:
        told = " ".join(f"{expanded(facts, q)}" for _, q in board.queries)
        missing = [
            kind for kind, sign in kinds.items() if not sign or not re.search(sign, told, re.IGNORECASE)
        ]
        place = Evidence(board.path, 1, board.title)
        if not missing:
            return passed("One dashboard joins service, data, model and business.", place)
        if nearest is None or len(missing) < nearest[0]:
            nearest = (len(missing), ", ".join(missing), place)
    if nearest is None:
        return failed("There is no dashboard.")
    return failed(f"No dashboard joins all four kinds; the nearest lacks: {nearest[1]}.", nearest[2])


def _business(facts: Facts) -> str:
    """KPIs of mlascent.yaml, and names that are plainly of the business."""
    problem = facts.answers.block("problem")
    kpis = problem.get("kpi") if isinstance(problem, dict) else None
    named = [
        re.escape(texts.folded(str(k)).replace(" ", "_")) for k in (kpis if isinstance(kpis, list) else [])
    ]
    return "|".join([*named, "business", "revenue", "conversion", "kpi", "cost_per", "savings", "churn_rate"])


@rule("MX010")
def tokens_are_counted(facts: Facts) -> Verdict:
    """Two metrics from the calling code, an alert over them, and a limit.

    A price in the documentation counts no token.
    """
    reach = entries.serving(facts)
    tokens = practice.named(facts, reach, r"token")
    cost = practice.named(facts, reach, r"cost|usd|price|spend")
    made = facts.python.calls(
        ("prometheus_client.*", "*.create_counter", "*.create_histogram", "*.log_metric*"), reach
    )
    if not made or not tokens or not cost:
        return failed("The calling code does not export tokens and cost of each request.")
    alert = next((a for a in alerts(facts) if re.search(r"token|cost|budget", expanded(facts, a.expr))), None)
    if alert is None:
        return failed("No alert watches tokens or cost.", tokens, cost)
    limit = practice.topic(facts, r"budget|limit|token|quota")
    if not any(
        b.get("budget", "max_tokens", "rate_limit", "requests_per_minute", "monthly_budget", "limit")
        for b in limit
    ):
        return failed("No budget or rate limit is configured.", Evidence(alert.path, alert.line, alert.name))
    return passed(
        "Tokens and cost are exported, watched and limited.",
        tokens,
        cost,
        Evidence(alert.path, alert.line, alert.name),
    )
