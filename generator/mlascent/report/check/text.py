"""What `mlascent check` found, at a terminal: where it stands, what does not hold, and what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from mlascent.assess.model import Assessment, Finding, State
from mlascent.catalogue import catalogue
from mlascent.report.check.page_words import say as word
from mlascent.report.check.shared import clean, headline, owners, place, statement
from mlascent.report.check.text_words import say

WIDTH = 96
#: A terminal shows the first of each kind; the other forms have all.
_MOST_FAILED, _MOST_YOURS, _MOST_OTHERS, _MOST_EVIDENCE = 10, 8, 5, 2


def render(assessment: Assessment, language: str = "en") -> str:
    """The assessment on one screen."""
    return "\n".join(_lines(assessment, language)) + "\n"


def _lines(a: Assessment, language: str) -> Iterator[str]:
    yield say(language, "head", name=clean(a.name), outcome=headline(a, language))
    made = say(language, "made", version=clean(a.generated)) if a.generated else say(language, "foreign")
    profile = {key: clean(value) for key, value in a.profile.items()}
    yield say(language, "profile", **profile, made=made, day=a.as_of)
    if a.policy:
        key = "policy" if a.policy.enforces else "policy_later"
        names = " → ".join(map(clean, a.policy.names))
        version, day = clean(a.policy.version), a.policy.enforces_from
        yield say(language, key, names=names, version=version, day=day)
    if a.owed_by or a.only:
        names = "; " + ", ".join(a.only) if a.only else ""
        yield say(language, "only", owners=owners(a, language), areas=names)
    yield from ("", *_table(a, language))
    yield from _findings(word(language, "decides"), a.failed, _MOST_FAILED, language)
    yield from _sentences(word(language, "violations"), a.violations, language)
    yield from _sentences(word(language, "policy_later"), a.warnings, language)
    yield from _sentences(say(language, "bad_waivers"), _waivers(a), language)
    yield from _short(word(language, "yours"), a.yours, _MOST_YOURS, language)
    coming = [f for f in a.findings if f.state is State.WARN and f.demanded]
    yield from _short(word(language, "warns"), coming, _MOST_OTHERS, language)
    problems = [f"{place(p)} {clean(p.said)}".strip() for p in a.problems]
    yield from _sentences(word(language, "problems"), problems, language)
    yield from _asides(a, language)
    yield from _next(a, language)


def _table(a: Assessment, language: str) -> Iterator[str]:
    """Claimed, wired and verified, area by area; the rest is in the other forms."""
    names = {area.id: area.name.in_(language) for area in catalogue().areas}
    wide = max(map(len, names.values())) + 2
    heads = [word(language, key) for key in ("claimed", "wired", "verified")]
    heads.insert(1, say(language, "held_to").capitalize())
    yield " " * wide + "  ".join(heads)
    project = word(language, "project")
    rows = [(names[i], one, a.demanded.get(i, a.checked)) for i, one in a.areas.items()]
    for name, one, demanded in [*rows, (project, a.project, a.checked)]:
        claimed = "-" if one.claimed is None else one.claimed
        cells = (claimed, demanded, one.wired, one.verified)
        row = "  ".join(f"{cell:>{len(head)}}" for cell, head in zip(cells, heads, strict=True))
        yield f"{name:<{wide}}{row}"


def _findings(title: str, found: Sequence[Finding], most: int, language: str) -> Iterator[str]:
    """What does not hold, with what was read."""
    if not found:
        return
    yield from ("", f"{title} ({len(found)})")
    for finding in found[:most]:
        yield from _wrapped(f"{finding.rule.id:<8}{statement(finding, language)}", "  ", 10)
        for said in filter(None, (clean(finding.verdict.said), clean(finding.note))):
            yield from _wrapped(said, " " * 10, 10)
        for evidence in finding.verdict.evidence[:_MOST_EVIDENCE]:
            said = f"{place(evidence)} {clean(evidence.said)}"
            yield " " * 10 + textwrap.shorten(said, WIDTH - 10, placeholder=" …")
    yield from _more(len(found) - most, language)


def _short(title: str, found: Sequence[Finding], most: int, language: str) -> Iterator[str]:
    """A list of rules, one line each."""
    if not found:
        return
    yield from ("", f"{title} ({len(found)})")
    for finding in found[:most]:
        owner = word(language, f"owner_{finding.rule.owed_by}")
        note = f" — {clean(finding.note)}" if finding.note else ""
        yield from _wrapped(f"{finding.rule.id:<8}{statement(finding, language)} ({owner}){note}", "  ", 10)
    yield from _more(len(found) - most, language)


def _sentences(title: str, said: Sequence[str], language: str) -> Iterator[str]:
    if not said:
        return
    yield from ("", f"{title} ({len(said)})")
    for one in said[:_MOST_FAILED]:
        yield from _wrapped(clean(one), "  ", 4)
    yield from _more(len(said) - _MOST_FAILED, language)


def _more(count: int, language: str) -> Iterator[str]:
    if count > 0:
        yield f"  {say(language, 'and_more', count=count)}"


def _waivers(a: Assessment) -> list[str]:
    return [
        f"{w.rule or '?'} (.mlascent/waivers.yml:{w.line}): {w.said}" for w in a.waivers if w.state != "used"
    ]


def _asides(a: Assessment, language: str) -> Iterator[str]:
    told_all = [
        say(language, key, count=count)
        for key, state in (("waived", State.WAIVED), ("frozen", State.KNOWN))
        if (count := sum(f.state is state for f in a.findings))
    ]
    if a.healed:
        told_all.append(say(language, "healed", rules=", ".join(a.healed)))
    if told_all:
        yield from ("", *told_all)


def _next(a: Assessment, language: str) -> Iterator[str]:
    yield from ("", say(language, "next"))
    if not a.next:
        yield f"  {say(language, 'all_held')}"
    for number, step in enumerate(a.next, start=1):
        rules = ", ".join(step.rules[:4]) + (" …" if len(step.rules) > 4 else "")
        about = f" ({rules})" if rules else ""
        yield from _wrapped(f"{number}. {clean(step.what)}{about}", "  ", 5)
        yield f"     {clean(step.command)}"


def _wrapped(text: str, indent: str, hanging: int) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=" " * hanging, break_on_hyphens=False
    )
