"""What an assessment says, as immutable values: what every report prints and every gate reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mlascent.catalogue.model import Rule
from mlascent.facts.files import Problem
from mlascent.rules.model import Verdict


class State(StrEnum):
    """What a finding means once policy, waivers, baseline and editions have had their word."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WARN = "warn"  # advisory, or newer than the project's edition, or a policy that does not enforce yet
    WAIVED = "waived"
    KNOWN = "known"  # frozen in the baseline
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict in one repository.

    Attributes:
        rule: Of the catalogue, or of a policy (`capability` empty then).
        area: Id of its area.
        verdict: What the rule said.
        state: What that means.
        severity: `required` or `advisory`, as the policy has it.
        level: The level that demands it, as the policy has it.
        demanded: Whether the level that is checked demands it (others are looked at for the way up).
        waiver: Id of the waiver that is used, or that failed to be.
        note: Why the state is not plainly the verdict: waived until, new since, frozen on.
        broken: Whether the rule itself failed; the verdict is unknown then, and says how.
        fingerprints: Of what was found, without line numbers: what a baseline freezes.
        attested: Who attested, where a fresh attestation answers what a repository cannot show.
        counts: Whether it counts for the levels: advisory rules, newer ones and own ones do not.
    """

    rule: Rule
    area: str
    verdict: Verdict
    state: State
    severity: str
    level: int
    demanded: bool
    waiver: str = ""
    note: str = ""
    broken: bool = False
    fingerprints: tuple[str, ...] = ()
    attested: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """Four levels that are never merged.

    Attributes:
        claimed: What the answers file says; nothing in a repository that mlascent did not make.
        wired: By the rules that the template owes.
        verified: By all rules that a machine can see.
        effective: Verified, with fresh attestations and live waivers.
        limits: Rule ids that stop `verified` from being one higher.
    """

    claimed: int | None
    wired: int
    verified: int
    effective: int
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One of the next things to do: what, which rules it would satisfy, and the command that brings it."""

    what: str
    rules: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class PolicySeen:
    """The policy that was used.

    Attributes:
        names: From the widest to the narrowest.
        version: Of the narrowest.
        digest: SHA-256 over the digests of all its files.
        enforces_from: The last day of those that are still to come; nothing when all of it enforces.
        enforces: Whether all of it enforces.
    """

    names: tuple[str, ...]
    version: str
    digest: str
    enforces_from: date | None
    enforces: bool


@dataclass(frozen=True, slots=True)
class WaiverSeen:
    """A waiver, and whether it was good for anything.

    Attributes:
        id: Its place in the file: `waivers[0]`.
        rule: What it is about.
        state: `used`, `unused`, `expired`, `invalid` or `refused` (the policy does not let it be).
        said: Why, in one sentence.
        line: In `.mlascent/waivers.yml`, from 1.
        reason, owner, approver, expires: As written.
    """

    id: str
    rule: str
    state: str
    said: str
    line: int = 0
    reason: str = ""
    owner: str = ""
    approver: str = ""
    expires: str = ""


@dataclass(frozen=True)
class Assessment:
    """What a repository is.

    Attributes:
        directory: Its root, as given.
        name: The project's name, or the folder's.
        as_of: The day.
        checked: The level that it was held to.
        profile: What was selected: platform, ci, workload; from the answers, or from the repository.
        generated: Whether mlascent made it, and from which template version (empty if not).
        findings: One a rule, by id.
        areas: Area id → standing, in the catalogue's order.
        project: The lowest of the areas.
        readings: Maturity model (`microsoft`, `google`, `aws`, `generic`, `ccr`) → what it calls this
            repository, by the rules that a machine can see.
        problems: Files that could not be read, and waivers or baselines that are not valid.
        policy: What was enforced; nothing without a policy.
        next: At most three things.
        owed_by: Owners whose rules decide the outcome; all when empty.
        shown_lang: Language of `next` and notes.
        violations: Of the policy's floors, forbidden things and lag, one sentence each.
        warnings: The same of a policy that does not enforce yet.
        readings_wired: As `readings`, by the rules that the template owes.
        demanded: Area id → the level that is demanded there.
        waivers: All of `.mlascent/waivers.yml`.
        healed: Baseline entries that fail no longer (rule ids): write the baseline anew.
        only: Areas that decide the outcome; all when empty.
    """

    directory: str
    name: str
    as_of: date
    checked: int
    profile: dict[str, str]
    generated: str
    findings: tuple[Finding, ...]
    areas: dict[str, Standing]
    project: Standing
    readings: dict[str, str]
    problems: tuple[Problem, ...]
    policy: PolicySeen | None = None
    next: tuple[Step, ...] = ()
    owed_by: tuple[str, ...] = ()
    shown_lang: str = "en"
    violations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    readings_wired: dict[str, str] = field(default_factory=dict)
    demanded: dict[str, int] = field(default_factory=dict)
    waivers: tuple[WaiverSeen, ...] = ()
    healed: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Finding, ...]:
        """Findings that make the check fail: demanded, required, failing, owed by whom was asked about.

        A rule that broke down counts as well: a repository must not pass by breaking what judges it.
        """
        return tuple(f for f in self.findings if self._missing(f) and self._decides(f))

    @property
    def yours(self) -> tuple[Finding, ...]:
        """What is left to people: demanded, not held, and not what makes the check fail."""
        return tuple(
            f
            for f in self.findings
            if f.state in (State.FAIL, State.UNKNOWN)
            and f.demanded
            and not f.attested
            and f.severity == "required"
            and not (self._missing(f) and self._decides(f))
        )

    @property
    def ok(self) -> bool:
        """Whether the check passes."""
        return not self.failed and not self.violations

    def _missing(self, finding: Finding) -> bool:
        held = finding.state is not State.FAIL and not finding.broken
        return finding.demanded and finding.severity == "required" and not held

    def _decides(self, finding: Finding) -> bool:
        return not self.owed_by or finding.rule.owed_by in self.owed_by
