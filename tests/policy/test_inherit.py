"""A policy may tighten what it extends, and never loosen it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlascent.catalogue import catalogue
from mlascent.errors import RefusedError
from mlascent.policy import load
from mlascent.policy.model import MEASURES, STRENGTHS, Policy

from .support import loaded, policy

BOOK = catalogue()
AREAS = [area.id for area in BOOK.areas]
RULES = ["DE040", "GO010", "MO010", "DP170"]
levels = st.integers(0, 4)
floors = levels | st.fixed_dictionaries(
    {"level": levels}, optional={"areas": st.dictionaries(st.sampled_from(AREAS), levels, max_size=2)}
)
capabilities = st.lists(
    st.sampled_from(["rollback", "data-validation", "compose-stack"]), max_size=2, unique=True
)
documents: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "floors": st.dictionaries(
            st.sampled_from(["default", "experimental", "standard", "critical"]), floors, max_size=3
        ),
        "measure": st.sampled_from(MEASURES),
        "capabilities": st.fixed_dictionaries(
            {}, optional={"required": capabilities, "forbidden": capabilities}
        ),
        "platforms": st.lists(st.sampled_from(["local", "sagemaker", "azureml"]), min_size=1, unique=True),
        "strength": st.dictionaries(st.sampled_from(["1", "2"]), st.sampled_from(STRENGTHS), max_size=2),
        "template": st.fixed_dictionaries(
            {"releases": st.just({"0.2.0": "2026-01-01"})},
            optional={"behind": st.integers(0, 5), "days": st.integers(0, 200)},
        ),
        "severity": st.dictionaries(st.sampled_from(RULES), st.sampled_from(["required", "advisory"])),
        "waivers": st.fixed_dictionaries(
            {},
            optional={
                "never": st.lists(st.sampled_from(RULES), unique=True),
                "most_days": st.integers(0, 400),
                "ticket": st.booleans(),
                "control": st.booleans(),
            },
        ),
        "attestations": st.fixed_dictionaries({}, optional={"most_days": st.integers(0, 400)}),
    },
)


def written(root: Path, name: str, document: dict[str, Any], extends: str = "") -> str:
    whole = {
        "schema": 1,
        "name": name,
        "version": "1",
        **({"extends": extends} if extends else {}),
        **document,
    }
    file = root / f"{name}.yml"
    file.write_text(json.dumps(whole), encoding="utf-8")
    return str(file)


def looser(wide: Policy, narrow: Policy) -> list[str]:
    """Everything that a narrower policy asks less of than the wider one."""
    pairs: dict[str, bool] = {
        "measure": MEASURES.index(narrow.measure) < MEASURES.index(wide.measure) and "measure" in wide.where,
        "required": not wide.required <= narrow.required,
        "forbidden": not wide.forbidden <= narrow.forbidden,
        "platforms": bool(wide.platforms) and not set(narrow.platforms) <= set(wide.platforms),
        "never": not wide.never <= narrow.never,
        "waiver_days": narrow.waiver_days > wide.waiver_days,
        "attestation_days": narrow.attestation_days > wide.attestation_days,
        "ticket": wide.ticket > narrow.ticket,
        "control": wide.control > narrow.control,
    }
    for tier in ("experimental", "standard", "critical", ""):
        for area in AREAS:
            pairs[f"floor of {tier} {area}"] = narrow.floor(tier).of(area) < wide.floor(tier).of(area)
    for name in ("behind", "days"):
        old, new = getattr(wide, name), getattr(narrow, name)
        pairs[name] = old is not None and (new is None or new > old)
    for level, least in wide.strength.items():
        pairs[f"strength {level}"] = STRENGTHS.index(narrow.strength[level]) < STRENGTHS.index(least)
    for rule in RULES:
        usual = BOOK.rule(rule).severity
        old, new = wide.severity.get(rule, usual), narrow.severity.get(rule, usual)
        pairs[f"severity {rule}"] = (old, new) == ("required", "advisory")
    return [name for name, worse in pairs.items() if worse]


@given(chain=st.lists(documents, min_size=2, max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_inherits_never_loosens(tmp_path: Path, chain: list[dict[str, Any]]) -> None:
    above, before = "", None
    for number, document in enumerate(chain):
        above = written(tmp_path, f"layer{number}", document, above)
        try:
            now = loaded(above, tmp_path)
        except RefusedError:
            return  # refused, as the examples below hold
        assert before is None or looser(before, now) == []
        before = now


@pytest.mark.parametrize(
    ("wide", "narrow", "said"),
    [
        ("floors: {critical: 3}", "floors: {critical: 2}", "floors.critical 2 is looser than 3"),
        ("floors: {default: 2}", "floors: {standard: 1}", "floors.standard 1 is looser than 2"),
        ("measure: verified", "measure: effective", "measure effective is looser than verified"),
        ("platforms: [local]", "platforms: [local, azureml]", "is looser than ['local']"),
        ("strength: {2: wired}", "strength: {2: present}", "strength.2 present is looser than wired"),
        (
            'template: {behind: 1, releases: {0.2.0: "2026-01-01"}}',
            "template: {behind: 2}",
            "template.behind 2 is looser than 1",
        ),
        ("", "waivers: {most_days: 181}", "waivers.most_days 181 is looser than 180"),
        ("waivers: {ticket: true}", "waivers: {ticket: false}", "waivers.ticket False is looser"),
        ("", "severity: {DE040: advisory}", "severity.DE040 advisory is looser than required"),
        ("severity: {DP170: required}", "severity: {DP170: advisory}", "severity.DP170 advisory is looser"),
        (
            'template: {releases: {0.2.0: "2026-01-01"}}',
            'template: {releases: {0.2.0: "2026-02-01"}}',
            "looser",
        ),
        ("capabilities: {required: [rollback]}", "capabilities: {forbidden: [rollback]}", "forbids rollback"),
        (
            "capabilities: {required: [rollback]}",
            "capabilities: {forbidden: [model-registry]}",
            "required by rollback",
        ),
    ],
)
def test_loosening_is_an_error_that_names_both_places(
    tmp_path: Path, wide: str, narrow: str, said: str
) -> None:
    policy(tmp_path, wide, "organisation", "wide.yml")
    spec = policy(tmp_path, f"extends: wide.yml\n{narrow}", "domain", "narrow.yml")
    with pytest.raises(RefusedError) as error:
        loaded(spec, tmp_path)
    assert said in error.value.message
    assert "narrow.yml:5" in error.value.message
    if wide:
        assert "wide.yml:4" in error.value.message


def test_all_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    policy(tmp_path, "floors: {critical: 3}\nwaivers: {most_days: 30}", "org", "wide.yml")
    text = "extends: wide.yml\nfloors: {critical: 1}\nwaivers: {most_days: 60, never: [XX999]}"
    with pytest.raises(RefusedError, match="there is no rule XX999") as error:
        loaded(policy(tmp_path, text, "repo"), tmp_path)
    assert len(error.value.message.splitlines()) == 3


def test_the_widest_policy_may_set_what_the_catalogue_has(tmp_path: Path) -> None:
    found = loaded(policy(tmp_path, "severity: {DE040: advisory}\nwaivers: {most_days: 365}"), tmp_path)
    assert (found.severity["DE040"], found.waiver_days) == ("advisory", 365)


def test_layers_enforce_each_from_their_own_day(tmp_path: Path) -> None:
    policy(tmp_path, "floors: {default: 1}", "org", "wide.yml")
    text = 'extends: wide.yml\nenforce_from: "2026-07-01"\nfloors: {default: 2}'
    found = loaded(policy(tmp_path, text, "domain"), tmp_path)
    assert found.floor("").level == 2
    assert load.in_force(found, date(2026, 6, 30)).floor("").level == 1
    assert load.in_force(found, date(2026, 7, 1)).floor("").level == 2


def test_each_value_knows_its_place(tmp_path: Path) -> None:
    policy(tmp_path, "floors: {default: 1}\nwaivers: {most_days: 90}", "org", "wide.yml")
    found = loaded(policy(tmp_path, "extends: wide.yml\nfloors: {default: 2}", "domain"), tmp_path)
    assert found.where["floors.default"].startswith("domain (")
    assert found.where["floors.default"].endswith("policy.yml:5)")
    assert "wide.yml:5" in found.where["waivers.most_days"]


def test_a_lag_is_counted_in_releases_that_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        RefusedError, match=r"template\.days counts releases, and template\.releases names none"
    ):
        loaded(policy(tmp_path, "template: {days: 30}"), tmp_path)
