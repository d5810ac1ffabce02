"""The cards of model and data: there, written by the team, and with the numbers of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.documents import Document, Section
from mlascent.rules import texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

#: What a card must say: words of a heading, and words by which a row or a sentence says it elsewhere.
ASKED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "intended use": (
        ("intended use", "intended", "uso pretendido", "use case", "direct use", "purpose"),
        r"intended use",
    ),
    "what is out of scope": (
        ("out of scope", "out-of-scope", "misuse", "fora do escopo", "fora de escopo", "not for"),
        r"out[ _-]of[ _-]scope|fora d[eo] escopo|not (be )?used for|nao (deve )?ser usad",
    ),
    "data": (
        ("data", "dados", "dataset"),
        r"data[_ -]?card|training[_ ]rows|data_sha256|dataset|dados de treino",
    ),
    "metrics by group": (
        ("by group", "por grupo", "slice", "subgroup", "disaggregat", "fairness"),
        r"by group|por grupo",
    ),
    "limits": (("limits", "limitation", "limites", "limitac", "risks"), r"limitation|limitac"),
    "owner": (
        ("owner", "contact", "maintain", "author", "responsave", "contato", "dono"),
        r"owner|contact|maintain|responsave",
    ),
}
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")

_NAMED = re.compile(r"\s*[-*]?\s*\**`?([\w @/-]{2,40}?)`?\**\s*[:=]\s*\**(\S+)")


def model_card(facts: Facts) -> Document | None:
    """The model's card."""
    return facts.documents.find("model-card", "modelcard", "cartao-do-modelo")


def data_card(facts: Facts) -> Document | None:
    """The data's card."""
    return facts.documents.find(
        "data-card", "datacard", "datasheet", "dataset-card", "data-sheet", "cartao-dos-dados"
    )


@rule("GO030")
def model_has_card(facts: Facts) -> Verdict:
    """A document with that name that is not empty."""
    card = model_card(facts)
    if card is None or not any(section.title for section in card.sections):
        return failed("The model has no card.")
    return passed("The model has a card.", Evidence(card.path, 1))


def _open(section: Section) -> bool:
    """Whether nothing but placeholders, or nothing at all, stands in a section."""
    return section.written < 3 or bool(section.placeholders)


@rule("GO031")
def card_is_written(facts: Facts) -> Verdict:
    """Each part with text of the team's or of a run's.

    A heading with an example below it, or with nothing, is unwritten.
    """
    card = model_card(facts)
    if card is None:
        return failed("The model has no card.")
    wrong = []
    for part, (titles, elsewhere) in ASKED.items():
        section = card.section(*titles)
        line = section.line if section else 0
        if (section is None or _open(section)) and not _said_elsewhere(card, elsewhere):
            wrong.append(Evidence(card.path, line, f"{part}: {'unwritten' if line else 'missing'}"))
    if wrong:
        return failed("The model card lacks " + ", ".join(e.said.split(":")[0] for e in wrong) + ".", *wrong)
    return passed("The model card says what it must.", Evidence(card.path, 1))


def _said_elsewhere(card: Document, pattern: str) -> int:
    """The line of a row or sentence that says it, in a part of the card that is no example; 0 for none."""
    starts = sorted({section.line for section in card.sections})
    for section in card.sections:
        end = next((line for line in starts if line > section.line), 1_000_000)
        if any(section.line <= line < end for line, _ in section.placeholders):
            continue
        for number, line in enumerate(section.text.splitlines(), section.line + 1):
            if number < end and re.search(pattern, texts.folded(line)) and _says(line):
                return number
    return 0


def _says(line: str) -> bool:
    """Whether a row has a value, or a sentence more than a few words."""
    if line.lstrip().startswith("|"):
        cells = [cell for cell in line.strip().strip("|").split("|") if re.search(r"\w", cell)]
        return len(cells) == 2
    return len(re.findall(r"\w+", line)) > 3


def figures(facts: Facts) -> dict[str, float]:
    """Metrics of the model on record: of the registration's report, else of the declared metrics files."""
    for path in ("reports/registration.json", *facts.dvc.metrics, "reports/metrics.json", "metrics.json"):
        if path in facts.files and path.endswith((".json", ".yaml", ".yml", ".toml")):
            found = facts.settings.get(path)
            inner = found.get("metrics", found) if isinstance(found, dict) else found
            if told := dict(_numbers(inner, "")):
                return told
    return {}


def _numbers(value: Any, name: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool) and name:
        yield name, float(value)


def _in_card(card: Document) -> Iterator[tuple[int, str, str]]:
    """(line, name, number as written) of rows and sentences: what precedes a number names it."""
    for number, line in texts.lines(card):
        if line.lstrip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) > 1 and _NUMBER.fullmatch(cells[1]):
                yield number, cells[0], cells[1]
        elif (match := _NAMED.match(line)) and _NUMBER.fullmatch(match[2].rstrip("*.,")):
            yield number, match[1], match[2].rstrip("*.,")
    yield from _in_front(card.front)


def _in_front(front: Any) -> Iterator[tuple[int, str, str]]:
    """Metrics of Hugging Face's model-index."""
    if isinstance(front, dict):
        if "type" in front and isinstance(front.get("value"), int | float):
            yield 1, str(front["type"]), str(front["value"])
        for value in front.values():
            yield from _in_front(value)
    elif isinstance(front, list):
        for value in front:
            yield from _in_front(value)


def _same(written: str, value: float) -> bool:
    """Whether a number as written is the value, rounded to the digits that are written."""
    told = float(written)
    if told == value:
        return True
    digits = len(written.partition(".")[2].split("e")[0])
    return abs(told - value) <= 0.5000001 * 10**-digits or f"{value:.4g}" == written


@rule("GO032")
def numbers_are_the_models(facts: Facts) -> Verdict:
    """Every metric that card and report both name, digit for digit.

    Numbers typed by hand last year are found here as soon as the metrics file moves on.
    """
    card = model_card(facts)
    if card is None:
        return failed("The model has no card.")
    known = {texts.folded(name).replace(" ", "_"): value for name, value in figures(facts).items()}
    if not known:
        return failed("No metrics are on record to compare the card with.", Evidence(card.path, 1))
    equal: list[Evidence] = []
    wrong: list[Evidence] = []
    seen: set[str] = set()
    for line, name, written in _in_card(card):
        key = re.sub(r"[\s-]+", "_", texts.folded(name).strip())
        if key in known and key not in seen:
            seen.add(key)
            place = Evidence(card.path, line, f"{name}: card {written}, measured {known[key]:.4g}")
            (equal if _same(written, known[key]) else wrong).append(place)
    if wrong:
        return failed("The card's numbers are not those of the model.", *wrong[:5])
    if not equal:
        return failed("The card has none of the model's metrics.", Evidence(card.path, 1))
    return passed("The card's numbers are those of the model.", *equal[:3])


@rule("GO033")
def card_is_of_production(facts: Facts) -> Verdict:
    """Which version answers in production stands in the registry, not in a file."""
    card, told = model_card(facts), facts.host.get("production")
    version = told.get("version") if isinstance(told, dict) else None
    if card is None:
        return failed("The model has no card.")
    if version is None:
        return unknown(
            "The registry says which version is in production: give a snapshot with `production.version`."
        )
    for line, name, written in _in_card(card):
        if texts.folded(name) in ("version", "versao", "model version", "model_version"):
            place = Evidence(card.path, line, f"version {written}")
            if written == str(version):
                return passed("The card is of the version in production.", place)
            return failed(f"Production has version {version}.", place)
    return failed("The card does not say which version it is of.", Evidence(card.path, 1))
