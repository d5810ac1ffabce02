"""Who is called, what they do, and what is learned."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.documents import Document
from mlascent.rules import texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_RUNBOOK = ("runbook", "runbook_url", "runbook_link", "playbook", "runbook-url")


def runbook(facts: Facts) -> Document | None:
    """The page that says what to do."""
    return facts.documents.find("runbook", "playbook", "operations", "on-call", "oncall")


@rule("MO060")
def contact_is_written(facts: Facts) -> Verdict:
    """A person or channel, and who comes next; in text that is nobody's example."""
    for name in ("oncall", "on_call", "incident", "incidents", "contact"):
        block = facts.answers.block(name)
        if isinstance(block, dict) and texts.said(block):
            has = [
                any(re.search(sign, str(key)) and texts.said(v) for key, v in block.items())
                for sign in (r"contact|who|channel|primary|email", r"escal|then|secondary|manager")
            ]
            if all(has):
                return passed("Contact and escalation are written.", Evidence("mlascent.yaml", 0, name))
    page = runbook(facts)
    if page is None:
        return failed("No runbook, and no block of mlascent.yaml, names whom to call.")
    contact = page.section("contact", "on-call", "on call", "oncall", "contato", "plantao")
    escalation = page.section("escalation", "escalonamento", "escalacao")
    for what, section in (("contact", contact), ("escalation", escalation)):
        if section is None or section.written < 2 or section.placeholders:
            told = section is not None and re.search(r"escal", texts.folded(section.text))
            if (
                what == "escalation"
                and contact
                and re.search(r"escal", texts.folded(contact.text))
                and not contact.placeholders
            ):
                continue
            if not told:
                return failed(
                    f"The runbook names no {what}.", Evidence(page.path, section.line if section else 1)
                )
    reach = re.search(r"@|\+?\d{6,}|#\w|https?://", contact.text) if contact else None
    if reach is None:
        return failed(
            "The contact has no address, number or channel.",
            Evidence(page.path, contact.line if contact else 1),
        )
    return passed("Contact and escalation are written.", Evidence(page.path, contact.line if contact else 1))


def _anchor(title: str) -> str:
    """A heading's anchor, as hosts make it."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.casefold()).strip())


@rule("MO061")
def alerts_lead_somewhere(facts: Facts) -> Verdict:
    """Each alert's link, down to the heading.

    A link to a page that was renamed leads nowhere at three in the morning.
    """
    alerts = [r for r in facts.prometheus.rules if r.name]
    if not alerts:
        return failed("There is no alert rule.")
    wrong = [
        Evidence(a.path, a.line, f"{a.name}: {why}")
        for a in alerts
        if (why := _astray(facts, dict(a.annotations)))
    ]
    if wrong:
        return failed("An alert leads to no section of a runbook.", *wrong[:5])
    return passed("Every alert leads to a section of the runbook.", Evidence(alerts[0].path, alerts[0].line))


def _astray(facts: Facts, annotations: dict[str, str]) -> str:
    link = next((annotations[key] for key in _RUNBOOK if annotations.get(key)), "")
    if not link:
        return "no runbook"
    path, _, anchor = link.partition("#")
    page = next(
        (page for where, page in facts.documents.all.items() if path == where or path.endswith(f"/{where}")),
        None,
    )
    if page is None:
        return f"no such page: {path}"
    if anchor and not any(_anchor(section.title) == anchor.casefold() for section in page.sections):
        return f"no such section: {anchor}"
    return "" if anchor else "names no section"


@rule("MO062")
def review_has_template(facts: Facts) -> Verdict:
    """A page to fill in, with the question whether an authority must be told."""
    page = facts.documents.find(
        "incident-template",
        "incident",
        "postmortem",
        "post-mortem",
        "postmortem-template",
        "incident-report",
        "incidents",
        "incident-review",
        "post-incident-review",
    )
    if page is None or len(page.sections) < 3:
        return failed("There is no template for the review of an incident.")
    sign = r"authorit|regulator|autoridade|anpd|notif|art\. ?73|supervis"
    section = next((s for s in page.sections if s.depth > 1 and re.search(sign, texts.folded(s.title))), None)
    if section is None:
        return failed("The template has no section on reporting to authorities.", Evidence(page.path, 1))
    return passed("A template covers serious incidents.", Evidence(page.path, section.line))
