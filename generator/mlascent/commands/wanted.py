"""What a project should become: its answers, with a wish applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlascent.answers import Wish, collect
from mlascent.catalogue import catalogue
from mlascent.commands.project import Project
from mlascent.errors import RefusedError, UsageError
from mlascent.questions import Question, questions
from mlascent.render import Renderer, Rendering, render
from mlascent.source import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a project should change.

    Attributes:
        wish: Answers that are given; everything else stays as it is.
        up: Climb to the next level.
        add: Capabilities to have, whatever the level says.
        remove: Capabilities to have no longer.
    """

    wish: Wish = field(default_factory=Wish)
    up: bool = False
    add: Sequence[str] = ()
    remove: Sequence[str] = ()


def wanted(
    project: Project, subdirectory: str, template: Template, change: Change
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answers of a changed project.

    Args:
        project: As it is.
        subdirectory: Where it is in its repository.
        template: The version that it goes to.
        change: What should become different.

    Returns:
        The answers, and the names of those that the template no longer asks for.

    Raises:
        UsageError: The change contradicts itself or the template.
        RefusedError: There is no level above.
    """
    asked = questions(template.files["copier.yml"][1])
    known = {name for name, question in asked.items() if not question.hidden}
    given = _given(change.wish, asked)
    answers = dict(project.answers)
    if change.up:
        if "level" in given:
            raise UsageError("--next and --level contradict each other", "Choose one.")
        given["level"] = answers["level"] + 1
        if given["level"] not in asked["level"].choices.values():
            raise RefusedError(f"level {answers['level']} is the highest that this version brings")
    exact = {text.partition("=")[0] for text in change.wish.data}
    lists = {name: set(given.pop(name, ())) for name in ("with", "without")}
    if both := lists["with"] & lists["without"]:
        raise UsageError(f"--with and --without both name {', '.join(sorted(both))}", "Choose one.")
    for name, other in (("with", "without"), ("without", "with")):
        if name not in known:
            continue
        kept = () if name in exact else answers.get(name, ())
        answers[name] = sorted({*kept, *lists[name]} - lists[other])
    areas = {**({} if "areas" in exact else answers.get("areas", {})), **given.pop("areas", {})}
    answers |= given
    spoken = exact & {"areas"} or {text.partition("=")[0] for text in change.wish.areas}
    if "areas" in known:  # what stood higher than the level before need not be said when it no longer does
        answers["areas"] = {
            area: level
            for area, level in areas.items()
            if level > answers["level"] or (level != answers["level"] and {area, "areas"} & spoken)
        }
    if "subdirectory" in known and (subdirectory or answers.get("subdirectory")):
        answers["subdirectory"] = subdirectory
    dropped = tuple(sorted(set(answers) - known))
    answers = {name: value for name, value in answers.items() if name in known}
    return _selected(answers, template, change), dropped


def _given(wish: Wish, asked: Mapping[str, Question]) -> dict[str, Any]:
    """The answers of a wish, in their questions' types."""
    given, wrong = {}, []
    for name, value in collect(wish, asked).items():
        try:
            given[name] = asked[name].cast(value)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise UsageError("\n".join(wrong))
    return given


def _selected(answers: dict[str, Any], template: Template, change: Change) -> dict[str, Any]:
    """The answers with single capabilities added and removed, in as few words as possible."""
    named = [*change.add, *change.remove]
    if not named:
        return answers
    for capability in named:  # an unknown name is told with the nearest one
        catalogue().capability(capability)
    taken, left = set(answers["with"]), set(answers["without"])
    had = capabilities_of(answers, template)
    if absent := [i for i in change.remove if i not in had and i not in taken]:
        raise UsageError(f"the project does not have {', '.join(absent)}")
    answers = {**answers, "with": sorted(taken - {*change.remove}), "without": sorted(left - {*change.add})}
    has = capabilities_of(answers, template)
    answers["with"] = sorted({*answers["with"], *(i for i in change.add if i not in has)})
    answers["without"] = sorted({*answers["without"], *(i for i in change.remove if i in has)})
    return answers


def capabilities_of(answers: Mapping[str, Any], template: Template) -> dict[str, int]:
    """Capability → how far it goes, without rendering a file."""
    return _depths(Renderer(template).answer(answers)[1])


def capabilities(rendering: Rendering) -> dict[str, int]:
    """Capability → how far it goes; empty for a template that knows of none."""
    return _depths(rendering.context)


def _depths(context: Mapping[str, Any]) -> dict[str, int]:
    has, depth = context.get("has", {}), context.get("depth", {})
    ids = {c["key"]: c["id"] for c in context.get("catalogue", {}).get("capabilities", ())}
    return {ids[key]: int(depth[key]) for key, taken in has.items() if taken and key in ids}


def deepened(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[str, ...]:
    """Capabilities that go further: they bring more files, or more is asked of them.

    Args:
        before: Capability → how far it goes.
        after: The same, later.
    """
    book = catalogue()
    found = []
    for key, depth in after.items():
        if before.get(key, depth) < depth and key in book.ids:
            levels = {path.level for path in book.paths(key)} | {r["level"] for r in book.raw(key)["rules"]}
            if levels.intersection(range(before[key] + 1, depth + 1)):
                found.append(key)
    return tuple(found)


def rendered(template: Template, url: str, answers: Mapping[str, Any]) -> Rendering:
    """A project as a template version gives it; answers that it does not ask for are left out.

    Args:
        template: The version.
        url: What the project records as its source.
        answers: What was chosen.
    """
    asked = questions(template.files["copier.yml"][1])
    kept = {name: value for name, value in answers.items() if name in asked and not asked[name].hidden}
    return render([replace(template, url=url)], kept)
