"""One dvc.yaml: its stages, with everything put in that is known."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts import parsing
from mlascent.facts.files import Files, Problem

#: More stages than this in one file (a `foreach` over everything) are not looked at.
_MOST_STAGES = 1_000
_MOST_CHARACTERS = 20_000
_HOLE = re.compile(r"(?<!\\)\$\{\s*([^{}]{1,200}?)\s*\}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage; paths are relative to the repository's root, `wdir` and `${params}` resolved.

    Attributes:
        name: As in its file.
        path: Its dvc.yaml.
        line: From 1.
        cmd: Its commands.
        wdir: Where they run.
        deps: Files and folders that it reads.
        outs: That it writes; metrics and plots among them.
        metrics: Of these, the metrics files.
        plots: Of these, the plots.
        params: (file, key) that it reads.
        frozen: Whether it never runs again.
    """

    name: str
    path: str
    line: int
    cmd: tuple[str, ...]
    wdir: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    metrics: tuple[str, ...]
    plots: tuple[str, ...]
    params: tuple[tuple[str, str], ...]
    frozen: bool


class Pipeline:
    """One dvc.yaml."""

    def __init__(self, files: Files, path: str) -> None:
        """Read it, and the variables that it knows."""
        self.files, self.path = files, path
        self.folder = path.rpartition("/")[0]
        self.doc = parsing.yaml_file(files, path)
        self.scope: dict[str, Any] = {}
        self.take(["params.yaml"])
        self.take(self.doc.get("vars"))

    def take(self, variables: Any) -> None:
        """Add variables: mappings, and files of parameters, whole or by key (`file:a,b`)."""
        for item in variables if isinstance(variables, list) else []:
            if isinstance(item, dict):
                self.scope.update(item)
            elif isinstance(item, str):
                name, _, keys = item.partition(":")
                held = parameters(self.files, join(self.folder, name))
                wanted = keys.split(",") if keys else held
                self.scope.update({key: held[key] for key in wanted if key in held})

    def read(self) -> tuple[list[Stage], list[str]]:
        """Its stages, and the metrics files that it names outside of them."""
        found: list[Stage] = []
        for name, block in self.doc.table("stages").items():
            line = self.doc.line("stages", name)
            for full, body, scope in self.several(name, block):
                if len(found) == _MOST_STAGES:
                    self.files.problems.add(
                        Problem(self.path, f"has more than {_MOST_STAGES:,} stages", line)
                    )
                    return found, []
                found.append(self.stage(full, body, {**self.scope, **scope}, line))
        plain = [self.fill(path, self.scope) for path in _paths(self.doc.get("metrics"))]
        return found, [join(self.folder, path) for path in plain]

    def several(self, name: str, block: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """A stage, or those that `foreach` and `matrix` make of it: name, body, variables."""
        if not isinstance(block, dict):
            return
        each, matrix = block.get("foreach"), block.get("matrix")
        if isinstance(each, str):
            each = _value(each, self.scope)
        if isinstance(each, list | dict) and isinstance(block.get("do"), dict):
            pairs = each.items() if isinstance(each, dict) else enumerate(each)
            for key, item in pairs:
                shown = key if isinstance(each, dict) or isinstance(item, dict | list) else item
                yield f"{name}@{shown}", block["do"], {"item": item, "key": key}
        elif isinstance(matrix, dict):
            rows: list[dict[str, Any]] = [{}]
            for axis, values in matrix.items():
                values = _value(values, self.scope) if isinstance(values, str) else values
                chosen = values if isinstance(values, list) else [values]
                rows = [{**row, axis: value} for row in rows for value in chosen][: _MOST_STAGES + 1]
            for row in rows:
                shown = "-".join(
                    f"{axis}{at}" if isinstance(value, dict | list) else str(value)
                    for at, (axis, value) in enumerate(row.items())
                )
                yield f"{name}@{shown}", block, {"item": row}
        else:
            yield name, block, {}

    def fill(self, text: str, scope: Mapping[str, Any]) -> str:
        """A text with `${…}` put in, as far as it is known."""

        def one(match: re.Match[str]) -> str:
            value = _value(match[0], scope)
            if isinstance(value, dict):
                return " ".join(f"--{key} {inner}" for key, inner in value.items() if inner is not False)
            if isinstance(value, list):
                return " ".join(map(str, value))
            return str(value).lower() if isinstance(value, bool) else str(value)

        return _HOLE.sub(one, text)[:_MOST_CHARACTERS]

    def stage(self, name: str, body: dict[str, Any], scope: dict[str, Any], line: int) -> Stage:
        """A stage with everything put in."""
        for item in body.get("vars") or [] if isinstance(body.get("vars"), list) else []:
            scope.update(item if isinstance(item, dict) else {})
        given = body.get("wdir")
        wdir = join(self.folder, self.fill(given, scope) if isinstance(given, str) else ".")

        def places(key: str) -> tuple[str, ...]:
            return tuple(join(wdir, self.fill(path, scope)) for path in _paths(body.get(key)))

        cmd = body.get("cmd")
        commands = [cmd] if isinstance(cmd, str) else cmd if isinstance(cmd, list) else []
        metrics, plots = places("metrics"), places("plots")
        return Stage(
            name=name,
            path=self.path,
            line=line,
            cmd=tuple(self.fill(str(command), scope) for command in commands),
            wdir=wdir,
            deps=places("deps"),
            outs=places("outs") + metrics + plots,
            metrics=metrics,
            plots=plots,
            params=tuple(self.params(body.get("params"), wdir, scope)),
            frozen=body.get("frozen") is True,
        )

    def params(self, given: Any, wdir: str, scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(file, key); an empty key is the whole file."""
        for item in given if isinstance(given, list) else []:
            if isinstance(item, dict):
                for path, keys in item.items():
                    for key in keys if isinstance(keys, list) and keys else [""]:
                        yield join(wdir, self.fill(path, scope)), str(key)
            else:
                yield join(wdir, "params.yaml"), self.fill(str(item), scope)


def _paths(given: Any) -> list[str]:
    """Paths of a list whose items are a path, or a path with options."""
    items = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    found = [next(iter(item), "") if isinstance(item, dict) else item for item in items]
    return [path for path in found if isinstance(path, str) and path]


def _value(text: str, scope: Mapping[str, Any]) -> Any:
    """What `${a.b[0]}` stands for; the text itself where nothing is known."""
    match = _HOLE.fullmatch(text.strip())
    if not match:
        return text
    value: Any = scope
    for part in re.split(r"[.\[\]]+", match[1].rstrip("]")):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return text
    return value


def parameters(files: Files, path: str) -> Mapping[str, Any]:
    """A parameter file, whole; empty where it is missing or malformed."""
    if path not in files:
        return {}
    if path.endswith(".toml"):
        return parsing.toml_file(files, path).table()
    if path.endswith(".json"):
        return parsing.json_file(files, path).table()
    return {} if path.endswith(".py") else parsing.yaml_file(files, path).table()


def join(folder: str, path: str) -> str:
    """A path from the root; the root itself is empty, and what lies outside keeps its `..`."""
    if re.match(r"[a-z0-9]+://", path):
        return path
    joined = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    return "" if joined == "." else joined
