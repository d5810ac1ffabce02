"""Predictions that are kept: how many, for how long, with what to join them by, and without personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlascent.facts import Facts
from mlascent.rules import entries, practice, words
from mlascent.rules.governance.privacy import TREATS, privacy
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_TOPIC = r"captur|prediction[._-]?log|log[._-]?prediction|inference[._-]?log|data_collector|data_capture"
_SAMPLING = (
    "sampling",
    "sample",
    "sample_rate",
    "sampling_rate",
    "sampling_percentage",
    "fraction",
    "share",
    "rate",
)
_RETENTION = (
    "retention",
    "retention_days",
    "keep_days",
    "ttl",
    "ttl_days",
    "expire_days",
    "days",
    "expiration_days",
)
_STORES = (
    "*.write",
    "*.writerow",
    "*.execute",
    "*.insert",
    "*.send",
    "*.put_record",
    "*.to_sql",
    "*.info",
    "*.put_object",
    "*.write_text",
    "json.dump",
    "*.collect",
)
_KEYS = {
    "the model's version": re.compile(r"version", re.IGNORECASE),
    "the time": re.compile(r"\btime|timestamp|_at$|\bat\b|\bts\b|date", re.IGNORECASE),
    "a key to join the outcome": re.compile(
        r"(prediction|request|event|record|join|entity|customer|inference|order|row)[_-]?(id|key)|^id$|uuid",
        re.IGNORECASE,
    ),
}
_PREDICTION = re.compile(r"predict|score|probab|output|label", re.IGNORECASE)


@rule("MO020")
def capture_is_configured(facts: Facts) -> Verdict:
    """Both numbers, in a file that the scoring code reads.

    A block that nothing reads configures nothing; a log without an end is a liability.
    """
    for asset in facts.platforms.assets:
        collector = asset.body.get("data_collector")
        if "deployment" in asset.kind and isinstance(collector, dict) and "sampling_rate" in str(collector):
            return passed(
                "The platform captures predictions.", Evidence(asset.path, asset.line, "data_collector")
            )
    asked: Mapping[str, tuple[str, ...]] = {"sampling": _SAMPLING, "retention": _RETENTION}
    block, missing = practice.best(practice.topic(facts, _TOPIC), asked)
    if block is None:
        return failed("No file configures the capture of predictions.")
    if missing:
        return failed(f"The capture of predictions has no {' and no '.join(missing)}.", block.evidence)
    if not practice.reads(facts, entries.serving(facts), block.setting.path):
        return failed("The scoring code does not read the configuration of the capture.", block.evidence)
    return passed("Sampling and retention of predictions are set and read.", block.evidence)


def _capturing(facts: Facts) -> list[tuple[str, str]]:
    """Functions that serving reaches and that store records with a prediction in them."""
    found = []
    for path, name in sorted(entries.serving(facts)):
        module = facts.python.modules[path]
        function = module.functions.get(name)
        if not function or function.kind != "function" or not facts.python.calls(_STORES, {(path, name)}):
            continue
        if any(_PREDICTION.search(text) for text in _said(facts, path, name)):
            found.append((path, name))
    return found


def _said(facts: Facts, path: str, name: str) -> list[str]:
    """Keys and keywords in a function, and fields of the classes that it makes."""
    module = facts.python.modules[path]
    function = module.functions[name]
    inside = [text for line, text in module.strings if function.line <= line <= function.end]
    inside += [key for call in module.calls if call.inside == name for key in call.keywords]
    for made in function.names:
        record = module.functions.get(made.rpartition(".")[2])
        inside += record.fields if record and record.kind == "class" else ()
    return inside


@rule("MO021")
def records_can_be_joined(facts: Facts) -> Verdict:
    """Three fields where a prediction is stored.

    A log of predictions without a key can never be compared with what came true.
    """
    homes = _capturing(facts)
    if not homes:
        return failed("Nothing that serving reaches stores predictions.")
    nearest: tuple[int, str, Evidence] | None = None
    for path, name in homes:
        told = _said(facts, path, name)
        missing = [what for what, sign in _KEYS.items() if not any(sign.search(text) for text in told)]
        place = Evidence(path, facts.python.modules[path].functions[name].line, name)
        if not missing:
            return passed("Each stored prediction has version, time and key.", place)
        if nearest is None or len(missing) < nearest[0]:
            nearest = (len(missing), " and ".join(missing), place)
    if nearest is None:
        return failed("Nothing that serving reaches stores predictions.")
    return failed(f"Stored predictions lack {nearest[1]}.", nearest[2])


@rule("MO022")
def captured_without_persons(facts: Facts) -> Verdict:
    """A treatment on the way into the log, and an end to the records.

    Masking the training data protects nobody in the log of the service.
    """
    homes = _capturing(facts)
    if not homes:
        return failed("Nothing that serving reaches stores predictions.")
    fields = privacy(facts).get("fields")
    if isinstance(fields, dict) and fields:
        reach = facts.python.reach(f"{path}::{name}" for path, name in homes)
        treating = [f for f in facts.python.calls(("*",), reach) if TREATS.search(f.call.name)]
        if not treating:
            path, name = homes[0]
            line = facts.python.modules[path].functions[name].line
            return failed(
                "Personal fields go into the log of predictions as they are.", Evidence(path, line, name)
            )
        where = words.at(treating[0])
    else:
        where = Evidence(
            homes[0][0], facts.python.modules[homes[0][0]].functions[homes[0][1]].line, homes[0][1]
        )
    kept = [b for b in practice.topic(facts, _TOPIC) if b.get(*_RETENTION) is not None]
    if not kept:
        return failed("Records of predictions never expire.", where)
    return passed(
        "Stored predictions hold no personal field in the clear, and expire.", where, kept[0].evidence
    )
