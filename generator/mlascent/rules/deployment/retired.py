"""How a repository uses what was retired: by what each entry of the catalogue's table is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.platforms import Asset, Resource
from mlascent.rules import words
from mlascent.rules.deployment import places
from mlascent.rules.deployment.values import walk
from mlascent.rules.model import Evidence

Entry = dict[str, Any]


def declared(facts: Facts, entry: Entry) -> Iterator[Evidence]:
    """Packages that a manifest asks for."""
    for dependency in facts.dependencies.of(*entry.get("packages", ())):
        yield Evidence(dependency.path, dependency.line, dependency.name)


def used(facts: Facts, entry: Entry) -> Iterator[Evidence]:
    """All but packages and imports."""
    if entry.get("calls"):
        yield from (words.at(call) for call in facts.python.calls(entry["calls"]))
    yield from _resources(facts, entry)
    yield from _commands(facts, entry)
    if entry.get("strings"):
        yield from _texts(facts, entry["strings"])
    if entry.get("values"):
        yield from _texts(facts, entry["values"])
        yield from _values(facts, frozenset(entry["values"]))
    if entry.get("fields"):
        yield from _fields(facts, entry["fields"])


def _resources(facts: Facts, entry: Entry) -> Iterator[Evidence]:
    for resource in facts.platforms.resources if entry.get("resources") else ():
        whole = f"{resource.type}@{resource.version}"
        for pattern in entry["resources"]:
            if fnmatchcase(whole if "@" in pattern else resource.type, pattern):
                yield Evidence(resource.path, resource.line, whole.removesuffix("@"))


def _commands(facts: Facts, entry: Entry) -> Iterator[Evidence]:
    if entry.get("uses"):
        wanted = re.compile("|".join(rf"{re.escape(name)}(\.|$)" for name in entry["uses"]))
        for place in places.steps(facts, counting=False):
            if wanted.match(place.step.uses):
                yield place.evidence(place.step.uses)
    begun = tuple(tuple(text.split()) for text in entry.get("launches", ()))
    if not begun:
        return
    every = [x for place in places.steps(facts, counting=False) for x in place.step.launches]
    every += [x for tasks in facts.tasks.words.values() for task in tasks for x in facts.tasks.of(task)]
    for launch in every:
        if any(launch.argv[: len(start)] == start for start in begun):
            yield words.seen(launch)


def _texts(facts: Facts, wanted: list[str]) -> Iterator[Evidence]:
    for module in facts.python.modules.values():
        for line, said in module.strings:
            if said in wanted and not module.test:
                yield Evidence(module.path, line, said)


def _values(facts: Facts, wanted: frozenset[str]) -> Iterator[Evidence]:
    """Values of resources, of assets and of settings."""
    things: list[Resource | Asset] = [*facts.platforms.resources, *facts.platforms.assets]
    for thing in things:
        for _, value in walk(dict(thing.body)):
            if isinstance(value, str) and value in wanted:
                yield Evidence(thing.path, thing.line, value)
    for setting in facts.settings.own():
        for keys, block in setting.mappings():
            for key, value in block.items():
                if isinstance(value, str) and value in wanted:
                    yield Evidence(setting.path, setting.line(*keys, str(key)), value)


def _fields(facts: Facts, fields: dict[str, list[str]]) -> Iterator[Evidence]:
    """Keys with a value that went, in what defines something of Azure ML."""
    things: list[Resource | Asset] = [*facts.platforms.assets]
    things += [r for r in facts.platforms.resources if "machinelearning" in r.type.lower().replace("_", "")]
    for thing in things:
        for key, value in walk(dict(thing.body)):
            if str(value) in fields.get(key, ()):
                yield Evidence(thing.path, thing.line, f"{key}: {value}")
    for found in facts.python.calls(("azure.ai.ml.*",)):
        for key, value in found.call.keywords.items():
            if str(value) in fields.get(key, ()):
                yield words.at(found, f"{key}={value}")
