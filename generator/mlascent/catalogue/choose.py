"""What a project has: the capabilities that its answers choose, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.catalogue.load import Catalogue, catalogue
from mlascent.catalogue.model import Path


@dataclass(frozen=True, slots=True)
class Chosen:
    """A capability that the project has.

    Attributes:
        id: The capability.
        reason: ``level``, ``area``, ``with`` or ``required``.
        because: The capability that requires it, where the reason is ``required``.
        depth: How far it goes: the level of its area, at least the level that brings it, and at least
            the level that brings whatever of the project rests on it.
    """

    id: str
    reason: str
    because: str | None
    depth: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A capability of the project's level that the project does not have.

    Attributes:
        id: The capability.
        reason: ``without``, ``requires`` (it needs one that was left out), ``planned``,
            ``workload``, ``ci`` or ``platform`` (it does not apply there).
        because: The capability that was left out, where the reason is ``requires``.
    """

    id: str
    reason: str
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The capabilities of a project.

    Attributes:
        chosen: What it has, in the catalogue's order.
        left_out: What its level would bring and it does not have.
        problems: Every contradiction in the answers, one sentence each; empty when they stand.
    """

    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]
    problems: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of what is chosen."""
        return frozenset(c.id for c in self.chosen)

    def paths(self, answers: Mapping[str, Any], book: Catalogue | None = None) -> tuple[str, ...]:
        """The target paths that the project gets, sorted.

        Args:
            answers: The project's answers: ``package``, ``platform``, ``ci``, ``workload``, and
                whatever the paths' own conditions name.
            book: Another catalogue than this release's.
        """
        book = book or catalogue()
        return tuple(
            sorted(
                path.path.replace("{{ package }}", str(answers["package"]))
                for chosen in self.chosen
                for path in book.paths(chosen.id)
                if _comes(path, chosen.depth, answers)
            )
        )


def selection(
    level: int,
    areas: Mapping[str, int] | None = None,
    with_: Iterable[str] = (),
    without: Iterable[str] = (),
    platform: str = "local",
    ci: str = "github",
    workload: str = "online",
    book: Catalogue | None = None,
) -> Selection:
    """The capabilities that a project's answers choose.

    The level chooses, an area may stand higher, ``with_`` takes single capabilities ahead of their
    level, and everything they require comes along. ``without`` leaves capabilities out, and with them
    those of the level that require them. All contradictions are told together.

    Args:
        level: The project's level, 0 to 4.
        areas: Areas that stand on a higher level.
        with_: Ids taken on top of the level.
        without: Ids left out.
        platform: ``local``, ``sagemaker`` or ``azureml``.
        ci: ``github``, ``gitlab``, ``azure``, ``jenkins`` or ``none``.
        workload: ``online``, ``batch`` or ``both``.
        book: Another catalogue than this release's.
    """
    choice = _Choice(
        book or catalogue(), level, areas or {}, {"platform": platform, "ci": ci, "workload": workload}
    )
    return choice.make(tuple(with_), tuple(without))


