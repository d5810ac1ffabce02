"""What jobs install (DE032)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.ci import Run
from mlascent.facts.tasks import Launch
from mlascent.rules.jobs import running, starts_pipeline
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.words import arguments, checks_types, has, lints, program, seen, tests

#: Tools that install others; to have them in any version is no part of the environment.
_TOOLS = frozenset(
    {
        *(
            "uv",
            "pip",
            "setuptools",
            "wheel",
            "poetry",
            "pdm",
            "hatch",
            "pipenv",
            "pixi",
            "conda-lock",
            "rust-just",
        ),
        *(
            "pre-commit",
            "prek",
            "tox",
            "nox",
            "pip-tools",
            "build",
            "twine",
            "just",
            "dvc",
            "virtualenv",
            "cml",
        ),
        *("python", "micromamba", "conda", "mlascent", "tox-uv", "awscli", "azure-cli"),
    }
)


def _install(facts: Facts, launch: Launch) -> bool | None:
    """Whether a command installs by the lock (True) or past it (False); nothing where it installs nothing."""
    name, words = program(launch), arguments(launch)
    first = words[:1]
    if name == "uv" and first == ("sync",):
        return has(launch, "--locked", "--frozen") and not has(launch, "--upgrade", "-U")
    if name == "uv" and first == ("pip",):
        return _pip(facts, launch, words[1:])
    if name in ("pip", "pip3"):
        return _pip(facts, launch, words)
    locks = {lock.kind for lock in facts.dependencies.locks}
    if name in ("poetry", "pdm", "pixi", "pipenv", "conda-lock"):
        if first in (("update",), ("add",), ("upgrade",)):
            return False
        known = {"conda-lock": "conda"}.get(name, name) in locks
        if first in (("install",), ("sync",)):
            return known and (name != "pipenv" or first == ("sync",) or has(launch, "--deploy"))
        return None
    if name in ("conda", "mamba", "micromamba") and first in (("env",), ("create",), ("install",)):
        return any("lock" in word for word in launch.argv)
    return None


def _pip(facts: Facts, launch: Launch, words: tuple[str, ...]) -> bool | None:
    if words[:1] not in (("install",), ("sync",)):
        return None
    if has(launch, "--require-hashes"):
        return True
    pinned = {lock.path.rpartition("/")[2] for lock in facts.dependencies.locks}
    files = [
        after.rpartition("/")[2]
        for word, after in zip(launch.argv, launch.argv[1:], strict=False)
        if word in ("-r", "-c")
    ]
    files += [word[2:].rpartition("/")[2] for word in launch.argv if re.match(r"-[rc]\S", word)]
    if words[:1] == ("sync",):
        files += [word.rpartition("/")[2] for word in words[1:]]
    if files:
        return all(name in pinned for name in files)
    wanted = [word for word in words[1:] if word != ".." and "://" not in word]
    if "." in wanted or "-e" in launch.argv or any(re.match(r"\.\[", word) for word in wanted):
        return None if has(launch, "--no-deps") else False
    loose = [
        word for word in wanted if "==" not in word and re.split(r"[=<>~!\[ ]", word)[0].lower() not in _TOOLS
    ]
    return False if loose else None  # a tool, or one at a version of its own


@rule("DE032")
def installs_locked(facts: Facts) -> Verdict:
    """A lock that jobs pass by: each installing command of a job must keep to it."""
    loose: list[Evidence] = []
    kept: list[Evidence] = []
    for run in running(facts, lambda launch: _install(facts, launch) is not None):
        if not _works(facts, run):  # builds pages, or talks to people
            continue
        (kept if _install(facts, run.launch) else loose).append(seen(run.launch))
    if loose:
        return failed("CI installs without the lock.", *dict.fromkeys(loose))
    if kept:
        return passed("Every job installs what the lock says.", *dict.fromkeys(kept))
    images = [e for run in running(facts, _builds) if (e := _image(facts))]
    if images:
        return passed("CI builds an image from the lock.", images[0])
    return failed("No job of CI installs from a lock.")


def _works(facts: Facts, run: Run) -> bool:
    """Whether a job runs the project: its checks, its pipeline, or other code of it."""
    launches = [launch for step in run.job.steps for launch in step.launches]
    return any(
        launch.entry
        or lints(launch)
        or tests(launch)
        or checks_types(launch)
        or starts_pipeline(facts, launch)
        for launch in launches
    )


def _builds(launch: Launch) -> bool:
    return program(launch) in ("docker", "podman", "buildah", "kaniko") and "build" in launch.argv


def _image(facts: Facts) -> Evidence | None:
    locks = {lock.path.rpartition("/")[2] for lock in facts.dependencies.locks} | {"uv.lock", "poetry.lock"}
    for image in facts.containers.dockerfiles:
        for copy in image.of("COPY", "ADD"):
            if any(word.rpartition("/")[2] in locks for word in copy.value.split()):
                return Evidence(image.path, copy.line, copy.value[:80])
    return None
