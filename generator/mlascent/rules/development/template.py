"""Standard structure from a governed template (DE020 to DE023)."""

from __future__ import annotations

import re

from mlascent import __version__
from mlascent.facts import Facts
from mlascent.facts.answers import ANSWERS
from mlascent.rules.entries import training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.words import at, fits

_NAMED = ("_src_path", "_commit", "level", "platform")
#: Minor releases that a project may be behind where no policy says otherwise.
_MOST_BEHIND = 2
_NOTEBOOKS = ("papermill", "nbformat", "nbconvert", "nbclient", "import_ipynb", "ipynb", "testbook")


@rule("DE020")
def answers(facts: Facts) -> Verdict:
    """An empty file, or another template's, lacks the level and the platform."""
    given = facts.answers.given
    missing = [key for key in _NAMED if given.get(key) in (None, "")]
    if not given:
        return failed(f"There is no {ANSWERS}: no template is known to have made the project.")
    if missing or not isinstance(given["level"], int):
        return failed(
            f"{ANSWERS} does not give {', '.join(missing) or 'level as a number'}.", Evidence(ANSWERS)
        )
    return passed(f"Made from {given['_src_path']} at {given['_commit']}.", Evidence(ANSWERS))


@rule("DE021")
def package(facts: Facts) -> Verdict:
    """A package that is a shell around notebooks, or stands beside the script that trains, does not pass."""
    build = facts.dependencies.pyproject.get("build-system")
    legacy = next((path for path in ("setup.py", "setup.cfg") if path in facts.files), "")
    if not build and not legacy:
        return failed("Nothing says how the package is built: pyproject.toml has no build system.")
    inside = [m for m in facts.python.package() if m.path.startswith("src/") and "." in m.name]
    homes = {m.path.split("/")[1] for m in inside if m.path.count("/") >= 2}
    homes = {home for home in homes if f"src/{home}/__init__.py" in facts.files}
    if not homes:
        return failed("There is no importable package under src/.")
    found = [
        f
        for f in fits(facts, training(facts) or None)
        if f.path.startswith(tuple(f"src/{home}/" for home in homes))
    ]
    if not found:
        return failed("No module under src/ trains a model.", Evidence(f"src/{min(homes)}/__init__.py"))
    for module in inside:
        for said in module.imports:
            if said.module.partition(".")[0] in _NOTEBOOKS:
                return failed(
                    f"{module.path} depends on notebooks.",
                    Evidence(module.path, said.line, f"import {said.module}"),
                )
        for line, text in module.strings:
            if text.endswith(".ipynb"):
                return failed(f"{module.path} reads a notebook.", Evidence(module.path, line, text[:80]))
    return passed(
        f"src/{found[0].path.split('/')[1]} is a package and holds the training code.", at(found[0])
    )


@rule("DE022")
def lag(facts: Facts) -> Verdict:
    """A number edited by hand shows against the answers' own digest; here it is only compared."""
    said = str(facts.answers.given.get("_commit") or "")
    if not said:
        return failed("No template version is recorded.")
    mine, theirs = _release(__version__), _release(said)
    evidence = Evidence(ANSWERS, 0, f"_commit: {said}")
    if theirs is None or mine is None:
        return unknown(f"{said} is no release: how old it is cannot be told from here.", evidence)
    behind = mine[1] - theirs[1] if mine[0] == theirs[0] else 99 * (mine[0] - theirs[0])
    if behind > _MOST_BEHIND:
        return failed(f"The template is at {said}, and mlascent at {__version__}.", evidence)
    return passed(f"The template version {said} is no more than {_MOST_BEHIND} minor releases old.", evidence)


def _release(version: str) -> tuple[int, int] | None:
    match = re.match(r"v?(\d+)\.(\d+)\.\d+", version)
    return (int(match[1]), int(match[2])) if match else None


@rule("DE023")
def unchanged(facts: Facts) -> Verdict:
    """Only a fresh render of the recorded version shows it, which a rule never makes."""
    if not facts.answers.generated:
        return failed("No template is known to have made the project.")
    return unknown("`mlascent diff` compares the files with a fresh render; files alone do not show it.")
