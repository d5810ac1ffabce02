"""What a policy asks of a repository as a whole, and the repository does not give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from mlascent.assess.demands import Demands, Subject
from mlascent.assess.levels import holds, stands
from mlascent.assess.model import Finding, State
from mlascent.assess.profile import Profile, release
from mlascent.catalogue import Catalogue
from mlascent.policy.model import Policy


def violations(
    policy: Policy,
    profile: Profile,
    findings: Sequence[Finding],
    demands: Demands,
    subjects: Mapping[str, Subject],
    book: Catalogue,
    day: date,
    owed_by: Sequence[str],
) -> Iterator[str]:
    """One sentence for each thing that a policy asks and a repository does not give."""
    yield from _floor(policy, profile, findings, demands, subjects, book, owed_by)
    yield from _capabilities(policy, profile, findings, book)
    if policy.platforms and profile.platform not in policy.platforms:
        allowed = ", ".join(policy.platforms)
        yield f"platform {profile.platform} is not allowed, only {allowed}{_by(policy, 'platforms')}"
    yield from _lag(policy, profile, day)


def _floor(
    policy: Policy,
    profile: Profile,
    findings: Sequence[Finding],
    demands: Demands,
    subjects: Mapping[str, Subject],
    book: Catalogue,
    owed_by: Sequence[str],
) -> Iterator[str]:
    """Areas below the floor of the project's tier; failures that the baseline froze are let be here too."""
    floor = policy.floor(profile.tier)
    tier = profile.tier if profile.tier in policy.floors else "default"
    held = holds if policy.measure == "verified" else stands
    owners = ("template",) if policy.measure == "wired" else ("template", "run", "team", "host")
    for area in (a.id for a in book.areas if not demands.only or a.id in demands.only):
        missing = [
            f.rule.id
            for f in findings
            if f.area == area
            and f.counts
            and f.severity == "required"
            and f.rule.owed_by in owners
            and (not owed_by or f.rule.owed_by in owed_by)
            and demands.of(subjects[f.rule.id]).level <= floor.of(area)
            and not (held(f) or f.state is State.KNOWN)
        ]
        if missing:
            shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            yield (
                f"{area} must stand on level {floor.of(area)} for tier {tier} ({policy.measure}), and "
                f"does not: {shown}{_by(policy, f'floors.{tier}')}"
            )


def _capabilities(
    policy: Policy, profile: Profile, findings: Sequence[Finding], book: Catalogue
) -> Iterator[str]:
    for item in sorted(policy.required):
        if against := profile.applies(book.raw(item).get("applies", {})):
            by = _by(policy, f"capabilities.required.{item}")
            yield f"{item} is required, and {against} leaves it out{by}"
    for item in sorted(policy.forbidden):
        rules = [f for f in findings if f.rule.capability == item and f.rule.severity == "required"]
        passing = bool(rules) and all(f.state is State.PASS for f in rules)
        if item in profile.taken or passing:
            how = "the answers take it" if item in profile.taken else "the repository has it"
            gone = f": `mlascent remove {item}`" if item in profile.taken else ""
            yield f"{item} is forbidden, and {how}{gone}{_by(policy, f'capabilities.forbidden.{item}')}"


def _lag(policy: Policy, profile: Profile, day: date) -> Iterator[str]:
    """How far the template of a project lags behind the releases that a policy lists."""
    edition = profile.edition
    if edition is None or not profile.chosen:
        return
    later = {
        name: since
        for name, since in policy.releases.items()
        if since <= day and (numbers := release(name)) and numbers > edition
    }
    if not later:
        return
    if policy.behind is not None and len(later) > policy.behind:
        yield (
            f"template {profile.version} is {len(later)} releases behind, {policy.behind} are allowed: "
            f"`mlascent update`{_by(policy, 'template.behind')}"
        )
    first = min(later.values())
    if policy.days is not None and day > first + timedelta(days=policy.days):
        yield (
            f"template {profile.version} has been behind for {(day - first).days} days, {policy.days} are "
            f"allowed: `mlascent update`{_by(policy, 'template.days')}"
        )


def _by(policy: Policy, key: str) -> str:
    return f", says {policy.where[key]}" if key in policy.where else ""
