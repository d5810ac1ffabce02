"""Verdicts made findings: what each means once waivers, attestations, baseline and policy have spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mlascent.assess import demands
from mlascent.assess.demands import Demand, Demands, Subject
from mlascent.assess.model import Finding, State, WaiverSeen
from mlascent.assess.profile import Profile
from mlascent.assess.run import Looked
from mlascent.assess.words import say
from mlascent.catalogue import Catalogue
from mlascent.policy import baseline, waivers
from mlascent.policy.attestations import Attestation
from mlascent.policy.model import Policy
from mlascent.policy.waivers import Waiver
from mlascent.rules.model import Outcome


@dataclass(frozen=True)
class Terms:
    """Everything beside the repository that decides what a verdict means.

    Attributes:
        policy: All of it, what is still to come included.
        enforced: What makes a check fail today.
        waivers: Of the repository.
        attestations: Rule → attestation.
        frozen: Rule → fingerprints of the baseline.
        day: Today.
        language: Of notes.
    """

    policy: Policy
    enforced: Policy
    waivers: Sequence[Waiver]
    attestations: Mapping[str, Attestation]
    frozen: Mapping[str, frozenset[str]]
    day: date
    language: str


class Judge:
    """Makes findings of verdicts, and remembers which waivers were of use."""

    def __init__(self, terms: Terms, profile: Profile, now: Demands, later: Demands, book: Catalogue) -> None:
        """Judge the waivers themselves first.

        Args:
            terms: What decides beside the repository.
            profile: The repository's.
            now: What is demanded today.
            later: What is demanded when all of the policy enforces.
            book: The catalogue.
        """
        self.terms, self.profile, self.now, self.later, self.book = terms, profile, now, later, book
        self._waivers = [(w, *waivers.objections(w, terms.enforced, terms.day)) for w in terms.waivers]
        self._used: set[str] = set()

    def finding(self, subject: Subject, looked: Looked) -> Finding:
        """The finding of one rule."""
        rule, verdict, terms = subject.rule, looked.verdict, self.terms
        today = self.now.of(subject)
        own_now = subject.own is None or subject.own in terms.enforced.own
        if not own_now:
            today = Demand(today.level, today.severity, demanded=False)
        early = demands.newer(subject, self.profile)
        aside = demands.planned(subject, self.profile, self.book)
        state, note, waiver = State(verdict.outcome.value), "", ""
        prints: tuple[str, ...] = ()
        if state in (State.FAIL, State.UNKNOWN):
            prints = baseline.fingerprints(rule.id, verdict)
            state, note, waiver = self._waived(rule.id, verdict.evidence, state)
        attestation = terms.attestations.get(rule.id)
        attested = ""
        if state is State.UNKNOWN and attestation and not looked.broken:
            attested = attestation.by if attestation.fresh else ""
            key = "attested" if attestation.fresh else "stale"
            note = note or self._say(key, by=attestation.by, until=attestation.until)
        if state is State.FAIL:
            state, said = self._failing(subject, today, prints, early, aside)
            note = "; ".join(part for part in (note, said) if part)
            if state is State.WARN and not today.demanded and not early and not aside:
                today = self.later.of(subject)  # what is demanded soon is told as what is demanded
        if early and state is State.UNKNOWN:
            today = Demand(today.level, today.severity, demanded=False)
        return Finding(
            rule,
            subject.area,
            verdict,
            state,
            today.severity,
            today.level,
            today.demanded,
            waiver,
            note,
            looked.broken,
            prints,
            attested,
            counts=subject.capability is not None
            and demands.chosen(subject.capability, self.profile)
            and not early
            and not aside,
        )

    def _failing(
        self, subject: Subject, today: Demand, prints: Sequence[str], early: bool, aside: bool
    ) -> tuple[State, str]:
        """What a failure that nobody waived means, and why."""
        rule, terms = subject.rule, self.terms
        if early:
            return State.WARN, self._say("new", since=rule.since, version=self.profile.version)
        if aside and not today.demanded:
            return State.WARN, self._say("planned")
        coming = self.later.of(subject)
        due = today.demanded and today.severity == "required"
        if not due and coming.demanded and coming.severity == "required":
            layers = [layer for layer in terms.policy.layers if not layer.enforces(terms.day)]
            days = sorted(str(layer.enforce_from) for layer in layers)
            names = ", ".join(layer.name for layer in layers)
            if layers:
                return State.WARN, self._say("later", day=days[-1], names=names)
        if today.severity == "advisory":
            return State.WARN, self._say("advisory")
        frozen = terms.frozen.get(rule.id, frozenset())
        if frozen and set(prints) <= frozen:
            if rule.id not in terms.enforced.never:
                return State.KNOWN, self._say("known")
            return State.FAIL, self._say("known_never")
        if subject.capability and subject.capability.id in self.profile.left_out:
            return State.FAIL, self._say("left_out")
        return State.FAIL, ""

    def _waived(self, rule: str, evidence: Sequence[object], state: State) -> tuple[State, str, str]:
        """What the waivers of a rule make of it: state, note, and the waiver that is used or failed to be."""
        note, bad = "", ""
        for waiver, standing, against in self._waivers:
            if waiver.rule != rule:
                continue
            if standing == "live" and waiver.covers(evidence):  # type: ignore[arg-type]
                self._used.add(waiver.id)
                expires, approver = waiver.text("expires"), waiver.text("approver")
                return State.WAIVED, self._say("waived", expires=expires, approver=approver), waiver.id
            bad = waiver.id
            note = (
                self._say("waiver_scope", id=waiver.id, scope=waiver.text("scope"))
                if standing == "live"
                else self._say("waiver_bad", id=waiver.id, why="; ".join(against))
            )
        return state, note, bad

    def waivers(self, findings: Sequence[Finding]) -> tuple[WaiverSeen, ...]:
        """All waivers, and what became of them."""
        known = {f.rule.id for f in findings}
        seen: list[WaiverSeen] = []
        for waiver, standing, against in self._waivers:
            state, said = standing, "; ".join(against)
            if standing == "live":
                state = "used" if waiver.id in self._used else "unused"
                said = "" if state == "used" else self._say("waiver_unused")
            if waiver.rule and waiver.rule not in known:
                state, said = "invalid", self._say("waiver_no_rule", rule=waiver.rule)
            keys = ("reason", "owner", "approver", "expires")
            seen.append(WaiverSeen(waiver.id, waiver.rule, state, said, waiver.line, *map(waiver.text, keys)))
        return tuple(seen)

    def _say(self, key: str, **values: object) -> str:
        return say(self.terms.language, key, **values)


def healed(frozen: Mapping[str, frozenset[str]], findings: Sequence[Finding]) -> tuple[str, ...]:
    """Rules of which the baseline froze something that fails no longer."""
    now = {f.rule.id: set(f.fingerprints) for f in findings if f.verdict.outcome is Outcome.FAIL}
    return tuple(sorted(rule for rule, prints in frozen.items() if prints - now.get(rule, set())))
