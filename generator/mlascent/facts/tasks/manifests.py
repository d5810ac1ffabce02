"""Tasks that manifests declare: pyproject.toml, tox.ini, package.json, pixi.toml, MLproject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, json_file, toml_file, yaml_file
from mlascent.facts.tasks.model import Command, Task

if TYPE_CHECKING:
    from mlascent.facts.python import Python

_SECTION = re.compile(r"\[([^\]]+)\]\s*\Z")


def tasks(files: Files, python: Python) -> Iterator[Task]:
    """All of them."""
    for path in files.named("pyproject.toml"):
        text = files.text(path)
        if "[tool." in text:
            yield from _pyproject(toml_file(files, path), path)
    for path in files.named("pixi.toml"):
        yield from _table(toml_file(files, path), path, "pixi", "tasks")
    for path in files.named("tox.ini", "setup.cfg"):
        yield from _tox(files.text(path), path)
    for path in files.named("package.json"):
        yield from _table(json_file(files, path), path, "npm", "scripts")
    for path in files.named("MLproject"):
        doc = yaml_file(files, path)
        for name, block in doc.table("entry_points").items():
            if isinstance(block, dict) and isinstance(block.get("command"), str):
                line = doc.start("entry_points", name, "command")
                parameters = block.get("parameters")
                words = tuple(parameters) if isinstance(parameters, dict) else ()
                command = Command(block["command"], path, line, strict=False)
                yield Task("mlflow", name, path, doc.line("entry_points", name), words, (), (command,))
    for name, target in python.scripts.items():
        module = python.named(target.partition(":")[0])
        place = "pyproject.toml"
        yield Task("script", name, place, 0, (), (), (Command(name, place, 0),) if module else ())


def _pyproject(doc: Doc, path: str) -> Iterator[Task]:
    yield from _table(doc, path, "poe", "tool", "poe", "tasks")
    yield from _table(doc, path, "pdm", "tool", "pdm", "scripts")
    yield from _table(doc, path, "pixi", "tool", "pixi", "tasks")
    for name in doc.table("tool", "hatch", "envs"):
        prefix = "" if name == "default" else f"{name}:"
        yield from _table(doc, path, "hatch", "tool", "hatch", "envs", name, "scripts", prefix=prefix)
    if isinstance(legacy := doc.get("tool", "tox", "legacy_tox_ini"), str):
        yield from _tox(legacy, path)
    for name, block in doc.table("tool", "tox", "env").items():
        rows = block.get("commands") if isinstance(block, dict) else None
        texts = (
            [" ".join(map(str, row)) for row in rows if isinstance(row, list)]
            if isinstance(rows, list)
            else []
        )
        line = doc.line("tool", "tox", "env", name)
        yield Task(
            "tox", name, path, line, (), (), tuple(Command(text, path, line, strict=False) for text in texts)
        )


def _texts(body: Any) -> list[str]:
    """Shell of a task, in the forms that runners know."""
    if isinstance(body, str):
        return [body]
    if isinstance(body, list):
        return [text for item in body for text in _texts(item)]
    if isinstance(body, dict):
        for key in ("cmd", "shell", "script", "sequence", "call"):
            held = body.get(key)
            if key in ("script", "call") and isinstance(held, str):
                return [f"python -m {held.partition(':')[0]}"]
            if held:
                return [" ".join(map(str, held))] if key == "cmd" and isinstance(held, list) else _texts(held)
    return []


def _table(doc: Doc, path: str, runner: str, *place: str, prefix: str = "") -> Iterator[Task]:
    names = set(doc.table(*place))
    for name, body in doc.table(*place).items():
        line = doc.line(*place, name)
        counts = not (isinstance(body, dict) and body.get("ignore_fail"))
        needs: list[str] = []
        commands = []
        given = (
            body.get("deps") or body.get("depends-on") or body.get("depends_on")
            if isinstance(body, dict)
            else None
        )
        needs += [item for item in (given if isinstance(given, list) else [given]) if isinstance(item, str)]
        listed = isinstance(body, list) or (isinstance(body, dict) and "sequence" in body)
        for text in _texts(body):
            word = text.split(" ")[0]
            if listed and word in names:  # a sequence names other tasks
                commands.append(
                    Command(f"{runner} run {text}" if runner != "poe" else f"poe {text}", path, line)
                )
            else:
                dash = text.startswith("- ")  # hatch: may fail
                commands.append(
                    Command(text[2:] if dash else text, path, line, counts and not dash, strict=False)
                )
        yield Task(runner, prefix + name, path, line, (), tuple(needs), tuple(commands), name.startswith("_"))


def _tox(text: str, path: str) -> Iterator[Task]:
    """Environments of tox.ini."""
    section, key, line = "", "", 0
    found: dict[str, tuple[int, list[Command]]] = {}
    ignored: set[str] = set()
    held = ""
    for number, row in enumerate(text.splitlines(), 1):
        if match := _SECTION.match(row):
            section, key, line = match[1].strip(), "", number
            if section.startswith("testenv"):
                found[section.removeprefix("testenv").lstrip(":") or "testenv"] = (line, [])
            continue
        if not section.startswith("testenv") or row.lstrip().startswith("#"):
            continue
        name = section.removeprefix("testenv").lstrip(":") or "testenv"
        if row[:1] not in " \t" and "=" in row:
            key, _, value = (part.strip() for part in row.partition("="))
            if key == "ignore_outcome" and value.lower() == "true":
                ignored.add(name)
        else:
            value = row.strip()
        if key in ("commands", "commands_pre", "commands_post") and value:
            held += value
            if held.endswith("\\"):
                held = held[:-1] + " "
                continue
            dash = held.startswith("-")
            held = re.sub(r"^[a-z0-9,_-]+:\s+", "", held.lstrip("-! ").replace("{posargs}", ""))
            held = re.sub(r"\{posargs:([^}]*)\}", r"\1", held)
            found[name][1].append(Command(held, path, number, not dash, strict=False))
            held = ""
    for name, (begun, commands) in found.items():
        yield Task("tox", name, path, begun, (), (), tuple(c for c in commands if name not in ignored))
