"""What is meant by the words after a runner's name, `dvc repro`, `pre-commit run`, and a wrapper's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlascent.facts.files import Files
from mlascent.facts.parsing import yaml_file
from mlascent.facts.tasks.model import Command

if TYPE_CHECKING:
    from mlascent.facts.dvc import Dvc, Stage
    from mlascent.facts.python import Python

_STARTS = ("subprocess.*", "os.exec*", "os.spawn*")
PRE_COMMIT = ".pre-commit-config.yaml"
_VALUED = {
    "make": ("-C", "--directory", "-f", "--file", "-j", "-I"),
    "tox": ("-e", "-c", "--workdir"),
    "nox": ("-s", "-e", "-f", "--session", "--sessions", "--noxfile", "-t"),
    "mlflow": ("-e", "-P", "--entry-point", "--env-manager", "--experiment-name", "-b"),
    "npm": ("--prefix", "-w"),
    "hatch": ("-e", "--env"),
    "pixi": ("-e", "--environment"),
    "invoke": ("-c", "-r"),
}


def asked(runner: str, words: Sequence[str], folder: str) -> tuple[list[str], list[str], str]:
    """Names of tasks, what is handed on to them, and the folder."""
    place, names, args = folder, [], []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            args = left
            break
        name, _, value = word.partition("=")
        if word.startswith("-"):
            if name in _VALUED.get(runner, ()) and not value and left:
                value = left.pop(0)
            if runner == "make" and name in ("-C", "--directory"):
                place = posixpath.normpath(posixpath.join(folder, value))
            elif (runner in ("tox", "nox") and name in ("-e", "-s", "--session", "--sessions")) or (
                runner == "mlflow" and name in ("-e", "--entry-point")
            ):
                names += re.split(r"[,\s]+", value)
        elif re.match(r"\w+=", word) and runner == "make":
            continue
        else:
            names.append(word)
    place = "" if place == "." else place
    if runner == "tox":
        names = [name for name in names if name not in ("run", "r", "p", "run-parallel")]
    elif runner == "nox":  # words that follow `-s` are sessions too
        pass
    elif runner == "mlflow":
        place = (
            posixpath.normpath(posixpath.join(folder, names[-1]))
            if names and names[-1] in (".", "./")
            else place
        )
        names = [name for name in names if name not in (".", "./")] or ["main"]
        place = "" if place == "." else place
    elif runner in ("npm", "hatch", "pdm", "pixi"):
        if names[:1] in (["run"], ["run-script"]) or (runner == "hatch" and names[:2] == ["env", "run"]):
            names = names[1:] if names[0] != "env" else names[2:]
        elif runner == "hatch" and names[:1] not in (["test"], ["fmt"]):
            names = []
        names, args = names[:1], names[1:] + args
    elif runner == "poe":
        names, args = names[:1], names[1:] + args
    return names, args, place


def meant(dvc: Dvc, argv: tuple[str, ...], folder: str) -> list[Stage]:
    """The stages that `dvc repro` or `dvc exp run` runs, what they need first."""
    words = list(argv[2:])
    if argv[1] == "exp":
        if words[:1] != ["run"]:
            return []
        words = words[1:]
    if "--dry" in words:
        return []
    everything = "-P" in words or "--all-pipelines" in words
    alone = "-s" in words or "--single-item" in words
    targets: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-S", "--set-param", "-n", "--name", "-j", "--jobs"):
            skip = True
        elif not word.startswith("-"):
            targets.append(word)
    chosen: list[Stage] = []
    for target in targets or [""]:
        path, _, name = target.rpartition(":") if ":" in target else ("", "", target)
        if name.endswith((".yaml", ".yml")):
            path, name = name, ""
        where = posixpath.normpath(posixpath.join(folder, path or "dvc.yaml"))
        for stage in dvc.stages:
            fits = stage.path == where and (
                not name or name == stage.name or stage.name.startswith(name + "@")
            )
            if everything or fits or ("-R" in words and stage.path.startswith(target.rstrip("/") + "/")):
                chosen.append(stage)
    if alone:
        return chosen
    needed = {id(stage) for stage in chosen}
    for stage in chosen:
        needed |= {id(other) for other in dvc.before(stage)}
    return sorted((s for s in dvc.stages if id(s) in needed), key=lambda s: len(dvc.before(s)))


def hooks(files: Files, argv: tuple[str, ...]) -> list[Command]:
    """What `pre-commit run [hook]` runs: local entries as they stand, other hooks by their name."""
    words = argv[argv.index("run") + 1 :]
    wanted = ""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("--files", "--from-ref", "--to-ref", "-s", "-o", "--hook-stage", "-c", "--config"):
            skip = True
        elif not word.startswith("-"):
            wanted = word
            break
    doc = yaml_file(files, PRE_COMMIT)
    found = []
    for at, repository in enumerate(doc.items("repos")):
        several = repository.get("hooks") if isinstance(repository, dict) else None
        for number, hook in enumerate(several if isinstance(several, list) else []):
            if not isinstance(hook, dict) or not isinstance(hook.get("id"), str):
                continue
            stages = hook.get("stages")
            if wanted and wanted not in (hook["id"], hook.get("alias")):
                continue
            if (
                not wanted
                and isinstance(stages, list)
                and stages
                and not {"pre-commit", "commit"} & set(map(str, stages))
            ):
                continue
            local = repository.get("repo") == "local"
            entry = hook.get("entry") if local else hook["id"]
            given = hook.get("args")
            args = given if isinstance(given, list) else []
            if isinstance(entry, str) and hook.get("language") not in ("pygrep", "fail"):
                text = " ".join([entry, *(_quoted(str(arg)) for arg in args)])
                found.append(Command(text, PRE_COMMIT, doc.line("repos", at, "hooks", number), strict=False))
    return found


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def wraps(python: Python, words: Sequence[str], entry: str, argument: str, runners: set[str]) -> bool:
    """Whether a Python program starts the runner that stands on its command line."""
    known = bool(words) and words[0] in runners
    return known and bool(python.calls(_STARTS, python.reach([entry], argument)))
