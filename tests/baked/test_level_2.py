"""What level 2 adds: a gate, a registry, people who approve, records, and a service that is watched."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .project import Project

pytestmark = pytest.mark.xdist_group("2")


@pytest.fixture(scope="module")
def project(level_2: Project) -> Project:
    return level_2


@pytest.fixture(scope="module")
def promoted(project: Project) -> Project:
    """The first model answers in production."""
    assert "--approver" in project.just("promote", fails=True)
    project.just("promote", "--approver", "Ana Souza", "--why", "first release")
    return project


def test_the_first_model_is_registered(project: Project) -> None:
    assert project.json("reports/gate.json")["passed"] is True
    assert "1" in aliases(project).values()


def test_gate(project: Project) -> None:
    project.just("gate")


def test_training_again_registers_nothing_new(project: Project) -> None:
    before = versions(project)
    project.just("train")
    assert versions(project) == before


def test_promotion_is_on_record(promoted: Project) -> None:
    assert aliases(promoted)["champion"] == "1"
    told = promoted.just("models")
    assert "Ana Souza" in told
    assert "first release" in told


def test_a_worse_model_is_refused(promoted: Project) -> None:
    before = aliases(promoted), versions(promoted)
    with edited(promoted, "params.yaml", "min_samples_leaf: 20", "min_samples_leaf: 100000"):
        said = promoted.just("train", fails=True)
    assert "refuses" in said
    assert promoted.json("reports/gate.json")["passed"] is False
    assert (aliases(promoted), versions(promoted)) == before


def test_invalid_data_stops_the_pipeline(promoted: Project) -> None:
    before = promoted.meta()
    bad = promoted.path / "data" / "bad.csv"
    rows = list(csv.reader(io.StringIO(promoted.read("data/raw/data.csv"))))
    rows[7][0] = "a word where a number belongs"
    with bad.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with edited(promoted, "params.yaml", "source: example", "source: data/bad.csv"):
        said = promoted.just("train", fails=True)
    assert rows[0][0] in said
    assert promoted.meta() == before
    promoted.just("train")


def test_another_good_model_goes_up_and_back(promoted: Project) -> None:
    with edited(promoted, "params.yaml", "learning_rate: 0.1", "learning_rate: 0.08"):
        promoted.just("train")
    new = versions(promoted)[-1]
    assert aliases(promoted)["challenger"] == new
    promoted.just("promote", "--approver", "Bruno Lima")
    assert aliases(promoted) == {"champion": new, "previous": "1"}
    promoted.just("rollback", "--approver", "Ana Souza", "--why", "complaints")
    assert aliases(promoted)["champion"] == "1"
    assert "complaints" in promoted.just("models")
    promoted.just("train")


def test_retrain(promoted: Project) -> None:
    promoted.just("retrain", "--trigger", "event", "--why", "new labels")
    report = promoted.json("reports/retrain.json")
    assert report["outcome"] in ("unchanged", "registered")
    assert report["event"] == "new labels"


def test_tune(promoted: Project) -> None:
    promoted.just("tune", "--trials", "2")


def test_cards(promoted: Project) -> None:
    promoted.just("cards")
    card = promoted.read("docs/model-card.md")
    assert f"{promoted.json('reports/registration.json')['metrics']['roc_auc']:.4g}" in card
    promoted.just("cards", "--check")


def test_the_service_is_watched(promoted: Project) -> None:
    with promoted.serving() as service:
        service.answers_as(promoted.meta())
        status, version = service.call("/version")
        assert status == 200
        assert version["alias"] == "champion"
        assert version["version"] == aliases(promoted)["champion"]
        status, metrics = service.call("/metrics")
        assert status == 200
        assert "http_requests_total{" in metrics
        promoted.just("monitor", service.url)
    promoted.just("monitor", service.url, fails=True)


def test_a_table_is_scored(promoted: Project) -> None:
    rows = list(csv.DictReader(io.StringIO(promoted.read("data/raw/data.csv"))))
    promoted.just("predict", "data/raw/data.csv", "--output", "predictions/all.csv")
    found = list(csv.DictReader(io.StringIO(promoted.read("predictions/all.csv"))))
    assert len(found) == len(rows)
    right = sum(row["prediction"] == truth["diagnosis"] for row, truth in zip(found, rows, strict=True))
    assert right > 0.9 * len(rows)


def aliases(project: Project) -> dict[str, str]:
    """Alias → version, as the registry says."""
    code = f"import json; from {project.package.name} import registry; print(json.dumps(registry.aliases()))"
    found: dict[str, str] = json.loads(project.python(code).splitlines()[-1])
    return found


def versions(project: Project) -> list[str]:
    """Every registered version, the oldest first."""
    code = f"from {project.package.name} import registry as r; print(*[v.version for v in r.versions()])"
    return sorted(project.python(code).splitlines()[-1].split(), key=int)


@contextmanager
def edited(project: Project, name: str, old: str, new: str) -> Iterator[None]:
    """A file with one piece changed, until the block ends."""
    before = project.read(name)
    project.edit(name, old, new)
    try:
        yield
    finally:
        (project.path / name).write_text(before, encoding="utf-8")
