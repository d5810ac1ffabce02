"""Rules that a policy adds: each selector on a repository where it holds, and where it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from mlascent.errors import RefusedError
from mlascent.facts import Facts
from mlascent.policy import patterns, plugins, selectors
from mlascent.policy.own import own_rule
from mlascent.rules.model import Outcome, failed, passed

from tests.assess.support import OWN, assessed, state
from tests.rules.support import facts

from .support import loaded, policy

TREE = {
    "SECURITY.md": "# Security\n\nWrite to us.\n",
    "src/app.py": "import os\nTOKEN = os.environ['TOKEN']\n",
    "pyproject.toml": '[project]\nname = "app"\nversion = "1.2.3"\n',
    "params.yaml": "train:\n  seed: 7\n  sizes: [1, 2]\n",
    "data.json": '{"a": {"b": [true]}}\n',
}


@pytest.mark.parametrize(
    ("selector", "outcome"),
    [
        ({"exists": "SECURITY.md"}, "pass"),
        ({"exists": "*.rst"}, "fail"),
        ({"absent": "*.pem"}, "pass"),
        ({"absent": "src/*"}, "fail"),
        ({"text": {"in": "*.md", "says": "WRITE to"}}, "pass"),
        ({"text": {"in": "*.md", "says": "call us"}}, "fail"),
        ({"text": {"in": "*.txt", "says": "x"}}, "fail"),
        ({"regex": {"in": "src/*", "matches": r"os\.environ\[.+\]"}}, "pass"),
        ({"regex": {"in": "src/*", "matches": r"^password"}}, "fail"),
        ({"key": {"in": "pyproject.toml", "at": "project.name", "equals": "app"}}, "pass"),
        ({"key": {"in": "pyproject.toml", "at": "project.name", "equals": "other"}}, "fail"),
        ({"key": {"in": "pyproject.toml", "at": "project.version", "matches": r"^[0-9]+\."}}, "pass"),
        ({"key": {"in": "pyproject.toml", "at": "project.version", "matches": "^v"}}, "fail"),
        ({"key": {"in": "params.yaml", "at": "train.sizes.1", "equals": 2}}, "pass"),
        ({"key": {"in": "params.yaml", "at": "train.rate"}}, "fail"),
        ({"key": {"in": "data.json", "at": "a.b.0", "equals": True}}, "pass"),
        ({"key": {"in": "no.yaml", "at": "a"}}, "fail"),
        ({"not": {"exists": "*.rst"}}, "pass"),
        ({"not": {"exists": "*.md"}}, "fail"),
        ({"all": [{"exists": "*.md"}, {"exists": "*.rst"}]}, "fail"),
        ({"all": [{"exists": "*.md"}, {"absent": "*.rst"}]}, "pass"),
        ({"any": [{"exists": "*.md"}, {"exists": "*.rst"}]}, "pass"),
        ({"any": [{"exists": "*.txt"}, {"exists": "*.rst"}]}, "fail"),
    ],
)
def test_selectors(tmp_path: Path, selector: dict[str, Any], outcome: str) -> None:
    verdict = selectors.decide(selector, facts(tmp_path, TREE))
    assert verdict.outcome.value == outcome, verdict.said
    assert verdict.said
    assert selectors.told(selector)


def test_evidence_names_the_line(tmp_path: Path) -> None:
    verdict = selectors.decide({"text": {"in": "*.py", "says": "TOKEN"}}, facts(tmp_path, TREE))
    assert (verdict.evidence[0].path, verdict.evidence[0].line) == ("src/app.py", 2)
    key = {"key": {"in": "params.yaml", "at": "train.seed", "equals": 8}}
    verdict = selectors.decide(key, facts(tmp_path, TREE))
    assert (verdict.evidence[0].path, verdict.evidence[0].line) == ("params.yaml", 2)


RULE = """\
    rules:
      - id: ACME001
        statement: {en: There is a security policy., pt: Há uma política de segurança.}
        why: People must know whom to write to.
        fix: Write SECURITY.md.
        check: {exists: SECURITY.md}
    """


def test_an_own_rule_decides_and_counts_for_no_level(tmp_path: Path) -> None:
    spec = policy(tmp_path, RULE, file="p/policy.yml")
    without = assessed(tmp_path, answers={**OWN, "level": 0}, policy=spec, tree={"README.md": "x"})
    assert not without.ok
    assert (state(without, "ACME001"), without.project.verified) == ("fail", 4)
    assert without.next[0].command == "Write SECURITY.md."
    assert assessed(tmp_path, policy=spec, tree=TREE).ok


def test_an_own_rule_waits_for_its_policy(tmp_path: Path) -> None:
    spec = policy(tmp_path, 'enforce_from: "2027-01-01"\n' + _plain(RULE), file="p/policy.yml")
    found = assessed(tmp_path, policy=spec, tree={"README.md": "x"})
    assert (found.ok, state(found, "ACME001")) == (True, "warn")


def _plain(text: str) -> str:
    from textwrap import dedent

    return dedent(text)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    policy(tmp_path, RULE, "org", "wide.yml")
    with pytest.raises(RefusedError, match="there is a rule ACME001 already, in org"):
        loaded(policy(tmp_path, "extends: wide.yml\n" + _plain(RULE)), tmp_path)


def test_a_narrower_policy_does_not_soften_a_rule_of_a_wider_one(tmp_path: Path) -> None:
    policy(tmp_path, RULE, "org", "wide.yml")
    with pytest.raises(RefusedError, match=r"severity\.ACME001 advisory is looser"):
        loaded(policy(tmp_path, "extends: wide.yml\nseverity: {ACME001: advisory}"), tmp_path)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|aa)*b", "(.*)*", r"(a)\1", "(?=a)b", "(?<=a)b", "(", "a*b*c*d*e", "((a{2,}){2,})"],
)
def test_patterns_that_could_run_for_ever_are_refused(tmp_path: Path, pattern: str) -> None:
    assert patterns.fault(pattern)
    check = f"{{regex: {{in: '*', matches: '{pattern}'}}}}"
    text = f"rules:\n  - {{id: ACME001, statement: s, fix: f, check: {check}}}\n"
    with pytest.raises(RefusedError, match=r"policy\.yml:5"):
        loaded(policy(tmp_path, text), tmp_path)


@pytest.mark.parametrize("pattern", ["a+b", "^FROM .*@sha256:[0-9a-f]{64}$", "(foo|bar)=.*", "[a-z]+-[a-z]+"])
def test_plain_patterns_are_fine(pattern: str) -> None:
    assert patterns.fault(pattern) == ""


def test_a_hostile_file_is_given_up_on_soon(tmp_path: Path) -> None:
    tree = {"x.txt": ("a" * 1000 + "\n") * 1500}
    selector = {"regex": {"in": "*.txt", "matches": "a*a*a*b"}}
    begun = time.monotonic()
    assert selectors.decide(selector, facts(tmp_path, tree)).outcome is Outcome.UNKNOWN
    assert time.monotonic() - begun < 20


class _Point:
    def __init__(self, given: object) -> None:
        self.given = given

    def load(self) -> object:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


def _plugged(monkeypatch: pytest.MonkeyPatch, given: object) -> None:
    def points(group: str, name: str) -> list[_Point]:
        return [_Point(given)] if (group, name) == ("mlascent.rules", "acme") else []

    monkeypatch.setattr(plugins, "entry_points", points)


def test_a_plug_in_brings_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(found: Facts) -> Any:
        return passed("there is one") if "README.md" in found.files else failed("there is none")

    _plugged(monkeypatch, lambda: [own_rule("ACME007", "There is a README.", "Write one.", check)])
    spec = policy(tmp_path, "plugins: [acme]", file="p/policy.yml")
    assert assessed(tmp_path, policy=spec, tree={"README.md": "x"}).ok
    (tmp_path / "README.md").unlink()
    assert not assessed(tmp_path, policy=spec, tree={"a.py": ""}).ok


@pytest.mark.parametrize(
    "given", [ValueError("no"), [1], [own_rule("lower", "s", "f", lambda _: passed(""))], 3]
)
def test_a_plug_in_that_is_broken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: object
) -> None:
    _plugged(monkeypatch, given)
    with pytest.raises(RefusedError, match="plug-in acme"):
        loaded(policy(tmp_path, "plugins: [acme]"), tmp_path)
    with pytest.raises(RefusedError, match="no installed package has an entry point other"):
        loaded(policy(tmp_path, "plugins: [other]"), tmp_path)
