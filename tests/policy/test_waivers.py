"""What is let be, and until when not: days at their edges, and everything that makes a waiver worthless."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlascent.assess.model import Assessment
from mlascent.policy import attestations, waivers

from tests.assess.support import DAY, assessed, failing, note, state
from tests.rules.support import write

from .support import policy

GOOD = {
    "rule": "DE040",
    "reason": "a move is under way",
    "owner": "ana@example.com",
    "approver": "rui@example.com",
    "issued": '"2026-06-01"',
    "expires": '"2026-06-30"',
}


def text(*entries: dict[str, str]) -> str:
    rows = [
        ("  - " if number == 0 else "    ") + f"{key}: {value}\n"
        for entry in entries
        for number, (key, value) in enumerate(entry.items())
    ]
    return "schema: 1\nwaivers:\n" + "".join(rows)


def waived(root: Path, *entries: dict[str, str], rule: str = "DE040", **more: object) -> Assessment:
    tree = {waivers.FILE: text(*entries)}
    return assessed(root, {rule: failing("src/a.py")}, tree=tree, **more)  # type: ignore[arg-type]


def test_a_live_waiver_lets_be_and_is_shown(tmp_path: Path) -> None:
    found = waived(tmp_path, GOOD)
    assert found.ok
    assert (state(found, "DE040"), found.waivers[0].state) == ("waived", "used")
    assert "2026-06-30" in note(found, "DE040")
    development = found.areas["development"]
    assert (development.wired, development.verified, development.effective) == (0, 0, 4)


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(issued=days, lasts=st.integers(-10, 200), day=days)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_waiver_holds_from_its_first_to_its_last_day(
    tmp_path: Path, issued: date, lasts: int, day: date
) -> None:
    expires = issued + timedelta(days=lasts)
    waiver = waivers.Waiver("waivers[0]", 1, {**GOOD, "issued": str(issued), "expires": str(expires)}, ())
    from mlascent.policy.model import Policy

    standing, against = waivers.objections(waiver, Policy(), day)
    assert (standing == "live") is (issued <= day <= expires and 0 <= lasts <= 180)
    assert bool(against) is (standing != "live")


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-05-31", "fail"), ("2026-06-01", "waived"), ("2026-06-30", "waived"), ("2026-07-01", "fail")],
)
def test_first_and_last_day_are_inclusive(tmp_path: Path, day: str, expected: str) -> None:
    found = waived(tmp_path, GOOD, day=date.fromisoformat(day))
    assert state(found, "DE040") == expected
    assert found.ok is (expected == "waived")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": "2026-06-30"}, 'expires must be quoted: "2026-06-30"'),
        ({"expires": '"2026-06-31"'}, "expires must be a day"),
        ({"expires": '"30/06/2026"'}, "expires must be a day"),
        ({"expires": '"2027-01-01"'}, "it lasts 214 days; 180 are allowed"),
        ({"issued": '"2026-06-16"'}, "is not yet"),
        ({"reason": '" "'}, "reason is blank"),
        ({"approver": ""}, "approver must be text"),
        ({"extra": "x"}, "extra is not known"),
        ({"rule": "every rule"}, ""),
        ({"expires": ""}, "expires must be text"),
    ],
)
def test_a_worthless_waiver_is_shown_and_the_finding_fails(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    found = waived(tmp_path, {**GOOD, **change})
    assert state(found, "DE040") == "fail"
    assert not found.ok
    (seen,) = found.waivers
    assert seen.state == "invalid"
    assert said in seen.said
    if said:
        assert said in note(found, "DE040")
    assert seen.line == 3


@pytest.mark.parametrize("missing", [key for key in GOOD if key != "rule"])
def test_nothing_may_be_missing(tmp_path: Path, missing: str) -> None:
    found = waived(tmp_path, {key: value for key, value in GOOD.items() if key != missing})
    assert state(found, "DE040") == "fail"
    assert f"{missing} is missing" in found.waivers[0].said


def test_one_bad_waiver_spoils_no_other(tmp_path: Path) -> None:
    found = waived(tmp_path, {**GOOD, "rule": "DE001", "expires": '"never"'}, GOOD)
    assert [one.state for one in found.waivers] == ["invalid", "used"]
    assert state(found, "DE040") == "waived"


@pytest.mark.parametrize("content", ["- x", "schema: 2\nwaivers: []", "schema: 1\nwaivers: {", "\xff"])
def test_a_file_that_is_no_list_is_a_problem(tmp_path: Path, content: str) -> None:
    found = assessed(tmp_path, {"DE040": failing()}, tree={waivers.FILE: content.encode("latin-1")})
    assert state(found, "DE040") == "fail"
    assert [p.path for p in found.problems] == [waivers.FILE]


def test_a_scope_covers_what_lies_in_it_and_no_more(tmp_path: Path) -> None:
    scoped = {**GOOD, "scope": '"src/*"'}
    assert waived(tmp_path, scoped).ok
    tree = {waivers.FILE: text(scoped)}
    found = assessed(tmp_path, {"DE040": failing("src/a.py", "tests/b.py")}, tree=tree)
    assert "covers only src/*" in note(found, "DE040")
    assert not found.ok
    assert not assessed(tmp_path, {"DE040": failing()}, tree=tree).ok


def test_unused_and_unknown_waivers_are_told(tmp_path: Path) -> None:
    found = assessed(tmp_path, tree={waivers.FILE: text(GOOD, {**GOOD, "rule": "XX999"})})
    assert [(one.state, bool(one.said)) for one in found.waivers] == [("unused", True), ("invalid", True)]
    assert found.ok


def test_a_policy_caps_asks_and_forbids(tmp_path: Path) -> None:
    spec = policy(tmp_path, "waivers: {most_days: 10}", file="p/cap.yml")
    found = waived(tmp_path, GOOD, policy=spec)
    assert "10 are allowed, says acme" in found.waivers[0].said
    spec = policy(tmp_path, "waivers: {ticket: true, control: true}", file="p/ticket.yml")
    assert "ticket is missing" in waived(tmp_path, GOOD, policy=spec).waivers[0].said
    assert waived(tmp_path, {**GOOD, "ticket": "OPS-1", "control": "by hand"}, policy=spec).ok
    spec = policy(tmp_path, "waivers: {never: [DE040]}", file="p/never.yml")
    found = waived(tmp_path, GOOD, policy=spec)
    assert found.waivers[0].state == "refused"
    assert not found.ok


def test_attestations_answer_what_a_repository_cannot_show(tmp_path: Path) -> None:
    from mlascent.rules.model import Outcome

    entry = '{rule: DP004, by: Ana, role: lead, evidence: run 7, date: "2026-06-01"}'
    said = f"schema: 1\nattestations:\n  - {entry}\n"
    found = assessed(tmp_path, {"DP004": Outcome.UNKNOWN}, tree={attestations.FILE: said})
    deployment = found.areas["deployment"]
    assert (deployment.verified, deployment.effective) == (1, 4)
    assert found.yours == ()
    stale = assessed(
        tmp_path, {"DP004": Outcome.UNKNOWN}, tree={attestations.FILE: said}, day=date(2027, 6, 2)
    )
    assert stale.areas["deployment"].effective == 1
    assert "no longer fresh" in note(stale, "DP004")
    fresh = assessed(
        tmp_path, {"DP004": Outcome.UNKNOWN}, tree={attestations.FILE: said}, day=date(2027, 6, 1)
    )
    assert fresh.areas["deployment"].effective == 4
    failed = assessed(tmp_path, {"DP004": failing()}, tree={attestations.FILE: said})
    assert failed.areas["deployment"].effective == 1
    assert not failed.ok


def test_attestations_that_are_not_valid_are_problems(tmp_path: Path) -> None:
    said = """\
        schema: 1
        attestations:
          - {rule: DP004, by: Ana, role: lead, evidence: run 7, date: "2026-07-01"}
          - {rule: DP004, by: Ana, role: lead, date: "2026-06-01"}
        """
    from mlascent.rules.model import Outcome

    found = assessed(tmp_path, {"DP004": Outcome.UNKNOWN}, tree={attestations.FILE: said})
    assert {p.line for p in found.problems} == {3, 4}
    assert found.areas["deployment"].effective == 1


def test_the_file_is_not_read_through_a_link(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {"w.yml": text(GOOD)})
    (tmp_path / "repo/.mlascent").mkdir(parents=True)
    (tmp_path / "repo" / waivers.FILE).symlink_to(tmp_path / "elsewhere/w.yml")
    found = assessed(tmp_path / "repo", {"DE040": failing()}, tree={"a.py": ""}, day=DAY)
    assert not found.ok
