"""Jobs of CI and of schedulers: which really run, when, and whether they start a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from mlascent.facts import Facts
from mlascent.facts.ci import Run, Trigger
from mlascent.facts.tasks import Command, Launch
from mlascent.rules.entries import Entry, entries_of_training, of_launch, once, reached
from mlascent.rules.words import repeats

#: Calls that start a pipeline on a platform or a cluster.
STARTS = (
    *("sagemaker.workflow.pipeline.Pipeline.start", "*.start_pipeline_execution", "*.jobs.create_or_update"),
    *("sagemaker.mlops.workflow.pipeline.Pipeline.start", "sagemaker.train.*.train"),
    *("*.create_run_from_pipeline_func", "*.create_run_from_pipeline_package", "*.run_pipeline", "*.submit"),
    *(
        "*.create_training_job",
        "*.run_deployment",
        "mlflow.projects.run",
        "mlflow.run",
        "dvc.repo.Repo.reproduce",
    ),
)
_NEVER = frozenset({"false", "${{ false }}", "never", "0", "failed()"})


def running(facts: Facts, what: Callable[[Launch], bool], *triggers: str) -> tuple[Run, ...]:
    """Launches of jobs that the CI system really runs, and whose failure counts."""
    return tuple(
        run
        for run in facts.ci.runs(what, *triggers)
        if run.workflow.rooted
        and run.step.condition.strip().lower() not in _NEVER
        and (not triggers or not run.step.triggers or run.step.triggers & set(triggers))
    )


def on_change(facts: Facts, what: Callable[[Launch], bool]) -> tuple[Run, ...]:
    """Launches that every pull or merge request starts; a push to any branch counts as one."""
    found = []
    for run in running(facts, what, "change", "push"):
        triggers = [t for t in run.workflow.triggers if t.kind in run.job.triggers]
        if any(_every_change(facts, trigger) for trigger in triggers):
            found.append(run)
    return tuple(found)


def _every_change(facts: Facts, trigger: Trigger) -> bool:
    if trigger.kind not in ("change", "push") or (trigger.kind == "push" and _narrow(trigger.branches)):
        return False
    code = [module.path for module in facts.python.package()] or [""]
    code += [f"{facts.files.prefix}{path}" for path in code]
    return not trigger.paths or any(_covers(p.lstrip("/"), path) for p in trigger.paths for path in code)


def _covers(pattern: str, path: str) -> bool:
    """Whether a path filter, a pattern or a folder, lets a path through."""
    return fnmatchcase(path, pattern) or path.startswith(pattern.rstrip("/") + "/")


def _narrow(branches: tuple[str, ...]) -> bool:
    return bool(branches) and not {"*", "**", ".*"} & set(branches)


def starts_pipeline(facts: Facts, launch: Launch) -> bool:
    """Whether a launch trains: by an orchestrator, by training's own entry, or by code that starts either."""
    if not launch.counts:
        return False
    if repeats(launch):
        return True
    entry = of_launch(facts, launch) if launch.entry else None
    return entry is not None and _starts(facts, entry)


def _starts(facts: Facts, entry: Entry) -> bool:
    memo: dict[tuple[str, str], bool] = facts.memo.setdefault("jobs.starts", {})
    key = (entry.path, entry.argument)
    if key not in memo:
        trains = any(
            e.path == entry.path and e.argument in ("", entry.argument) for e in entries_of_training(facts)
        )
        memo[key] = trains or _calls_for_one(facts, entry)
    return memo[key]


def _calls_for_one(facts: Facts, entry: Entry) -> bool:
    """Whether code starts a pipeline: a platform's call, or DVC as another process."""
    within = reached(facts, [entry])
    if facts.python.calls(STARTS, within):
        return True
    for found in facts.python.calls(("subprocess.*", "os.system"), within):
        said = [text for _, text in facts.python.modules[found.path].strings]
        if any("dvc repro" in text for text in said) or {"dvc", "repro"} <= set(said):
            return True
    return False


@once
def scheduled(facts: Facts) -> tuple[tuple[str, int, str], ...]:
    """(path, line, what) of schedulers other than CI that start a pipeline."""
    found = [
        (asset.path, asset.line, "schedule")
        for asset in facts.platforms.assets
        if asset.kind == "schedule" and asset.body.get("create_job") and asset.body.get("trigger")
    ]
    for job in facts.kubernetes.of("CronJob", "CronWorkflow"):
        for command in _commands(job.body):
            launches = facts.tasks.launches((Command(command, job.path, job.line),))
            if any(starts_pipeline(facts, launch) for launch in launches):
                found.append((job.path, job.line, f"{job.kind} {job.name}"))
    for call in facts.python.calls(
        ("airflow.DAG", "airflow.decorators.dag", "airflow.sdk.dag", "airflow.sdk.DAG")
    ):
        schedule = call.call.keywords.get("schedule", call.call.keywords.get("schedule_interval"))
        if schedule:
            found.append((call.path, call.call.line, f"schedule {schedule}"))
    return tuple(found)


def _commands(body: object) -> list[str]:
    found: list[str] = []
    waiting: list[object] = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            words = [value.get(key) for key in ("command", "args")]
            if any(isinstance(part, list) for part in words):
                found.append(" ".join(str(w) for part in words if isinstance(part, list) for w in part))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found
