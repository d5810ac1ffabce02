"""The organisation's policy, reviews that were held, and waivers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.documents import Document, Section
from mlascent.rules import texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

POLICY = (".mlascent/policy.yml", ".mlascent/policy.yaml")
WAIVERS = (".mlascent/waivers.yml", ".mlascent/waivers.yaml")
#: How old the last review may be, where no policy says less.
WINDOW = timedelta(days=366)

_OWNER = ("owner", "dono", "responsave")
_REASON = ("reason", "motivo", "justificativa")
_APPROVER = ("approver", "approved", "aprovador", "aprovad")
_EXPIRY = ("expir", "valid", "until", "vence", "ate")
_WHO = ("who", "quem", "reviewer", "revisor", "author", "by", "responsave")
_RESULT = ("result", "outcome", "conclusion", "conclusao", "finding", "resultado")


def governance(facts: Facts) -> Document | None:
    """The page on how the project is governed."""
    return facts.documents.find("governance", "governanca")


@rule("GO060")
def policy_is_pinned(facts: Facts) -> Verdict:
    """A file that draws in the organisation's policy, at a version or digest.

    Naming the policy in prose, or extending whatever stands at a URL today, pins nothing.
    """
    for path in POLICY:
        data = facts.settings.get(path)
        if data is None:
            continue
        above = data.get("extends") if isinstance(data, dict) else None
        listed = above if isinstance(above, list) else [above]
        loose = [item for item in listed if not _pinned(item)]
        if above and not loose:
            return passed("The policy that the project follows is pinned.", Evidence(path, 1, "extends"))
        return failed("The policy that is extended is not pinned by version or digest.", Evidence(path, 1))
    block = facts.answers.block("policy")
    if isinstance(block, dict) and _pinned(block):
        return passed(
            "The policy that the project follows is pinned.", Evidence("mlascent.yaml", 0, "policy")
        )
    return failed("No file pins a policy: .mlascent/policy.yml with `extends`, source and digest.")


def _pinned(value: Any) -> bool:
    if isinstance(value, str):
        return "sha256:" in value
    if not isinstance(value, dict):
        return False
    named = any(texts.said(value.get(key)) for key in ("source", "name", "url"))
    return named and any(texts.said(value.get(key)) for key in ("digest", "version", "sha256"))


@rule("GO061")
def review_is_recent(facts: Facts) -> Verdict:
    """A row with date, reviewer and result, no older than the window.

    A review planned for next year has not been held; a date without a name or a result records nothing.
    """
    page = governance(facts)
    if page is None:
        return failed("No page records reviews.")
    held: list[tuple[date, int]] = []
    hollow: list[tuple[date, int]] = []
    for section in _sections(page, "review", "revis", "audit", "auditor"):
        for row in texts.rows(section):
            for when in texts.dates(" ".join(row.cells.values())):
                whole = row.full(_WHO, _RESULT) and when <= facts.as_of
                (held if whole else hollow).append((when, row.line))
    if not held:
        marks = (
            Evidence(page.path, line, f"{when}: no reviewer, no result, or not yet held")
            for when, line in hollow[:3]
        )
        return failed(
            "No review with date, reviewer and result is recorded.",
            *(marks if hollow else (Evidence(page.path, 1),)),
        )
    when, line = max(held)
    if facts.as_of - when > WINDOW:
        return failed(f"The last review was on {when}.", Evidence(page.path, line))
    return passed(f"The last review was on {when}.", Evidence(page.path, line))


def _sections(page: Document, *titles: str) -> list[Section]:
    return [s for s in page.sections if any(title in texts.folded(s.title) for title in titles)]


@rule("GO062")
def waivers_are_whole(facts: Facts) -> Verdict:
    """Every waiver with its four parts; an empty list is a good one.

    A waiver without an end is a rule that was abolished in silence.
    """
    wrong, known = [], []
    for path in WAIVERS:
        if path in facts.files:
            known.append(Evidence(path, 1))
            wrong += _of_file(facts, path)
    page = governance(facts)
    for section in _sections(page, "waiver", "exception", "dispensa", "excec") if page else ():
        if page:
            known.append(Evidence(page.path, section.line))
            wrong += [
                Evidence(page.path, row.line, "incomplete")
                for row in texts.rows(section)
                if any(row.cells.values())
                and not (row.full(_OWNER, _REASON, _APPROVER, _EXPIRY) and texts.dates(row.get(*_EXPIRY)))
            ]
    if wrong:
        return failed("A waiver has no owner, reason, approver or date of expiry.", *wrong)
    if not known:
        return failed(
            "There is no place where waivers are written: .mlascent/waivers.yml, or a page on governance."
        )
    return passed("Every waiver is complete.", *known)


def _of_file(facts: Facts, path: str) -> list[Evidence]:
    data = facts.settings.get(path)
    listed = data.get("waivers", []) if isinstance(data, dict) else data
    if not isinstance(listed, list):
        return [Evidence(path, 1, "is no list of waivers")] if listed is not None or data is None else []
    wrong = []
    for number, waiver in enumerate(listed, 1):
        told = waiver if isinstance(waiver, dict) else {}
        missing = [key for key in ("owner", "reason", "approver") if not texts.said(told.get(key))]
        missing += [] if texts.day(told.get("expires", told.get("expiry"))) else ["expires"]
        if missing:
            wrong.append(Evidence(path, 0, f"waiver {number}: no {', '.join(missing)}"))
    return wrong
