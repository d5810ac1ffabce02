"""Orchestrated, reproducible training pipeline (DE110 to DE114)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.dvc import Stage as DvcStage
from mlascent.facts.tasks import Launch
from mlascent.rules.entries import entries_of_training, of_launches, reached
from mlascent.rules.jobs import on_change, running, scheduled, starts_pipeline
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import Stage, does, inside, of_kind, stages, upstream
from mlascent.rules.words import fits, has, kinds, program, seen

_WORDS = ("train", "fit", "training", "train-model", "train_model", "pipeline", "run-pipeline", "retrain")
_LEAST = 4
_SAMPLE = re.compile(
    r"(?i).*(sample|smoke|subset|n_?rows|max_rows|limit|fast[-_]?dev|tiny|debug|max_steps|small).*"
)


@rule("DE110")
def one_command(facts: Facts) -> Verdict:
    """A word that echoes, or calls a script that is not there, trains nothing."""
    known = [task for word in _WORDS for task in facts.tasks.words.get(word, ()) if not task.internal]
    for task in known:
        launches = [launch for launch in facts.tasks.of(task) if launch.counts]
        entries = of_launches(facts, launches, word=task.name)
        if any(starts_pipeline(facts, launch) for launch in launches) and (
            fits(facts, reached(facts, entries)) or of_kind(facts, "train")
        ):
            return passed(f"`{task.runner} {task.name}` trains.", Evidence(task.path, task.line, task.name))
    for name in sorted(facts.python.scripts):
        if {"train", "retrain"} & kinds(name):
            module = facts.python.named(facts.python.scripts[name].partition(":")[0])
            if module and any(e.path.startswith(module.path) for e in entries_of_training(facts)):
                return passed(f"The command {name} trains.", Evidence(module.path, 0, name))
    if known:
        where = Evidence(known[0].path, known[0].line, known[0].name)
        return failed(f"`{known[0].runner} {known[0].name}` does not lead to code that trains.", where)
    return failed("No task or command is called train.")


@rule("DE111")
def graph(facts: Facts) -> Verdict:
    """Four stages that echo, or one script four times, are no pipeline."""
    by_system: dict[str, list[Stage]] = {}
    for stage in stages(facts):
        if stage.real:
            by_system.setdefault(stage.system, []).append(stage)
    nearest = failed("No pipeline is defined.")
    for system, found in by_system.items():
        different = {(stage.entries, stage.dvc.cmd if stage.dvc else stage.name) for stage in found}
        trains = [stage for stage in found if "train" in does(facts, stage)]
        prepares = [
            stage
            for stage in found
            if does(facts, stage) & {"prepare", "ingest", "validate"}
            or any(stage in (upstream(facts, t) or ()) for t in trains)
        ]
        evaluates = [
            stage
            for stage in found
            if "evaluate" in does(facts, stage) or (stage.metrics and stage not in trains)
        ]
        missing = [
            what
            for what, some in (("prepares", prepares), ("trains", trains), ("evaluates", evaluates))
            if not some
        ]
        evidence = tuple(stage.evidence for stage in found[:8])
        if missing:
            nearest = failed(f"No stage of the {system} pipeline {' or '.join(missing)}.", *evidence)
        elif len(different) < _LEAST:
            nearest = failed(f"The {system} pipeline has {len(different)} stages, not {_LEAST}.", *evidence)
        else:
            return passed(
                f"The {system} pipeline has {len(found)} stages, from data to an evaluated model.", *evidence
            )
    return nearest


@rule("DE112")
def sound(facts: Facts) -> Verdict:
    """Every name in the graph is looked up: a script, a file, a parameter that is not there breaks it."""
    if not stages(facts):
        return failed("No pipeline is defined.")
    cycle = facts.dvc.cycle()
    if cycle:
        said = " → ".join(stage.name for stage in cycle)
        return failed(
            f"Stages wait for each other: {said}.", *(Evidence(s.path, s.line, s.name) for s in cycle)
        )
    missing = [e for stage in facts.dvc.stages for e in _missing(facts, stage)]
    missing += [e for stage in stages(facts) for e in _no_script(facts, stage)]
    missing += _unknown_jobs(facts)
    if missing:
        return failed(f"The pipeline names {missing[0].said}, which does not exist.", *dict.fromkeys(missing))
    return passed(
        f"{len(stages(facts))} stages form a graph, and what they name exists.", stages(facts)[0].evidence
    )


def _missing(facts: Facts, stage: DvcStage) -> Iterator[Evidence]:
    made = [out for other in facts.dvc.stages for out in other.outs]
    for dep in stage.deps:
        if "://" in dep or dep.startswith("/") or "${" in dep:
            continue
        there = dep in facts.files or dep.rstrip("/") in facts.files.folders
        if not there and not any(inside(dep, out) or inside(out, dep) for out in (*made, *facts.dvc.tracked)):
            yield Evidence(stage.path, stage.line, dep)
    for path, key in stage.params:
        if path in facts.files:
            value = facts.dvc.parameters(path)
            if key and not _has_key(value, key):
                yield Evidence(stage.path, stage.line, f"{key} of {path}")
        elif not any(inside(path, out) for out in made):
            yield Evidence(stage.path, stage.line, path)


def _has_key(value: object, key: str) -> bool:
    if isinstance(value, dict) and key in value:
        return True
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _no_script(facts: Facts, stage: Stage) -> Iterator[Evidence]:
    """Modules and scripts of the repository that a stage runs and that are not there."""
    top = {module.name.partition(".")[0] for module in facts.python.package()}
    for launch in stage.launches:
        if launch.entry or not launch.argv:
            continue
        named = launch.argv[0]  # what `python -m` runs, where it is no module of the repository
        script = launch.argv[1] if program(launch).startswith("python") and len(launch.argv) > 1 else ""
        if "." in named and "/" not in named and named.partition(".")[0] in top:
            yield Evidence(stage.path, stage.line, named)
        elif script.endswith(".py") and "$" not in script:
            yield Evidence(stage.path, stage.line, script)


def _unknown_jobs(facts: Facts) -> list[Evidence]:
    found = []
    for asset in facts.platforms.assets:
        jobs = asset.body.get("jobs") if asset.kind == "pipeline" else None
        if isinstance(jobs, dict):
            named = set(re.findall(r"parent\.jobs\.([\w-]+)\.", str(jobs)))
            found += [Evidence(asset.path, asset.line, name) for name in sorted(named - set(jobs))]
    return found


@rule("DE113")
def elsewhere(facts: Facts) -> Verdict:
    """A cron that lints, or a job that is switched off, trains nothing."""
    runs = running(facts, lambda launch: starts_pipeline(facts, launch))
    if runs:
        return passed(f"The job {runs[0].job.name} runs the pipeline.", seen(runs[0].launch))
    others = scheduled(facts)
    if others:
        path, line, what = others[0]
        return passed(f"A {what} runs the pipeline.", Evidence(path, line, what))
    return failed("No job runs the pipeline: it runs on laptops alone.")


@rule("DE114")
def sampled(facts: Facts) -> Verdict:
    """The whole pipeline on a pull request, or a sample that no such job uses, is not it."""
    runs = on_change(facts, lambda launch: starts_pipeline(facts, launch))
    if not runs:
        return failed("No job of a pull request runs the pipeline.")
    for run in runs:
        words = [*run.launch.argv, *run.launch.via, *run.step.env, *map(str, run.step.env.values())]
        if any(_SAMPLE.fullmatch(word) for word in words) or _small(run.launch):
            return passed("A pull request runs the pipeline on a sample.", seen(run.launch))
    return failed(
        "The pipeline of a pull request is not told to use a sample.", *(seen(run.launch) for run in runs[:3])
    )


def _small(launch: Launch) -> bool:
    return has(launch, "--set-param", "-S") and any(_SAMPLE.fullmatch(word) for word in launch.argv)
