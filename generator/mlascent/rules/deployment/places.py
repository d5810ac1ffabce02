"""Steps of CI in their place, and what the code behind a command can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Step, Workflow
from mlascent.facts.python import Module
from mlascent.facts.tasks import Launch
from mlascent.rules import jobs, words
from mlascent.rules.deployment import programs
from mlascent.rules.entries import Reached, entries_of_training, of_launch, once, reached
from mlascent.rules.model import Evidence

#: Calls that start another program.
STARTS = ("subprocess.*", "os.system", "os.exec*", "os.spawn*", "sh.*", "asyncio.create_subprocess_*")


#: Calls that start a pipeline elsewhere; `submit` alone is said of too many other things.
_PLATFORM = tuple(name for name in jobs.STARTS if name != "*.submit")


@dataclass(frozen=True, slots=True)
class Place:
    """A step in its job and workflow."""

    workflow: Workflow
    job: Job
    step: Step

    def evidence(self, said: str = "") -> Evidence:
        """Where it stands."""
        path = self.step.path or self.job.path or self.workflow.path
        return Evidence(path, self.step.line, said or f"job {self.job.name}")


def steps(facts: Facts, *triggers: str, counting: bool = True) -> Iterator[Place]:
    """Steps that can run and whose failure is a failure, in jobs that one of these triggers can start."""
    for workflow in facts.ci.workflows:
        for job in workflow.jobs if workflow.rooted else ():
            if job.disabled or (counting and not job.counts):
                continue
            for step in job.steps:
                started = step.triggers or job.triggers
                if (step.counts or not counting) and (not triggers or started & set(triggers)):
                    yield Place(workflow, job, step)


def launched(
    facts: Facts, what: Callable[[Launch], bool], *triggers: str
) -> tuple[tuple[Place, Launch], ...]:
    """Commands of steps that satisfy a condition, and whose exit code counts."""
    return tuple(
        (place, launch)
        for place in steps(facts, *triggers)
        for launch in place.step.launches
        if launch.counts and what(launch)
    )


def used(facts: Facts, known: tuple[str, ...], *triggers: str) -> tuple[Place, ...]:
    """Steps that use one of these actions."""
    return tuple(p for p in steps(facts, *triggers) if p.step.uses and programs.uses(p.step.uses, known))


def code(facts: Facts, launch: Launch) -> Reached:
    """What a command executes of the repository's own code; of pytest, the tests that it collects."""
    if words.tests(launch):
        paths = [module.path for module in tested(facts, launch)]
        return whole(facts, paths)
    entry = of_launch(facts, launch)
    return reached(facts, [entry]) if entry else frozenset()


def tested(facts: Facts, launch: Launch) -> tuple[Module, ...]:
    """Modules that a test run collects: the folders and files that it names, else all."""
    modules = [m for m in facts.python.modules.values() if m.test]
    named = [w.partition("::")[0].strip("/") for w in words.arguments(launch)]
    named = [w for w in named if w in facts.files or facts.files.under(w)]
    if not named:
        return tuple(modules)
    return tuple(m for m in modules if any(m.path == w or m.path.startswith(f"{w}/") for w in named))


def whole(facts: Facts, paths: Iterable[str]) -> Reached:
    """What modules and all their functions can execute, as handlers and tests are called by nobody."""
    modules = [facts.python.modules[path] for path in paths if path in facts.python.modules]
    named = (f"{module.path}::{name}" for module in modules for name in ("", *module.functions))
    return facts.python.reach(entry.removesuffix("::") for entry in named)


def texts(facts: Facts, within: Reached) -> frozenset[str]:
    """String literals, keywords of calls, and fields of classes in what can be executed."""
    memo: dict[Reached, frozenset[str]] = facts.memo.setdefault("texts", {})
    if within not in memo:
        memo[within] = frozenset(_texts(facts, within))
    return memo[within]


