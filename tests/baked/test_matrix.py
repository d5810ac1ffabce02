"""Every estimator with every task and workload, each on one level; other answers are spread over them."""

from __future__ import annotations

import itertools

import pytest

from .conftest import Bake

ESTIMATORS = ("scikit-learn", "xgboost", "lightgbm")
TASKS = ("classification", "regression")
WORKLOADS = ("online", "batch", "both")
CI = ("none", "github", "gitlab", "azure", "jenkins")


def row(number: int, estimator: int, task: int, workload: int) -> dict[str, str | int]:
    """Answers in which each pair of level and any one of the three stands somewhere."""
    return {
        "level": (estimator + task + workload) % 3,
        "estimator": ESTIMATORS[estimator],
        "task": TASKS[task],
        "workload": WORKLOADS[workload],
        "language": ("en", "pt")[number % 2],
        "ci": CI[number // 3 % len(CI)],  # three rows are the three levels
        "licence": ("Apache-2.0", "Proprietary")[number % 2],
    }


SET = [row(n, *indices) for n, indices in enumerate(itertools.product(range(3), range(2), range(3)))]


@pytest.mark.full
@pytest.mark.parametrize("answers", SET, ids=lambda answers: "-".join(map(str, answers.values())))
def test_it_runs(bake: Bake, answers: dict[str, str | int]) -> None:
    project = bake(**answers)
    for word in ("lint", "test", "train", "evaluate"):
        project.just(word)
    metrics = project.json("reports/metrics.json")
    assert metrics["roc_auc"] > 0.9 if answers["task"] == "classification" else metrics["r2"] > 0.2
    assert "prediction" in project.just("predict")
    if answers["level"] == 2 and answers["workload"] != "online":
        project.just("predict", "data/raw/data.csv", "--output", "predictions/all.csv")
        assert "prediction" in project.read("predictions/all.csv").splitlines()[0]
        project.just("monitor" if answers["workload"] == "batch" else "monitor-runs")
    assert ("serve" in project.words()) == (answers["workload"] != "batch")
    if answers["workload"] != "batch":
        with project.serving() as service:
            service.answers_as(project.meta())


def test_the_set_covers() -> None:
    triples = {(a["estimator"], a["task"], a["workload"]) for a in SET}
    assert triples == set(itertools.product(ESTIMATORS, TASKS, WORKLOADS))
    for name in ("estimator", "task", "workload", "language", "ci"):
        assert {(a[name], a["level"]) for a in SET} == set(
            itertools.product({a[name] for a in SET}, range(3))
        ), name