class _Choice:
    def __init__(
        self, book: Catalogue, level: int, areas: Mapping[str, int], facts: Mapping[str, str]
    ) -> None:
        self.book = book
        self.known = frozenset(book.ids)
        self.level = level
        self.areas = areas
        self.facts = facts

    def make(self, with_: tuple[str, ...], without: tuple[str, ...]) -> Selection:
        problems = [*self._bad_levels(), *self._bad_names(with_, without)]
        taken = [i for i in with_ if i in self.known and self._obstacle(i) is None]
        removed = self._removed([i for i in without if i in self.known and not self.book.raw(i).get("core")])
        problems += self._clashes(taken, removed)

        reasons: dict[str, tuple[str, str | None]] = {}
        left_out: list[LeftOut] = []
        for i in self.book.ids:
            reason = self._by_level(i)
            if reason and (obstacle := self._obstacle(i)):
                left_out.append(LeftOut(i, obstacle))
            elif reason and i in removed:
                left_out.append(LeftOut(i, "requires" if removed[i] else "without", removed[i]))
            elif reason:
                reasons[i] = (reason, None)
        for i in taken:
            if i not in removed:
                reasons.setdefault(i, ("with", None))
        self._close(reasons)

        depths = self._depths(list(reasons))
        chosen = tuple(Chosen(i, *reasons[i], depths[i]) for i in self.book.ids if i in reasons)
        return Selection(chosen, tuple(left_out), tuple(problems))

    def _area_level(self, i: str) -> int:
        return max(self.level, self.areas.get(self.book.raw(i)["area"], self.level))

    def _depths(self, chosen: list[str]) -> dict[str, int]:
        """How far each goes: a practice of level 2 rests on what it requires as level 2 has it."""
        least = {i: int(self.book.raw(i)["introduced"]) for i in chosen}
        queue = list(chosen)
        while queue:
            i = queue.pop(0)
            for required in self.book.raw(i)["requires"]:
                if least[required] < least[i]:
                    least[required] = least[i]
                    queue.append(required)
        return {i: max(self._area_level(i), least[i]) for i in chosen}

    def _by_level(self, i: str) -> str | None:
        raw = self.book.raw(i)
        if raw["selected_by"] != "level":
            return None
        if raw["introduced"] <= self.level:
            return "level"
        return "area" if raw["introduced"] <= self._area_level(i) else None

    def _obstacle(self, i: str) -> str | None:
        """Why this capability cannot be had with these answers, if it cannot."""
        raw = self.book.raw(i)
        if raw["status"].get(self.facts["platform"]) not in ("available", "elsewhere"):
            return "planned"
        applies = raw.get("applies", {})
        return next(
            (key for key, value in self.facts.items() if value not in applies.get(key, (value,))), None
        )

    def _removed(self, without: list[str]) -> dict[str, str | None]:
        """What goes: the capabilities left out, and those that require one, with the one they miss."""
        removed: dict[str, str | None] = dict.fromkeys(without)
        grown = True
        while grown:
            grown = False
            for i in self.book.ids:
                missing = next((r for r in self.book.raw(i)["requires"] if r in removed), None)
                if missing and i not in removed:
                    removed[i] = missing
                    grown = True
        return removed

    def _close(self, reasons: dict[str, tuple[str, str | None]]) -> None:
        queue = list(reasons)
        while queue:
            i = queue.pop(0)
            for required in self.book.raw(i)["requires"]:
                if required not in reasons:
                    reasons[required] = ("required", i)
                    queue.append(required)

    def _bad_levels(self) -> Iterator[str]:
        highest = self.book.highest
        known = [area.id for area in self.book.areas]
        if not 0 <= self.level <= highest:
            yield f"Level {self.level} is not available; there are 0 to {highest}."
        for area, level in self.areas.items():
            if area not in known:
                yield f"There is no area '{area}'; there are {', '.join(known)}."
            elif level > highest:
                yield f"Area {area} cannot stand on level {level}; there are {self.level} to {highest}."
            elif level < self.level:
                yield f"Area {area} cannot stand on level {level}, below the project's {self.level}."

    def _bad_names(self, with_: tuple[str, ...], without: tuple[str, ...]) -> Iterator[str]:
        for i in dict.fromkeys((*with_, *without)):
            if i not in self.known and i not in self.book.retired:
                near = self.book.suggest(i)
                yield f"There is no capability '{i}'." + (
                    f" Did you mean {' or '.join(near)}?" if near else ""
                )
        for i in with_:
            if i in self.known and (obstacle := self._obstacle(i)):
                yield self._why_not(i, obstacle)
        for i in without:
            if i in self.known and self.book.raw(i).get("core"):
                yield f"'{i}' is in every project and cannot be left out."
            elif i in self.known and self._obstacle(i) == "planned":
                yield f"'{i}' is planned: there is nothing to leave out yet."

    def _why_not(self, i: str, obstacle: str) -> str:
        if obstacle == "planned":
            return f"'{i}' is planned, and not available yet on platform {self.facts['platform']}."
        allowed = ", ".join(self.book.raw(i)["applies"][obstacle])
        return f"'{i}' does not apply to {obstacle} {self.facts[obstacle]}, only to {allowed}."

    def _clashes(self, taken: list[str], removed: dict[str, str | None]) -> Iterator[str]:
        for i in taken:
            if missing := removed.get(i):
                yield f"'{i}' requires '{missing}', which is left out."
            elif i in removed:
                yield f"'{i}' is both taken and left out."


def _comes(path: Path, depth: int, answers: Mapping[str, Any]) -> bool:
    conditions = {**path.where, **path.when}
    return depth >= path.level and all(str(answers[key]) in values for key, values in conditions.items())
