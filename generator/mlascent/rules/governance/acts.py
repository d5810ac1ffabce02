"""What the AI Act and its like ask a system to write down, and to be able to do."""

from __future__ import annotations

import re
from datetime import timedelta

from mlascent.facts import Facts
from mlascent.rules import entries, practice, texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.monitoring.incidents import runbook

ROLES = ("provider", "deployer", "both", "none", "importer", "distributor")
#: What an Annex IV file says, in its nine parts.
ANNEX = {
    "general description": r"general description|descricao geral|overview",
    "development": r"development|elements|desenvolvimento",
    "monitoring and control": r"monitoring|functioning|control|monitoramento",
    "performance metrics": r"performance|metric|desempenho",
    "risk management": r"risk|risco",
    "changes": r"change|lifecycle|mudanca|ciclo de vida",
    "standards": r"standard|norma",
    "declaration of conformity": r"conformity|conformidade",
    "post-market": r"post[- ]market|pos[- ](comercializacao|mercado)",
}


def _place(facts: Facts, *keys: str) -> Evidence:
    found = facts.settings.named("mlascent.yaml")
    return Evidence("mlascent.yaml", found[0].line(*keys) if found else 0, ".".join(keys))


@rule("GX001")
def role_is_decided(facts: Facts) -> Verdict:
    """Five answers, dated in the past and with a name."""
    block = facts.answers.block("regulatory")
    if not isinstance(block, dict):
        return failed("mlascent.yaml has no block `regulatory` of the team's own.")
    wrong = [] if str(block.get("role", "")).lower() in ROLES else ["role"]
    wrong += [
        what
        for what, keys in (
            ("Annex III use", ("annex_iii", "annex_iii_use", "high_risk_use")),
            ("general-purpose flag", ("gpai", "general_purpose")),
        )
        if not any(k in block and block[k] is not None for k in keys)
    ]
    when = texts.day(block.get("decided", block.get("date", block.get("decision_date"))))
    wrong += [] if when and when <= facts.as_of else ["date"]
    wrong += [] if texts.said(block.get("author", block.get("by", block.get("decided_by")))) else ["author"]
    if wrong:
        return failed(f"The decision does not record: {', '.join(wrong)}.", _place(facts, "regulatory"))
    return passed(
        "Role, use, general-purpose flag, date and author are recorded.", _place(facts, "regulatory")
    )


@rule("GX002")
def prohibited_is_screened(facts: Facts) -> Verdict:
    """An answer to each question of Article 5; eight of them."""
    block = facts.answers.block("regulatory")
    told = block.get("prohibited", block.get("screening")) if isinstance(block, dict) else None
    if not isinstance(told, dict | list) or not told:
        return failed("The screening for prohibited practices is not answered.", _place(facts, "regulatory"))
    answers = (
        list(told.values())
        if isinstance(told, dict)
        else [a.get("answer") if isinstance(a, dict) else None for a in told]
    )
    if len(answers) < 8 or any(a is None or (isinstance(a, str) and not texts.said(a)) for a in answers):
        return failed("A question of the screening has no answer.", _place(facts, "regulatory"))
    return passed("The screening for prohibited practices is answered.", _place(facts, "regulatory"))


@rule("GX010")
def file_has_nine_parts(facts: Facts) -> Verdict:
    """Nine parts with text, in a page or a folder; whether generated parts are current, a run shows."""
    pages = [
        p
        for where, p in facts.documents.all.items()
        if re.search(r"technical[-_]file|annex[-_ ]?iv|dossie", where, re.I)
    ]
    if not pages:
        return failed("There is no technical file.")
    sections = [(page.path, s) for page in pages for s in page.sections if s.title]
    missing = [
        part
        for part, sign in ANNEX.items()
        if not any(
            re.search(sign, texts.folded(s.title)) and s.written >= 5 and not s.placeholders
            for _, s in sections
        )
    ]
    if missing:
        return failed(f"The technical file says nothing on {', '.join(missing)}.", Evidence(pages[0].path, 1))
    return passed(
        "The nine parts of the technical file have text.", *(Evidence(p.path, 1) for p in pages[:3])
    )


@rule("GX011")
def file_is_of_release(facts: Facts) -> Verdict:
    """Which version was released stands with the host or the registry."""
    told = facts.host.get("production")
    version = told.get("version") if isinstance(told, dict) else None
    pages = [
        p
        for where, p in facts.documents.all.items()
        if re.search(r"technical[-_]file|annex[-_ ]?iv|dossie", where, re.I)
    ]
    if not pages:
        return failed("There is no technical file.")
    if version is None:
        return unknown(
            "The registry says which version is released: give a snapshot with `production.version`."
        )
    if any(
        re.search(rf"versi\w+\W+(?:\w+\W+)?{re.escape(str(version))}\b", texts.folded(texts.whole(p)))
        for p in pages
    ):
        return passed("The technical file is of the released version.", Evidence(pages[0].path, 1))
    return failed(f"The technical file does not name version {version}.", Evidence(pages[0].path, 1))


