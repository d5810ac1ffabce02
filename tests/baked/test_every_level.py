"""A fresh project of each level: its words do what they say. Comes before what changes those projects."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from .children import ROOT
from .project import Project

LEVELS = [
    pytest.param(level, id=f"level-{level}", marks=pytest.mark.xdist_group(f"{level}")) for level in range(3)
]

pytestmark = pytest.mark.parametrize("level", LEVELS)


def test_set_up_and_committed(project: Project) -> None:
    assert project.git("ls-files", "uv.lock").strip() == "uv.lock"
    assert project.changed() == []


def test_lint(project: Project) -> None:
    project.just("lint")


def test_test(project: Project) -> None:
    assert " passed" in project.just("test")


def test_train(project: Project) -> None:
    assert (project.path / "models" / "model.skops").stat().st_size > 0
    assert project.meta()["rows"] > 0


def test_evaluate(project: Project) -> None:
    project.just("evaluate")
    measured = project.json("reports/metrics.json")
    assert 0.9 < measured["roc_auc_low"] <= measured["roc_auc"] <= measured["roc_auc_high"] <= 1


def test_predict_and_serve_agree(project: Project) -> None:
    with project.serving() as service:
        served = service.answers_as(project.meta())
    assert [row["prediction"] for row in served] == [row["prediction"] for row in predicted(project)]


def test_check(project: Project, level: int) -> None:
    """Nothing that the template or a run owes is missing; what is left to people is told."""
    if level == 0:
        assert "check" not in project.words()
        return
    told = project.just("check", env={"MLASCENT_FROM": str(ROOT)})
    assert "GO010" in told or level < 2


def test_only_records_change(project: Project) -> None:
    """Data, models and logs stay out of git; what a run records about itself is for git."""
    for path in project.changed():
        assert path.endswith("dvc.lock") or path.startswith(("reports/", "docs/")), path


def predicted(project: Project) -> list[dict[str, Any]]:
    """What the word `predict` prints for the model's example rows."""
    lines = project.just("predict").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("prediction"))
    return list(csv.DictReader(io.StringIO("\n".join(lines[start:]))))
