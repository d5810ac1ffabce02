"""Stages of pipelines, whoever orchestrates them, and what each of them really does.

DVC and Azure ML say in their files what each stage reads and writes. Pipelines in Python (Kubeflow,
SageMaker, Airflow, Prefect, Metaflow, ZenML, Dagster, Kedro) say which stages there are; what flows between
them only a run shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.dvc import Stage as DvcStage
from mlascent.facts.python import Call, Module
from mlascent.facts.tasks import Command, Launch
from mlascent.rules.entries import Entry, Reached, of_launches, once, reached
from mlascent.rules.model import Evidence
from mlascent.rules.words import fits, kinds, program

#: Programs that do nothing worth a stage.
_IDLE = frozenset(
    {"", "echo", "true", "false", ":", "sleep", "touch", "mkdir", "cd", "ls", "pwd", "printf", "test"}
)
#: Decorators of a step, by the framework.
_STEPS: Mapping[str, str] = {
    "kfp.dsl.component": "Kubeflow",
    "kfp.v2.dsl.component": "Kubeflow",
    "kfp.dsl.container_component": "Kubeflow",
    "prefect.task": "Prefect",
    "airflow.decorators.task": "Airflow",
    "airflow.sdk.task": "Airflow",
    "metaflow.step": "Metaflow",
    "zenml.step": "ZenML",
    "zenml.steps.step": "ZenML",
    "dagster.op": "Dagster",
    "dagster.asset": "Dagster",
    "flytekit.task": "Flyte",
    "sagemaker.workflow.function_step.step": "SageMaker",
}
#: Calls that make a step: what they are called by, and which argument is the code.
_MADE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "*Operator": ("Airflow", ("task_id",)),
    "kedro.pipeline.node": ("Kedro", ("name",)),
    "kedro.pipeline.node.node": ("Kedro", ("name",)),
    "sagemaker.workflow.steps.*Step": ("SageMaker", ("name",)),
    "sagemaker.workflow.*.*Step": ("SageMaker", ("name",)),
    "sagemaker.mlops.workflow.*Step": ("SageMaker", ("name",)),
}


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: As it is called.
        path: Where it is defined.
        line: From 1.
        system: `DVC`, `Azure ML`, `Kubeflow` …
        entries: The repository's code that it runs.
        launches: Programs that it starts; empty for a function.
        deps: What it reads.
        outs: What it writes.
        metrics: Of these, the metrics.
        dvc: The stage, where DVC orchestrates.
        before: Names of stages whose outputs it reads, and theirs; nothing where files do not say.
    """

    name: str
    path: str
    line: int
    system: str
    entries: tuple[Entry, ...] = ()
    launches: tuple[Launch, ...] = ()
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    dvc: DvcStage | None = None
    before: tuple[str, ...] | None = None

    @property
    def real(self) -> bool:
        """Whether it runs code of the repository, or a program that does something."""
        if self.dvc is not None and self.dvc.frozen:
            return False
        return bool(self.entries) or any(program(launch) not in _IDLE for launch in self.launches)

    @property
    def evidence(self) -> Evidence:
        """Where it stands."""
        return Evidence(self.path, self.line, f"stage {self.name}")

    @property
    def counts(self) -> bool:
        """Whether a failure of what it starts stops it."""
        return all(
            launch.counts for launch in self.launches if not any(v.endswith(".py") for v in launch.via)
        )


def does(facts: Facts, stage: Stage) -> frozenset[str]:
    """What a stage is for: as its name and its argument say, if its code bears that out."""
    memo: dict[tuple[str, str, int], frozenset[str]] = facts.memo.setdefault("stages.does", {})
    key = (stage.path, stage.name, stage.line)
    if key not in memo:
        memo[key] = _does(facts, stage)
    return memo[key]


def _does(facts: Facts, stage: Stage) -> frozenset[str]:
    if not stage.real:
        return frozenset()
    named = set(kinds(stage.name)) or {kind for entry in stage.entries for kind in entry.kinds}
    python = [e for e in stage.entries if e.path.partition("::")[0] in facts.python.modules]
    trains = bool(python) and bool(fits(facts, reached(facts, python)))
    if python and not trains:
        named -= {"train"}
    elif trains and not named & {"tune", "evaluate", "validate", "score", "monitor", "prepare"}:
        named |= {"train"}
    return frozenset(named)


@once
def stages(facts: Facts) -> tuple[Stage, ...]:
    """Every stage that files define."""
    return (*_dvc(facts), *_azure(facts), *_python(facts), *_mlproject(facts))


def of_kind(facts: Facts, *wanted: str) -> tuple[Stage, ...]:
    """Stages that do one of these."""
    return tuple(stage for stage in stages(facts) if does(facts, stage) & set(wanted))


def upstream(facts: Facts, stage: Stage) -> tuple[Stage, ...] | None:
    """Stages that one depends on through data, nearest first; nothing where files do not say."""
    if stage.before is None:
        return None
    same = {s.name: s for s in stages(facts) if s.system == stage.system}
    if stage.dvc:
        by_place = {(s.path, s.name): s for s in stages(facts) if s.dvc}
        found = (by_place.get((b.path, b.name)) for b in facts.dvc.before(stage.dvc))
        return tuple(s for s in found if s)
    return tuple(same[name] for name in stage.before if name in same)


