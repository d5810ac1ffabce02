"""Support windows and retired services: PX001 and PX002, by the table of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.catalogue import currency
from mlascent.facts import Facts
from mlascent.rules.deployment import retired
from mlascent.rules.deployment.versions import Version, all_below, lowest, version
from mlascent.rules.entries import once
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown


@rule("PX001")
def inside_support_windows(facts: Facts) -> Verdict:
    """A range whose lower bound is long dead, or a pin of years ago; what nothing pins cannot be told."""
    wrong = [*_pythons(facts), *_libraries(facts)]
    if wrong:
        return failed(f"{wrong[0].said[0].upper()}{wrong[0].said[1:]}.", *wrong)
    known = facts.dependencies
    if not known.declared:
        return unknown("No manifest says on which versions the project depends.")
    python = known.requires_python or next((base for base, _ in _bases(facts)), "")
    if not python:
        return unknown("Nothing says which Python the project runs on: set requires-python.")
    where = [Evidence(known.python_from or next(p for _, p in _bases(facts)).path, 0, f"Python {python}")]
    where += [Evidence(lock.path, 0, "locked versions") for lock in known.locks[:1]]
    return passed(f"Python and libraries are supported on {facts.as_of}.", *where)


def _bases(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    """Pythons that images bring."""
    for dockerfile in facts.containers.dockerfiles:
        for base in dockerfile.bases:
            found = re.match(r"(3\.\d+|2\.7)", base.tag)
            if found and base.image.rpartition("/")[2] in ("python", "pypy"):
                yield found[1], Evidence(dockerfile.path, base.line, f"python:{base.tag}")


def _pythons(facts: Facts) -> Iterator[Evidence]:
    asked = facts.dependencies.requires_python
    if asked and (said := _dead(facts, lowest(asked))):
        yield Evidence(facts.dependencies.python_from, 0, said)
    for series, where in _bases(facts):
        if said := _dead(facts, version(series)):
            yield Evidence(where.path, where.line, said)


def _dead(facts: Facts, bound: Version) -> str:
    series = ".".join(map(str, bound[:2]))
    ended = currency.table()["python"]["ended"]
    if len(bound) == 1:
        series = "2.7" if bound[0] == 2 else ""
    day = str(ended.get(series, ""))
    oldest = version(min(ended, key=version))
    if not day and bound[:2] and len(bound) > 1 and bound[:2] < oldest:
        day = str(ended[".".join(map(str, oldest))])
    return f"Python {series} is without support since {day}" if day and day <= str(facts.as_of) else ""


def _libraries(facts: Facts) -> Iterator[Evidence]:
    for entry in currency.table()["libraries"]:
        if entry["ended"] > str(facts.as_of):
            continue
        limit = version(entry["below"])
        for name in entry["names"]:
            said = f"{name} below {entry['below']} is without support since {entry['ended']}"
            locked = [
                (lock.path, lock.versions[name]) for lock in facts.dependencies.locks if name in lock.versions
            ]
            for path, found in locked:
                if version(found) < limit and not any(d.path == path for d in facts.dependencies.of(name)):
                    yield Evidence(path, 0, said)
            for dependency in facts.dependencies.of(name):
                if all_below(dependency.specifier, limit):
                    yield Evidence(dependency.path, dependency.line, said)


@rule("PX002")
def nothing_retired(facts: Facts) -> Verdict:
    """Another name for the import, or the service in Terraform instead of Python, is the same service."""
    found: list[tuple[dict[str, Any], Evidence]] = []
    for entry in currency.table()["retired"]:
        if entry["ended"] <= str(facts.as_of):
            found += [(entry, where) for where in _uses(facts, entry)]
    if found:
        entry = found[0][0]
        return failed(
            f"{entry['name']}: gone since {entry['ended']}; use {entry['instead']}.",
            *(Evidence(e.path, e.line, f"{told['name']}: {e.said}") for told, e in found[:10]),
        )
    return passed("No retired SDK and no closed service is used.")


@once
def _imports(facts: Facts) -> tuple[tuple[str, Evidence], ...]:
    """Every import that is not the repository's own, by the whole name of what it takes."""
    return tuple(
        (name, Evidence(module.path, each.line, name))
        for module in facts.python.modules.values()
        for each in module.imports
        if facts.python.named(each.module) is None
        for name in (f"{each.module}.{each.name}" if each.name else each.module,)
    )


def _uses(facts: Facts, entry: dict[str, Any]) -> Iterator[Evidence]:
    if not _still_there(facts, entry.get("with")):
        yield from retired.declared(facts, entry)
        if imports := tuple(entry.get("imports", ())):
            for name, where in _imports(facts):
                if any(name == wanted or name.startswith(f"{wanted}.") for wanted in imports):
                    yield where
        yield from retired.used(facts, entry)


def _still_there(facts: Facts, releases: dict[str, str] | None) -> bool:
    """Whether the project keeps to releases of a package that still have what later ones took away."""
    if not releases:
        return False
    name, limit = releases["package"], version(releases["from"])
    locked = [lock.versions[name] for lock in facts.dependencies.locks if name in lock.versions]
    asked = [d.specifier for d in facts.dependencies.of(name)]
    if locked:
        return all(version(found) < limit for found in locked)
    return not asked or any(all_below(specifier, limit) for specifier in asked)
