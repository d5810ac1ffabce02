"""What in the definitions of Azure ML leads nowhere: its own validation knows no bindings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.platforms import Asset
from mlascent.rules.model import Evidence

_EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}
Body = Mapping[str, Any]


class Graph:
    """One file of Azure ML beside the others."""

    def __init__(self, facts: Facts, asset: Asset) -> None:
        """Take a file."""
        self.facts, self.asset = facts, asset
        self.text = facts.files.text(asset.path)

    def problems(self) -> Iterator[Evidence]:
        """Everything in it that leads nowhere."""
        body = self.asset.body
        if self.asset.kind == "pipeline":
            yield from self._pipeline(body)
        elif self.asset.kind in ("command", "sweep", "parallel"):
            yield from self._command(body, "")
        elif self.asset.kind == "schedule":
            job = body.get("create_job")
            named = job.get("job") if isinstance(job, Mapping) else job
            if isinstance(named, str) and self._missing(named):
                yield self._at("create_job", named, f"create_job: {named} is not there")

    def _pipeline(self, body: Body) -> Iterator[Evidence]:
        jobs = {str(name): job for name, job in _table(body, "jobs").items() if isinstance(job, Mapping)}
        given, kept = _table(body, "inputs"), _table(body, "outputs")
        for name, job in jobs.items():
            component = job.get("component")
            if isinstance(component, str) and self._missing(component):
                yield self._at(name, component, f"jobs.{name}.component: {component} is not there")
                continue
            known = self._definition(job)
            yield from self._command(job, name)
            for key, value in _table(job, "inputs").items():
                where = f"jobs.{name}.inputs.{key}"
                if known is not None and key not in _table(known, "inputs"):
                    yield self._at(name, key, f"{where}: its component has no such input")
                    continue
                yield from self._bound(name, where, key, value, given, jobs)
                declared = _table(known or {}, "inputs").get(key)
                if isinstance(declared, Mapping) and (problem := _unfit(value, declared)):
                    yield self._at(name, key, f"{where}: {problem}")
            for key, value in _table(job, "outputs").items():
                where = f"jobs.{name}.outputs.{key}"
                if known is not None and key not in _table(known, "outputs"):
                    yield self._at(name, key, f"{where}: its component has no such output")
                for said in _expressions(value):
                    if said.startswith("parent.outputs.") and said.split(".")[2] not in kept:
                        yield self._at(name, said, f"{where}: {said} leads nowhere")
            for key, declared in _table(known or {}, "inputs").items():
                if key not in _table(job, "inputs") and _required(declared):
                    yield self._at(name, "inputs", f"jobs.{name}.inputs: {key} is required, and not given")

    def _bound(
        self, name: str, where: str, key: str, value: Any, given: Body, jobs: Mapping[str, Body]
    ) -> Iterator[Evidence]:
        for said in _expressions(value):
            parts = said.split(".")
            if parts[:2] == ["parent", "inputs"] and len(parts) > 2:
                right = parts[2] in given
            elif parts[:2] == ["parent", "jobs"] and len(parts) > 4:
                other = jobs.get(parts[2])
                made = self._definition(other) if other is not None else None
                outputs = {**_table(made or {}, "outputs"), **_table(other or {}, "outputs")}
                there = other is not None and parts[2] != name
                right = there and (parts[4] in outputs or (made is None and "component" in (other or {})))
            else:
                right = parts[0] not in ("parent", "inputs", "outputs")
            if not right:
                yield self._at(name, said or key, f"{where}: {said} leads nowhere")

    def _command(self, body: Body, name: str) -> Iterator[Evidence]:
        """Names in a command that the same mapping does not declare."""
        for said in _expressions(body.get("command")):
            side, _, rest = said.partition(".")
            if side in ("inputs", "outputs") and rest.split(".")[0] not in _table(body, side):
                yield self._at(name, said, f"command: {said} leads nowhere")

    def _definition(self, job: Body) -> Body | None:
        """The component of a job, where a file of the repository or the job itself says it."""
        component = job.get("component", job.get("trial"))
        if isinstance(component, Mapping):
            return component
        if isinstance(component, str) and not component.startswith("azureml:"):
            path = self._path(component)
            return next((a.body for a in self.facts.platforms.assets if a.path == path), None)
        return None

    def _path(self, named: str) -> str:
        return posixpath.normpath(
            posixpath.join(posixpath.dirname(self.asset.path), named.removeprefix("file:"))
        )

    def _missing(self, named: str) -> bool:
        return not named.startswith(("azureml:", "http")) and self._path(named) not in self.facts.files

    def _at(self, job: str, needle: str, said: str) -> Evidence:
        """A finding on the line that names it, after the job that it is about."""
        begun = re.search(rf"^\s+{re.escape(job)}\s*:", self.text, re.MULTILINE) if job else None
        found = self.text.find(needle, begun.end() if begun else 0)
        at = found if found >= 0 else begun.start() + 1 if begun else -1
        line = self.text.count("\n", 0, at) + 1 if at >= 0 else self.asset.line
        return Evidence(self.asset.path, line, said[:160])


def _table(body: Body, key: str) -> Body:
    found = body.get(key)
    return found if isinstance(found, Mapping) else {}


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = value.get("path")
    yield from _EXPRESSION.findall(value) if isinstance(value, str) else ()


def _required(declared: Any) -> bool:
    return isinstance(declared, Mapping) and not declared.get("optional") and "default" not in declared


def _unfit(value: Any, declared: Body) -> str:
    """Why a literal is not of the type that a component declares; empty where it is, or is no literal."""
    wanted = str(declared.get("type", ""))
    if isinstance(value, Mapping) or (isinstance(value, str) and "${{" in value):
        return ""
    if wanted not in _TYPES:
        return f"a {wanted} is wanted, not {value!r}" if wanted and not isinstance(value, str) else ""
    if isinstance(value, str) and wanted != "string":
        try:
            float(value)
        except ValueError:
            truth = wanted == "boolean" and value.lower() in ("true", "false")
            return "" if truth else f"{value!r} is no {wanted}"
        return "" if wanted != "boolean" else f"{value!r} is no boolean"
    fits = isinstance(value, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
    return "" if fits or wanted == "string" else f"{value!r} is no {wanted}"
