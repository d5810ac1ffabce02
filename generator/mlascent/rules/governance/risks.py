"""Risks with owners, and a team with names."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts import Facts
from mlascent.rules import practice, texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_ASKED = {
    "likelihood": ("likelihood", "probability", "probabilidade"),
    "impact": ("impact", "severity", "impacto"),
    "control": ("control", "controls", "mitigation", "controle", "mitigacao"),
    "owner": ("owner", "responsible", "dono", "responsavel"),
    "residual risk": ("residual", "residual_risk", "risco_residual", "residual risk"),
    "review date": ("review", "review_date", "next_review", "reviewed", "revisao", "review date"),
}
TIERS = ("minimal", "limited", "high", "prohibited")
ROLES = {
    "data science": r"scien|cienc",
    "engineering": r"engineer|developer|engenh|desenvolv",
    "operations": r"operat|ops|sre|operac",
    "business": r"business|product|negocio|produto",
}


def _manifest_line(facts: Facts, *keys: str) -> Evidence:
    found = facts.settings.named("mlascent.yaml")
    return Evidence("mlascent.yaml", found[0].line(*keys) if found else 0, ".".join(keys))


@rule("GO120")
def tier_is_argued(facts: Facts) -> Verdict:
    """A tier of the four, and why."""
    block = facts.answers.block("risk")
    if not isinstance(block, dict):
        return failed("mlascent.yaml has no risk tier.")
    tier = str(block.get("tier", "")).lower()
    if tier not in TIERS:
        return failed(f"The risk tier is none of {', '.join(TIERS)}.", _manifest_line(facts, "risk"))
    if len(re.findall(r"\w+", str(block.get("rationale") or block.get("reason") or ""))) < 4:
        return failed("The risk tier has no rationale.", _manifest_line(facts, "risk"))
    return passed(f"The risk tier is {tier}, with a rationale.", _manifest_line(facts, "risk"))


def register(facts: Facts) -> list[tuple[Evidence, dict[str, Any]]]:
    """Entries of the risk register: of a settings file, or of a table in a document."""
    found: list[tuple[Evidence, dict[str, Any]]] = []
    named = ("risks.yaml", "risks.yml", "risk-register.yaml", "risk_register.yaml", "risk-register.yml")
    for setting in facts.settings.named(*named):
        data = setting.data.get("risks", setting.data) if isinstance(setting.data, dict) else setting.data
        for number, risk in enumerate(data if isinstance(data, list) else ()):
            if isinstance(risk, dict):
                keys = {texts.folded(str(k)).replace("-", "_"): v for k, v in risk.items()}
                found.append((Evidence(setting.path, setting.line("risks", str(number))), keys))
    page = facts.documents.find("risks", "risk-register", "risk-management", "riscos", "risk")
    for section in page.sections if page else ():
        found += [
            (Evidence(page.path if page else "", row.line), dict(row.cells))
            for row in texts.rows(section)
            if any("likel" in h or "probab" in h or "impact" in h for h in row.cells)
        ]
    return list({place: (place, told) for place, told in found}.values())


@rule("GO121")
def risks_are_whole(facts: Facts) -> Verdict:
    """Six answers for each risk.

    A list of worries without owner and date is accepted by default.
    """
    known = register(facts)
    if not known:
        return failed("There is no risk register, or it is empty.")
    wrong = []
    for place, told in known:
        missing = [
            what for what, keys in _ASKED.items() if not any(texts.said(told.get(key)) for key in keys)
        ]
        if missing:
            wrong.append(Evidence(place.path, place.line, f"no {', '.join(missing)}"))
    if wrong:
        return failed("A registered risk is incomplete.", *wrong[:5])
    return passed(f"{len(known)} registered risks are complete.", known[0][0])


@rule("GO122")
def risks_are_reviewed(facts: Facts) -> Verdict:
    """Dates that are still to come, and a rule behind each high risk.

    Whether that rule holds is shown where it stands in the report: here it must be named.
    """
    known = register(facts)
    if not known:
        return failed("There is no risk register, or it is empty.")
    wrong = []
    for place, told in known:
        due = next((d for key in _ASKED["review date"] if (d := texts.day(told.get(key)))), None)
        if due is None or due < facts.as_of:
            wrong.append(Evidence(place.path, place.line, f"review {due or 'without a date'}"))
        grave = any(
            re.search(r"high|alto|alta|critical|critico", texts.folded(str(told.get(k))))
            for k in ("impact", "severity", "impacto", "tier")
        )
        control = " ".join(str(told.get(k)) for k in _ASKED["control"])
        if grave and not re.search(r"\b[A-Z]{2}\d{3}\b|waiver", control):
            wrong.append(Evidence(place.path, place.line, "a high risk whose control names no rule"))
    if wrong:
        return failed("A review is overdue, or a high risk has no control that can be checked.", *wrong[:5])
    return passed("No review is overdue, and high risks name the rules that control them.", known[0][0])


@rule("GO020")
def roles_have_names(facts: Facts) -> Verdict:
    """Four roles, each with somebody, none of them an example."""
    people: list[tuple[str, str]] = []
    roles = facts.answers.block("roles")
    for role, who in roles.items() if isinstance(roles, dict) else ():
        people.append((texts.folded(str(role)), str(who) if texts.said(who) else ""))
    owners = facts.answers.block("owners")
    people += [
        (texts.folded(str(owner.get("role"))), str(owner.get("name") or ""))
        for owner in (owners if isinstance(owners, list) else ())
        if isinstance(owner, dict)
    ]
    example = re.compile(r"your|example|exemplo|nome|^name$|todo|tbd", re.IGNORECASE)
    missing = [
        role
        for role, sign in ROLES.items()
        if not any(re.search(sign, r) and w and not example.search(w) for r, w in people)
    ]
    if missing:
        return failed(
            f"No name stands for: {', '.join(missing)}.",
            _manifest_line(facts, "roles" if roles else "owners"),
        )
    return passed("The four roles have names.", _manifest_line(facts, "roles" if roles else "owners"))


@rule("GO021")
def roles_work_together(facts: Facts) -> Verdict:
    """Authors and reviewers stand in the host's history, and their roles in mlascent.yaml."""
    told = facts.host.get("contributors")
    if not isinstance(told, list):
        return unknown(
            "The host's history shows it: give a snapshot with `contributors`, each with a `role`."
        )
    roles = {str(c.get("role")) for c in told if isinstance(c, dict) and texts.said(c.get("role"))}
    if len(roles) < 2:
        return failed("The history shows fewer than two roles at work.")
    return passed(f"{len(roles)} roles work on the repository.")


