"""A repository in the words of other maturity models: from the rules, and not from our number.

The catalogue says for each capability which level of another model asks for it. A level of that model
holds when every capability that it, or a level below it, asks for holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from mlascent.assess.model import Finding
from mlascent.catalogue import Capability, Catalogue

MODELS = ("microsoft", "google", "aws", "generic", "ccr")
_PHASES = {
    "aws": ("before", "initial", "repeatable", "reliable", "scalable"),
    "generic": ("inicial", "reproduzível", "definido", "gerenciado", "otimizado"),
}


def readings(findings: Sequence[Finding], book: Catalogue, held: Callable[[Finding], bool]) -> dict[str, str]:
    """Model → what it calls this repository.

    Args:
        findings: Of all rules; those that do not count for levels do not count here.
        book: The catalogue.
        held: When a rule holds.
    """
    by_capability: dict[str, list[Finding]] = {}
    for finding in findings:
        by_capability.setdefault(finding.rule.capability, []).append(finding)
    wanting = {
        c.id: c for c in book.capabilities if c.selected_by == "level" and _wants(c, by_capability, held)
    }
    return {model: _reading(model, wanting.values(), book) for model in MODELS}


def _wants(
    capability: Capability, findings: Mapping[str, list[Finding]], held: Callable[[Finding], bool]
) -> bool:
    """Whether a capability misses something at the level at which it is first demanded."""
    return any(
        f.counts and f.rule.severity == "required" and f.rule.level <= capability.level and not held(f)
        for f in findings.get(capability.id, ())
    )


def _reading(model: str, wanting: Iterable[Capability], book: Catalogue) -> str:
    names: dict[int, str] = {}
    for level in book.levels:
        number = rank(model, level.equivalences[model])
        if number is not None:
            names.setdefault(number, level.equivalences[model])
    due = [number for c in wanting if (number := _due(model, c, book)) is not None]
    reached = min(due, default=max(names) + 1) - 1
    return names[max((number for number in names if number <= reached), default=min(names))]


def _due(model: str, capability: Capability, book: Catalogue) -> int | None:
    """The level of a model that asks for a capability; nothing where that model does not know it.

    Where a model names a practice early that the ladder has late (a trigger of Google's first level that
    ours brings at the top), it is due with the first of its levels that the ladder sets as high.
    """
    number = rank(model, capability.equivalences.get(model, ""))
    if number is None:
        return None
    reach: dict[int, int] = {}
    for level in book.levels:
        own = rank(model, level.equivalences[model])
        if own is not None:
            reach[own] = max(reach.get(own, 0), level.number)
    return next((n for n in sorted(reach) if n >= number and reach[n] >= capability.level), max(reach))


def rank(model: str, said: str) -> int | None:
    """The place of a level among those of its model, from the words of the catalogue; nothing for none."""
    if model in _PHASES:
        words = re.findall(r"\w+", said.casefold())
        return next((_PHASES[model].index(word) for word in words if word in _PHASES[model]), None)
    found = re.search(r"before level 0|\bL?([0-4])\b", said)
    return int(found[1] or 0) if found else None
