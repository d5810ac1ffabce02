"""What is demanded of a repository, rule by rule: by the catalogue, by its claim, by a policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlascent.assess.profile import Profile, release
from mlascent.catalogue import Capability, Catalogue, Rule
from mlascent.policy.model import STRENGTHS, OwnRule, Policy


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule and what it stands in.

    Attributes:
        rule: The rule.
        area: Id of its area.
        capability: Nothing for a policy's own rule.
        own: The policy's own rule.
    """

    rule: Rule
    area: str
    capability: Capability | None = None
    own: OwnRule | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What one policy makes of one rule in one repository.

    Attributes:
        level: The level that demands it.
        severity: `required` or `advisory`.
        demanded: Whether it is demanded here.
    """

    level: int
    severity: str
    demanded: bool


def subjects(book: Catalogue, policy: Policy) -> list[Subject]:
    """All rules, by id."""
    found = [Subject(rule, c.area, c) for c in book.capabilities for rule in c.rules]
    found += [Subject(own.rule, own.area, None, own) for own in policy.own]
    return sorted(found, key=lambda subject: subject.rule.id)


def chosen(capability: Capability, profile: Profile) -> bool:
    """Whether a capability is meant for this repository: by a level, or because its answers take it."""
    return capability.selected_by == "level" or capability.id in profile.taken


def excused(subject: Subject, profile: Profile, policy: Policy) -> str:
    """Why a rule is not about this repository, as `KEY:WHAT` of a sentence; empty where it is."""
    capability = subject.capability
    if capability is None:
        return ""
    if not chosen(capability, profile) and capability.id not in policy.required:
        return f"unselected:{capability.id}"
    against = profile.applies(capability.applies, subject.rule.applies)
    return f"elsewhere:{against}" if against else ""


def planned(subject: Subject, profile: Profile, book: Catalogue) -> bool:
    """Whether a rule asks for what no template brings yet on a level that templates do bring.

    It is looked at, and counts for nothing. On levels that no template brings at all, everything counts:
    whoever gets there does so by their own means.
    """
    capability = subject.capability
    if capability is None or subject.rule.level > book.highest:
        return False
    # Who was not made by a template may run anywhere, and owes what is brought somewhere.
    states = [capability.status.get(profile.platform)] if profile.chosen else capability.status.values()
    return not {"available", "elsewhere"}.intersection(states)


def newer(subject: Subject, profile: Profile) -> bool:
    """Whether a rule came with a release that the project has not seen yet."""
    since, edition = release(subject.rule.since), profile.edition
    return since is not None and edition is not None and since > edition


class Demands:
    """What a policy demands of each rule, given the levels that each area is held to."""

    def __init__(
        self,
        policy: Policy,
        profile: Profile,
        held: Mapping[str, int],
        book: Catalogue,
        only: Sequence[str] = (),
    ) -> None:
        """Find what the policy pulls to other levels.

        Args:
            policy: What is in force.
            profile: The repository's.
            held: Area → the level that it is held to, without the policy's floors.
            book: The catalogue.
            only: Areas that count; all when empty.
        """
        self.policy, self.profile, self.book, self.only = policy, profile, book, only
        floor = policy.floor(profile.tier)
        self.held = {area: max(level, floor.of(area)) for area, level in held.items()}
        self._pulled = dict(self._pull())

    def of(self, subject: Subject) -> Demand:
        """What is demanded of one rule."""
        rule, capability = subject.rule, subject.capability
        severity = self.policy.severity.get(rule.id, rule.severity)
        level = self._pulled.get(rule.id, rule.level)
        if rule.id in self._pulled and rule.id not in self.policy.severity:
            severity = "required"
        if capability and capability.id in self.policy.required and rule.level <= capability.level:
            level = 0
        counted = not planned(subject, self.profile, self.book) or level == 0
        here = not self.only or subject.area in self.only
        if capability and not chosen(capability, self.profile) and capability.id not in self.policy.required:
            here = False
        # Level 0 demands nothing of the catalogue; what a policy puts there is demanded always.
        demanded = here and counted and level <= self.held[subject.area]
        return Demand(level, severity, demanded)

    def _pull(self) -> Iterator[tuple[str, int]]:
        """Rules that are due earlier, where the policy wants stronger proof of a capability."""
        for level, least in sorted(self.policy.strength.items(), reverse=True):
            for capability in self.book.capabilities:
                due = capability.selected_by == "level" and capability.level <= level
                if due and not _strong(capability.rules, level, least):
                    strong = [r for r in capability.rules if _at_least(r, least)]
                    yield from ((r.id, level) for r in strong if r.level == min(s.level for s in strong))


def _strong(rules: Iterable[Rule], level: int, least: str) -> bool:
    return any(r.level <= level and r.severity == "required" and _at_least(r, least) for r in rules)


def _at_least(rule: Rule, least: str) -> bool:
    return STRENGTHS.index(rule.strength) >= STRENGTHS.index(least)
