"""What rules on managed platforms share: the platforms' calls, and what words and jobs come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Workflow
from mlascent.facts.python import Found
from mlascent.facts.tasks import Command, Launch, Task
from mlascent.rules import words
from mlascent.rules.deployment import places
from mlascent.rules.entries import Reached, once
from mlascent.rules.model import Evidence

Verbs = tuple[tuple[str, ...], ...]

#: Calls that start a training, or a pipeline that trains.
TRAINS = (
    *("*.create_training_job", "*.start_pipeline_execution", "*.create_hyper_parameter_tuning_job"),
    *("sagemaker.train.*.train", "sagemaker.*.fit", "sagemaker.*.Pipeline.start", "*.TrainingJob.create"),
    *("*.jobs.create_or_update", "*.jobs.begin_create_or_update"),
)
TRAINING: Verbs = (
    *(("az", "ml", "job", "create"), ("aws", "sagemaker", "create-training-job")),
    ("aws", "sagemaker", "start-pipeline-execution"),
)
#: Calls that put a model where it answers.
ANSWERS = (
    *("*.create_endpoint", "*.update_endpoint", "sagemaker.*.deploy", "*.Endpoint.create"),
    *("*.online_deployments.begin_create_or_update", "*.online_endpoints.begin_create_or_update"),
)
ANSWERING: Verbs = (
    *(("aws", "sagemaker", "create-endpoint"), ("aws", "sagemaker", "update-endpoint")),
    *(("az", "ml", "online-deployment", "create"), ("az", "ml", "online-deployment", "update")),
)
#: Calls that score many rows, and end.
SCORES = (
    *("*.create_transform_job", "*.create_processing_job", "sagemaker.*.transform", "*.TransformJob.create"),
    *("*.batch_deployments.begin_create_or_update", "*.batch_endpoints.invoke", "*.jobs.create_or_update"),
    "*.jobs.begin_create_or_update",
)
SCORING: Verbs = (
    *(("aws", "sagemaker", "create-transform-job"), ("aws", "sagemaker", "create-processing-job")),
    *(("az", "ml", "batch-endpoint", "invoke"), ("az", "ml", "batch-deployment", "create")),
    ("az", "ml", "job", "create"),
)
#: Words that train, deploy, score and go back.
TRAIN_WORDS = frozenset(("train", "retrain", "pipeline", "fit", "training"))
DEPLOY_WORDS = frozenset(("deploy", "release"))
SCORE_WORDS = frozenset(("predict", "score", "deploy", "batch", "inference"))
_IMAGES = ("mcr.microsoft.com/azureml", "mcr.microsoft.com/aifx")


@dataclass(frozen=True, slots=True)
class Start:
    """A program that a word or a job of CI starts, and what it can execute of the repository's code."""

    name: str
    launch: Launch
    within: Reached
    evidence: Evidence
    workflow: Workflow | None = None
    job: Job | None = None

    @property
    def parts(self) -> frozenset[str]:
        """What it is called: the words on the way; without any, the job."""
        said = [v.rpartition(" ")[2] for v in self.launch.via] or [self.name]
        return frozenset(part for text in said for part in words.parts(text))


@once
def starts(facts: Facts) -> tuple[Start, ...]:
    """Whatever a visible word, or a job that CI really runs, launches."""
    found = []
    for name in sorted(facts.tasks.words):
        for task in facts.tasks.words[name]:
            where = Evidence(task.path, task.line, f"{task.runner} {name}")
            launches = (*facts.tasks.of(task), *_elsewhere(facts, task)) if not task.internal else ()
            found += [
                Start(name, launch, _code(facts, launch), where)
                for launch in launches
                if launch.counts and not words.tests(launch)
            ]
    for place in places.steps(facts):
        for launch in place.step.launches:
            if launch.counts and not words.tests(launch):
                within, where = _code(facts, launch), place.evidence(f"job {place.job.name}")
                found.append(Start(place.job.name, launch, within, where, place.workflow, place.job))
    return tuple(found)


def _elsewhere(facts: Facts, task: Task) -> tuple[Launch, ...]:
    """What a word starts that is told where: without an environment, many stay on the laptop."""
    asked = DEPLOY_WORDS | SCORE_WORDS
    if task.runner != "just" or not task.parameters or not asked & set(words.parts(task.name)):
        return ()
    texts = (f"just {task.name} staging", f"just {task.name} rows.csv --environment staging")
    return facts.tasks.launches(tuple(Command(text, task.path, task.line) for text in texts))


def _code(facts: Facts, launch: Launch) -> Reached:
    return places.code(facts, launch) if launch.entry.endswith(".py") else frozenset()


@dataclass(frozen=True, slots=True)
class Done:
    """A call or a command of a platform, and the word or job that comes to it."""

    start: Start
    call: Found | None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Where it is started, and where it is done."""
        where = words.at(self.call) if self.call else words.seen(self.start.launch)
        return self.start.evidence, where


def told(launch: Launch, verbs: Verbs) -> bool:
    """Whether a command begins with one of these, options left out."""
    said = (words.program(launch), *words.arguments(launch))
    return any(said[: len(verb)] == verb for verb in verbs)


def doing(
    facts: Facts, calls: tuple[str, ...], verbs: Verbs = (), named: frozenset[str] = frozenset()
) -> Iterator[Done]:
    """Words and jobs that come to one of these calls or commands.

    Args:
        facts: The repository.
        calls: Patterns of calls.
        verbs: Beginnings of commands.
        named: Only what is called one of these.
    """
    for start in starts(facts):
        if named and not named & start.parts:
            continue
        if told(start.launch, verbs):
            yield Done(start, None)
        elif start.within:
            for call in words.foreign(facts, facts.python.calls(calls, start.within)):
                yield Done(start, call)
                break


def training(facts: Facts) -> Iterator[Done]:
    """Words and jobs of that name that start a training."""
    yield from doing(facts, TRAINS, TRAINING, TRAIN_WORDS)


def reach(facts: Facts, named: frozenset[str]) -> Reached:
    """All code that words and jobs of these names can execute."""
    return frozenset().union(*(start.within for start in starts(facts) if named & start.parts))


def here(facts: Facts) -> str:
    """The platform of the repository; empty where nothing speaks of one."""
    given = str(facts.answers.given.get("platform", ""))
    if given in ("sagemaker", "azureml"):
        return given
    found = facts.platforms
    kinds = [resource.type.lower().replace("_", "") for resource in found.resources]
    if found.sagemaker or any("sagemaker" in kind for kind in kinds):
        return "sagemaker"
    if found.assets or found.azureml or any("machinelearning" in kind for kind in kinds):
        return "azureml"
    return ""


def prebuilt(facts: Facts, within: Reached) -> Evidence | None:
    """Where a job is given the platform's image instead of the project's."""
    fetched = facts.python.calls(("*.image_uris.retrieve", "*.get_image_uri"), within)
    if fetched:
        return words.at(fetched[0])
    for asset in facts.platforms.assets:
        environment = asset.body.get("environment")
        image = environment.get("image") if isinstance(environment, Mapping) else None
        if asset.kind in ("environment", "environment_asset"):
            image = asset.body.get("image")
        curated = isinstance(environment, str) and environment.startswith(
            ("azureml:AzureML-", "azureml://registries/azureml/")
        )
        if curated or (isinstance(image, str) and image.startswith(_IMAGES)):
            return Evidence(asset.path, asset.line, str(image or environment)[:80])
    return None
