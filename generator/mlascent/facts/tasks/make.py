"""Makefiles: targets and what they run; variables are put in where the file sets them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from mlascent.facts.files import Files
from mlascent.facts.tasks.model import Command, Task

NAMES = ("Makefile", "makefile", "GNUmakefile")
_SETTING = re.compile(r"(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(?:[:?+]|::)?=\s*(.*)\Z")
_RULE = re.compile(r"([^\s:=#][^:=#]*?)\s*::?(?!=)\s*([^=;]*)(?:;(.*))?\Z")
_HOLE = re.compile(r"\$\$|\$[({]([A-Za-z_][\w.-]*)[)}]|\$([@<^*])")
_MOST_CHARACTERS = 20_000


def tasks(files: Files) -> Iterator[Task]:
    """Targets of every Makefile."""
    for path in files.named(*NAMES):
        yield from _read(files, path)


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Lines, continued ones joined."""
    held, begun = "", 0
    for number, row in enumerate(text.splitlines(), 1):
        begun = begun or number
        if row.endswith("\\"):
            held += row[:-1] + " "
            continue
        yield begun, held + row
        held, begun = "", 0


def _lines(files: Files, path: str, seen: set[str]) -> Iterator[tuple[str, int, str]]:
    """Lines of a file, and of those that it includes."""
    if path in seen or len(seen) > 100:
        return
    seen.add(path)
    for number, row in _rows(files.text(path)):
        match = re.match(r"-?s?include\s+(.*)", row)
        if match:
            for other in match[1].split():
                place = posixpath.normpath(posixpath.join(path.rpartition("/")[0], other))
                if place in files:
                    yield from _lines(files, place, seen)
        else:
            yield path, number, row


def _read(files: Files, path: str) -> Iterator[Task]:
    values: dict[str, str] = {"MAKE": "make", "SHELL": "sh"}
    found: dict[str, list[tuple[str, int, list[str], list[tuple[str, int, str]]]]] = {}
    current: list[tuple[str, int, list[str], list[tuple[str, int, str]]]] = []
    for place, number, row in _lines(files, path, set()):
        if row.startswith("\t") and current:
            for rule in current:
                rule[3].append((place, number, row.strip()))
        elif row.strip() and not row.lstrip().startswith("#"):
            text = row.split(" #")[0].rstrip()
            if match := _SETTING.match(text.strip()):
                if "+=" in text:
                    values[match[1]] = f"{values.get(match[1], '')} {match[2]}"[:_MOST_CHARACTERS]
                elif "?=" not in text or match[1] not in values:
                    values[match[1]] = match[2]
                current = []
            elif match := _RULE.match(text):
                current = []
                needs = _put(match[2], values).replace("|", " ").split()
                for name in _put(match[1], values).split()[:200]:
                    rule = (place, number, needs, [(place, number, match[3].strip())] if match[3] else [])
                    found.setdefault(name, []).append(rule)
                    current.append(rule)
    for name, rules in found.items():
        if (name.startswith(".") and name[1:].isupper()) or "%" in name:
            continue
        place, number, _, _ = next((rule for rule in rules if rule[3]), rules[0])
        needs = [need for rule in rules for need in rule[2]]
        body = [row for rule in rules for row in rule[3]]
        inner = {**values, "@": name, "<": needs[0] if needs else "", "^": " ".join(needs)}
        commands = tuple(
            command for row in body if (command := _command(row, inner, path.rpartition("/")[0]))
        )
        yield Task("make", name, path, number, (), tuple(needs), commands, name.startswith("_"))


def _command(row: tuple[str, int, str], values: dict[str, str], folder: str) -> Command | None:
    place, number, text = row
    bare = text.lstrip("@-+ ")
    ignored = "-" in text[: len(text) - len(bare)]
    return (
        Command(_put(bare, values), place, number, not ignored, strict=False, folder=folder) if bare else None
    )


def _put(text: str, values: dict[str, str], depth: int = 0) -> str:
    """Variables of make put in; those that nothing sets become shell's."""

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if match[0] == "$$":
            return "$"
        if name in values and depth < 10:
            return _put(values[name], values, depth + 1)[:_MOST_CHARACTERS]
        return "${" + name + "}"

    return _HOLE.sub(one, text)[:_MOST_CHARACTERS]
