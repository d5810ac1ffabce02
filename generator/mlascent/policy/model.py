"""What a policy asks, as immutable values, each with the place that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mlascent.catalogue.model import Rule
from mlascent.facts.parsing import Doc
from mlascent.rules.model import Check

STRENGTHS = ("present", "configured", "wired", "observed", "signed")
#: From the loosest to the strictest: waivers and attestations lift `effective` above `verified`.
MEASURES = ("wired", "effective", "verified")
#: How many days a waiver, or an attestation, may last where no policy says less.
WAIVER_DAYS = 180
ATTESTATION_DAYS = 365


@dataclass(frozen=True, slots=True)
class Floor:
    """The least level of a tier: in every area, and more in some."""

    level: int = 0
    areas: Mapping[str, int] = field(default_factory=dict)

    def of(self, area: str) -> int:
        """The least level of an area."""
        return max(self.level, self.areas.get(area, 0))


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule that a policy adds to the catalogue.

    Attributes:
        rule: What people read; `capability` is empty.
        area: Where it counts.
        check: What decides it.
    """

    rule: Rule
    area: str
    check: Check


@dataclass(frozen=True)
class Layer:
    """One policy file, before it is joined with those that it extends.

    Attributes:
        name: As it calls itself.
        version: As it calls itself.
        source: Where it was read from, for a person.
        digest: `sha256:` and its content's digest.
        enforce_from: From when its own demands make a check fail.
        doc: The file, with line numbers.
        own: Its own rules, those of its plug-ins included.
    """

    name: str
    version: str
    source: str
    digest: str
    enforce_from: date | None
    doc: Doc
    own: tuple[OwnRule, ...] = ()

    def get(self, *path: str) -> Any:
        """What it says at a path; nothing where it says nothing."""
        return self.doc.get(*path)

    def at(self, *path: str | int) -> str:
        """A place in it, for a person."""
        return f"{self.name} ({self.source}:{self.doc.line(*path)})"

    def enforces(self, day: date) -> bool:
        """Whether its demands make a check fail on a day."""
        return self.enforce_from is None or day >= self.enforce_from


@dataclass(frozen=True)
class Policy:
    """Layers joined: what is in force.

    Attributes:
        layers: From the widest to the narrowest.
        floors: Tier (`default` where a project has none) → floor.
        measure: Which level a floor is held against.
        required: Capabilities that every repository must hold, at any level.
        forbidden: Capabilities that no repository may take.
        platforms: Where projects may run; anywhere when empty.
        strength: Level → how strong the proof of a capability must be from there on.
        behind: How many releases a template may lag.
        days: How many days after a newer release a template may lag.
        releases: Release → its day.
        severity: Rule → `required` or `advisory`.
        never: Rules that may be neither waived nor frozen.
        waiver_days: How long a waiver may last.
        ticket: Whether a waiver needs one.
        control: Whether a waiver needs a compensating control.
        attestation_days: How long an attestation stays fresh.
        own: Rules beside the catalogue's.
        where: Key → the place that says so.
    """

    layers: tuple[Layer, ...] = ()
    floors: Mapping[str, Floor] = field(default_factory=dict)
    measure: str = "effective"
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    platforms: tuple[str, ...] = ()
    strength: Mapping[int, str] = field(default_factory=dict)
    behind: int | None = None
    days: int | None = None
    releases: Mapping[str, date] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    waiver_days: int = WAIVER_DAYS
    ticket: bool = False
    control: bool = False
    attestation_days: int = ATTESTATION_DAYS
    own: tuple[OwnRule, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)

    def floor(self, tier: str) -> Floor:
        """The floor of a tier; without one, the default's."""
        return self.floors.get(tier) or self.floors.get("default") or Floor()
