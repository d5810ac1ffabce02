"""Catalogue and functions agree: a rule that is available is decided, and nothing else is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from mlascent import rules
from mlascent.catalogue import catalogue
from mlascent.rules import load

CHECKS = load()
CAPABILITIES = catalogue().capabilities


def test_every_rule_of_an_available_capability_is_decided() -> None:
    wanted = {rule.id for c in CAPABILITIES if "available" in c.status.values() for rule in c.rules}
    assert sorted(wanted - set(CHECKS)) == []


def test_every_function_decides_a_rule_of_the_catalogue() -> None:
    known = {rule.id for c in CAPABILITIES for rule in c.rules}
    assert sorted(set(CHECKS) - known) == []


def test_a_rule_stands_in_the_folder_of_its_area() -> None:
    areas = {rule.id: c.area for c in CAPABILITIES for rule in c.rules}
    wrong = {i: check.__module__ for i, check in CHECKS.items() if check.__module__.split(".")[2] != areas[i]}
    assert wrong == {}


def test_every_function_says_what_does_not_pass() -> None:
    assert [i for i, check in CHECKS.items() if len((inspect.getdoc(check) or "").split()) < 6] == []


def test_what_rules_ask_of_the_host_is_in_the_contracts() -> None:
    root = Path(rules.__file__).parent
    asked = {
        key
        for path in root.rglob("*.py")
        for key in re.findall(r"facts\.host\.get\(\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    page = (Path(__file__).parents[2] / "docs" / "reference" / "contracts.md").read_text(encoding="utf-8")
    section = page.partition("## A snapshot of the host")[2].partition("\n## ")[0]
    assert asked == set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
