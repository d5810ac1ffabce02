"""What changes in a project's files when its data changes, planned in memory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlascent.dataset import scaffold
from mlascent.dataset.fit import FEWEST_ROWS
from mlascent.dataset.judge import CLASSIFICATION_METRICS, REGRESSION_METRICS, Judgement
from mlascent.dataset.profile import Column
from mlascent.errors import RefusedError, UsageError
from mlascent.yaml_edit import append, inline, set_value

ANSWERS = ".copier-answers.yml"
SOURCES = "pipelines/sources.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project.

    Attributes:
        root: Its directory.
        package: The name of its Python package.
        task: `classification` or `regression`.
        params: What `params.yaml` says.
    """

    root: Path
    package: str
    task: str
    params: Mapping[str, Any]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it can be measured by; its own choice first."""
        known = CLASSIFICATION_METRICS if self.task == "classification" else REGRESSION_METRICS
        chosen = self.params["evaluation"].get("metric")
        return (chosen, *(name for name in known if name != chosen)) if chosen in known else known


@dataclass(frozen=True, slots=True)
class Edit:
    """A file of the project with its new text.

    Attributes:
        path: Relative to the project, POSIX.
        before: The text that stands there.
        after: The text to write.
    """

    path: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        """What changes, line by line."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            self.path,
            self.path,
            n=1,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self, path: Path) -> None:
        """Write the new text, line ends as they were."""
        path.write_bytes(self.after.encode("utf-8"))


def find(start: Path) -> Project:
    """The project that a directory belongs to.

    Raises:
        RefusedError: It belongs to none, or the project's files cannot be read.
    """
    here = Path(os.path.realpath(start))
    root = next((path for path in (here, *here.parents) if (path / ANSWERS).is_file()), None)
    if root is None:
        raise RefusedError(
            f"{start} is in no project that mlascent made: there is no {ANSWERS} here or above",
            "Go to the project, or name it with --project.",
        )
    answers, params = (_yaml(root, name) for name in (ANSWERS, "params.yaml"))
    package, task = answers.get("package"), answers.get("task")
    if not package or task not in ("classification", "regression"):
        raise RefusedError(f"{root / ANSWERS} names no package and task: it is not a project of mlascent")
    if not all(isinstance(params.get(part), dict) for part in ("data", "evaluation")):
        raise RefusedError(f"{root / 'params.yaml'} has no `data` and `evaluation`", "Bring them back first.")
    return Project(root, package, task, params)


def plan(
    project: Project,
    stored: str,
    target: str,
    metric: str,
    columns: Mapping[str, Column],
    judgement: Judgement,
    repeats: Callable[[], float],
) -> tuple[Edit, ...]:
    """Every change in the project's files; files that stay as they are do not show.

    Args:
        project: The project.
        stored: The table, as the project names it.
        target: The column to predict.
        metric: The metric that decides.
        columns: The profile of the table.
        judgement: What each column is for.
        repeats: Measures the share of repeated rows; asked only where something depends on it.

    Raises:
        RefusedError: A file is written in a way that cannot be edited.
    """
    edits = [_params(project, stored, target, metric, judgement), _bar(project, metric, judgement)]
    if (project.root / SOURCES).is_file():
        edits.append(_source(project, stored, columns, judgement))
    schema = f"src/{project.package}/schema.py"
    if (project.root / schema).is_file():
        after = scaffold.schema(columns, target, judgement.classes, list(judgement.drop), repeats())
        edits.append(Edit(schema, _text(project.root, schema), after))
    return tuple(edit for edit in edits if edit.before != edit.after)


def _params(project: Project, stored: str, target: str, metric: str, judgement: Judgement) -> Edit:
    text = before = _text(project.root, "params.yaml")
    changes: list[tuple[Sequence[str], Any]] = [
        (("data", "source"), stored),
        (("data", "target"), target),
        (("data", "drop"), list(judgement.drop)),
        (("evaluation", "metric"), metric),
        (("evaluation", "slices"), list(judgement.slices)),
        *_leaves(project, judgement.labelled),
    ]
    for path, value in changes:
        text = set_value(text, path, value, "params.yaml")
    return Edit("params.yaml", before, text)


def _leaves(project: Project, labelled: int) -> Iterator[tuple[Sequence[str], Any]]:
    """Trees whose leaves must hold 20 rows, as libraries have it, cannot tell few rows apart."""
    settings = project.params.get("model")
    if labelled >= 4 * FEWEST_ROWS or not isinstance(settings, dict):
        return
    for sign, name in (("min_samples_leaf", "min_samples_leaf"), ("num_leaves", "min_child_samples")):
        if sign in settings and settings.get(name, 20) == 20:
            yield ("model", name), max(2, labelled // 30)


def _source(project: Project, stored: str, columns: Mapping[str, Column], judgement: Judgement) -> Edit:
    text = before = _text(project.root, SOURCES)
    known = _yaml(project.root, SOURCES).get("sources") or []
    if not any(isinstance(source, dict) and source.get("location") == stored for source in known):
        rows = next(iter(columns.values())).rows
        personal = list(judgement.personal)
        lines = [
            f"name: {inline(Path(stored).stem)}",
            "kind: file",
            f"location: {inline(stored)}",
            "example: true # say below what is true, then delete this line",
            f"description: {rows} rows of {len(columns)} columns",
            "owner: not said yet",
            "licence: not said yet",
            "collected: not said yet",
            "refresh: not said yet",
            f"personal_data: {inline(bool(personal))} # a guess from names and values",
            f"sensitive_fields: {inline(personal)}",
        ]
        text = append(text, ("sources",), lines, SOURCES)
    return Edit(SOURCES, before, text)


def _bar(project: Project, metric: str, judgement: Judgement) -> Edit:
    """The example's thresholds would judge other data; a team's own are left alone."""
    name = "mlascent.yaml"
    text = before = _text(project.root, name)
    for model, told in (_yaml(project.root, name).get("models") or {}).items():
        thresholds = (told or {}).get("thresholds") or {}
        if thresholds.get("example") is True:
            for known in sorted({metric, *judgement.guess.keys() & thresholds.keys()}):
                bar = scaffold.threshold(known, judgement.guess[known])
                text = set_value(text, ("models", model, "thresholds", known), bar, name)
    return Edit(name, before, text)


def _yaml(root: Path, name: str) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(_text(root, name))
    except yaml.YAMLError as error:
        raise RefusedError(f"{root / name} is not valid YAML: {error}", "Mend it first.") from error
    if not isinstance(loaded, dict):
        raise RefusedError(f"{root / name} is not a mapping", "Bring it back first.")
    return loaded


def _text(root: Path, name: str) -> str:
    try:
        return (root / name).read_bytes().decode("utf-8")
    except (OSError, UnicodeError) as error:
        raise RefusedError(f"{root / name} cannot be read: {error}", "Bring it back first.") from error


def metric_of(project: Project, wanted: str | None) -> str:
    """The metric that decides: the one wanted, or the project's own.

    Raises:
        UsageError: The project's task has no such metric.
    """
    if wanted and wanted not in project.metrics:
        raise UsageError(
            f"--metric: a {project.task} has no {wanted}", f"Choose from {', '.join(project.metrics)}."
        )
    return wanted or project.metrics[0]
