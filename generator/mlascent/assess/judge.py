"""A whole assessment: facts, rules, terms, levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlascent.assess import demands, floors, levels, readings, run, steps
from mlascent.assess import profile as profiles
from mlascent.assess.demands import Demands
from mlascent.assess.findings import Judge, Terms, healed
from mlascent.assess.model import Assessment, PolicySeen
from mlascent.assess.remembered import Verdicts
from mlascent.assess.run import Looked
from mlascent.assess.words import say
from mlascent.catalogue import Catalogue
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.policy.model import Policy
from mlascent.rules.model import Check, not_applicable


def assess(
    facts: Facts,
    checks: Callable[[], Mapping[str, Check]],
    terms: Terms,
    book: Catalogue,
    directory: str,
    level: int | None = None,
    only: Sequence[str] = (),
    owed_by: Sequence[str] = (),
    cache: Cache | None = None,
) -> Assessment:
    """Assess a repository.

    Args:
        facts: What is in it.
        checks: Gives rule id → what decides it; asked when a rule must be run.
        terms: Policy, waivers, attestations, baseline, day, language.
        book: The catalogue.
        directory: The repository as somebody named it.
        level: The level to hold it to; the claimed one without it.
        only: Areas that decide; all when empty.
        owed_by: Owners whose rules decide; all when empty.
        cache: Where verdicts are kept between runs; nowhere without it.
    """
    verdicts = Verdicts(facts, checks, cache)
    profile = profiles.read(facts, book, verdicts.inferred)
    areas = [area.id for area in book.areas]
    held = {area: level if level is not None else profile.claims(area) or 0 for area in areas}
    now = Demands(terms.enforced, profile, held, book, only)
    later = Demands(terms.policy, profile, held, book, only)
    judge = Judge(terms, profile, now, later, book)
    subjects = demands.subjects(book, terms.policy)
    found = []
    for subject in subjects:
        if why := demands.excused(subject, profile, terms.policy):
            key, _, what = why.partition(":")
            looked = Looked(not_applicable(say("en", key, what=what)))
        elif subject.own:
            looked = run.look(subject.own.check, facts)
        else:
            looked = verdicts.of(subject.rule.id)
        found.append(judge.finding(subject, looked))
    verdicts.keep(None if profile.chosen else (profile.platform, profile.ci, profile.workload))
    findings = tuple(found)
    by_area = levels.standings(findings, areas, profile)
    by_id = {subject.rule.id: subject for subject in subjects}

    def against(policy: Policy, asked: Demands) -> list[str]:
        return list(floors.violations(policy, profile, findings, asked, by_id, book, terms.day, owed_by))

    violations = against(terms.enforced, now)
    warnings = [said for said in against(terms.policy, later) if said not in violations]
    project = levels.lowest(by_area, profile.level)
    assessment = Assessment(
        directory=directory,
        name=str(facts.answers.given.get("project_name") or facts.files.root.name),
        as_of=terms.day,
        checked=min(now.held.values()),
        profile={"platform": profile.platform, "ci": profile.ci, "workload": profile.workload},
        generated=profile.version if profile.chosen else "",
        findings=findings,
        areas=by_area,
        project=project,
        readings=readings.readings(findings, book, levels.holds),
        problems=tuple(sorted(facts.files.problems)),
        policy=_seen(terms),
        owed_by=tuple(owed_by),
        shown_lang=terms.language,
        violations=tuple(violations),
        warnings=tuple(warnings),
        readings_wired=readings.readings(
            findings, book, lambda f: f.rule.owed_by != "template" or levels.holds(f)
        ),
        demanded=now.held,
        waivers=judge.waivers(findings),
        healed=healed(terms.frozen, findings),
        only=tuple(only),
    )
    following = steps.steps(
        findings, assessment.failed, assessment.violations, profile, project.wired, terms.language
    )
    return replace(assessment, next=following)


def _seen(terms: Terms) -> PolicySeen | None:
    """The policy as a report names it."""
    layers = terms.policy.layers
    if not layers:
        return None
    coming = [layer.enforce_from for layer in layers if not layer.enforces(terms.day)]
    days = [day for day in coming if day is not None]
    return PolicySeen(
        tuple(layer.name for layer in layers),
        layers[-1].version,
        layers[-1].digest,
        max(days, default=None),
        not days,
    )
