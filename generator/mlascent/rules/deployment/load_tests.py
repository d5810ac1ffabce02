"""Tests of load and robustness: DP150 to DP152."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.python import Module
from mlascent.rules import words
from mlascent.rules.deployment import delivery_jobs, places, programs, scoring
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_LATENCY = re.compile(r"p\(?95|95th|percentile|latency|response_time", re.IGNORECASE)
_THROUGHPUT = re.compile(r"\brps\b|throughput|requests_per_second|\brate\b|http_reqs|min_rps", re.IGNORECASE)
_ODD = {
    "absent values": ("none", "null", "missing", "absent"),
    "extreme values": ("extreme", "range", "1e30", "large", "huge", "overflow", "max", "infinity"),
    "unseen categories": ("unseen", "unknown", "unexpected", "never"),
    "NaN": ("nan",),
}


@rule("DP150")
def budgets_are_set(facts: Facts) -> Verdict:
    """A scenario without numbers makes traffic and judges nothing."""
    near: list[Evidence] = []
    for module in facts.python.modules.values():
        users = [f for f in module.functions.values() if any("HttpUser" in base for base in f.bases)]
        if not users:
            continue
        said = " ".join((*module.globals, *(text for _, text in module.strings)))
        said += " ".join(call.name for call in module.calls)
        where = Evidence(module.path, users[0].line, users[0].name)
        if _LATENCY.search(said) and _THROUGHPUT.search(said):
            return passed("A load scenario has budgets for latency and throughput.", where)
        near.append(where)
    for setting in facts.settings.own():
        said = setting.text
        if re.search(r"load|perf|stress|artillery|slo", setting.path) and any(c.isdigit() for c in said):
            if _LATENCY.search(said) and _THROUGHPUT.search(said) and _scenario(facts):
                return passed(
                    "A load scenario has budgets for latency and throughput.", Evidence(setting.path)
                )
            near.append(Evidence(setting.path))
    if near or _scenario(facts):
        return failed("The load scenario has no budgets for latency and throughput.", *near[:2])
    return failed("There is no load scenario.")


def _scenario(facts: Facts) -> list[str]:
    return facts.files.match("*.jmx", "*k6*.js", "*load*.js", "*locustfile*.py", "*targets*.txt")


@rule("DP151")
def staging_runs_it(facts: Facts) -> Verdict:
    """A load test in a job whose failure is ignored, or one that never looks at its numbers."""
    found = places.launched(facts, lambda launch: programs.does(launch, programs.LOAD))
    if not found:
        return failed("No job runs a load scenario.")
    for place, launch in found:
        name = words.program(launch)
        judged = name in ("k6", "artillery") or words.has(launch, "--exit-code-on-error", "--check-rps")
        judged = judged or (name == "locust" and _quits(facts))
        about = delivery_jobs.about(place, delivery_jobs.STAGING)
        if judged and about:
            return passed(
                "Staging runs the load scenario, and fails over budget.", place.evidence(), words.seen(launch)
            )
    return failed(
        "The load scenario does not run in staging, or cannot fail over budget.",
        *(words.seen(launch) for _, launch in found[:2]),
    )


def _quits(facts: Facts) -> bool:
    """Whether a Locust file sets the exit code by its numbers."""
    return any(
        "process_exit_code" in name or "process_exit_code" in str(function.names)
        for module in facts.python.modules.values()
        for function in module.functions.values()
        for name in function.names
    )


@rule("DP152")
def odd_values_are_tested(facts: Facts) -> Verdict:
    """Tests of the happy row, or odd values that reach no scoring code, show nothing of odd days."""
    paths = {entry.path for entry in scoring.entries(facts)}
    if not paths:
        return failed("There is no scoring entry point.")
    seen: dict[str, Evidence] = {}
    for module in facts.python.modules.values():
        if not module.test or not any(f.asserts for f in module.functions.values()):
            continue
        found = {what: where for what, where in _odd(module) if what not in seen}
        if found and paths & {path for path, _ in places.whole(facts, [module.path])}:
            seen |= found
    lacks = [what for what in _ODD if what not in seen]
    if lacks:
        return failed(f"No test sends {lacks[0]} to the scoring entry point.", *seen.values())
    return passed("Absent, extreme, unseen and non-finite values have tests.", *seen.values())


def _odd(module: Module) -> Iterator[tuple[str, Evidence]]:
    """Odd values that a test module names, and where."""
    said = [(f.line, f.name) for f in module.functions.values()]
    said += [(call.line, str(arg)) for call in module.calls for arg in (*call.args, *call.keywords.values())]
    said += list(module.strings)
    for line, text in said:
        spoken = set(words.parts(text))
        for what, signs in _ODD.items():
            if spoken & set(signs):
                yield what, Evidence(module.path, line, what)
