"""Scoring entry points: what answers requests, and what predicts a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlascent.facts import Facts
from mlascent.facts.python import Module
from mlascent.rules import entries as all_entries
from mlascent.rules import words
from mlascent.rules.deployment import calls, places
from mlascent.rules.entries import Reached, once, reached
from mlascent.rules.words import SERVICES, kinds

#: Functions that a platform calls by name.
_HOOKS = (
    *(frozenset({"model_fn", "predict_fn"}), frozenset({"model_fn", "transform_fn"})),
    *(frozenset({"init", "run"}), frozenset({"lambda_handler"})),
)
_BASES = ("*BaseHandler", "*TritonPythonModel", "kserve.Model", "mlserver.MLModel", "litserve.LitAPI")
#: Screens count as services: people ask them.
_SCREENS = ("gradio.Interface", "gradio.Blocks", "gradio.ChatInterface", "streamlit.*")
_WRITES = (
    *("*.to_csv", "*.to_parquet", "*.to_sql", "*.to_json", "*.to_gbq", "*.to_excel", "*.to_feather"),
    *("*.saveAsTable", "csv.writer", "csv.DictWriter", "*.write_parquet", "*.write_csv", "*.to_table"),
    *("*.write_table", "*.to_pickle", "*.insertInto"),
)


@dataclass(frozen=True, slots=True)
class Scoring:
    """A scoring entry point: its module, where it stands, `online` or `batch`, and what it can execute."""

    path: str
    line: int
    kind: str
    within: Reached


@once
def entries(facts: Facts) -> tuple[Scoring, ...]:
    """All of them, services first."""
    online = tuple(_online(facts))
    taken = {entry.path for entry in online}
    batch = tuple(entry for entry in _batch(facts) if entry.path not in taken)
    return (*online, *batch)


def _online(facts: Facts) -> Iterator[Scoring]:
    seen: dict[str, Scoring] = {}
    for module in facts.python.package():
        line = _serves(facts, module)
        if line:
            within = places.whole(facts, [module.path])
            if facts.python.calls(calls.PREDICTS, within) or _own_predict(facts, module, within):
                seen[module.path] = Scoring(module.path, line, "online", within)
    yield from seen.values()


def _serves(facts: Facts, module: Module) -> int:
    """The line on which a module makes a service, or gives a platform what it calls; else 0."""
    for found in facts.python.calls((*SERVICES, *_SCREENS)):
        if found.path == module.path:
            return found.call.line
    for hooks in _HOOKS:
        if hooks <= set(module.functions):
            return min(module.functions[hook].line for hook in hooks)
    for function in module.functions.values():
        named = [*function.bases, function.name]
        if function.kind == "class" and any(_like(name, _BASES) for name in named):
            return function.line
    # A module that surrounds an application of another: it adds routes and starts with it.
    if any(".create_app" in call.name for call in module.calls) and _routes(module):
        return next(call.line for call in module.calls if ".create_app" in call.name)
    return 0


def _routes(module: Module) -> bool:
    return any(route(call.name, call.args) for call in module.calls)


def route(name: str, args: tuple[object, ...]) -> str:
    """The path of a route that a call or decorator makes; empty for any other call."""
    last = name.rpartition(".")[2].lower()
    makes = last in ("get", "post", "put", "route", "add_url_rule", "add_api_route", "api_route", "add_get")
    makes = makes or last in ("add_route", "add_post", "path", "mount")
    first = args[0] if args else None
    return first if makes and isinstance(first, str) and first.startswith("/") else ""


def _like(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name == p or (p.startswith("*") and name.endswith(p[1:])) for p in patterns)


def _own_predict(facts: Facts, module: Module, within: Reached) -> bool:
    """Whether a function called predict, of another module that asks a loaded model, is reached."""
    asked = any(
        "score" in kinds(name.rpartition(".")[2]) for path, name in within if name and path != module.path
    )
    return asked and bool(facts.python.calls(calls.LOADS, within))


def _batch(facts: Facts) -> Iterator[Scoring]:
    """What loads a model, predicts and writes rows; what measures by itself is an evaluation."""
    seen: set[str] = set()
    for entry in all_entries.entries(facts):
        path = entry.path.partition("::")[0]
        module = facts.python.modules.get(path)
        if module is None or module.test or path.endswith(".ipynb") or path in seen:
            continue
        within = reached(facts, [entry])
        called = "score" in entry.kinds or "score" in kinds(path.rpartition("/")[2].removesuffix(".py"))
        if not called and (measures(module) or entry.kinds - {"score"}):
            continue
        asked = facts.python.calls
        if asked(calls.LOADS, within) and asked(calls.PREDICTS, within) and asked(_WRITES, within):
            if words.fits(facts, within):
                continue
            seen.add(path)
            line = next((f.line for n, f in module.functions.items() if n == "main"), 1)
            yield Scoring(path, line, "batch", within)


def measures(module: Module) -> bool:
    """Whether a module itself computes metrics."""
    return any(call.name.startswith(("sklearn.metrics.", "torchmetrics.")) for call in module.calls)


@once
def chosen(facts: Facts) -> tuple[Scoring, ...]:
    """Entry points, less those inside another one, and less scripts that no word starts where one does."""
    every = entries(facts)
    launched = {e.path.partition("::")[0] for e in all_entries.entries(facts) if e.path_of}
    started = {entry.path for entry in every if entry.kind == "batch" and entry.path in launched}
    kept = []
    for entry in every:
        others = [other for other in every if other.path != entry.path and other.kind == entry.kind]
        inside = any(_surrounds(facts, other, entry) for other in others)
        replaced = entry.kind == "batch" and bool(started) and entry.path not in started
        if not inside and not replaced:
            kept.append(entry)
    return tuple(kept)


def _surrounds(facts: Facts, outer: Scoring, inner: Scoring) -> bool:
    """Whether one entry point reaches what makes the other, and not the other way round."""
    makes = {f.call.inside for f in facts.python.calls(SERVICES) if f.path == inner.path}
    reaches = any((inner.path, name) in outer.within for name in makes)
    return reaches and not any(path == outer.path for path, _ in inner.within)


@once
def online(facts: Facts) -> tuple[Scoring, ...]:
    """Services."""
    return tuple(entry for entry in chosen(facts) if entry.kind == "online")


@once
def batch(facts: Facts) -> tuple[Scoring, ...]:
    """Scoring of tables."""
    return tuple(entry for entry in chosen(facts) if entry.kind == "batch")


def wanted(facts: Facts) -> tuple[Scoring, ...]:
    """Entry points that the project's workload is about: as answered, else services where there are some."""
    workload = str(facts.answers.given.get("workload", ""))
    if workload == "online" or (not workload and online(facts)):
        return online(facts)
    if workload == "batch" or not workload:
        return batch(facts)
    return chosen(facts)
