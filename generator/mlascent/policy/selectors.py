"""What a declared rule may ask of a repository: each selector a small question to its facts."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlascent.facts import Facts
from mlascent.facts import parsing as parse
from mlascent.facts.files import lines as some
from mlascent.facts.parsing import Doc
from mlascent.policy import patterns
from mlascent.rules.model import Evidence, Outcome, Verdict, failed, passed, unknown

#: Files that one selector opens.
_MOST_FILES = 2_000


def decide(selector: Mapping[str, Any], facts: Facts) -> Verdict:
    """What a selector says of a repository."""
    ((kind, about),) = selector.items()
    return _SELECTORS[kind](about, facts)


def told(selector: Mapping[str, Any]) -> str:
    """A selector for a person, on one line."""
    ((kind, about),) = selector.items()
    if kind in ("all", "any"):
        return f"{kind} of: {'; '.join(told(inner) for inner in about)}"
    if kind == "not":
        return f"not: {told(about)}"
    if isinstance(about, dict):
        return f"{kind}: {', '.join(f'{key} {value}' for key, value in about.items())}"
    return f"{kind}: {about}"


def _all(inner: Sequence[Mapping[str, Any]], facts: Facts) -> Verdict:
    verdicts = [decide(one, facts) for one in inner]
    for wanted in (Outcome.FAIL, Outcome.UNKNOWN):
        for verdict in verdicts:
            if verdict.outcome is wanted:
                return verdict
    return passed("; ".join(v.said for v in verdicts), *(e for v in verdicts for e in v.evidence))


def _any(inner: Sequence[Mapping[str, Any]], facts: Facts) -> Verdict:
    verdicts = [decide(one, facts) for one in inner]
    for wanted in (Outcome.PASS, Outcome.UNKNOWN):
        for verdict in verdicts:
            if verdict.outcome is wanted:
                return verdict
    return failed("; ".join(v.said for v in verdicts), *(e for v in verdicts for e in v.evidence))


def _not(inner: Mapping[str, Any], facts: Facts) -> Verdict:
    verdict = decide(inner, facts)
    if verdict.outcome is Outcome.PASS:
        return failed(f"holds, and must not: {verdict.said}", *verdict.evidence)
    if verdict.outcome is Outcome.FAIL:
        return passed(f"does not hold, as it should be: {verdict.said}")
    return verdict


def _exists(pattern: str, facts: Facts) -> Verdict:
    found = facts.files.match(pattern)
    if found:
        return passed(f"there is {some(found)}", Evidence(found[0]))
    return failed(f"there is no {pattern}")


def _absent(pattern: str, facts: Facts) -> Verdict:
    found = facts.files.match(pattern)
    if found:
        return failed(f"there is {some(found)}", *(Evidence(path) for path in found[:20]))
    return passed(f"there is no {pattern}")


def _text(about: Mapping[str, str], facts: Facts) -> Verdict:
    wanted = about["says"].casefold()

    def lines(text: str) -> list[tuple[int, str]]:
        return [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if wanted in line.casefold()]

    return _searched(about["in"], about["says"], lines, facts)


def _regex(about: Mapping[str, str], facts: Facts) -> Verdict:
    return _searched(
        about["in"], about["matches"], lambda text: list(patterns.lines(about["matches"], text)), facts
    )


def _searched(where: str, what: str, lines: Callable[[str], list[tuple[int, str]]], facts: Facts) -> Verdict:
    paths = facts.files.match(where)
    if not paths:
        return failed(f"there is no {where}")
    try:
        for path in paths[:_MOST_FILES]:
            for number, line in lines(facts.files.text(path)):
                return passed(f"{path} says {what}", Evidence(path, number, line[:200]))
    except patterns.TooMuchError as error:
        return unknown(f"{where}: {error}")
    if len(paths) > _MOST_FILES:
        return unknown(f"{where} is more than {_MOST_FILES} files")
    return failed(f"{some(paths)} does not say {what}", Evidence(paths[0]))


def _key(about: Mapping[str, Any], facts: Facts) -> Verdict:
    paths = facts.files.match(about["in"])
    if not paths:
        return failed(f"there is no {about['in']}")
    evidence: list[Evidence] = []
    for path in paths[:_MOST_FILES]:
        doc, parts = _document(path, facts), _parts(about["at"])
        value = doc.get(*parts)
        line = doc.line(*parts)
        if value is None:
            return failed(f"{path} has no {about['at']}", Evidence(path, line, f"no {about['at']}"))
        if "equals" in about and value != about["equals"]:
            said = f"{about['at']} is {value!r}, not {about['equals']!r}"
            return failed(f"{path}: {said}"[:300], Evidence(path, line, said[:200]))
        if "matches" in about:
            try:
                fits = bool(list(patterns.lines(about["matches"], str(value))))
            except patterns.TooMuchError as error:
                return unknown(f"{path}: {error}")
            if not fits:
                said = f"{about['at']} is {value!r}, which is not like {about['matches']}"
                return failed(f"{path}: {said}"[:300], Evidence(path, line, said[:200]))
        evidence.append(Evidence(path, line, f"{about['at']}: {value}"[:200]))
    return passed(f"{some(paths)} has {about['at']} as it should be", *evidence[:20])


def _document(path: str, facts: Facts) -> Doc:
    if path.endswith(".toml"):
        return parse.toml_file(facts.files, path)
    if path.endswith((".json", ".ipynb")):
        return parse.json_file(facts.files, path)
    return parse.yaml_file(facts.files, path)


def _parts(at: str) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in at.split(".")]


def _section(about: Mapping[str, Any], facts: Facts) -> Verdict:
    paths = facts.files.match(about["in"])
    least = about.get("words", 1)
    for path in paths:
        document = facts.documents.all.get(path)
        section = document.section(about["titled"]) if document else None
        if section is None:
            continue
        where = Evidence(path, section.line, section.title)
        if section.written >= least:
            return passed(f"{path} has a section {section.title}, and it is written", where)
        said = f"{path}: section {section.title} has {section.written} words of its own, not {least}"
        return failed(said, where)
    if not paths:
        return failed(f"there is no {about['in']}")
    return failed(f"{some(paths)} has no section {about['titled']}", Evidence(paths[0]))


def _depends(name: str, facts: Facts) -> Verdict:
    found = facts.dependencies.of(_normalised(name))
    if found:
        return passed(f"it depends on {name}", Evidence(found[0].path, found[0].line, found[0].name))
    return failed(f"it does not depend on {name}")


def _depends_not(name: str, facts: Facts) -> Verdict:
    found = facts.dependencies.of(_normalised(name))
    if found:
        return failed(f"it depends on {name}", *(Evidence(d.path, d.line, d.name) for d in found[:20]))
    return passed(f"it does not depend on {name}")


def _normalised(name: str) -> str:
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def _ci_runs(about: Mapping[str, Any], facts: Facts) -> Verdict:
    wanted = about["command"]
    when = tuple(about.get("on", ()))
    runs = facts.ci.runs(
        lambda launch: any(
            fnmatch.fnmatchcase(" ".join(launch.argv), shape) for shape in (wanted, f"{wanted} *")
        ),
        *when,
    )
    on = f" on {' or '.join(when)}" if when else ""
    if not runs:
        return failed(f"no job of CI runs {wanted}{on} in a way that counts")
    run = runs[0]
    said = f"job {run.job.name} runs {' '.join(run.launch.argv)}"
    return passed(f"CI runs {wanted}{on}", Evidence(run.workflow.path, run.step.line, said[:200]))


_SELECTORS: Mapping[str, Callable[[Any, Facts], Verdict]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "exists": _exists,
    "absent": _absent,
    "text": _text,
    "regex": _regex,
    "key": _key,
    "section": _section,
    "depends": _depends,
    "depends_not": _depends_not,
    "ci_runs": _ci_runs,
}
