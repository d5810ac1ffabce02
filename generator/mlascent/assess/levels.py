"""Four levels of each area, from findings; and of the whole, which is its weakest area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mlascent.assess.model import Finding, Standing, State
from mlascent.assess.profile import Profile
from mlascent.rules.model import Outcome

HIGHEST = 4


def holds(finding: Finding) -> bool:
    """Whether a machine sees that a rule holds, or is not about this repository."""
    return finding.verdict.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)


def stands(finding: Finding) -> bool:
    """Whether it holds, or people answer for it: a live waiver, a fresh attestation."""
    return holds(finding) or finding.state is State.WAIVED or bool(finding.attested)


def standings(findings: Sequence[Finding], areas: Iterable[str], profile: Profile) -> dict[str, Standing]:
    """The four levels of every area.

    Severities and levels are the catalogue's: what a policy makes of them decides who fails, and never
    what a level means.
    """
    return {area: _standing([f for f in findings if f.area == area], profile.claims(area)) for area in areas}


def lowest(areas: Mapping[str, Standing], claimed: int | None) -> Standing:
    """The standing of the whole repository."""
    verified = min(one.verified for one in areas.values())
    return Standing(
        claimed,
        min(one.wired for one in areas.values()),
        verified,
        min(one.effective for one in areas.values()),
        tuple(sorted(rule for one in areas.values() if one.verified == verified for rule in one.limits)),
    )


def _standing(findings: Sequence[Finding], claimed: int | None) -> Standing:
    counted = [f for f in findings if f.counts and f.rule.severity == "required"]
    verified = _level(counted, holds)
    limits = tuple(f.rule.id for f in counted if f.rule.level == verified + 1 and not holds(f))
    owed = [f for f in counted if f.rule.owed_by == "template"]
    return Standing(claimed, _level(owed, holds), verified, _level(counted, stands), limits)


def _level(findings: Iterable[Finding], held: Callable[[Finding], bool]) -> int:
    """The highest level up to which all these rules hold."""
    return min((f.rule.level - 1 for f in findings if not held(f)), default=HIGHEST)
