"""Assessments of repositories whose rules say what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlascent.assess.findings import Terms
from mlascent.assess.judge import assess
from mlascent.assess.model import Assessment
from mlascent.catalogue import Catalogue, catalogue
from mlascent.facts import Facts
from mlascent.facts.answers import Answers
from mlascent.facts.files import Files
from mlascent.policy import attestations, load, waivers
from mlascent.policy.model import Policy
from mlascent.rules.model import Check, Evidence, Outcome, Verdict

from tests.rules.support import write

DAY = date(2026, 6, 15)
RULES = {rule.id: rule for c in catalogue().capabilities for rule in c.rules}
OWN = {"_commit": "v0.1.0", "package": "churn", "project_name": "churn", "level": 2}

Says = Mapping[str, Outcome | Verdict | Exception]


def checks(says: Says, usual: Outcome = Outcome.PASS) -> dict[str, Check]:
    """A function for every rule."""
    return {rule: _check(says.get(rule, usual)) for rule in RULES}


def _check(said: Outcome | Verdict | Exception) -> Check:
    def check(_: Facts) -> Verdict:
        if isinstance(said, Exception):
            raise said
        return Verdict(said, said.value) if isinstance(said, Outcome) else said

    return check


def failing(*paths: str) -> Verdict:
    return Verdict(Outcome.FAIL, "it does not hold", tuple(Evidence(path, 3, "this") for path in paths))


def assessed(
    root: Path,
    says: Says | None = None,
    *,
    answers: Mapping[str, Any] | None = OWN,
    manifest: Mapping[str, Any] | None = None,
    tree: Mapping[str, str | bytes] | None = None,
    policy: str | None = None,
    day: date = DAY,
    frozen: Mapping[str, frozenset[str]] | None = None,
    usual: Outcome = Outcome.PASS,
    book: Catalogue | None = None,
    **options: Any,
) -> Assessment:
    """What an assessment says, where rules say what the test wants, and policies and waivers are files."""
    write(root, tree or {})
    facts = Facts(Files(root), day)
    if not tree:
        facts.files.__dict__["all"] = {}  # nothing to ask git about: hypothesis runs this many times
    facts.__dict__["answers"] = Answers(answers or {}, manifest or {})
    facts.__dict__["ci"] = SimpleNamespace(workflows=())
    whole = load.load(policy, root) or Policy()
    enforced = load.in_force(whole, day)
    terms = Terms(
        policy=whole,
        enforced=enforced,
        waivers=waivers.read(facts.files),
        attestations=attestations.read(facts.files, enforced, day),
        frozen=frozen or {},
        day=day,
        language=options.pop("language", "en"),
    )
    found = checks(says or {}, usual)
    return assess(facts, lambda: found, terms, book or catalogue(), str(root), **options)


def state(assessment: Assessment, rule: str) -> str:
    return next(f.state.value for f in assessment.findings if f.rule.id == rule)


def note(assessment: Assessment, rule: str) -> str:
    return next(f.note for f in assessment.findings if f.rule.id == rule)


def altered(change: Callable[[dict[str, Any]], None]) -> Catalogue:
    """The catalogue with its rules changed by a function."""
    book = Catalogue(catalogue()._raw)
    for capability in catalogue().capabilities:
        fields: list[Any] = []
        for rule in capability.rules:
            values: dict[str, Any] = {"since": rule.since, "id": rule.id}
            change(values)
            fields.append(replace(rule, since=values["since"]))
        book._built[capability.id] = replace(capability, rules=tuple(fields))
    return book