def _texts(facts: Facts, within: Reached) -> Iterator[str]:
    by_path: dict[str, set[str]] = {}
    for path, name in within:
        by_path.setdefault(path, set()).add(name)
    for path, names in by_path.items():
        module = facts.python.modules.get(path)
        if module is None:
            continue
        for text, owners in _owned(facts, module):
            if not names.isdisjoint(owners):
                yield text
        for name in names:
            if name in module.functions and module.functions[name].kind == "class":
                yield from module.functions[name].fields
        for call in module.calls:
            if call.inside in names:
                yield from call.keywords


def _owned(facts: Facts, module: Module) -> list[tuple[str, tuple[str, ...]]]:
    """String literals, with the functions and classes that they stand in; the empty name for none."""
    memo: dict[str, list[tuple[str, tuple[str, ...]]]] = facts.memo.setdefault("owned", {})
    if module.path not in memo:
        spans = [(f.line, f.end, name) for name, f in module.functions.items()]
        memo[module.path] = [
            (text, tuple(name for low, high, name in spans if low <= line <= high) or ("",))
            for line, text in module.strings
        ]
    return memo[module.path]


def starts(facts: Facts, within: Reached, *told: str) -> bool:
    """Whether code starts a program with these words on its command line."""
    if not facts.python.calls(STARTS, within):
        return False
    said = {word for text in texts(facts, within) for word in (text, *text.split())}
    return set(told) <= said


def real(launch: Launch) -> bool:
    """Whether a command does something, other than to tell or to wait."""
    return words.program(launch) not in programs.NOTHING


def builds_image(facts: Facts, launch: Launch) -> bool:
    """Whether a command builds an image, itself or through the repository's code."""
    if programs.builds_image(launch):
        return True
    within = code(facts, launch) if launch.entry and not words.tests(launch) else frozenset()
    return bool(within) and starts(facts, within, "docker", "build")


@once
def image_builds(facts: Facts) -> tuple[tuple[Place, str], ...]:
    """Steps that build an image, and how."""
    found = [
        (p, " ".join(launch.argv)[:120]) for p, launch in launched(facts, lambda x: builds_image(facts, x))
    ]
    for place in used(facts, programs.USES_BUILD):
        command = str(place.step.with_.get("command", "buildAndPush")).lower()
        if not place.step.uses.startswith("Docker@") or command in ("build", "buildandpush"):
            found.append((place, place.step.uses))
    return tuple(found)


def trains(facts: Facts, launch: Launch) -> bool:
    """Whether a command fits a model: by itself, through the pipeline, or by starting a platform's."""
    if not launch.counts or words.tests(launch):
        return False
    within = code(facts, launch) if launch.entry else frozenset()
    if within and words.fits(facts, within):
        return True
    if within and facts.python.calls(_PLATFORM, within) and _anything_trains(facts):
        return True
    if within and starts(facts, within, "dvc", "repro"):
        return any(pipeline_trains(facts))
    if words.repeats(launch):
        return words.program(launch) != "dvc"
    return words.program(launch) == "papermill"


@once
def _anything_trains(facts: Facts) -> bool:
    """Whether there is a training that a platform could be told to start."""
    made = ("*.TrainingStep", "*.ModelTrainer", "*.CustomTrainingJob*", "sagemaker.*Estimator")
    named = any("train" in words.parts(asset.path) for asset in facts.platforms.assets)
    return bool(entries_of_training(facts) or facts.python.calls(made) or named)


@once
def pipeline_trains(facts: Facts) -> tuple[Launch, ...]:
    """Commands of DVC stages that fit a model."""
    from mlascent.facts.tasks import Command

    found: list[Launch] = []
    for stage in facts.dvc.stages:
        commands = tuple(Command(cmd, stage.path, stage.line) for cmd in stage.cmd)
        launches = () if stage.frozen else facts.tasks.launches(commands, stage.wdir)
        found += [x for x in launches if x.entry and words.fits(facts, code(facts, x))]
    return tuple(found)
