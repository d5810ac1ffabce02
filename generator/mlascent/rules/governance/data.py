"""The data's card, its sources and its dictionary."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.settings import Setting
from mlascent.rules import texts
from mlascent.rules.governance.cards import data_card
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

#: What is said of each data set: keys of a sources file, and words of a card.
ASKED = {
    "origin": (
        ("owner", "origin", "location", "url", "provider", "publisher"),
        r"origin|source|origem|fonte|provenance",
    ),
    "licence": (("licence", "license", "terms"), r"licen[cs]|terms of use"),
    "period": (
        ("collected", "period", "from", "years", "coverage"),
        r"collected|period|colet|timeframe|between",
    ),
    "sensitive fields": (
        ("sensitive_fields", "sensitive", "personal_data", "pii"),
        r"sensitive|personal data|dados? pessoa|privacy|privacidade|pii",
    ),
    "labels": (("labels", "labelling", "annotation"), r"label|annotat|rotul|ground truth"),
}


def sources(facts: Facts) -> Setting | None:
    """The file that declares where data come from."""
    found = facts.settings.named(
        "sources.yaml", "sources.yml", "data_sources.yaml", "datasets.yaml", "catalog.yml"
    )
    return next((setting for setting in found if setting.data), None)


def declared(setting: Setting | None) -> list[dict[str, Any]]:
    """Its entries."""
    data = setting.data if setting else None
    listed = data.get("sources", data.get("datasets", data)) if isinstance(data, dict) else data
    if isinstance(listed, dict):
        return [{"name": name, **entry} for name, entry in listed.items() if isinstance(entry, dict)]
    return [entry for entry in texts.items(listed) if isinstance(entry, dict)]


@rule("GO040")
def data_have_card(facts: Facts) -> Verdict:
    """A document with that name that is not empty.

    A declaration of sources says where data come from, and not what they are.
    """
    card = data_card(facts)
    if card is None or not any(section.title for section in card.sections):
        return failed("The data has no card.")
    return passed("The data has a card.", Evidence(card.path, 1))


@rule("GO041")
def each_set_is_described(facts: Facts) -> Verdict:
    """Five answers, from the sources file or the card, none of them an example.

    A card with the five headings and example text below them describes no data set.
    """
    card, setting = data_card(facts), sources(facts)
    entries = declared(setting)
    if card is None and not entries:
        return failed("Nothing describes the data.")
    wrong: list[Evidence] = []
    for what, (keys, pattern) in ASKED.items():
        silent = [str(entry.get("name")) for entry in entries if not _answers(entry, keys)]
        if (silent or not entries) and not (place := _in_card(facts, pattern))[0]:
            named = f" of {', '.join(silent)}" if silent else ""
            wrong.append(
                Evidence(place[1] or (setting.path if setting else ""), place[2], f"{what}{named}: unwritten")
            )
    if wrong:
        return failed(
            "It is not said of the data: " + ", ".join(e.said.split(":")[0] for e in wrong) + ".", *wrong
        )
    path = setting.path if setting else card.path if card else ""
    return passed("Origin, licence, period, sensitive fields and labels are described.", Evidence(path, 1))


def _answers(entry: dict[str, Any], keys: tuple[str, ...]) -> bool:
    """Whether an entry says it; an empty list of sensitive fields is an answer."""
    for key in keys:
        value = entry.get(key)
        if value is False or value == [] or texts.said(value):
            return True
    return False


def _in_card(facts: Facts, pattern: str) -> tuple[bool, str, int]:
    """Whether the card says it, and where it should."""
    card = data_card(facts)
    if card is None:
        return False, "", 0
    place = (False, card.path, 1)
    for section in card.sections:
        if re.search(pattern, texts.folded(section.title)) or re.search(
            rf"^\|\s*({pattern})", texts.folded(section.text), re.M
        ):
            if section.depth > 1 and section.written >= 3 and not section.placeholders:
                return True, card.path, section.line
            place = (False, card.path, section.line)
    return place


def schema_fields(facts: Facts) -> tuple[str, int, list[str]]:
    """Path, line and names of the features that the schema of the data declares."""
    for module in facts.python.package():
        columns = [
            c
            for c in module.calls
            if c.name.endswith((".Column", "Column")) and "pandera" in _libraries(module)
        ]
        names = []
        for call in columns:
            here = [
                text for line, text in module.strings if line == call.line and re.fullmatch(r"[\w .-]+", text)
            ]
            names += here[:1]
        if names:
            return module.path, columns[0].line, list(dict.fromkeys(names))
        for function in module.functions.values():
            if any(base.rpartition(".")[2] in ("DataFrameModel", "SchemaModel") for base in function.bases):
                return module.path, function.line, [f for f in function.fields if f != "Config"]
    return "", 0, []


def _libraries(module: Any) -> set[str]:
    return {i.module.partition(".")[0] for i in module.imports}


@rule("GO042")
def dictionary_is_whole(facts: Facts) -> Verdict:
    """The schema's names against the rows of the card's table."""
    card = data_card(facts)
    if card is None:
        return failed("The data has no card.")
    path, line, names = schema_fields(facts)
    if not names:
        return failed(
            "No schema of the data was found to compare the dictionary with.", Evidence(card.path, 1)
        )
    told = {
        next(iter(row.cells.values()), "").strip("`* ")
        for section in card.sections
        for row in texts.rows(section)
    }
    missing = [name for name in names if name not in told]
    if missing:
        said = (
            f"The data dictionary has no row for {', '.join(missing[:3])}{' and more' * (len(missing) > 3)}."
        )
        return failed(
            said, Evidence(card.path, 1), Evidence(path, line, f"{len(missing)} of {len(names)} names")
        )
    return passed("Every feature of the schema is in the data dictionary.", Evidence(card.path, 1))
