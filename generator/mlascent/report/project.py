"""What `mlascent new` made, as text and as JSON."""

from __future__ import annotations

import os
import shlex
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlascent.report.words import say

if TYPE_CHECKING:
    from mlascent.commands.new import Made

SCHEMA = 1


def as_json(made: Made) -> dict[str, Any]:
    """The result as plain data."""
    answers = made.rendering.answers
    run = made.first_run
    return {
        "schema": SCHEMA,
        "written": made.written,
        "directory": str(made.directory),
        "project_name": answers.get("project_name"),
        "level": answers.get("level"),
        "areas": answers.get("areas", {}),
        "capabilities": made.capabilities,
        "files": sorted(made.rendering.tree),
        "repository": str(made.root) if made.root else None,
        "beside": sorted(made.beside),
        "commit": made.commit or None,
        "template": {
            "url": made.template.url,
            "version": made.template.version,
            "released": made.template.released,
        },
        "first_run": {"done": list(run.done), "failed": run.failed or None} if run else None,
        "next": next_steps(made),
    }


def as_text(made: Made, language: str) -> str:
    """The result as a person reads it."""
    return "\n".join(_lines(made, language))


def _lines(made: Made, language: str) -> Iterator[str]:
    answers = made.rendering.answers
    verb = "made" if made.written else "would"
    name = answers.get("project_name", made.directory.name)
    count = len(made.rendering.tree)
    if "level" in answers:
        from mlascent.catalogue import catalogue

        level = catalogue().level(answers["level"])
        word = level.name.in_(language).lower()
        yield say(
            language,
            verb,
            name=name,
            level=level.number,
            slug=word,
            count=count,
            directory=_shown(made.directory),
        )
    else:
        yield say(language, f"{verb}_foreign", name=name, count=count, directory=_shown(made.directory))
    if made.root:
        yield say(language, "beside", paths=", ".join(sorted(made.beside)) or "-", root=_shown(made.root))
    yield from _capabilities(made, language)
    if not made.written:
        yield from ("", f"{say(language, 'files')}:", *_tree(sorted(made.rendering.tree)))
        return
    yield ""
    if "licence" in answers:
        yield say(language, "yours", licence=answers["licence"])
    if not made.template.released:
        yield say(language, "unreleased", version=made.template.version)
    for unfit in made.rendering.unfit:
        yield say(language, "unfit", name=unfit)
    yield from _ending(made, language)


def _capabilities(made: Made, language: str) -> Iterator[str]:
    if not made.capabilities:
        return
    from mlascent.catalogue import catalogue

    yield ""
    for area in catalogue().areas:
        if ids := made.capabilities.get(area.id):
            yield f"  {area.name.in_(language)} ({len(ids)})"
            yield textwrap.fill(
                ", ".join(ids), 96, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
            )


def _ending(made: Made, language: str) -> Iterator[str]:
    run = made.first_run
    if run is None:
        if not shutil.which("just") or not shutil.which("uv"):
            yield say(language, "tools")
        yield say(language, "next")
    elif run.failed:
        if run.output:
            yield textwrap.indent(run.output.rstrip(), "  | ")
        yield say(language, "first_run_stopped" if run.interrupted else "first_run_failed", word=run.failed)
    else:
        yield say(language, "first_run" if made.commit else "first_run_bare")
        yield say(language, "next")
    yield from (f"  {step}" for step in next_steps(made))


def next_steps(made: Made) -> list[str]:
    """The commands to type next."""
    steps = []
    if made.root:
        paths = [_shown(made.directory), *(_shown(made.root / path) for path in sorted(made.beside))]
        name = made.rendering.answers.get("project_name", made.directory.name)
        added = " ".join(shlex.quote(path) for path in paths)
        steps.append(f"git add {added} && git commit -m {shlex.quote(f'Start {name}')}")
    if (here := _shown(made.directory)) != ".":
        steps.append(f"cd {shlex.quote(here)}")
    if "level" not in made.rendering.answers:
        return steps
    done = made.first_run.done if made.first_run else ()
    use = "just predict" if made.rendering.answers.get("workload") == "batch" else "just serve"
    steps += [f"just {word}" for word in ("setup", "train") if word not in done]
    if "setup" in done and "train" in done:
        steps += ["just test", use]
    return steps


def _shown(path: Path) -> str:
    """A path as short as it can be written from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return relative if len(relative) < len(str(path)) else str(path)


def _tree(paths: list[str]) -> Iterator[str]:
    """Paths as a tree, two spaces a folder."""
    shown: tuple[str, ...] = ()
    for path in paths:
        *folders, name = path.split("/")
        for depth, folder in enumerate(folders):
            if shown[: depth + 1] != tuple(folders[: depth + 1]):
                yield f"{'  ' * (depth + 1)}{folder}/"
        shown = tuple(folders)
        yield f"{'  ' * (len(folders) + 1)}{name}"