@rule("GX020")
def stop_is_there(facts: Facts) -> Verdict:
    """A switch that serving reads, and a test that flips it."""
    sign = r"kill[_-]?switch|stop[_-]?switch|disabled?$|maintenance|serving_enabled|emergency[_-]?stop"
    place = practice.named(facts, entries.serving(facts), sign)
    if place is None:
        return failed("Serving has no switch to stop it.")
    for module in facts.python.modules.values():
        for name, function in module.functions.items() if module.test else ():
            inside = [t for line, t in module.strings if function.line <= line <= function.end]
            if (
                function.asserts
                and name.rpartition(".")[2].startswith("test")
                and any(re.search(sign, t, re.I) for t in (*inside, name))
            ):
                return passed(
                    "A stop is configured, and a test uses it.",
                    place,
                    Evidence(module.path, function.line, name),
                )
    return failed("Serving has a switch, and no test flips it.", place)


@rule("GX021")
def person_decides(facts: Facts) -> Verdict:
    """A threshold below which the service abstains or asks, in settings that it reads."""
    keys = (
        "review_threshold",
        "review_below",
        "abstain_below",
        "abstention",
        "human_review",
        "min_confidence",
        "confidence_threshold",
    )
    for block in practice.blocks(facts):
        if any(key in block.value for key in keys) and (
            practice.named(facts, entries.serving(facts), "|".join(keys))
        ):
            return passed("Below a confidence, a person decides.", block.evidence)
    return failed("No threshold of review is configured and read by serving.")


@rule("GX030")
def assessment_is_signed(facts: Facts) -> Verdict:
    """Groups, harms and mitigations with text, and a date within a year."""
    page = facts.documents.find(
        "impact-assessment", "fria", "algorithmic-impact-assessment", "avaliacao-de-impacto", "aia"
    )
    if page is None:
        return failed("There is no impact assessment.")
    asked = {
        "groups": r"group|affected|grupo|afetad",
        "harms": r"harm|impact|dano|risco|risk",
        "mitigations": r"mitigat|measure|mitigac|medida",
    }
    missing = [
        what
        for what, sign in asked.items()
        if not any(
            s.depth > 1 and re.search(sign, texts.folded(s.title)) and s.written >= 5 and not s.placeholders
            for s in page.sections
        )
    ]
    if missing:
        return failed(f"The impact assessment says nothing of {', '.join(missing)}.", Evidence(page.path, 1))
    held = [d for d in texts.dates(texts.whole(page)) if d <= facts.as_of]
    signed = re.search(r"sign|approv|assin|aprov", texts.folded(texts.whole(page)))
    if not held or not signed or facts.as_of - max(held) > timedelta(days=366):
        return failed("The impact assessment has no sign-off within the last year.", Evidence(page.path, 1))
    return passed("The impact assessment is whole and signed.", Evidence(page.path, 1, str(max(held))))


@rule("GX040")
def plan_is_monitored(facts: Facts) -> Verdict:
    """Each metric of the plan among the monitors, and deadlines in the runbook."""
    page = facts.documents.find("post-market-monitoring", "post-market-plan", "pms-plan", "monitoring-plan")
    if page is None:
        return failed("There is no plan of post-market monitoring.")
    names = {
        span
        for section in page.sections
        for row in texts.rows(section)
        for span in re.findall(r"`([\w:.-]+)`", " ".join(row.cells.values()))
    }
    if not names:
        return failed("The plan names no metric.", Evidence(page.path, 1))
    known = {r.record or r.name for r in facts.prometheus.rules} | {
        m for r in facts.prometheus.rules for m in r.metrics
    }
    known |= {text for job in practice.scheduled(facts) for _, _, text in practice.literals(facts, job.reach)}
    if absent := sorted(names - known):
        return failed(f"No monitor computes {', '.join(absent[:3])}.", Evidence(page.path, 1))
    book = runbook(facts)
    section = (
        next(
            (
                s
                for s in book.sections
                if s.depth > 1
                and re.search(r"authorit|deadline|report|prazo|autoridade", texts.folded(s.title))
            ),
            None,
        )
        if book
        else None
    )
    if (
        book is None
        or section is None
        or not re.search(r"\d+ (day|hour|dia|hora)", texts.folded(section.text))
    ):
        return failed("The runbook has no section with the deadlines of reporting.", Evidence(page.path, 1))
    return passed(
        "Every metric of the plan is monitored, and the runbook has the deadlines.",
        Evidence(page.path, 1),
        Evidence(book.path, section.line),
    )
