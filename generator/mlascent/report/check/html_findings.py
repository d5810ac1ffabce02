"""The findings on the page, with their evidence and the filters above them."""

from __future__ import annotations

from collections.abc import Iterator

from mlascent.assess.model import Assessment, Finding
from mlascent.catalogue import catalogue
from mlascent.report.check.markup import Markup, join, prose, tag
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import Weight, place, statement, weigh

#: What the page shows first; the filters bring the rest.
FIRST = (Weight.DECIDES, Weight.YOURS, Weight.WARNS, Weight.WAIVED, Weight.KNOWN)


def findings(assessment: Assessment, language: str) -> Markup:
    """Filters, and a section an area with an entry a rule."""
    weighed = weigh(assessment)
    areas = {area.id: area.name.in_(language) for area in catalogue().areas}
    areas |= {f.area: f.area for f in assessment.findings if f.area not in areas}
    parts = []
    for area, name in areas.items():
        mine = [f for f in assessment.findings if f.area == area]
        if mine:
            mine.sort(key=lambda f: (list(Weight).index(weighed[f.rule.id]), f.level, f.rule.id))
            entries = (tag("li", entry(f, weighed[f.rule.id], language)) for f in mine)
            parts.append(tag("section", tag("h3", name), tag("ul", *entries, class_="findings")))
    return tag(
        "section",
        tag("h2", say(language, "findings"), id="findings", tabindex="-1"),
        _filters(assessment, weighed, areas, language),
        *parts,
        tag("p", say(language, "none_shown"), id="none", hidden=True),
    )


def _filters(
    assessment: Assessment, weighed: dict[str, Weight], areas: dict[str, str], language: str
) -> Markup:
    counts = {weight: list(weighed.values()).count(weight) for weight in Weight}
    boxes = [
        tag(
            "label",
            tag(
                "input",
                type="checkbox",
                name="weight",
                value=weight,
                checked=True,
                data_first=weight in FIRST,
            ),
            tag("span", say(language, weight.value), class_=f"badge {weight}"),
            tag("span", str(count), class_="count"),
        )
        for weight, count in counts.items()
        if count
    ]
    owners = sorted({f.rule.owed_by for f in assessment.findings})
    choices = [("", say(language, "filter_everyone")), *((o, say(language, f"owner_{o}")) for o in owners)]
    return tag(
        "form",
        tag("fieldset", tag("legend", say(language, "filter")), *boxes, class_="weights"),
        tag(
            "div",
            _labelled(
                say(language, "filter_text"),
                tag("input", type="search", name="text", id="filter-text", autocomplete="off"),
                "filter-text",
            ),
            _select(
                "area", say(language, "filter_area"), [("", say(language, "filter_all")), *areas.items()]
            ),
            _select("owner", say(language, "filter_owner"), choices),
            tag("button", say(language, "reset"), type="reset"),
            class_="fields",
        ),
        tag("p", id="shown", role="status", data_told=say(language, "shown_template")),
        id="filters",
        aria_label=say(language, "filter"),
        hidden=True,
    )


def _select(name: str, label: str, choices: list[tuple[str, str]]) -> Markup:
    options = (tag("option", told, value=value) for value, told in choices)
    return _labelled(label, tag("select", *options, name=name, id=f"filter-{name}"), f"filter-{name}")


def _labelled(label: str, field: Markup, target: str) -> Markup:
    return tag("div", tag("label", label, for_=target), field, class_="field")


def entry(finding: Finding, weight: Weight, language: str) -> Markup:
    """One rule: what must be true, what was found, where, and what to do."""
    rule = finding.rule
    summary = tag(
        "summary",
        tag("span", say(language, weight.value), class_=f"badge {weight}"),
        tag("code", rule.id, class_="id"),
        tag("span", prose(statement(finding, language)), class_="statement"),
    )
    foreign = "en" if language != "en" else None
    said = tag("p", prose(finding.verdict.said), class_="said", lang=foreign)
    return tag(
        "details",
        summary,
        tag("div", said, *_more(finding, language, foreign), class_="inner"),
        id=rule.id,
        class_="finding",
        data_weight=weight,
        data_area=finding.area,
        data_owner=rule.owed_by,
    )


def _more(finding: Finding, language: str, foreign: str | None) -> Iterator[Markup]:
    rule = finding.rule
    if finding.note or finding.waiver:
        waiver = say(language, "waiver", id=finding.waiver) + ". " if finding.waiver else ""
        yield tag("p", waiver + finding.note, class_="note")
    if finding.verdict.evidence:
        read = [
            tag("li", tag("code", place(e)), *((" ", tag("span", e.said, lang=foreign)) if e.said else ()))
            for e in finding.verdict.evidence
        ]
        yield tag("p", tag("strong", say(language, "evidence")))
        yield tag("ul", *read, class_="evidence")
    told = []
    if weight_matters(finding):
        told.append(("fix", rule.fix))
    told.append(("proof", rule.proof))
    yield tag(
        "dl",
        *(
            join(tag("dt", say(language, key)), tag("dd", prose(text), lang=foreign))
            for key, text in told
            if text
        ),
    )
    due = say(
        language,
        "due",
        level=finding.level,
        severity=say(language, f"severity_{finding.severity}"),
        strength=say(language, f"strength_{rule.strength}"),
        owner=say(language, f"owner_{rule.owed_by}"),
    )
    state = say(language, f"state_{finding.state}")
    known = prose(" · " + say(language, "details", id=rule.id)) if rule.capability else Markup()
    yield tag("p", f"{state} · {due}", known, class_="due")


def weight_matters(finding: Finding) -> bool:
    """Whether there is something to mend."""
    return finding.state.value not in ("pass", "not_applicable")
