"""Jobs of CI that deploy, and to where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Workflow
from mlascent.facts.tasks import Launch, Task
from mlascent.rules import words
from mlascent.rules.deployment import calls, places, programs
from mlascent.rules.deployment.places import Place
from mlascent.rules.entries import once

PRODUCTION = re.compile(r"\bprod(uction)?\b|prod$|_prod_", re.IGNORECASE)
STAGING = re.compile(r"\b(stag(e|ing)|uat|preprod|pre-prod|qa|homolog\w*)\b", re.IGNORECASE)


#: Programs that stand beside a deployment.
_BESIDE = words.FORMATTERS | {"pip", "pip3", "npm", "git", "just", "make", "dvc", "poetry", "conda"}
#: What code that deploys does in the end: start, copy, upload, ask.
_WORKS = (
    *(*calls.DEPLOY_CALLS, *places.STARTS, *calls.ASKS, "shutil.*", "boto3.*", "*.upload*", "*.put_object"),
    *("paramiko.*", "fabric.*", "docker.*", "kubernetes.*", "bentoml.*", "*.deploy", "azure.*", "google.*"),
)


@once
def words_of_deploying(facts: Facts) -> tuple[Task, ...]:
    """Words that are called deploy, and do something."""
    found = []
    for name in sorted(facts.tasks.words):
        if words.parts(name)[:1] == ("deploy",) and not {"docs", "pages"} & set(words.parts(name)):
            found += [
                task
                for task in facts.tasks.words[name]
                if not task.internal and any(_puts(facts, launch) for launch in facts.tasks.of(task))
            ]
    return tuple(found)


def _puts(facts: Facts, launch: Launch) -> bool:
    """Whether a command may put something to work: checks, builds and installations do not."""
    checks = words.tests(launch) or words.lints(launch) or words.checks_types(launch)
    if checks or not places.real(launch) or words.program(launch) in _BESIDE:
        return False
    if programs.does(launch, programs.DEPLOY):
        return True
    if programs.builds_image(launch) or programs.builds_package(launch):
        return False
    if launch.entry.endswith(".py"):
        return bool(facts.python.calls(_WORKS, places.code(facts, launch)))
    return True


def by_word(facts: Facts, launch: Launch) -> Task | None:
    """The deploying word that a command calls, or that leads to it."""
    said = [" ".join(launch.argv[:2]), *launch.via]
    for task in words_of_deploying(facts):
        called = {f"{task.runner} {task.name}", task.path, f"./{task.path}"}
        if any(text in called or text.startswith(f"{task.runner} {task.name} ") for text in said):
            return task
        if task.runner == "script" and (launch.entry == task.path or task.path in launch.argv[:2]):
            return task
    return None


def deploys(facts: Facts, launch: Launch) -> bool:
    """Whether a command puts a model or an image to work."""
    if not launch.counts or words.tests(launch) or any(via.startswith("pytest") for via in launch.via):
        return False
    if by_word(facts, launch):
        return True
    if programs.does(launch, programs.DEPLOY) and not _local(launch):
        return True
    within = places.code(facts, launch) if launch.entry else frozenset()
    return bool(within and facts.python.calls(calls.DEPLOY_CALLS, within))


def _local(launch: Launch) -> bool:
    """Compose in a job is a test of what was built, unless another machine's engine is meant."""
    compose = words.program(launch) == "docker-compose" or "compose" in launch.argv[:6]
    return compose and not words.has(launch, "-H", "--host", "--context")


@once
def all_steps(facts: Facts) -> tuple[Place, ...]:
    """Steps that deploy."""
    found = list(places.used(facts, programs.USES_DEPLOY))
    found += [place for place, _ in places.launched(facts, lambda launch: deploys(facts, launch))]
    return _unique(found)


def _unique(found: list[Place]) -> tuple[Place, ...]:
    kept: dict[tuple[str, str, int], Place] = {}
    for place in found:
        kept.setdefault((place.workflow.path, place.job.name, place.step.line), place)
    return tuple(kept.values())


def about(place: Place, what: re.Pattern[str]) -> bool:
    """Whether a job or step says that it is about some environment."""
    said = [
        place.job.environment,
        *place.job.environments,
        place.job.name,
        place.step.name,
        place.job.condition,
    ]
    said += [" ".join(launch.argv) for launch in place.step.launches]
    said += [str(value) for value in (*place.step.with_.values(), *place.step.env.values())]
    return any(what.search(text.replace("_", " ")) for text in said if text)


@once
def production(facts: Facts) -> tuple[tuple[Workflow, Job], ...]:
    """Jobs that deploy to production; where none says to which place, all that deploy."""
    chosen = [p for p in all_steps(facts) if about(p, PRODUCTION)]
    if not chosen:
        chosen = [p for p in all_steps(facts) if not about(p, STAGING)]
    return tuple(_jobs(chosen))


def _jobs(found: list[Place]) -> Iterator[tuple[Workflow, Job]]:
    seen: set[tuple[str, str]] = set()
    for place in found:
        key = (place.workflow.path, place.job.name)
        if key not in seen:
            seen.add(key)
            yield place.workflow, place.job
