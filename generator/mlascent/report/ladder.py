"""The answers of `levels` and `explain` as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mlascent.report.words import say

WIDTH = 96


def levels(told: Mapping[str, Any], language: str, model: str | None) -> str:
    """The ladder on one screen, or one level in full."""
    rungs = told["levels"]
    lines = _one(rungs[0], language, model) if len(rungs) == 1 else _all(rungs, language, model)
    return "\n".join(lines)


def _all(rungs: list[Mapping[str, Any]], language: str, model: str | None) -> Iterator[str]:
    for rung in rungs:
        state = "" if rung["available"] else f"  ({say(language, 'planned_short')})"
        yield f"{rung['level']}  {rung['name']}{state}"
        yield from _wrapped(rung["meaning"])
        for key in _keys(rung, model):
            yield from _wrapped(f"{say(language, 'in_model', model=key)}: {rung['equivalences'][key]}")
        counts = [f"{a['name']} {len(a['capabilities'])}" for a in rung["brings"] if a["capabilities"]]
        yield from _wrapped(f"{say(language, 'brings')}: {', '.join(counts) or say(language, 'nothing')}")
        yield ""
    yield say(language, "more")


def _one(rung: Mapping[str, Any], language: str, model: str | None) -> Iterator[str]:
    yield say(language, "level", number=rung["level"], name=rung["name"])
    if not rung["available"]:
        yield f"   {say(language, 'planned_short')}"
    yield from _wrapped(rung["meaning"])
    yield ""
    for key in _keys(rung, model) if model else rung["equivalences"]:
        yield from _wrapped(f"{say(language, 'in_model', model=key)}: {rung['equivalences'][key]}")
    for area in rung["brings"]:
        if area["capabilities"]:
            yield ""
            yield area["name"]
        for capability in area["capabilities"]:
            state = "" if capability["available"] else f"  ({say(language, 'planned')})"
            yield f"   {capability['id']:<28} {capability['name']}{state}"


def _keys(rung: Mapping[str, Any], model: str | None) -> list[str]:
    return list(rung["equivalences"]) if model else []


def explain(told: Mapping[str, Any], language: str) -> str:
    """A capability or a rule in full."""
    lines = _rule(told, language) if told["kind"] == "rule" else _capability(told, language)
    return "\n".join(lines)


def _capability(told: Mapping[str, Any], language: str) -> Iterator[str]:
    available = "available" in told["status"].values()
    yield f"{told['id']}: {told['name']}" + ("" if available else f"  ({say(language, 'planned_short')})")
    yield from _wrapped(told["summary"])
    yield from _part(language, "why", [told["why"]])
    yield from _part(language, "how", _how(told, language, available))
    yield from _part(language, "requires", told["requires"])
    yield from _part(language, "paths", [_path(path, language) for path in told["paths"]])
    yield from _part(language, "commands", told["commands"])
    yield from _part(language, "proof", [f"{r['id']}  {r['statement']}" for r in told["rules"]])
    yield from _part(language, "questions", [told["question"], *told["attested"]])
    yield from _part(
        language, "elsewhere", [f"{key}: {value}" for key, value in told["equivalences"].items()]
    )


def _how(told: Mapping[str, Any], language: str, available: bool) -> list[str]:
    told_by = {"option": "introduced_option", "profile": "introduced_profile"}
    key = told_by.get(told["selected_by"], "introduced")
    lines = [say(language, key, **{name: told[name] for name in ("introduced", "level", "profile")})]
    if told["core"]:
        lines.append(say(language, "core"))
    elif available:
        lines.append(f"mlascent new DEST --with {told['id']}")
    return lines


def _path(path: Mapping[str, Any], language: str) -> str:
    only = [f"{key}: {', '.join(values)}" for key, values in path["only"].items()]
    if path["level"]:
        only.append(say(language, "from_level", level=path["level"]))
    return f"{path['path']}  ({'; '.join(only)})" if only else str(path["path"])


def _rule(told: Mapping[str, Any], language: str) -> Iterator[str]:
    yield say(language, "rule_of", id=told["id"], capability=told["capability"])
    yield from _wrapped(say(language, "due", **{key: told[key] for key in _DUE}))
    yield from _part(language, "statement", [told["statement"]])
    yield from _part(language, "why", [told["why"]])
    yield from _part(language, "decided", [told["proof"]])
    yield from _part(language, "fix", [told["fix"]])
    yield from _part(language, "brought_by", [told["command"]] if told["command"] else [])


_DUE = ("level", "severity", "strength", "owed_by", "since")


def _part(language: str, title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield say(language, title)
        for line in lines:
            yield from _wrapped(line)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="   ", subsequent_indent="   ", break_long_words=False)
