"""Personal data: said, treated before training, and assessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.dvc import Stage
from mlascent.facts.python import Module
from mlascent.facts.tasks import Command
from mlascent.rules import entries, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

MANIFEST = "mlascent.yaml"
TREATMENTS = ("keep", "mask", "hash", "drop")
#: Calls that take what is personal out of data.
TREATS = re.compile(
    r"mask|hash|hmac|pseudonym|anonymi[sz]|redact|presidio|scrub|tokeni[sz]e_pii|protect|drop|sha256|blake2",
    re.IGNORECASE,
)


def privacy(facts: Facts) -> Mapping[str, Any]:
    """The block `privacy`, an example or not."""
    found = facts.answers.manifest.get("privacy")
    return found if isinstance(found, dict) else {}


def _place(facts: Facts, said: str = "") -> Evidence:
    found = facts.settings.named(MANIFEST)
    return Evidence(MANIFEST, found[0].line("privacy") if found else 0, said)


@rule("GO070")
def personal_data_is_said(facts: Facts) -> Verdict:
    """A yes or no of the team's, and the laws that follow from a yes.

    The template's block counts for nothing as long as its mark `example: true` stands.
    """
    block = facts.answers.block("privacy")
    if not isinstance(block, dict) or not block:
        said = "is still marked as an example" if privacy(facts) else "is missing"
        return failed(f"The block `privacy` of mlascent.yaml {said}.", _place(facts))
    personal, regimes = block.get("personal_data"), block.get("regimes", [])
    if not isinstance(personal, bool):
        return failed("`privacy.personal_data` is neither true nor false.", _place(facts))
    if not isinstance(regimes, list) or (personal and not any(texts.said(regime) for regime in regimes)):
        return failed("`privacy.regimes` does not say which laws apply.", _place(facts))
    if not personal and block.get("fields"):
        return failed("Fields are marked as personal, and personal_data is false.", _place(facts))
    return passed(
        f"Personal data: {'yes' if personal else 'no'}; laws: {', '.join(map(str, regimes)) or 'none'}.",
        _place(facts),
    )


@rule("GO071")
def fields_are_justified(facts: Facts) -> Verdict:
    """Category and basis of each field, and how long and how it goes away.

    A yes to personal data without a field, or fields without a basis, leaves the question open.
    """
    block = facts.answers.block("privacy")
    if not isinstance(block, dict) or not block:
        return failed("The block `privacy` of mlascent.yaml is unanswered.", _place(facts))
    fields = block.get("fields") or {}
    if block.get("personal_data") is False and not fields:
        return passed("There is no personal field to justify.", _place(facts))
    if not isinstance(fields, dict) or not fields:
        return failed("Personal data is used, and `privacy.fields` names no field.", _place(facts))
    wrong = [f"{name}: no {key}" for name, field in sorted(fields.items()) for key in _missing(field)]
    wrong += [f"no {key}" for key in ("retention_days", "deletion") if not texts.said(block.get(key))]
    if wrong:
        return failed(
            f"The personal fields are not justified: {'; '.join(wrong[:3])}.",
            *(_place(facts, w) for w in wrong),
        )
    return passed("Every personal field has category, basis, retention and deletion.", _place(facts))


def _missing(field: Any) -> list[str]:
    told = field if isinstance(field, dict) else {}
    return [key for key in ("category", "legal_basis") if not texts.said(told.get(key))]


@rule("GO072")
def fields_are_treated(facts: Facts) -> Verdict:
    """Code on the way from the source to the training that reads the fields and treats them.

    A function that nothing calls, a stage whose output training does not use, or a field that is kept
    without a word of why, protects nobody.
    """
    block = privacy(facts)
    fields = block.get("fields") if isinstance(block.get("fields"), dict) else {}
    wrong = [
        _place(facts, f"{name}: {why}")
        for name, field in sorted((fields or {}).items())
        if (why := _untreated(field))
    ]
    if wrong:
        return failed("A personal field has no treatment, or is kept without a reason.", *wrong)
    place = _treating(facts)
    if place is None:
        return failed(
            "Nothing on the way to training applies `treatment` to the fields of `privacy`.", *_idle(facts)
        )
    return passed("Personal fields are treated before training.", place)


def _untreated(field: Any) -> str:
    told = field if isinstance(field, dict) else {}
    if told.get("treatment") not in TREATMENTS:
        return "no treatment"
    kept = (
        told["treatment"] == "keep"
        and not texts.said(told.get("reason"))
        and not texts.said(told.get("legal_basis"))
    )
    return "kept without a reason" if kept else ""


def _before_training(facts: Facts) -> entries.Reached:
    """What runs before and in training: stages whose outputs training uses, and training itself."""
    found = set(entries.training(facts))
    for stage in facts.dvc.stages:
        reach = _stage_reach(facts, stage)
        if words.fits(facts, reach):
            for before in facts.dvc.before(stage):
                if not before.frozen:
                    found |= _stage_reach(facts, before)
    return frozenset(found)


def _stage_reach(facts: Facts, stage: Stage) -> entries.Reached:
    commands = tuple(Command(cmd, stage.path, stage.line) for cmd in stage.cmd)
    launches = facts.tasks.launches(commands, stage.wdir)
    return entries.reached(facts, entries.of_launches(facts, launches, stage.name))


def _treating(facts: Facts) -> Evidence | None:
    """A function that reads `treatment`, in reach of the pipeline, beside calls that treat."""
    reach = _before_training(facts)
    for path, name in sorted(reach):
        module = facts.python.modules[path]
        function = module.functions.get(name)
        if function and function.kind == "function" and _reads_treatment(module, function.line, function.end):
            treats = [c for c in module.calls if c.inside == name and TREATS.search(c.name)]
            if treats or any(TREATS.search(n) for n in function.names):
                return Evidence(path, function.line, f"{name} applies treatment")
    return None


def _reads_treatment(module: Module, first: int, last: int) -> bool:
    return any(text == "treatment" for line, text in module.strings if first <= line <= last)


def _idle(facts: Facts) -> list[Evidence]:
    """Code that would treat, and is not reached."""
    return [
        Evidence(module.path, function.line, f"{name} is not reached on the way to training")
        for module in facts.python.package()
        for name, function in module.functions.items()
        if function.kind == "function" and _reads_treatment(module, function.line, function.end)
    ][:3]


@rule("GO073")
def impact_is_assessed(facts: Facts) -> Verdict:
    """A row, or a section, with date and author of the assessment.

    The heading alone, with an empty table below it, assesses nothing.
    """
    pages = [
        page
        for name in ("privacy", "privacidade", "dpia", "ripd", "data-protection")
        if (page := facts.documents.find(name))
    ]
    for page in pages:
        for section in page.sections:
            title = texts.folded(section.title)
            if not re.search(
                r"\bdpia\b|\bripd\b|impact assessment|relatorio de impacto|avaliacao de impacto", title
            ):
                continue
            for row in texts.rows(section):
                when = texts.dates(" ".join(row.cells.values()))
                if when and min(when) <= facts.as_of and row.get("author", "autor", "who", "quem"):
                    return passed("An impact assessment is on record.", Evidence(page.path, row.line))
            told = re.search(r"(author|autor|by|por)\s*:?\s*\**\s*\w{3,}", texts.folded(section.text))
            if told and any(day <= facts.as_of for day in texts.dates(section.text)) and section.written >= 5:
                return passed("An impact assessment is on record.", Evidence(page.path, section.line))
    marks = (Evidence(page.path, 1) for page in pages[:1])
    return failed("No impact assessment with date and author is on record.", *marks)