def reach(facts: Facts, some: Iterable[Stage]) -> Reached:
    """What stages can execute."""
    return reached(facts, (entry for stage in some for entry in stage.entries))


def reads(stage: Stage, other: Stage) -> bool:
    """Whether a stage reads an output of another."""
    return any(inside(dep, out) or inside(out, dep) for dep in stage.deps for out in other.outs)


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _dvc(facts: Facts) -> Iterator[Stage]:
    for stage in facts.dvc.stages:
        commands = tuple(Command(cmd, stage.path, stage.line) for cmd in stage.cmd)
        launches = facts.tasks.launches(commands, stage.wdir)
        before = tuple(other.name for other in facts.dvc.before(stage))
        yield Stage(
            *(stage.name, stage.path, stage.line, "DVC", of_launches(facts, launches, stage.name), launches),
            *(stage.deps, stage.outs, stage.metrics, stage, before),
        )


def _azure(facts: Facts) -> Iterator[Stage]:
    for asset in facts.platforms.assets:
        jobs = asset.body.get("jobs") if asset.kind == "pipeline" else None
        if not isinstance(jobs, dict):
            continue
        links = {
            str(name): set(re.findall(r"parent\.jobs\.([\w-]+)\.outputs", str(job)))
            for name, job in jobs.items()
        }
        for name, job in jobs.items():
            if not isinstance(job, dict):
                continue
            folder, command = asset.path.rpartition("/")[0], _command(facts, job)
            code = str(job.get("code") or "").removeprefix("./").strip("/")
            where = "/".join(part for part in (folder, code) if part and part != ".")
            launches = facts.tasks.launches((Command(command, asset.path, asset.line),), where)
            entries = of_launches(facts, launches, str(name))
            yield Stage(
                *(str(name), asset.path, asset.line, "Azure ML", entries, launches),
                tuple(f"{other}.outputs" for other in sorted(links[str(name)])),
                (f"{name}.outputs",) if isinstance(job.get("outputs"), dict) else (),
                before=tuple(_before(str(name), links)),
            )


def _command(facts: Facts, job: Mapping[str, Any]) -> str:
    component = str(job.get("component") or "")
    if isinstance(job.get("component"), dict):
        return str(job["component"].get("command") or "")
    if component.startswith(("file:", "./", "../")) or component.endswith((".yml", ".yaml")):
        name = component.removeprefix("file:").removeprefix("./").rpartition("/")[2]
        for asset in facts.platforms.assets:
            if asset.path.rpartition("/")[2] == name:
                return str(asset.body.get("command") or "")
    return str(job.get("command") or "")


def _before(name: str, links: Mapping[str, set[str]]) -> Iterator[str]:
    waiting, seen = sorted(links.get(name, ())), {name}
    while waiting:
        other = waiting.pop(0)
        if other not in seen:
            seen.add(other)
            yield other
            waiting += sorted(links.get(other, ()))


def _python(facts: Facts) -> Iterator[Stage]:
    for module in facts.python.modules.values():
        if module.test:
            continue
        for name, function in module.functions.items():
            system = next((s for d in function.decorators if (s := _STEPS.get(d))), "")
            if system:
                entry = Entry(f"{module.path}::{name}", names=(name,))
                yield Stage(name.rpartition(".")[2], module.path, function.line, system, (entry,))
    for pattern, (system, keys) in _MADE.items():
        for found in facts.python.calls((pattern,)):
            module_ = facts.python.modules[found.path]
            if not module_.test:
                yield _made(facts, module_, found.call, system, keys)


def _made(facts: Facts, module: Module, call: Call, system: str, keys: tuple[str, ...]) -> Stage:
    name = next((str(call.keywords[k]) for k in keys if call.keywords.get(k)), call.name.rpartition(".")[2])
    command = call.keywords.get("bash_command") or call.keywords.get("cmds")
    launches: tuple[Launch, ...] = ()
    if isinstance(command, str):
        launches = facts.tasks.launches((Command(command, module.path, call.line),))
    entries = of_launches(facts, launches, name)
    named = set(kinds(name))
    functions = [
        f for f in module.functions if not entries and not launches and kinds(f.rpartition(".")[2]) & named
    ]
    entries += tuple(Entry(f"{module.path}::{f}", names=(name,)) for f in functions[:1])
    if "Training" in call.name or "Processing" in call.name or "Tuning" in call.name:
        launches = launches or (Launch((call.name,), "", module.path, call.line),)
    return Stage(name, module.path, call.line, system, entries, launches)


def _mlproject(facts: Facts) -> Iterator[Stage]:
    for task in (task for tasks in facts.tasks.words.values() for task in tasks):
        if task.runner == "mlflow":
            launches = facts.tasks.of(task)
            entries = of_launches(facts, launches, task.name)
            yield Stage(task.name, task.path, task.line, "MLflow project", entries, launches)