@rule("GO150")
def entries_have_ids(facts: Facts) -> Verdict:
    """An id of the catalogue on each source and each model."""
    from mlascent.rules.governance.data import declared, sources

    setting, ids = sources(facts), ("asset_id", "catalogue_id", "catalog_id", "urn", "guid")
    listed = declared(setting)
    models = facts.answers.manifest.get("models")
    named = [(setting.path if setting else "", e.get("name"), e) for e in listed]
    named += [("mlascent.yaml", n, m) for n, m in models.items()] if isinstance(models, dict) else []
    if not named:
        return failed("Neither data sets nor models are declared.")
    bare = [
        Evidence(path, 0, str(name))
        for path, name, e in named
        if not isinstance(e, dict) or not any(texts.said(e.get(k)) for k in ids)
    ]
    if bare:
        return failed("A data set or model names no entry of the catalogue.", *bare[:5])
    return passed("Data sets and models name their entries in the catalogue.", Evidence(named[0][0], 1))


@rule("GO151")
def release_publishes(facts: Facts) -> Verdict:
    """A release job whose code sends to a catalogue."""
    sends = (
        "openlineage.*",
        "datahub.*",
        "*.create_or_update_entity",
        "metadata.ingestion.*",
        "pyapacheatlas.*",
        "*.emit_mcp*",
        "*.upload_entities",
    )
    for job in practice.releasing(facts):
        if facts.python.calls(sends, job.reach):
            return passed("A release publishes lineage and card.", job.evidence)
    return failed("No release job publishes to a catalogue.")
