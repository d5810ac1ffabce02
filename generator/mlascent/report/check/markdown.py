"""What `mlascent check` found as Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import mlascent
from mlascent.assess.model import Assessment, Finding
from mlascent.catalogue import catalogue
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import Weight, clean, cut, headline, of, owners, place, statement, told

#: Lists end after so many: a comment holds 65,536 characters.
MOST = 40
_LONGEST = 400
_SPECIAL = re.compile(r"[\\`*_{}\[\]()|~!$^=+\-]|://|www\.|^\d+[.)]", re.IGNORECASE)


def render(assessment: Assessment, language: str = "en") -> str:
    """A heading, a table of the areas, what is to mend, and the rest in folds."""
    return "\n".join(_lines(assessment, language)) + "\n"


def _lines(assessment: Assessment, language: str) -> Iterator[str]:
    mark = "✅" if assessment.ok else "❌"
    yield f"### {mark} {text(assessment.name)}: {text(headline(assessment, language))}"
    yield ""
    columns = ("area", "claimed", "wired", "verified", "effective")
    yield "| " + " | ".join(say(language, key) for key in columns) + " |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    names = {area.id: area.name.in_(language) for area in catalogue().areas}
    rows = [(text(names.get(area, area)), standing) for area, standing in assessment.areas.items()]
    for name, standing in [*rows, (f"**{say(language, 'project')}**", assessment.project)]:
        claimed = "–" if standing.claimed is None else standing.claimed
        yield f"| {name} | {claimed} | {standing.wired} | {standing.verified} | {standing.effective} |"
    yield from _section(assessment, Weight.DECIDES, language, len(assessment.failed) <= 10)
    for key, sentences in (("violations", assessment.violations), ("policy_later", assessment.warnings)):
        if sentences:
            yield from ("", f"**{say(language, key)}**", "")
            yield from (f"- {prose(said)}" for said in sentences[:MOST])
    if assessment.next:
        yield from ("", f"**{say(language, 'next_steps')}**", "")
        for number, step in enumerate(assessment.next, 1):
            command = f": {code(step.command)}" if step.command else ""
            yield f"{number}. {prose(step.what)}{command}"
    for weight in (Weight.YOURS, Weight.WARNS, Weight.WAIVED, Weight.KNOWN):
        yield from _section(assessment, weight, language, opened=False)
    if assessment.problems:
        yield from _fold(say(language, "problems"), len(assessment.problems), opened=False)
        yield from (f"- {code(place(p))} {text(p.said)}" for p in assessment.problems[:MOST])
        yield from ("", "</details>")
    yield from ("", f"<sub>{' · '.join(_foot(assessment, language))}</sub>")


def _section(assessment: Assessment, weight: Weight, language: str, opened: bool) -> Iterator[str]:
    shown, more = cut(of(assessment, weight), MOST)
    if not shown:
        return
    yield from _fold(say(language, weight.value), len(shown) + more, opened)
    yield f"| {say(language, 'rule')} | {say(language, 'found')} |"
    yield "| --- | --- |"
    yield from (_row(finding, language) for finding in shown)
    if more:
        yield from ("", text(say(language, "more", count=more)))
    yield from ("", "</details>")


def _row(finding: Finding, language: str) -> str:
    read = ", ".join(code(place(e)) for e in finding.verdict.evidence[:3] if e.path)
    parts = [prose(statement(finding, language)), prose(_short(told(finding)))]
    parts += [read] if read else []
    parts.append(f"{say(language, 'fix')}: {prose(_short(clean(finding.rule.fix)))}")
    return f"| **{text(finding.rule.id)}** | {'<br>'.join(part for part in parts if part)} |"


def _fold(title: str, count: int, opened: bool) -> tuple[str, ...]:
    return ("", f"<details{' open' if opened else ''}><summary>{text(title)} ({count})</summary>", "")


def _foot(assessment: Assessment, language: str) -> Iterator[str]:
    yield say(language, "made_by", version=mlascent.__version__)
    yield say(language, "day", day=assessment.as_of)
    yield text(say(language, "decides_who", owners=owners(assessment, language)))
    if assessment.policy:
        seen = assessment.policy
        names = " < ".join(seen.names)
        yield text(say(language, "policy", names=names, version=seen.version, digest=seen.digest[:12]))


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def text(words: str) -> str:
    """Words that show as they are: nothing becomes HTML, a link, emphasis, a cell, or calls somebody."""
    escaped = html.escape(clean(words), quote=False)
    escaped = _SPECIAL.sub(lambda found: "".join(f"&#{ord(c)};" for c in found[0]), escaped)
    # GitHub looks for people and issues after entities are read; a space without width breaks both.
    return re.sub(r"([@#])(?=[\w])(?<!&#)", "\\1&#8203;", escaped)


def prose(words: str) -> str:
    """Words of which those between backticks are code."""
    parts = clean(words).split("`")
    if len(parts) % 2 == 0:
        return text(words)
    return "".join(code(part) if number % 2 else _kept(part) for number, part in enumerate(parts))


def _kept(part: str) -> str:
    """A part with the spaces around it."""
    inner = text(part)
    return f"{' ' * part.startswith(' ')}{inner}{' ' * part.endswith(' ')}" if inner else part


def code(words: str) -> str:
    """Words as code."""
    return f"<code>{text(words)}</code>"
