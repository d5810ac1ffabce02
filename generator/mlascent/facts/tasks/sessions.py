"""Tasks that Python functions are: nox and invoke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlascent.facts.files import Files
from mlascent.facts.tasks.hooks import _quoted
from mlascent.facts.tasks.model import Command, Task

if TYPE_CHECKING:
    from mlascent.facts.python import Module, Python


def tasks(files: Files, python: Python) -> Iterator[Task]:
    """Sessions of noxfile.py, tasks of tasks.py."""
    for path in files.named("noxfile.py", "tasks.py"):
        module = python.modules.get(path)
        if module:
            yield from _read(module, path)


def _read(module: Module, path: str) -> Iterator[Task]:
    for function in module.functions.values():
        kinds = {
            name.split(".")[0] for name in function.decorators if name.split(".")[-1] in ("session", "task")
        }
        runner = "nox" if "nox" in kinds else "invoke" if "invoke" in kinds else ""
        if not runner:
            continue
        commands = []
        for call in module.calls:
            if call.inside == function.name and call.name.rpartition(".")[2] in (
                "run",
                "run_always",
                "run_install",
            ):
                words = [arg for arg in call.args if isinstance(arg, str)]
                if words and len(words) == len(call.args):
                    text = words[0] if runner == "invoke" else " ".join(map(_quoted, words))
                    codes = call.keywords.get("success_codes"), call.keywords.get("warn")
                    commands.append(Command(text, path, call.line, not any(codes), strict=False))
        name = function.name if runner == "nox" else function.name.replace("_", "-")
        parameters = tuple(function.fields[1:])
        yield Task(runner, name, path, function.line, parameters, (), tuple(commands), name.startswith("_"))
