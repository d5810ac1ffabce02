"""The words of the catalogue as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What a capability, a rule or a path applies to when it does not say: everything.
EVERYTHING: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the languages that people read.

    Attributes:
        en: English.
        pt: Portuguese.
    """

    en: str
    pt: str

    def in_(self, language: str) -> str:
        """The text in ``language`` (``en`` or ``pt``); English for any other."""
        return self.pt if language == "pt" else self.en


@dataclass(frozen=True, slots=True)
class Path:
    """A path of the generated project, and the conditions under which a project gets it.

    Attributes:
        path: Target name, with ``{{ package }}`` where the package's name goes.
        level: The depth of the capability from which the path comes.
        where: Allowed values of ``platform``, ``ci`` and ``workload``; a missing key allows all.
        when: Allowed values of further answers, such as ``licence``.
    """

    path: str
    level: int = 0
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One true or false statement about a repository.

    Attributes:
        id: Never renamed, never used again.
        capability: The capability that it proves.
        level: The level from which ``check`` demands it.
        strength: present < configured < wired < observed < signed.
        severity: ``required``, or ``advisory``: reported, and never lowers a level.
        owed_by: ``template``, ``run``, ``team`` or ``host``.
        since: The release that brought it.
        statement: What must be true.
        proof: How it is decided from the repository.
        fix: What to run or to edit when it fails.
        applies: Allowed values of ``platform``, ``ci`` and ``workload``; a missing key allows all.
        condition: A fact of the project's own manifest that it depends on, if any.
    """

    id: str
    capability: str
    level: int
    strength: str
    severity: str
    owed_by: str
    since: str
    statement: Text
    proof: str
    fix: str
    applies: Mapping[str, tuple[str, ...]]
    condition: Text | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """One practice on the ladder.

    Attributes:
        introduced: The level at which the template brings it.
        level: The level at which ``check`` demands it.
        selected_by: ``level``, ``profile`` (with the name in ``profile``) or ``option``.
        core: Every project has it; it cannot be left out.
        requires: Ids of its direct prerequisites.
        applies: Allowed values of ``platform``, ``ci`` and ``workload``; a missing key allows all.
        status: ``available``, ``planned`` or ``elsewhere`` (it means nothing there) for each platform.
        brought_by: Capabilities whose files bring it, where it has no path of its own.
        attested: What only people can answer.
        condition: A fact of the project's own manifest that it depends on, if any.
    """

    id: str
    area: str
    name: Text
    summary: Text
    why: Text
    question: Text
    introduced: int
    level: int
    selected_by: str
    profile: str | None
    core: bool
    severity: str
    nature: str
    requires: tuple[str, ...]
    applies: Mapping[str, tuple[str, ...]]
    condition: Text | None
    status: Mapping[str, str]
    commands: tuple[str, ...]
    paths: tuple[Path, ...]
    brought_by: tuple[str, ...]
    rules: tuple[Rule, ...]
    attested: tuple[str, ...]
    artefacts: Mapping[str, str]
    equivalences: Mapping[str, str]
    sources: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def key(self) -> str:
        """The id as a template variable: ``data_validation``."""
        return self.id.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the ladder, and what other maturity models call it."""

    number: int
    slug: str
    name: Text
    meaning: Text
    equivalences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Area:
    """One of the four areas in which a repository has a level."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """Capabilities outside the levels, by choice."""

    id: str
    name: Text
    meaning: Text


def text(raw: Mapping[str, str] | None) -> Text | None:
    """A text from its mapping, or nothing from nothing."""
    return Text(raw["en"], raw["pt"]) if raw else None


def allowed(raw: Mapping[str, Any] | None) -> Mapping[str, tuple[str, ...]]:
    """Lists of allowed values as tuples."""
    return {key: tuple(values) for key, values in raw.items()} if raw else EVERYTHING


def path(raw: str | Mapping[str, Any]) -> Path:
    """A path from either of its two written forms."""
    if isinstance(raw, str):
        return Path(raw)
    where = {key: tuple(raw[key]) for key in ("platform", "ci", "workload") if key in raw}
    return Path(raw["path"], raw.get("level", 0), where, allowed(raw.get("when")))


def rule(raw: Mapping[str, Any], said: Mapping[str, Any], capability: str) -> Rule:
    """A rule from what decides it and what is said of it."""
    return Rule(
        id=raw["id"],
        capability=capability,
        level=raw["level"],
        strength=raw["strength"],
        severity=raw["severity"],
        owed_by=raw["owed_by"],
        since=raw["since"],
        statement=Text(said["statement"]["en"], said["statement"]["pt"]),
        proof=said["proof"],
        fix=said["fix"],
        applies=allowed(raw.get("applies")),
        condition=text(said.get("condition")),
    )


def capability(raw: Mapping[str, Any], said: Mapping[str, Any], rules: Mapping[str, Any]) -> Capability:
    """A capability from what decides it, what is said of it, and what is said of its rules."""
    name, summary, why, question = (
        Text(said[k]["en"], said[k]["pt"]) for k in ("name", "summary", "why", "question")
    )
    return Capability(
        id=raw["id"],
        area=raw["area"],
        name=name,
        summary=summary,
        why=why,
        question=question,
        introduced=raw["introduced"],
        level=raw["level"],
        selected_by=raw["selected_by"],
        profile=raw.get("profile"),
        core=raw.get("core", False),
        severity=raw["severity"],
        nature=raw["nature"],
        requires=tuple(raw["requires"]),
        applies=allowed(raw.get("applies")),
        condition=text(said.get("condition")),
        status=raw["status"],
        commands=tuple(raw["commands"]),
        paths=tuple(path(p) for p in raw["paths"]),
        brought_by=tuple(raw.get("brought_by", ())),
        rules=tuple(rule(r, rules[r["id"]], raw["id"]) for r in raw["rules"]),
        attested=tuple(said["attested"]),
        artefacts=said["artefacts"],
        equivalences=said["equivalences"],
        sources=tuple(said["sources"]),
        references=tuple(said["references"]),
    )
