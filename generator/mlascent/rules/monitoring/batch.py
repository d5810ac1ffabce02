"""The records of batch runs, and the word that reads them."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

#: What a record may say, by the words in which it says it.
PARTS = {
    "model": re.compile(r"^model$|model_?(version|name|id)|^version$", re.IGNORECASE),
    "rows": re.compile(r"row|count|scored|n_pred", re.IGNORECASE),
    "refusals": re.compile(r"refus|reject|invalid|skipped|dropped|(bad|failed)_rows|errors", re.IGNORECASE),
    "run": re.compile(r"run_?id|started|finished|stamp", re.IGNORECASE),
}
_WRITES = (
    "*.write_text",
    "json.dump",
    "*.to_json",
    "*.to_sql",
    "*.log_metrics",
    "*.log_dict",
    "*.put_item",
    "*.info",
)
_READS = (
    "*.read_text",
    "json.load",
    "json.loads",
    "*.read_json",
    "*.read_sql*",
    "*.search_runs",
    "*.get_item",
)
_ENDS = ("sys.exit", "exit", "SystemExit", "typer.Exit", "click.exceptions.Exit", "*.exit")


def record_of(facts: Facts, reach: entries.Reached, *parts: str) -> Evidence | None:
    """The function that writes the record of a batch run: model, rows, and what else is asked."""
    for path, name in sorted(reach):
        module = facts.python.modules[path]
        function = module.functions.get(name)
        if not function or function.kind != "function" or not facts.python.calls(_WRITES, {(path, name)}):
            continue
        owner = module.functions.get(name.rpartition(".")[0])
        told = [text for line, text in module.strings if function.line <= line <= function.end]
        told += [*function.fields, *(owner.fields if owner else ())]
        if all(any(PARTS[part].search(text) for text in told) for part in ("model", "rows", *parts)):
            return Evidence(path, function.line, name)
    return None


@rule("MO014")
def recorded(facts: Facts) -> Verdict:
    """A record that scoring writes, and a word that reads it and can fail.

    A word called `monitor` that prints a line and ends well watches nothing; a record that nobody reads
    warns nobody.
    """
    scoring = entries.entries_of_scoring(facts)
    if not scoring:
        return failed("No batch scoring entry point was found.")
    record = record_of(facts, entries.reached(facts, scoring), "refusals")
    if record is None:
        return failed("Scoring leaves no record of model, rows and refusals.", *_of(scoring))
    for entry in entries.entries(facts):
        about = "monitor" in entry.kinds or re.search(r"\b(runs?|health|status)\b", " ".join(entry.names))
        if not about or not entry.path_of or entry.path in {e.path for e in scoring}:
            continue
        read = entries.reached(facts, [entry])
        paths = {path for path, _ in read}
        shared = record.path in paths or _shared_texts(facts, {record.path}, paths)
        if shared and facts.python.calls(_READS, read) and facts.python.calls(_ENDS, read):
            said = "Each run leaves a record, and a word fails on a bad or old one."
            return passed(
                said, record, Evidence(entry.path_of, entry.line, entry.names[-1] if entry.names else "")
            )
    return failed("Records are written, and no word reads them and fails past a limit.", record)


def _of(some: tuple[entries.Entry, ...]) -> list[Evidence]:
    return [Evidence(e.path_of, e.line, "/".join(e.names[:2])) for e in some if e.path_of][:2]


def _shared_texts(facts: Facts, some: set[str], others: set[str]) -> set[str]:
    """Literals that look like a place and stand in both."""

    def places(paths: set[str]) -> set[str]:
        return {
            t
            for p in paths
            for _, t in facts.python.modules[p].strings
            if "/" in t or t.endswith((".json", ".db"))
        }

    return places(some) & places(others)
