"""What a policy asks of a repository, and what it takes for an answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from mlascent.policy import baseline
from mlascent.rules.model import Outcome

from tests.assess.support import OWN, RULES, assessed, failing, note, state

from .support import policy

ABOVE_1 = {i: Outcome.FAIL for i, r in RULES.items() if r.level > 1}


def test_a_floor_by_tier_holds_a_project_to_more_than_it_claims(tmp_path: Path) -> None:
    spec = policy(
        tmp_path, "floors: {experimental: 0, standard: 1, critical: {level: 1, areas: {governance: 2}}}"
    )
    low = {**OWN, "level": 0}
    assert assessed(tmp_path, ABOVE_1, answers=low, policy=spec).checked == 0
    standard = assessed(tmp_path, ABOVE_1, answers=low, policy=spec, manifest={"tier": "standard"})
    assert (standard.ok, standard.checked) == (True, 1)
    critical = assessed(tmp_path, ABOVE_1, answers=low, policy=spec, manifest={"tier": "critical"})
    assert critical.demanded == {"development": 1, "deployment": 1, "monitoring": 1, "governance": 2}
    assert {f.area for f in critical.failed} == {"governance"}
    (said,) = critical.violations
    assert "governance must stand on level 2 for tier critical (effective)" in said
    assert "policy.yml:4" in said


def test_what_a_floor_is_held_against(tmp_path: Path) -> None:
    says = {"DP004": Outcome.UNKNOWN}
    for measure, ok in (("wired", True), ("effective", False), ("verified", False)):
        spec = policy(tmp_path, f"floors: {{default: 2}}\nmeasure: {measure}")
        assert assessed(tmp_path, says, policy=spec).ok is ok, measure
    assert assessed(tmp_path, says, policy=spec, owed_by=("template", "run")).ok


def test_required_and_forbidden_capabilities(tmp_path: Path) -> None:
    spec = policy(tmp_path, "capabilities: {required: [rollback]}")
    found = assessed(tmp_path, {"DP070": failing()}, answers={**OWN, "level": 0}, policy=spec)
    assert [f.rule.id for f in found.failed] == ["DP070"]
    spec = policy(tmp_path, "capabilities: {required: [ci-pipeline]}")
    found = assessed(tmp_path, answers={**OWN, "ci": "none"}, policy=spec)
    assert "ci-pipeline is required, and ci none leaves it out" in found.violations[0]
    spec = policy(tmp_path, "capabilities: {forbidden: [compose-stack, rollback]}")
    found = assessed(tmp_path, ABOVE_1, answers={**OWN, "level": 1, "with": ["compose-stack"]}, policy=spec)
    assert [said.split(",")[0] for said in found.violations] == ["compose-stack is forbidden"]
    assert found.next[0].command == "mlascent remove compose-stack"
    foreign = assessed(tmp_path, answers=None, policy=spec)
    assert [said.split(",")[0] for said in foreign.violations] == ["rollback is forbidden"]


def test_platforms(tmp_path: Path) -> None:
    spec = policy(tmp_path, "platforms: [sagemaker]")
    assert "platform local is not allowed" in assessed(tmp_path, policy=spec).violations[0]
    assert assessed(tmp_path, policy=policy(tmp_path, "platforms: [local]")).ok


def test_stronger_proof_is_due_earlier(tmp_path: Path) -> None:
    assert (RULES["DP070"].strength, RULES["DP071"].strength, RULES["DP071"].level) == (
        "configured",
        "wired",
        3,
    )
    assert assessed(tmp_path, {"DP071": failing()}).ok
    found = assessed(tmp_path, {"DP071": failing()}, policy=policy(tmp_path, "strength: {2: wired}"))
    assert [(f.rule.id, f.level) for f in found.failed] == [("DP071", 2)]
    assert found.areas["deployment"].verified == 2  # what a level means is not a policy's to say


@pytest.mark.parametrize(
    ("text", "day", "said"),
    [
        ("behind: 1", "2026-06-15", "2 releases behind, 1 are allowed"),
        ("behind: 2", "2026-06-15", ""),
        ("behind: 0", "2026-01-09", ""),
        ("days: 30", "2026-02-09", ""),
        ("days: 30", "2026-02-10", "behind for 31 days, 30 are allowed"),
    ],
)
def test_a_template_may_lag_so_far(tmp_path: Path, text: str, day: str, said: str) -> None:
    releases = '{0.1.0: "2025-12-01", 0.2.0: "2026-01-10", 0.3.0: "2026-06-01", 0.4.0: "2026-07-01"}'
    spec = policy(tmp_path, f"template: {{{text}, releases: {releases}}}")
    found = assessed(tmp_path, policy=spec, day=date.fromisoformat(day))
    assert bool(found.violations) is bool(said)
    assert not said or said in found.violations[0]
    assert assessed(tmp_path, answers=None, policy=spec).ok


def test_severities(tmp_path: Path) -> None:
    spec = policy(tmp_path, "severity: {DE040: advisory, DP170: required}")
    found = assessed(tmp_path, {"DE040": failing()}, policy=spec)
    assert (state(found, "DE040"), found.ok, found.project.verified) == ("warn", True, 0)
    option = {**OWN, "with": ["compose-stack"]}
    assert assessed(tmp_path, {"DP170": failing()}, answers=option).ok
    assert not assessed(tmp_path, {"DP170": failing()}, answers=option, policy=spec).ok


def test_a_policy_only_evaluates_until_its_day(tmp_path: Path) -> None:
    spec = policy(tmp_path, 'enforce_from: "2026-07-01"\nfloors: {default: 2}\nplatforms: [azureml]')
    low = {**OWN, "level": 1}
    before = assessed(tmp_path, ABOVE_1, answers=low, policy=spec, day=date(2026, 6, 30))
    assert before.ok
    assert before.violations == ()
    assert any("platform local" in said for said in before.warnings)
    assert state(before, "DP070") == "warn"
    assert "2026-07-01" in note(before, "DP070")
    assert before.policy
    assert (before.policy.enforces, before.policy.enforces_from) == (False, date(2026, 7, 1))
    after = assessed(tmp_path, ABOVE_1, answers=low, policy=spec, day=date(2026, 7, 1))
    assert not after.ok
    assert after.warnings == ()
    assert after.policy
    assert after.policy.enforces


def test_a_baseline_freezes_what_failed_and_nothing_new(tmp_path: Path) -> None:
    first = assessed(tmp_path, {"DE040": failing("a.py", "b.py")})
    frozen = {"DE040": frozenset(first.failed[0].fingerprints)}
    same = assessed(tmp_path, {"DE040": failing("a.py", "b.py")}, frozen=frozen)
    assert (state(same, "DE040"), same.ok, same.healed) == ("known", True, ())
    assert same.project.verified == 0
    fewer = assessed(tmp_path, {"DE040": failing("b.py")}, frozen=frozen)
    assert (fewer.ok, fewer.healed) == (True, ("DE040",))
    more = assessed(tmp_path, {"DE040": failing("a.py", "b.py", "c.py")}, frozen=frozen)
    assert (state(more, "DE040"), more.ok) == ("fail", False)
    gone = assessed(tmp_path, frozen=frozen)
    assert (gone.ok, gone.healed) == (True, ("DE040",))
    spec = policy(tmp_path, "waivers: {never: [DE040]}")
    assert not assessed(tmp_path, {"DE040": failing("a.py")}, frozen=frozen, policy=spec).ok


def test_a_baseline_is_the_same_text_for_the_same_failures() -> None:
    one = baseline.written({"B": ["2" * 32, "1" * 32], "A": ["3" * 32]}, date(2026, 1, 1))
    two = baseline.written({"A": ["3" * 32], "B": ["1" * 32, "2" * 32]}, date(2026, 1, 1))
    assert one == two


def test_a_floor_lets_be_what_is_frozen(tmp_path: Path) -> None:
    spec = policy(tmp_path, "floors: {default: 2}")
    first = assessed(tmp_path, {"DE040": failing("a.py")}, policy=spec)
    assert not first.ok
    frozen = {"DE040": frozenset(first.failed[0].fingerprints)}
    assert assessed(tmp_path, {"DE040": failing("a.py")}, policy=spec, frozen=frozen).ok


def test_a_profile_that_a_policy_will_require_is_not_demanded_before(tmp_path: Path) -> None:
    rule = next(r for r in RULES.values() if r.capability == "prompt-lifecycle" and r.level == 2)
    spec = policy(tmp_path, 'enforce_from: "2026-07-01"\ncapabilities: {required: [prompt-lifecycle]}')
    says = {rule.id: failing()}
    before = assessed(tmp_path, says, policy=spec, day=date(2026, 6, 30))
    assert (before.ok, state(before, rule.id)) == (True, "warn")
    after = assessed(tmp_path, says, policy=spec, day=date(2026, 7, 1))
    assert (after.ok, state(after, rule.id)) == (False, "fail")
    assert after.project.verified == 4  # a policy says who fails, and not what a level means
