"""README, changelog, architecture: documents that say something, and commands that exist."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.documents import Document
from mlascent.rules import texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_OWNER = re.compile(
    r"owner|maintain|author|contact|responsave|mantened|contato|equipe|\bteam\b|@[\w-]+/[\w-]+|[\w.]+@[\w.]+\w"
)
_SETUP = re.compile(
    r"(pip|uv|poetry|conda|mamba|pdm|pixi|pipenv|docker|brew|hatch|rye|npm|apt(-get)?)\s+(\S+\s+)?"
    r"(install|sync|add|env|create|build|run|pull|compose)|requirements"
    r"|(just|make|nox -s|tox -e|invoke|poe) \S*(setup|install|init|env|dev|bootstrap)"
    r"|docker compose|setup\.(sh|py)"
)
_COMMAND = re.compile(
    r"(^|[`\s$>])(just|make|python|python3|uv run|poetry run|dvc|mlflow|kedro|nox|tox|poe|invoke|docker|az"
    r"|aws|pytest|bash|sh|\./[\w./-]+|uvicorn|streamlit|snakemake|zenml|prefect|dagster)( |$|`)",
    re.MULTILINE,
)
_ENTRY = re.compile(r"^\s*([-*+]|\d+\.)\s+\S", re.MULTILINE)
_RUNNERS = {"just": "just", "make": "make", "poe": "poe", "invoke": "invoke", "inv": "invoke"}
_FLAG_WITH_VALUE = frozenset({"-C", "-f", "--directory", "--file", "-d", "--justfile", "-j"})


def readme(facts: Facts) -> Document | None:
    """The README at the root."""
    found = facts.documents.find("readme")
    return found if found and "/" not in found.path else None


def code_of(document: Document) -> list[tuple[int, str]]:
    """(line, text) of its code, blocks and spans."""
    found = [(line, text) for line, _, text in document.code]
    for number, line in texts.lines(document):
        found += [(number, span) for span in re.findall(r"`([^`\n]+)`", line)]
    return found


@rule("GO001")
def says_what_it_is(facts: Facts) -> Verdict:
    """Four things, each with words of its own.

    A README that a template or a host made (`# my-project`, `TODO`) says none of them; a heading without
    text below it says nothing.
    """
    page = readme(facts)
    if page is None:
        return failed("There is no README at the root.")
    told = texts.folded(texts.whole(page))
    code = "\n".join(text for _, text in code_of(page))
    missing = []
    if not _purpose(page):
        missing.append("purpose")
    if not _OWNER.search(told):
        missing.append("owner")
    if not _SETUP.search(code):
        missing.append("setup")
    if not _COMMAND.search(code):
        missing.append("commands")
    if missing:
        return failed(f"The README does not say: {', '.join(missing)}.", Evidence(page.path, 1))
    if left := [p for section in page.sections for p in section.placeholders]:
        marks = (Evidence(page.path, line, text[:80]) for line, text in sorted(set(left))[:5])
        return failed("The README still has text of a template.", *marks)
    return passed("The README says purpose, owner, setup and commands.", Evidence(page.path, 1))


def _purpose(page: Document) -> bool:
    """At least a sentence at the top, or below a heading that asks for it."""
    first = next((section for section in page.sections if section.written), None)
    if first is None:
        return False
    opening = re.split(r"^#{1,6} |^\S.*\n[=-]{3,}$|^```", first.text, maxsplit=1, flags=re.MULTILINE)[0]
    if len(re.findall(r"\w{2,}", opening)) >= 5:
        return True
    section = page.section(
        "purpose", "about", "overview", "what", "objetivo", "sobre", "description", "introduction", "goal"
    )
    return bool(section and section.written >= 5)


@rule("GO002")
def changes_and_architecture(facts: Facts) -> Verdict:
    """An entry that says what changed, and a page that says how parts fit.

    Empty files of the right names, or headings alone, tell nobody anything.
    """
    log = facts.documents.find("changelog", "changes", "history", "release-notes", "releases", "news")
    if log is None:
        return failed("There is no changelog.")
    if not any(_ENTRY.search(section.text) and section.written for section in log.sections):
        return failed("The changelog has no entry.", Evidence(log.path, 1))
    page = architecture(facts)
    if page is None:
        return failed("No page says how the parts of the system fit together.", Evidence(log.path, 1))
    return passed("Changes and architecture have a page each.", Evidence(log.path, 1), page)


def architecture(facts: Facts) -> Evidence | None:
    """A page, or a section of the README, with some words on the architecture."""
    names = ("architecture", "arquitetura", "system-design", "design", "architecture-overview")
    page = facts.documents.find(*names)
    if page and texts.words(page) >= 20:
        return Evidence(page.path, 1)
    top = readme(facts)
    section = top.section("architecture", "arquitetura", "system design") if top else None
    if top and section and section.written >= 20:
        return Evidence(top.path, section.line)
    return None


@rule("GO003")
def commands_exist(facts: Facts) -> Verdict:
    """Each word of a task runner in the README, against the words of the project.

    Documentation that a tool could build and no job builds may be broken since long.
    """
    page = readme(facts)
    if page is None:
        return failed("There is no README at the root.")
    wrong = []
    for line, text in code_of(page):
        for call in re.split(r"[\n;]|&&|\|\|", text):
            parts = call.strip().lstrip("$> ").split()
            if len(parts) > 1 and parts[0] in _RUNNERS and (word := _word(parts[1:])):
                runner = _RUNNERS[parts[0]]
                if not any(task.runner == runner for task in facts.tasks.words.get(word, ())):
                    wrong.append(Evidence(page.path, line, f"{parts[0]} {word}"))
    if wrong:
        return failed("The README names a command that does not exist.", *dict.fromkeys(wrong))
    tool = next(
        (
            path
            for path in ("mkdocs.yml", "docs/conf.py", "docs/source/conf.py", "docs/_config.yml")
            if path in facts.files
        ),
        "",
    )
    if tool and ".readthedocs.yaml" not in facts.files and ".readthedocs.yml" not in facts.files:
        built = facts.ci.runs(
            lambda launch: words.program(launch) in ("mkdocs", "sphinx-build", "jupyter-book", "mike")
        )
        if not built:
            return failed("Documentation is configured, and no job builds it.", Evidence(tool, 1))
    return passed("Every command in the README exists.", Evidence(page.path, 1))


def _word(parts: list[str]) -> str:
    """The word that a runner is given; empty where it is an option, a variable or a placeholder."""
    skip = False
    for part in parts:
        if skip:
            skip = False
        elif part in _FLAG_WITH_VALUE:
            skip = True
        elif part.startswith("#"):
            return ""
        elif not part.startswith("-") and "=" not in part:
            return part if re.fullmatch(r"[a-z_][\w:.-]*", part) and part not in ("WORD", "word") else ""
    return ""
