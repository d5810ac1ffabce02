"""The parts of the page around the findings: what to do, by whom, and what was used."""

from __future__ import annotations

from collections.abc import Iterable

import mlascent
from mlascent.assess.model import Assessment, Finding, State
from mlascent.catalogue import catalogue
from mlascent.report.check.markup import Markup, join, prose, tag
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import Weight, of, place, statement, told

#: Rules that are named in a cell; the way up names all.
MOST = 4


def links(ids: Iterable[str], assessment: Assessment, language: str) -> Markup:
    """The first few rules, each leading to its finding, and how many more there are."""
    known = {f.rule.id for f in assessment.findings}
    made = [tag("a", i, href=f"#{i}") if i in known else tag("span", i) for i in ids]
    rest = say(language, "more", count=len(made) - MOST) if len(made) > MOST else ""
    return join(Markup(", ".join(made[:MOST])), f" {rest}" if rest else "")


def steps(assessment: Assessment, language: str) -> Markup:
    """The next things to do, and what is against the policy."""
    parts: list[Markup] = []
    for key, sentences in (("violations", assessment.violations), ("policy_later", assessment.warnings)):
        if sentences:
            parts.append(tag("h2", say(language, key)))
            parts.append(tag("ul", *(tag("li", prose(said)) for said in sentences), class_="plain"))
    if assessment.next:
        items = []
        for step in assessment.next:
            rules = join(" (", links(step.rules, assessment, language), ")") if step.rules else Markup()
            command = tag("pre", tag("code", step.command), tabindex="0") if step.command else Markup()
            items.append(tag("li", tag("p", prose(step.what), rules), command))
        parts += [tag("h2", say(language, "next_steps")), tag("ol", *items, class_="steps")]
    return tag("section", *parts) if parts else Markup()


def decides(assessment: Assessment, language: str) -> Markup:
    """What makes the check fail, with what was found."""
    mine = of(assessment, Weight.DECIDES)
    if not mine:
        return Markup()
    return tag("section", tag("h2", say(language, "decides")), _rules(mine, language, found=True))


def yours(assessment: Assessment, language: str) -> Markup:
    """What only people can do."""
    mine = of(assessment, Weight.YOURS)
    body = _rules(mine, language) if mine else tag("p", say(language, "yours_none"))
    return tag("section", tag("h2", say(language, "yours")), body)


def _rules(listed: list[Finding], language: str, found: bool = False) -> Markup:
    foreign = "en" if language != "en" else None
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag("a", f.rule.id, href=f"#{f.rule.id}"),
                " ",
                prose(statement(f, language)),
                " ",
                tag("span", prose(told(f)), class_="found", lang=foreign) if found else Markup(),
                tag("span", prose(f.rule.fix), class_="quiet", lang=foreign),
            )
            for f in listed
        ),
        class_="rules",
    )


def way_up(assessment: Assessment, language: str) -> Markup:
    """What is missing, level by level."""
    missing = [
        f for f in assessment.findings if f.state in (State.FAIL, State.UNKNOWN) and f.severity == "required"
    ]
    folds: list[Markup] = []
    for level in catalogue().levels:
        here = [f for f in missing if f.level == level.number]
        if here:
            title = f"{say(language, 'missing_at', level=level.number)}: {level.name.in_(language)}"
            summary = tag("summary", title, " ", tag("span", str(len(here)), class_="count"))
            folds.append(tag("details", summary, _rules(here, language), open=not folds))
    body = folds or [tag("p", say(language, "missing_none"))]
    return tag("section", tag("h2", say(language, "way_up")), *body, class_="way")


def models(assessment: Assessment, language: str) -> Markup:
    """What other maturity models call it."""
    if not assessment.readings:
        return Markup()
    head = tag("tr", *(tag("th", say(language, key), scope="col") for key in ("model", "reading")))
    rows = (
        tag("tr", tag("th", _MODELS.get(model, model), scope="row"), tag("td", reading))
        for model, reading in assessment.readings.items()
    )
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("section", tag("h2", say(language, "models")), table)


_MODELS = {"microsoft": "Microsoft", "google": "Google", "aws": "AWS", "generic": "001", "ccr": "CCR"}


def waivers(assessment: Assessment, language: str) -> Markup:
    """Every waiver, the expired and the malformed too, and what the baseline holds without need."""
    parts = []
    if assessment.waivers:
        heads = ("rule", "state", "until", "approver", "reason")
        rows = (
            tag(
                "tr",
                tag("th", w.rule or w.id, scope="row"),
                tag("td", say(language, f"waiver_{w.state}")),
                tag("td", w.expires),
                tag("td", w.approver),
                tag("td", w.reason, " ", tag("span", w.said, class_="quiet")),
            )
            for w in assessment.waivers
        )
        head = tag("tr", *(tag("th", say(language, key), scope="col") for key in heads))
        parts.append(scroll(tag("table", tag("thead", head), tag("tbody", *rows)), say(language, "waivers")))
    if assessment.healed:
        parts.append(tag("p", say(language, "healed", rules=", ".join(assessment.healed))))
    return tag("section", tag("h2", say(language, "waivers")), *parts) if parts else Markup()


def scroll(content: Markup, name: str) -> Markup:
    """What may be wider than a narrow page; the keyboard can move it."""
    return tag("div", content, class_="scroll", tabindex=0, role="region", aria_label=name)


def asides(assessment: Assessment, language: str) -> Markup:
    """What could not be read."""
    if not assessment.problems:
        return Markup()
    rows = (tag("li", tag("code", place(p)), " ", p.said) for p in assessment.problems)
    return tag("section", tag("h2", say(language, "problems")), tag("ul", *rows, class_="plain"))


def footer(assessment: Assessment, language: str) -> Markup:
    """Who says so, and by which policy."""
    lines = [say(language, "made_by", version=mlascent.__version__)]
    if assessment.policy:
        seen = assessment.policy
        lines.append(
            say(language, "policy", names=" < ".join(seen.names), version=seen.version, digest=seen.digest)
        )
        if not seen.enforces:
            day = seen.enforces_from
            lines.append(say(language, "policy_waits", day=day) if day else say(language, "policy_trial"))
    return tag("footer", *(tag("p", line, class_="quiet") for line in lines))
