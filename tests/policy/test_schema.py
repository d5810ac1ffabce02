"""The published schemas are right, and what reads them agrees with a validator of the whole language."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlascent.policy import schema

NAMES = ["policy", "waivers", "attestations", "baseline", "expected"]
words = st.sampled_from(
    ["DE040", "ACME001", "data-validation", "2026-02-28", "2026-02-30", "1", "local", "wired", "required", ""]
)
scalars = words | st.none() | st.booleans() | st.integers(-1, 5) | st.just("0" * 32)


def keys(name: str) -> st.SearchStrategy[str]:
    found: set[str] = {"odd", "DE040", "0.1.0", "1"}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema.schema(name))
    return st.sampled_from(sorted(found))


def documents(name: str) -> st.SearchStrategy[Any]:
    whole = schema.schema(name)
    inner = st.recursive(
        scalars,
        lambda more: st.lists(more, max_size=3) | st.dictionaries(keys(name), more, max_size=4),
        max_leaves=6,
    )
    top = {key: inner for key in whole["properties"] if key != "schema"}
    required = {key: top.pop(key) for key in whole["required"] if key != "schema"}
    return st.fixed_dictionaries({"schema": st.sampled_from([1, 1, 1, 2]), **required}, optional=top) | inner


def valid(value: Any, name: str) -> bool:
    checker = jsonschema.Draft202012Validator(
        schema.schema(name), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return bool(checker.is_valid(value))


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema(name))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_validators_agree(name: str, data: st.DataObject) -> None:
    value = data.draw(documents(name))
    assert (schema.faults(value, name) == []) is valid(value, name)


def test_a_whole_policy_is_valid_and_a_word_of_it_wrong_is_not() -> None:
    whole: dict[str, Any] = {
        "schema": 1,
        "name": "acme",
        "version": "2026.1",
        "extends": {"source": "x.yml", "version": "1", "digest": "sha256:" + "0" * 64},
        "enforce_from": "2027-01-01",
        "floors": {"default": 0, "critical": {"level": 2, "areas": {"governance": 3}}},
        "measure": "effective",
        "capabilities": {"required": ["data-validation"], "forbidden": ["compose-stack"]},
        "platforms": ["local"],
        "strength": {"2": "wired"},
        "template": {"behind": 2, "days": 90, "releases": {"0.2.0": "2026-01-01"}},
        "severity": {"DE040": "required"},
        "waivers": {"never": ["DE040"], "most_days": 90, "ticket": True, "control": False},
        "attestations": {"most_days": 180},
        "rules": [
            {
                "id": "ACME001",
                "statement": {"en": "a", "pt": "b"},
                "fix": "do",
                "check": {"all": [{"exists": "x"}, {"not": {"key": {"in": "a", "at": "b", "equals": None}}}]},
            }
        ],
        "plugins": ["acme"],
    }
    assert schema.faults(whole, "policy") == []
    assert valid(whole, "policy")
    whole["rules"][0]["check"]["all"][1]["not"]["key"]["at"] = ""
    ((at, said),) = schema.faults(whole, "policy")
    assert (schema.place(at), said) == ("rules[0].check.all[1].not.key.at", "must not be empty")
    assert not valid(whole, "policy")
