"""Logs: structured, with the version and the request, without personal fields, and kept somewhere."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.python import Found, Function, Module
from mlascent.rules import entries, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.monitoring.batch import record_of

#: Calls that make records structured.
STRUCTURED = (
    "*JsonFormatter",
    "*JSONFormatter",
    "*JSONRenderer",
    "structlog.configure*",
    "ecs_logging.*Formatter",
    "google.cloud.logging.*.setup_logging",
    "*.StructuredLogHandler",
    "aws_lambda_powertools.Logger",
    "*.LogstashFormatter",
)
#: Calls that put a handler or a configuration to work.
ATTACHED = (
    "logging.basicConfig",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "*.setFormatter",
    "*.addHandler",
    "structlog.configure*",
    "*.setup_logging",
    "aws_lambda_powertools.Logger",
)
LOGS = (
    "*.debug",
    "*.info",
    "*.warning",
    "*.error",
    "*.exception",
    "*.critical",
    "*.log",
    "*.bind",
    "*.bind_contextvars",
)
_REQUEST = re.compile(r"request[-_ ]?id|correlation[-_ ]?id|trace[-_ ]?id|run[-_]?id", re.IGNORECASE)
_VERSION = re.compile(r"model[-_ ]?version|version[-_ ]?of[-_ ]?model", re.IGNORECASE)


@rule("MO001")
def structured(facts: Facts) -> Verdict:
    """A formatter that is made and attached in what training or serving runs.

    A formatter in a module that nothing calls, or one that no handler gets, structures no record; and a
    `print` in what training or serving reaches goes past every handler.
    """
    reach = entries.training(facts) | entries.serving(facts)
    made = [*facts.python.calls(STRUCTURED, reach), *_serialised(facts, reach), *_by_dictionary(facts, reach)]
    made += _own_formatters(facts, reach)
    if not made:
        anywhere = facts.python.calls(STRUCTURED)
        said = "No JSON formatter or structlog is reached from training or serving."
        return failed(said, *(words.at(f, "is not reached") for f in anywhere[:3]))
    if not facts.python.calls((*ATTACHED, "loguru.logger.add"), reach):
        return failed("A structured formatter is made, and no handler gets it.", words.at(made[0]))
    if bare := _bare_prints(facts, reach):
        return failed("Training or serving prints instead of logging.", *(words.at(f) for f in bare[:5]))
    return passed("Logs are structured from training and serving on.", words.at(made[0]))


def _serialised(facts: Facts, reach: entries.Reached) -> list[Found]:
    return [f for f in facts.python.calls(("loguru.logger.add",), reach) if f.call.keywords.get("serialize")]


def _by_dictionary(facts: Facts, reach: entries.Reached) -> list[Found]:
    """`dictConfig` where the module names a JSON formatter by its path."""
    sign = re.compile(r"json\w*formatter|jsonlogger", re.IGNORECASE)
    calls = facts.python.calls(("logging.config.dictConfig",), reach)
    return [call for call in calls if any(sign.search(text) for _, text in _module(facts, call).strings)]


def _own_formatters(facts: Facts, reach: entries.Reached) -> list[Found]:
    """A subclass of `logging.Formatter` that writes JSON, where it is made."""
    own = [
        name.rpartition(".")[2]
        for module in facts.python.modules.values()
        for name, function in module.functions.items()
        if "logging.Formatter" in function.bases
        and any(other.endswith("json.dumps") for other in _names_inside(module, name))
    ]
    return list(facts.python.calls([f"*{name}" for name in own], reach)) if own else []


def _names_inside(module: Module, name: str) -> list[str]:
    return [
        n
        for inner, f in module.functions.items()
        if inner == name or inner.startswith(f"{name}.")
        for n in f.names
    ]


def _module(facts: Facts, found: Found) -> Module:
    return facts.python.modules[found.path]


def _bare_prints(facts: Facts, reach: entries.Reached) -> list[Found]:
    """Prints to standard output, but for those of a command line."""
    package = {module.path for module in facts.python.package()}
    return [
        found
        for found in facts.python.calls(("print", "builtins.print"), reach)
        if found.path in package
        and "file" not in found.call.keywords
        and not _answers(facts, _module(facts, found), found.call.inside)
    ]


def _answers(facts: Facts, module: Module, name: str, deep: bool = True) -> bool:
    """Whether a function answers a command line: `main`, a command, or what only these call."""
    function = module.functions.get(name)
    if function is None:
        return module.main
    if name.rpartition(".")[2] in ("main", "cli", "_main", "run_cli"):
        return True
    if any("command" in decorator or "click" in decorator for decorator in function.decorators):
        return True
    callers = [
        (other, caller)
        for other in facts.python.package()
        for caller, told in other.functions.items()
        if f"{module.name}.{name}" in told.names or (other is module and name in told.names)
    ]
    return (
        deep
        and bool(callers)
        and all(_answers(facts, other, caller, deep=False) for other, caller in callers)
    )


@rule("MO002")
def records_say_which(facts: Facts) -> Verdict:
    """One function that logs and names both, on the way of a request.

    A field that is only mentioned in a docstring, a comment or a module that serving does not reach does
    not count; nor does a version that is logged once at the start, apart from the requests.
    """
    if personal := _personal(facts):
        said = "A log call names a field that mlascent.yaml marks as personal."
        return failed(said, *personal[:5])
    service = entries.entries_of_service(facts)
    scoring = entries.entries_of_scoring(facts)
    if not service and not scoring:
        return failed("Nothing serves or scores, so nothing logs a request.")
    if service:
        reach = entries.reached(facts, service)
        if place := _says_both(facts, reach):
            return passed("Each request is logged with its id and the model's version.", place)
        return failed(
            "No record of a request carries both model version and request id.", *_near(facts, reach)
        )
    reach = entries.reached(facts, scoring)
    if place := record_of(facts, reach, "run"):
        return passed("The record of a batch run carries the model's version and the run.", place)
    return failed("The record of a batch run does not say which model made it.")


def _strings(module: Module, function: Function) -> list[str]:
    """Literals and names in a function."""
    inside = [text for line, text in module.strings if function.line <= line <= function.end]
    return [*inside, *function.fields]


def _says_both(facts: Facts, reach: entries.Reached) -> Evidence | None:
    for path, name in sorted(reach):
        module = facts.python.modules[path]
        function = module.functions.get(name)
        if function is None or not name:
            continue
        texts = [*_strings(module, function), *_keywords(module, name)]
        both = any(map(_REQUEST.search, texts)) and any(map(_VERSION.search, texts))
        if both and _logs(facts, module, name):
            return Evidence(path, function.line, f"{name}: both fields")
    return None


def _keywords(module: Module, name: str) -> list[str]:
    return [key for call in module.calls if call.inside == name for key in call.keywords]


def _logs(facts: Facts, module: Module, name: str) -> bool:
    """Whether a function logs, or is a filter or processor that logging is given."""
    if facts.python.calls(LOGS, {(module.path, name)}):
        return True
    last = name.rpartition(".")[2]
    given = [c for c in module.calls if c.name.endswith((".addFilter", "structlog.configure"))]
    return bool(given) and (
        last in ("filter", "format", "add_fields")
        or any(last in names.names for call in given if (names := module.functions.get(call.inside)))
    )


def _near(facts: Facts, reach: entries.Reached) -> list[Evidence]:
    return [words.at(f) for f in facts.python.calls(("*.info", "*.error"), reach)[:2]]


def _personal(facts: Facts) -> list[Evidence]:
    """Log calls with a literal that is the name of a personal field."""
    privacy = facts.answers.manifest.get("privacy")
    fields = privacy.get("fields") if isinstance(privacy, dict) else None
    if not isinstance(fields, dict) or not fields:
        return []
    found = []
    for module in facts.python.package():
        for call in module.calls:
            if not call.name.endswith((".debug", ".info", ".warning", ".error", ".exception", ".bind")):
                continue
            given = [text for line, text in module.strings if call.line <= line <= call.line + 3]
            given += [str(key) for key in call.keywords]
            named = [f for f in fields if any(re.search(rf"\b{re.escape(str(f))}\b", text) for text in given)]
            found += [Evidence(module.path, call.line, f"logs {name}") for name in named]
    return found
