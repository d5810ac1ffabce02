"""What a Docker build sends into an image: COPY and ADD against the ignore file."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from mlascent.facts.containers import Dockerfile, Instruction

#: What stays outside, by a path that stands for it.
OUTSIDE = {"data/": "data/rows.csv", ".env": ".env", ".git": ".git/config"}


def sources(instruction: Instruction) -> tuple[str, ...]:
    """Paths of the build context that a COPY or ADD names; none of another stage or the network."""
    value = instruction.value.strip()
    flags = re.match(r"(--\S+\s+)*", value)
    told = flags.group(0) if flags else ""
    if "--from=" in told:
        return ()
    rest = value[len(told) :]
    try:
        words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    except ValueError:
        words = rest.split()
    found = [str(word) for word in words[:-1]]
    return tuple(word for word in found if "://" not in word and not word.startswith("<<"))


def copied(dockerfile: Dockerfile) -> Iterator[tuple[Instruction, str]]:
    """Every path that is copied from the build context."""
    for instruction in dockerfile.of("COPY", "ADD"):
        for source in sources(instruction):
            yield instruction, source.removeprefix("./").strip("/") or "."


def brings(source: str, path: str) -> bool:
    """Whether copying a source brings a path."""
    return source in (".", "*", "**") or path == source or path.startswith(f"{source}/")


def ignored(patterns: tuple[str, ...], path: str) -> bool:
    """Whether the last pattern that matches a path, or a folder above it, leaves it out."""
    out = False
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for pattern in patterns:
        keep = pattern.startswith("!")
        wanted = pattern.lstrip("!").strip().lstrip("/").rstrip("/")
        if wanted and any(_matches(wanted, each) for each in above):
            out = not keep
    return out


def _matches(pattern: str, path: str) -> bool:
    regex = ""
    rest = pattern
    while rest:
        if rest.startswith("**/"):
            regex, rest = regex + "(?:[^/]+/)*", rest[3:]
        elif rest.startswith("**"):
            regex, rest = regex + ".*", rest[2:]
        elif rest[0] == "*":
            regex, rest = regex + "[^/]*", rest[1:]
        elif rest[0] == "?":
            regex, rest = regex + "[^/]", rest[1:]
        else:
            regex, rest = regex + re.escape(rest[0]), rest[1:]
    return re.fullmatch(regex, path) is not None
