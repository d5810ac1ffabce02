"""Four levels from findings: what lowers which, and what never does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlascent.assess.model import State
from mlascent.catalogue import catalogue
from mlascent.rules.model import Outcome, Verdict

from .support import OWN, RULES, Says, altered, assessed, failing, note, state

BOOK = catalogue()
COUNTED = {
    r.id: (c.area, r)
    for c in BOOK.capabilities
    for r in c.rules
    if c.selected_by == "level"
    and r.severity == "required"
    and not {*r.applies, *c.applies} & {"platform"}
    and r.applies.get("workload") != ("batch", "both")
    and ("available" in c.status.values() or r.level > BOOK.highest)
}
same_place = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_where_all_rules_hold_it_stands_at_the_top(tmp_path: Path) -> None:
    found = assessed(tmp_path)
    assert found.ok
    assert {(one.claimed, one.wired, one.verified, one.effective) for one in found.areas.values()} == {
        (2, 4, 4, 4)
    }
    assert found.next == ()


def test_level_0_demands_nothing(tmp_path: Path) -> None:
    for answers in ({**OWN, "level": 0}, None):
        found = assessed(tmp_path, answers=answers, usual=Outcome.FAIL)
        assert found.ok
        assert (found.project.wired, found.project.verified, found.project.effective) == (0, 0, 0)
        assert not any(f.demanded for f in found.findings)
        assert len(found.next) == 3


def test_each_required_rule_lowers_its_area_and_the_project(tmp_path: Path) -> None:
    for rule, (area, about) in COUNTED.items():
        found = assessed(tmp_path, {rule: failing("a.py")})
        expected = about.level - 1
        assert found.areas[area].verified == found.project.verified == expected, rule
        assert found.areas[area].limits == (rule,)
        assert found.areas[area].wired == (expected if about.owed_by == "template" else 4)
        assert {one.verified for i, one in found.areas.items() if i != area} == {4}
        assert found.ok is (about.level > 2), rule


@given(failed=st.sets(st.sampled_from(sorted(set(RULES) - set(COUNTED)))))
@same_place
def test_advice_and_what_no_template_brings_yet_never_lower(tmp_path: Path, failed: set[str]) -> None:
    found = assessed(tmp_path, dict.fromkeys(failed, Outcome.FAIL))
    assert found.ok
    assert found.project.verified == 4


outcomes = st.sampled_from([Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE])


@given(
    says=st.dictionaries(st.sampled_from(sorted(RULES)), outcomes, max_size=30),
    worse=st.sampled_from(sorted(RULES)),
    level=st.integers(0, 4),
)
@same_place
def test_one_failure_more_lifts_nothing(
    tmp_path: Path, says: dict[str, Outcome], worse: str, level: int
) -> None:
    before = assessed(tmp_path, says, level=level)
    after = assessed(tmp_path, {**says, worse: Outcome.FAIL}, level=level)
    for area, one in after.areas.items():
        old = before.areas[area]
        assert one.wired <= old.wired
        assert one.verified <= old.verified
        assert one.effective <= old.effective
        assert one.verified <= min(one.wired, one.effective)
    assert after.project.verified == min(one.verified for one in after.areas.values())
    assert before.ok or not after.ok


def test_what_is_unknown_is_not_verified_and_does_not_fail(tmp_path: Path) -> None:
    found = assessed(tmp_path, {"DP004": Outcome.UNKNOWN})
    assert found.ok
    assert (found.areas["deployment"].wired, found.areas["deployment"].verified) == (4, 1)
    assert [f.rule.id for f in found.yours] == ["DP004"]


def test_owners_who_were_not_asked_about_are_yours_to_do(tmp_path: Path) -> None:
    found = assessed(tmp_path, {"DE001": failing()}, owed_by=("template", "run"))
    assert RULES["DE001"].owed_by == "team"
    assert found.ok
    assert [f.rule.id for f in found.yours] == ["DE001"]
    assert not assessed(tmp_path, {"DE001": failing()}).ok


def test_a_rule_that_breaks_is_a_finding_and_lets_nobody_pass(tmp_path: Path) -> None:
    found = assessed(tmp_path, {"DE040": ZeroDivisionError("by nought\nor more")})
    (finding,) = found.failed
    assert finding.state is State.UNKNOWN
    assert "ZeroDivisionError: by nought" in finding.verdict.said
    assert "or more" not in finding.verdict.said
    assert not found.ok


def test_a_rule_that_gives_no_verdict_is_broken(tmp_path: Path) -> None:
    from mlascent.assess.run import look

    assert look(lambda _: None, None).broken  # type: ignore[arg-type,return-value]


def test_areas_claim_more_and_are_held_to_it(tmp_path: Path) -> None:
    answers = {**OWN, "level": 1, "areas": {"governance": 2}}
    rule = next(i for i, (area, r) in COUNTED.items() if area == "governance" and r.level == 2)
    other = next(i for i, (area, r) in COUNTED.items() if area == "monitoring" and r.level == 2)
    found = assessed(tmp_path, {rule: failing(), other: failing()}, answers=answers)
    assert [f.rule.id for f in found.failed] == [rule]
    assert (found.project.claimed, found.areas["governance"].claimed, found.checked) == (1, 2, 1)
    assert assessed(tmp_path, {rule: failing()}, answers=answers, only=["monitoring"]).ok


def test_a_level_can_be_asked_for(tmp_path: Path) -> None:
    says = {"DP140": failing()}
    assert assessed(tmp_path, says).ok
    found = assessed(tmp_path, says, level=3)
    assert [f.rule.id for f in found.failed] == ["DP140"]
    assert found.checked == 3


def test_planned_practices_count_on_levels_that_no_template_brings(tmp_path: Path) -> None:
    planned = [
        r.id
        for c in BOOK.capabilities
        for r in c.rules
        if "available" not in c.status.values()
        and r.level <= 2
        and r.severity == "required"
        and c.selected_by == "level"
    ]
    for rule in planned:
        found = assessed(tmp_path, {rule: failing()})
        assert (state(found, rule), found.ok) == ("warn", True)
        assert "no template brings it yet" in note(found, rule)
    assert assessed(tmp_path, {"DP140": failing()}).project.verified == 2


def test_newer_rules_warn_until_the_project_moves(tmp_path: Path) -> None:
    def later(rule: dict[str, str]) -> None:
        if rule["id"] == "DE040":
            rule["since"] = "0.2.0"

    book = altered(later)
    says = {"DE040": failing()}
    old = assessed(tmp_path, says, book=book)
    assert (state(old, "DE040"), old.ok, old.project.verified) == ("warn", True, 4)
    assert "since 0.2.0" in note(old, "DE040")
    moved = assessed(tmp_path, says, book=book, answers={**OWN, "_commit": "v0.2.0"})
    assert (state(moved, "DE040"), moved.ok) == ("fail", False)
    foreign = assessed(tmp_path, says, book=book, answers=None, level=1)
    assert state(foreign, "DE040") == "fail"


def test_who_answers_ci_none_does_without_and_who_has_none_does_not(tmp_path: Path) -> None:
    rules = [i for i, r in RULES.items() if "ci" in r.applies and i in COUNTED and r.level <= 2]
    says = dict.fromkeys([*rules, "DP002"], Outcome.FAIL)
    chosen = assessed(tmp_path, says, answers={**OWN, "ci": "none"})
    assert chosen.ok
    assert {state(chosen, rule) for rule in rules} == {"not_applicable"}
    foreign = assessed(tmp_path, says, answers=None, level=2)
    assert foreign.profile["ci"] == "none"
    assert {f.rule.id for f in foreign.failed} >= set(rules) - {r for r in rules if RULES[r].level > 2}


def test_workload_and_platform_decide_what_is_about_a_project(tmp_path: Path) -> None:
    says = {"MO010": failing(), "MO014": failing()}
    online = assessed(tmp_path, says)
    batch = assessed(tmp_path, says, answers={**OWN, "workload": "batch"})
    assert (state(online, "MO010"), state(online, "MO014")) == ("fail", "not_applicable")
    assert (state(batch, "MO010"), state(batch, "MO014")) == ("not_applicable", "fail")
    assert state(online, "DE160") == "not_applicable"


def test_options_and_profiles_count_only_where_they_are_chosen(tmp_path: Path) -> None:
    says = {"DP170": failing()}
    assert state(assessed(tmp_path, says), "DP170") == "not_applicable"
    taken = assessed(tmp_path, says, answers={**OWN, "with": ["compose-stack"]})
    assert state(taken, "DP170") == "warn"  # advisory


def test_what_was_left_out_shows(tmp_path: Path) -> None:
    rule = next(r for r in BOOK.capability("containerization").rules if r.severity == "required")
    says = {rule.id: failing()}
    found = assessed(tmp_path, says, answers={**OWN, "without": ["containerization"]})
    assert not found.ok
    assert "left out" in note(found, rule.id)
    assert any(step.command == "mlascent add containerization" for step in found.next)


def test_readings_come_from_the_rules(tmp_path: Path) -> None:
    top = assessed(tmp_path).readings
    assert (top["microsoft"][0], top["google"][0], top["aws"], top["ccr"][0]) == ("4", "2", "Scalable", "2")
    # Level 2 as a fresh project of ours would hold it: what is due above is missing.
    above = {i: Outcome.FAIL for i, r in RULES.items() if r.level > 2}
    two = assessed(tmp_path, above).readings
    assert two == {
        "microsoft": "2 Automated training",
        "google": "1 ML pipeline automation (continuous training)",
        "aws": "Repeatable",
        "generic": "Definido",
        "ccr": "1 Continuous Training",
    }
    # Governance is no part of Microsoft's model, and is of the generic one.
    without = assessed(tmp_path, {**above, "GO001": failing()})
    assert without.readings["microsoft"] == two["microsoft"]
    assert without.readings["generic"] == "Inicial"
    assert without.project.verified == 0
    host = assessed(tmp_path, {**above, "DP004": Outcome.UNKNOWN})
    assert host.readings_wired == assessed(tmp_path, above).readings_wired
    none = assessed(tmp_path, answers=None, usual=Outcome.FAIL).readings
    assert none["microsoft"] == "0 No MLOps"


@pytest.mark.parametrize("language", ["en", "pt"])
def test_three_next_things_and_their_commands(tmp_path: Path, language: str) -> None:
    above: Says = {i: Outcome.FAIL for i, r in RULES.items() if r.level > 1}
    found = assessed(tmp_path, above, answers={**OWN, "level": 1}, language=language)
    assert found.ok
    assert [step.command for step in found.next][:1] == ["mlascent update --level 2"]
    assert found.next[0].what.startswith({"en": "Climb to level 2", "pt": "Suba ao nível 2"}[language])
    assert found.next[1].what == RULES[found.next[1].rules[0]].statement.in_(language)
    deleted: Says = {**above, "DE021": failing()}
    gone = assessed(tmp_path, deleted, answers={**OWN, "level": 1})
    assert gone.next[0].rules[0] == "DE021"
    assert gone.next[0].command == "mlascent diff"
    foreign = assessed(tmp_path, {"DE021": failing()}, answers=None)
    assert foreign.next[0].command == "mlascent explain DE021"
    assert all(len(one.next) <= 3 for one in (found, gone, foreign))


def test_the_same_repository_is_the_same_assessment(tmp_path: Path) -> None:
    from mlascent.report.check import render

    says: Says = {"DE040": failing("b.py", "a.py"), "DP004": Outcome.UNKNOWN}
    for form in ("json", "text"):
        assert render(assessed(tmp_path, says), form) == render(assessed(tmp_path, says), form)


def test_answers_that_make_no_sense_are_a_problem(tmp_path: Path) -> None:
    odd = {**OWN, "level": "two", "areas": 3, "with": "x", "without": ["no-such-thing"], "workload": "night"}
    found = assessed(tmp_path, answers=odd)
    assert any("no-such-thing" in problem.said for problem in found.problems)
    assert found.project.claimed == 0


def test_verdicts_that_are_not_about_the_repository_hold(tmp_path: Path) -> None:
    found = assessed(tmp_path, {"DE040": Verdict(Outcome.NOT_APPLICABLE, "no code")})
    assert found.project.verified == 4


def test_no_step_leads_to_a_level_that_is_not_there(tmp_path: Path) -> None:
    above = {i: Outcome.FAIL for i, r in RULES.items() if r.level > 2}
    found = assessed(tmp_path, above)
    assert found.next
    assert not any("--level 3" in step.command for step in found.next)
