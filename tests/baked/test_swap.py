"""The swap law: a table that no template has seen takes the example's place, and every word still passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from . import datasets
from .children import mlascent
from .conftest import Bake
from .project import Project

pytestmark = pytest.mark.full

Write = Callable[[Path], str]
TABLES: dict[str, Write] = {
    "classification": datasets.classes,
    "regression": datasets.numbers,
}
SWAPS = [
    pytest.param(level, task, how, id=f"level-{level}-{task}-{how}")
    for level, task, how in [
        (0, "classification", "by-hand"),
        (0, "regression", "by-command"),
        (1, "regression", "by-hand"),
        (1, "classification", "by-command"),
        (2, "classification", "by-hand"),
        (2, "regression", "by-hand"),
        (2, "classification", "by-command"),
        (2, "regression", "by-command"),
    ]
]


@pytest.mark.parametrize(("level", "task", "how"), SWAPS)
def test_another_table(bake: Bake, tmp_path: Path, level: int, task: str, how: str) -> None:
    project = bake(level=level, task=task, workload="both")
    if how == "by-hand":
        by_hand(project, TABLES[task])
    else:
        table = tmp_path / "Dados do mês (1).csv"
        target = TABLES[task](table)
        mlascent("data", "use", table, "--target", target, cwd=project.path)
    assert len(set(project.changed())) <= (3 if how == "by-hand" else 5), project.changed()
    for word in ("train", "evaluate", "lint", "test"):
        project.just(word)
    metrics = project.json("reports/metrics.json")
    assert metrics["roc_auc"] > 0.9 if task == "classification" else metrics["r2"] > 0.5
    assert project.meta()["target"] == datasets.TARGETS[task]
    assert datasets.AREA in project.meta()["inputs"]
    assert "prediction" in project.just("predict")
    with project.serving() as service:
        service.answers_as(project.meta())
    if level == 2:
        project.just("gate")
        project.just("promote", "--approver", "Ana")
        project.just("cards")
        assert "Área" in project.read("docs/data-card.md")


def by_hand(project: Project, write: Write) -> None:
    """What a person would edit, in three files at most."""
    place = project.path / "data" / "mine.csv"
    place.parent.mkdir(exist_ok=True)
    target = write(place)
    config = project.yaml("params.yaml")
    config["data"] = {"source": "data/mine.csv", "target": target, "drop": ["id;№"]}
    config["evaluation"]["slices"] = [datasets.KIND]
    save(project.path / "params.yaml", config)
    sources = project.path / "pipelines" / "sources.yaml"
    if sources.exists():
        declared = {
            "name": "mine",
            "kind": "file",
            "location": "data/mine.csv",
            "description": "made for this test",
            "owner": "Ana Souza",
            "licence": "internal",
            "collected": "2026",
            "refresh": "never",
            "personal_data": False,
        }
        save(sources, {"sources": [*project.yaml("pipelines/sources.yaml")["sources"], declared]})
    schema = project.package / "schema.py"
    if schema.exists():
        schema.write_text(as_schema(target, regression=write is datasets.numbers), encoding="utf-8")


def save(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def as_schema(target: str, *, regression: bool) -> str:
    """A schema of the kind that the project ships, for the table of `datasets`."""
    number = ["wave", datasets.PRICE, datasets.AREA, datasets.EMPTY] + ([target] if regression else [])
    text = ["id;№", datasets.KIND, datasets.DAY, "note, 'free' text"] + ([] if regression else [target])
    lines = [f'        "{name}": pa.Column(float, nullable=True),' for name in number]
    lines += [f'        "{name}": pa.Column(str, nullable=True),' for name in text]
    lines += [f'        "{datasets.FLAG}": pa.Column("boolean"),']
    body = "\n".join(lines)
    return f'''"""What the raw data must look like."""

import pandera.pandas as pa

SCHEMA = pa.DataFrameSchema(
    {{
{body}
    }},
    strict=True,
    coerce=True,
)

MOST_UNLABELLED = 0.1
LEAST_CLASS = 0.01
MOST_DUPLICATES = 0.05
'''
