"""DVC: stages, locks, remotes and tracked files."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlascent.facts import parsing
from mlascent.facts.dvc.pipeline import Pipeline, Stage, join, parameters
from mlascent.facts.files import Files

_REMOTE = re.compile(r"""\s*\[\s*['"]?\s*remote\s+["']([^"']+)["']""")


@dataclass(frozen=True)
class Dvc:
    """All of it.

    Attributes:
        stages: In the order of files and stages.
        locked: dvc.lock path → stage name → path of an output → its hash.
        remotes: Name → URL, from .dvc/config (not config.local).
        default_remote: Its name; empty where there is none.
        tracked: Paths that a `.dvc` file stands for.
        metrics: Metrics files, of stages and of top-level `metrics:`.
        files: Where parameters are read from.
    """

    stages: tuple[Stage, ...] = ()
    locked: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    remotes: Mapping[str, str] = field(default_factory=dict)
    default_remote: str = ""
    tracked: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    files: Files | None = field(default=None, repr=False, compare=False)

    @cached_property
    def _writers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, stage in enumerate(self.stages):
            for out in stage.outs:
                found.setdefault(out, []).append(number)
        return found

    @cached_property
    def _outs(self) -> list[str]:
        return sorted(self._writers)

    @cached_property
    def _edges(self) -> list[list[int]]:
        """Of every stage: the numbers of those that write what it reads."""
        return [
            sorted({number for dep in stage.deps for number in self._writing(dep)}) for stage in self.stages
        ]

    def _writing(self, dep: str) -> Iterator[int]:
        """Stages that write a path, a folder above it, or something below it."""
        above = dep
        while above:
            yield from self._writers.get(above, ())
            above = above.rpartition("/")[0]
        below = dep + "/"
        for at in range(bisect_left(self._outs, below), len(self._outs)):
            if not self._outs[at].startswith(below):
                break
            yield from self._writers[self._outs[at]]

    def before(self, stage: Stage) -> tuple[Stage, ...]:
        """Stages whose outputs it reads, and theirs, nearest first."""
        start = self.stages.index(stage)
        order, at = [start], 0
        while at < len(order):
            order.extend(number for number in self._edges[order[at]] if number not in order)
            at += 1
        return tuple(self.stages[number] for number in order[1:])

    def cycle(self) -> tuple[Stage, ...]:
        """Stages that wait for each other; empty where the graph is sound."""
        left = {number: set(edges) for number, edges in enumerate(self._edges)}
        while free := [number for number, edges in left.items() if not edges & left.keys()]:
            for number in free:
                del left[number]
        if not left:
            return ()
        walk = [
            min(left)
        ]  # every stage that is left waits for one that is left: follow until one comes twice
        while (following := min(left[walk[-1]] & left.keys())) not in walk:
            walk.append(following)
        return tuple(self.stages[number] for number in walk[walk.index(following) :])

    def parameters(self, path: str) -> Mapping[str, Any]:
        """A parameter file, whole; empty where it is missing or malformed."""
        return parameters(self.files, path) if self.files else {}


def read(files: Files) -> Dvc:
    """Read every dvc.yaml, dvc.lock, .dvc file and the configuration."""
    stages: list[Stage] = []
    metrics: list[str] = []
    for path in files.named("dvc.yaml"):
        found, plain = Pipeline(files, path).read()
        stages += found
        metrics += plain
    folders = {(stage.path.rpartition("/")[0], stage.name): stage.wdir for stage in stages}
    locked = {path: _locked(files, path, folders) for path in files.named("dvc.lock")}
    tracked: list[str] = []
    for path in files.ending(".dvc"):
        outs = parsing.yaml_file(files, path).items("outs")
        tracked += [join(path.rpartition("/")[0], out["path"]) for out in outs if _has_text(out, "path")]
    remotes, default = _remotes(files)
    metrics += [path for stage in stages for path in stage.metrics]
    return Dvc(
        tuple(stages),
        locked,
        remotes,
        default,
        tuple(sorted(set(tracked))),
        tuple(sorted(set(metrics))),
        files,
    )


def _has_text(value: Any, key: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(key), str)


def _locked(
    files: Files, path: str, folders: Mapping[tuple[str, str], str]
) -> Mapping[str, Mapping[str, str]]:
    doc = parsing.yaml_file(files, path)
    stages = doc.table("stages") or doc.table()  # the first schema had no key above the stages
    folder = path.rpartition("/")[0]
    found: dict[str, dict[str, str]] = {}
    for name, stage in stages.items():
        if isinstance(stage, dict):
            where = folders.get((folder, name), folder)
            outs = stage.get("outs")
            found[name] = {
                join(where, out["path"]): str(out.get("md5") or out.get("etag") or out.get("checksum") or "")
                for out in (outs if isinstance(outs, list) else [])
                if _has_text(out, "path")
            }
    return found


def _remotes(files: Files) -> tuple[dict[str, str], str]:
    """Remotes and the default one, of the configuration nearest to the root."""
    configs = [path for path in files.named("config") if f"/{path}".endswith("/.dvc/config")]
    remotes: dict[str, str] = {}
    default, section, remote = "", "", ""
    for row in files.text(min(configs, key=len)).splitlines() if configs else ():
        line = row.strip()
        if line.startswith("["):
            match = _REMOTE.match(line)
            section, remote = line.strip("[]'\" "), match[1] if match else ""
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = (part.strip() for part in line.partition("="))
            if remote and key == "url":
                remotes[remote] = value
            elif section == "core" and key == "remote":
                default = value
    return remotes, default


__all__ = ["Dvc", "Stage", "read"]
