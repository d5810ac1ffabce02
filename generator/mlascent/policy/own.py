"""Rules that a policy adds: declared in YAML, never in code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlascent.catalogue.model import Rule, Text
from mlascent.errors import RefusedError
from mlascent.facts import Facts
from mlascent.policy import patterns, selectors
from mlascent.policy.model import Layer, OwnRule
from mlascent.rules.model import Check, Verdict


def rules(layer: Layer) -> tuple[OwnRule, ...]:
    """The rules that a layer declares.

    Raises:
        RefusedError: A pattern of theirs may not be used.
    """
    problems = [
        f"{layer.at('rules', number, 'check')}: {pattern!r} {said}"
        for number, raw in enumerate(layer.doc.items("rules"))
        for pattern in _patterns(raw["check"])
        if (said := patterns.fault(pattern))
    ]
    if problems:
        raise RefusedError("\n".join(problems), "Write it without repeats in repeats, or use `text`.")
    return tuple(declared(raw) for raw in layer.doc.items("rules"))


def declared(raw: dict[str, Any]) -> OwnRule:
    """One declared rule."""
    return own_rule(
        raw["id"],
        raw["statement"],
        raw["fix"],
        _check(raw["check"]),
        why=raw.get("why", ""),
        proof=selectors.told(raw["check"]),
        area=raw.get("area", "governance"),
        level=raw.get("level", 0),
        severity=raw.get("severity", "required"),
        strength=raw.get("strength", "configured"),
        owed_by=raw.get("owed_by", "team"),
    )


def own_rule(
    rule_id: str,
    statement: str | dict[str, str],
    fix: str,
    check: Check,
    *,
    why: str = "",
    proof: str = "A plug-in decides.",
    area: str = "governance",
    level: int = 0,
    severity: str = "required",
    strength: str = "configured",
    owed_by: str = "team",
) -> OwnRule:
    """A rule from its parts; plug-ins build theirs with this.

    Args:
        rule_id: Three to twelve capitals, and three or four digits.
        statement: What must be true: text, or `en` and `pt`.
        fix: What to do when it is not.
        check: Facts → verdict; it opens no file itself.
        why: Why it matters.
        proof: How it is decided.
        area: Where it counts.
        level: From which demanded level on it is demanded; 0 always.
        severity: `required` or `advisory`.
        strength: `present` to `signed`.
        owed_by: `template`, `run`, `team` or `host`.
    """
    said = (
        Text(statement, statement) if isinstance(statement, str) else Text(statement["en"], statement["pt"])
    )
    proof = f"{why} {proof}".strip()
    rule = Rule(rule_id, "", level, strength, severity, owed_by, "", said, proof, fix, {})
    return OwnRule(rule, area, check)


def _check(selector: dict[str, Any]) -> Check:
    def check(facts: Facts) -> Verdict:
        verdict = selectors.decide(selector, facts)
        return replace(verdict, said=f"{verdict.said[:1].upper()}{verdict.said[1:]}.")

    return check


def _patterns(selector: dict[str, Any]) -> list[str]:
    """Every regular expression in a selector."""
    found: list[str] = []
    for kind, about in selector.items():
        if kind in ("all", "any"):
            found += [pattern for inner in about for pattern in _patterns(inner)]
        elif kind == "not":
            found += _patterns(about)
        elif kind in ("regex", "key") and "matches" in about:
            found.append(about["matches"])
    return found
