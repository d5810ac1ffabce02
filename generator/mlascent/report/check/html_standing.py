"""The head of the page: where the project and its areas stand."""

from __future__ import annotations

from mlascent.assess.model import Assessment, Standing
from mlascent.catalogue import catalogue
from mlascent.report.check import radar
from mlascent.report.check.html_parts import links, scroll
from mlascent.report.check.markup import Markup, tag
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import headline, owners

_NUMBERS = ("claimed", "wired", "verified", "effective")


def header(assessment: Assessment, language: str) -> Markup:
    """Name, outcome, and what was looked at."""
    made = say(language, "made", version=assessment.generated) if assessment.generated else ""
    facts = [
        say(language, "day", day=assessment.as_of),
        made or say(language, "foreign"),
        say(language, "profile", **_profile(assessment)),
    ]
    outcome = "holds" if assessment.ok else "decides"
    return tag(
        "header",
        tag("h1", assessment.name or "–"),
        tag("p", tag("strong", headline(assessment, language), class_=f"outcome {outcome}")),
        tag("p", say(language, "decides_who", owners=owners(assessment, language)), class_="quiet"),
        tag("p", " · ".join(facts), class_="quiet"),
    )


def _profile(assessment: Assessment) -> dict[str, str]:
    return {key: assessment.profile.get(key) or "–" for key in ("platform", "ci", "workload")}


def standing(assessment: Assessment, language: str) -> Markup:
    """The project's four numbers, the radar, and the areas as a table."""
    names = {area.id: area.name.in_(language) for area in catalogue().areas if area.id in assessment.areas}
    levels = {area: assessment.areas[area].verified for area in names}
    told = say(language, "radar_alt", areas=", ".join(f"{names[a]} {levels[a]}" for a in names))
    demanded = {area: assessment.demanded.get(area, assessment.checked) for area in names}
    picture = radar.picture(names, levels, demanded, say(language, "radar"), told)
    legend = say(language, "legend", level=assessment.checked)
    return tag(
        "section",
        tag("h2", say(language, "standing")),
        tag("ul", *(_tile(assessment.project, key, language) for key in _NUMBERS), class_="tiles"),
        tag(
            "div",
            tag("figure", picture, tag("figcaption", legend)),
            scroll(_areas(assessment, names, language), say(language, "radar")),
            class_="pair",
        ),
    )


def _tile(project: Standing, key: str, language: str) -> Markup:
    number = getattr(project, key)
    return tag(
        "li",
        tag("span", say(language, key), class_="what"),
        tag("span", "–" if number is None else str(number), class_="number"),
        tag("span", say(language, f"{key}_means"), class_="quiet"),
    )


def _areas(assessment: Assessment, names: dict[str, str], language: str) -> Markup:
    head = [tag("th", say(language, key), scope="col") for key in ("area", *_NUMBERS, "limits")]
    rows = []
    for area, name in [*names.items(), ("", say(language, "project"))]:
        one = assessment.areas[area] if area else assessment.project
        numbers = [
            tag("td", "–" if getattr(one, key) is None else str(getattr(one, key)), class_="number")
            for key in _NUMBERS
        ]
        limits = links(one.limits, assessment, language) or say(language, "limits_none")
        rows.append(
            tag(
                "tr",
                tag("th", name, scope="row"),
                *numbers,
                tag("td", limits),
                class_=None if area else "sum",
            )
        )
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows))


def ladder(assessment: Assessment, language: str) -> Markup:
    """The five levels, with what stands where."""
    rungs = []
    for level in catalogue().levels:
        marks = [key for key in _NUMBERS if getattr(assessment.project, key) == level.number]
        badges = [tag("span", say(language, key), class_=f"mark {key}") for key in marks]
        if level.number == assessment.checked:
            badges.append(tag("span", say(language, "ladder_here"), class_="mark here"))
        held = level.number <= assessment.project.verified
        rungs.append(
            tag(
                "li",
                tag("p", *_spaced(badges), class_="marks"),
                tag("h3", tag("span", str(level.number), class_="number"), " ", level.name.in_(language)),
                tag("p", level.meaning.in_(language), class_="quiet"),
                class_="held" if held else None,
            )
        )
    return tag("section", tag("h2", say(language, "ladder")), tag("ol", *rungs, class_="ladder"))


def _spaced(parts: list[Markup]) -> list[str | Markup]:
    return [piece for part in parts for piece in (part, " ")]
