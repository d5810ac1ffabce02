"""Layers joined into one policy. A layer may ask more than those that it extends, and never less."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from mlascent.catalogue import Catalogue
from mlascent.errors import RefusedError
from mlascent.policy.model import MEASURES, STRENGTHS, Floor, Layer, Policy


def joined(layers: Sequence[Layer], book: Catalogue) -> Policy:
    """One policy of many layers.

    Args:
        layers: From the widest to the narrowest.
        book: The catalogue whose rules and capabilities they name.

    Raises:
        RefusedError: A layer loosens what one above it asks, or contradicts it; all of it is told together,
            with both places.
    """
    join = _Join(book)
    for layer in layers:
        join.add(layer)
    join.contradictions()
    if join.problems:
        raise RefusedError(
            "\n".join(join.problems), "A policy may tighten what it extends, and never loosen it."
        )
    v = join.values
    return Policy(
        layers=tuple(layers),
        floors=join.floors,
        measure=v.get("measure", "effective"),
        required=frozenset(join.lists["capabilities.required"]),
        forbidden=frozenset(join.lists["capabilities.forbidden"]),
        platforms=tuple(v.get("platforms", ())),
        strength=join.strength,
        behind=v.get("template.behind"),
        days=v.get("template.days"),
        releases={release: date.fromisoformat(day) for release, day in sorted(join.releases.items())},
        severity=join.severity,
        never=frozenset(join.lists["waivers.never"]),
        waiver_days=v.get("waivers.most_days", Policy.waiver_days),
        ticket=v.get("waivers.ticket", False),
        control=v.get("waivers.control", False),
        attestation_days=v.get("attestations.most_days", Policy.attestation_days),
        own=tuple(own for layer in layers for own in layer.own),
        where=join.where,
    )


class _Join:
    def __init__(self, book: Catalogue) -> None:
        self.book = book
        self.problems: list[str] = []
        self.values: dict[str, Any] = {}
        self.where: dict[str, str] = {}
        self.floors: dict[str, Floor] = {}
        self.strength: dict[int, str] = {}
        self.releases: dict[str, str] = {}
        self.severity: dict[str, str] = {}
        self.own: dict[str, tuple[str, str]] = {}
        self.lists: dict[str, dict[str, str]] = {
            key: {} for key in ("capabilities.required", "capabilities.forbidden", "waivers.never")
        }
        self.first = True

    def add(self, layer: Layer) -> None:
        self._own(layer)
        self._values(layer)
        self._tables(layer)
        self._lists(layer)
        self._severity(layer)
        self.first = False

    def take(self, layer: Layer, key: str, old: Any, new: Any, at: Sequence[str], looser: bool) -> bool:
        """Whether a layer's value may stand; what loosens is noted with both places."""
        if looser:
            place = self.where.get(key) or self.where.get(f"{key.partition('.')[0]}.default")
            before = f", set by {place}" if place else ""
            self.problems.append(f"{layer.at(*at)}: {key} {new} is looser than {old}{before}")
            return False
        self.where[key] = layer.at(*at)
        return True

    def _values(self, layer: Layer) -> None:
        """Single values, each with what it means to be looser."""
        less: Callable[[Any, Any], bool] = lambda new, old: new > old  # noqa: E731 (days: more is looser)
        flag: Callable[[Any, Any], bool] = lambda new, old: old and not new  # noqa: E731
        kinds: Mapping[str, tuple[Callable[[Any, Any], bool], Any]] = {
            "measure": (lambda new, old: MEASURES.index(new) < MEASURES.index(old), None),
            "platforms": (lambda new, old: not set(new) <= set(old), None),
            "template.behind": (less, None),
            "template.days": (less, None),
            "waivers.most_days": (less, None if self.first else Policy.waiver_days),
            "attestations.most_days": (less, None if self.first else Policy.attestation_days),
            "waivers.ticket": (flag, None),
            "waivers.control": (flag, None),
        }
        for key, (looser, default) in kinds.items():
            path = key.split(".")
            new, old = layer.get(*path), self.values.get(key, default)
            if new is not None and self.take(
                layer, key, old, new, path, old is not None and looser(new, old)
            ):
                self.values[key] = new

    def _tables(self, layer: Layer) -> None:
        before, usual = dict(self.floors), self.floors.get("default", Floor())
        for tier, raw in layer.doc.table("floors").items():
            new = Floor(raw) if isinstance(raw, int) else Floor(raw["level"], raw.get("areas", {}))
            old, at = before.get(tier, usual), ("floors", tier)
            lower = any(new.of(a.id) < old.of(a.id) for a in self.book.areas)
            if self.take(layer, f"floors.{tier}", _floor(old), _floor(new), at, lower):
                self.floors[tier] = new
        for level, new_strength in layer.doc.table("strength").items():
            known = self.strength.get(int(level), "present")
            weaker = STRENGTHS.index(new_strength) < STRENGTHS.index(known)
            key = f"strength.{level}"
            if self.take(layer, key, known, new_strength, ("strength", level), weaker):
                self.strength[int(level)] = new_strength
        for release, day in layer.doc.table("template", "releases").items():
            known = self.releases.get(release, day)
            key = f"template.releases.{release}"
            if self.take(layer, key, known, day, ("template", "releases", release), day > known):
                self.releases[release] = day

    def _lists(self, layer: Layer) -> None:
        for key, found in self.lists.items():
            path = key.split(".")
            for number, item in enumerate(layer.doc.items(*path)):
                place = layer.at(*path, number)
                known = self._knows_rule(item) if key == "waivers.never" else item in self.book.ids
                if not known:
                    kind = "rule" if key == "waivers.never" else "capability"
                    self.problems.append(f"{place}: there is no {kind} {item}")
                    continue
                found.setdefault(item, place)
                self.where.setdefault(f"{key}.{item}", place)

    def _severity(self, layer: Layer) -> None:
        for rule, new in layer.doc.table("severity").items():
            at = ("severity", rule)
            if not self._knows_rule(rule):
                self.problems.append(f"{layer.at(*at)}: there is no rule {rule}")
                continue
            old = self.severity.get(rule) or self._usual(rule)
            looser = new == "advisory" and old == "required" and (not self.first or rule in self.own)
            if self.take(layer, f"severity.{rule}", old, new, at, looser):
                self.severity[rule] = new

    def _own(self, layer: Layer) -> None:
        ids = [raw["id"] for raw in layer.doc.items("rules")]
        for own in layer.own:
            rule = own.rule
            place = layer.at("rules", ids.index(rule.id)) if rule.id in ids else layer.at("plugins")
            if rule.id in self.own or self.book.has_rule(rule.id):
                other = self.own[rule.id][1] if rule.id in self.own else "the catalogue"
                self.problems.append(f"{place}: there is a rule {rule.id} already, in {other}")
            else:
                self.own[rule.id] = (rule.severity, place)
                self.where[f"rules.{rule.id}"] = place

    def _knows_rule(self, rule: str) -> bool:
        return rule in self.own or self.book.has_rule(rule)

    def _usual(self, rule: str) -> str:
        return self.own[rule][0] if rule in self.own else self.book.rule(rule).severity

    def contradictions(self) -> None:
        """Note what no repository could satisfy, and what nothing could decide."""
        self.problems += [
            f"{self.where[key]}: {key} counts releases, and template.releases names none"
            for key in ("template.behind", "template.days")
            if key in self.values and not self.releases
        ]
        required, forbidden = self.lists["capabilities.required"], self.lists["capabilities.forbidden"]
        needs: dict[str, str] = {}
        for item in required:
            needs |= dict.fromkeys(self._closure(item), item)
        for item in sorted({*required, *needs} & set(forbidden)):
            by = item if item in required else needs[item]
            why = "" if by == item else f" (required by {by})"
            self.problems.append(f"{forbidden[item]} forbids {item}{why}, which {required[by]} requires")

    def _closure(self, item: str) -> Iterable[str]:
        queue, found = [item], {item}
        while queue:
            more = set(self.book.raw(queue.pop())["requires"]) - found
            found |= more
            queue += sorted(more)
        return found - {item}


def _floor(floor: Floor) -> str:
    return str(floor.level) + "".join(f", {area} {level}" for area, level in sorted(floor.areas.items()))
