"""Run-time access to the compiled catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path as File
from typing import Any

from mlascent.catalogue import model
from mlascent.catalogue.model import Area, Capability, Level, Path, Profile, Rule, Text
from mlascent.errors import FailedError, UsageError


class Catalogue:
    """The whole ladder. Capabilities are built when they are first asked for."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Keep the compiled mapping; building all 80 capabilities costs more than parsing them."""
        self._raw = raw
        self._by_id: dict[str, Mapping[str, Any]] = {c["id"]: c for c in raw["capabilities"]}
        self._built: dict[str, Capability] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all capabilities, by area, then by the level that brings them."""
        return tuple(self._by_id)

    @property
    def retired(self) -> tuple[str, ...]:
        """Ids that were capabilities once and still stand in old answers."""
        return tuple(self._raw["retired"])

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The five levels, from 0."""
        return tuple(
            Level(
                number=raw["level"],
                slug=raw["slug"],
                name=Text(**raw["name"]),
                meaning=Text(**raw["meaning"]),
                equivalences=raw["equivalences"],
            )
            for raw in self._raw["levels"]
        )

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The four areas, in the order in which reports show them."""
        return tuple(Area(raw["id"], Text(**raw["name"])) for raw in self._raw["areas"])

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that a project can take on top of its level."""
        return tuple(
            Profile(raw["id"], Text(**raw["name"]), Text(**raw["meaning"])) for raw in self._raw["profiles"]
        )

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """All capabilities."""
        return tuple(self.capability(i) for i in self._by_id)

    @cached_property
    def _prose(self) -> Any:
        return _compiled("prose.json")

    @cached_property
    def _rules(self) -> dict[str, str]:
        return {rule["id"]: i for i, raw in self._by_id.items() for rule in raw["rules"]}

    @cached_property
    def highest(self) -> int:
        """The highest level that is available; those above are planned."""
        return max(
            int(raw["introduced"])
            for raw in self._by_id.values()
            if raw["selected_by"] == "level" and "available" in raw["status"].values()
        )

    def capability(self, capability_id: str) -> Capability:
        """The capability with this id.

        Raises:
            UsageError: There is none; the hint names the closest ids.
        """
        if capability_id not in self._built:
            raw = self._by_id.get(capability_id)
            if raw is None:
                raise _unknown("capability", capability_id, self._by_id)
            said = self._prose
            self._built[capability_id] = model.capability(
                raw, said["capabilities"][capability_id], said["rules"]
            )
        return self._built[capability_id]

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id, in any case.

        Raises:
            UsageError: There is none; the hint names the closest ids.
        """
        wanted = rule_id.upper()
        if wanted not in self._rules:
            raise _unknown("rule", rule_id, self._rules)
        owner = self.capability(self._rules[wanted])
        return next(rule for rule in owner.rules if rule.id == wanted)

    def has_rule(self, rule_id: str) -> bool:
        """Whether there is a rule with this id."""
        return rule_id in self._rules

    def level(self, key: int | str) -> Level:
        """The level with this number or name (English, Portuguese, any case).

        Raises:
            UsageError: There is none.
        """
        wanted = str(key).strip().casefold()
        for level in self.levels:
            if wanted in (str(level.number), level.slug, level.name.en.casefold(), level.name.pt.casefold()):
                return level
        names = {level.slug: level for level in self.levels}
        raise _unknown("level", str(key), names, ", ".join(f"{n.number} ({s})" for s, n in names.items()))

    def suggest(self, word: str) -> tuple[str, ...]:
        """The ids of capabilities closest to a word that is not one; best first, at most three."""
        return _closest(word, self._by_id)

    # What a selection needs, straight from the mapping: it asks for a few fields of every capability,
    # and building them all would cost it more than its whole work.

    def raw(self, capability_id: str) -> Mapping[str, Any]:
        """The compiled mapping of one capability, for code that reads a few fields of all of them."""
        return self._by_id[capability_id]

    def paths(self, capability_id: str) -> tuple[Path, ...]:
        """The paths of one capability."""
        return tuple(model.path(p) for p in self._by_id[capability_id]["paths"])


@cache
def catalogue() -> Catalogue:
    """The catalogue of this release.

    Raises:
        FailedError: The compiled file is missing or unreadable.
    """
    return Catalogue(_compiled("catalogue.json"))


def _compiled(name: str) -> Any:
    # Beside this module rather than by importlib.resources, whose import takes longer than the reading.
    try:
        return json.loads(File(__file__).with_name(name).read_bytes())
    except (OSError, ValueError) as error:
        raise FailedError(
            f"The catalogue of this installation cannot be read: {error}",
            "Install mlascent again, or run 'just generate' in a checkout.",
        ) from error


def _closest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    # Imported here: it is needed only where a run ends in an error.
    from difflib import get_close_matches

    folded = {k.casefold(): k for k in known}
    wanted = word.strip().casefold().replace("_", "-")
    near = [k for k in folded if wanted and wanted in k] or get_close_matches(wanted, folded, cutoff=0.75)
    return tuple(folded[match] for match in near[:3])


def _unknown(kind: str, word: str, known: Iterable[str], all_of_them: str = "") -> UsageError:
    near = _closest(word, known)
    hint = f"Did you mean {' or '.join(near)}?" if near else all_of_them and f"There are: {all_of_them}."
    return UsageError(f"There is no {kind} '{word}'.", hint)
