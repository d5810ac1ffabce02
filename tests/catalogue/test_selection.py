"""Which capabilities a project has, and why."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import mlascent.catalogue
import pytest
from mlascent.catalogue import Catalogue, Selection, catalogue, selection

LEVELS = range(catalogue().highest + 1)
CIS = ("github", "gitlab", "azure", "jenkins", "none")
WORKLOADS = ("online", "batch", "both")
MATRIX = [*product(LEVELS, CIS, WORKLOADS)]
OPTIONS = [
    c.id for c in catalogue().capabilities if c.status["local"] == "available" and not c.core and c.introduced
]


def reasons(chosen: Selection) -> dict[str, tuple[str, str | None]]:
    return {c.id: (c.reason, c.because) for c in chosen.chosen}


def closed(chosen: Selection) -> bool:
    return all(set(catalogue().capability(i).requires) <= chosen.ids for i in chosen.ids)


@pytest.mark.parametrize(("level", "ci", "workload"), MATRIX)
def test_a_level_stands_and_contains_the_one_below(level: int, ci: str, workload: str) -> None:
    here = selection(level, ci=ci, workload=workload)
    assert here.problems == ()
    assert closed(here)
    assert set(reasons(here).values()) == {("level", None)}
    if level:
        assert selection(level - 1, ci=ci, workload=workload).ids < here.ids


@pytest.mark.parametrize("option", OPTIONS)
def test_any_single_capability_can_be_taken_or_left(option: str) -> None:
    c = catalogue().capability(option)
    ci = c.applies.get("ci", ("none",))[0]
    workload = c.applies.get("workload", ("batch",))[0]
    for level in LEVELS:
        taken = selection(level, with_=[option], ci=ci, workload=workload)
        assert taken.problems == ()
        assert option in taken.ids
        assert closed(taken)
        left = selection(level, without=[option], ci=ci, workload=workload)
        assert left.problems == ()
        assert option not in left.ids
        assert closed(left)
        assert left.ids <= selection(level, ci=ci, workload=workload).ids


def test_reasons() -> None:
    chosen = selection(0, areas={"monitoring": 1}, with_=["performance-gate"])
    told = reasons(chosen)
    assert told["standard-template"] == ("level", None)
    assert told["structured-logging"] == ("area", None)
    assert told["performance-gate"] == ("with", None)
    assert told["model-evaluation"] == ("required", "performance-gate")
    assert told["training-pipeline"] == ("required", "model-evaluation")


def test_depth_is_the_level_of_the_area_and_at_least_what_rests_on_it() -> None:
    chosen = selection(0, areas={"monitoring": 2}, with_=["performance-gate"])
    depth = {c.id: c.depth for c in chosen.chosen}
    assert depth["standard-template"] == 0
    assert depth["structured-logging"] == 2
    assert depth["performance-gate"] == 2
    assert depth["training-pipeline"] == 2, "the gate, of level 2, requires it"
    assert depth["code-quality"] == 0


def test_what_requires_a_capability_goes_with_it() -> None:
    chosen = selection(2, without=["model-registry"])
    assert chosen.problems == ()
    left = {c.id: (c.reason, c.because) for c in chosen.left_out}
    assert left["model-registry"] == ("without", None)
    assert left["rollback"] == ("requires", "model-registry")
    assert left["promotion-approval"] == ("requires", "model-registry")


def test_what_does_not_apply_is_left_out_and_says_why() -> None:
    raw = json.loads((Path(mlascent.catalogue.__file__).parent / "catalogue.json").read_text("utf-8"))
    by_id = {capability["id"]: capability for capability in raw["capabilities"]}
    by_id["service-monitoring"]["applies"] = {"workload": ["online", "both"]}
    by_id["maturity-assessment"]["status"] = {"local": "planned"}
    chosen = selection(2, ci="none", workload="batch", book=Catalogue(raw))
    left = {c.id: c.reason for c in chosen.left_out}
    assert left["ci-pipeline"] == "ci"
    assert left["service-monitoring"] == "workload"
    assert left["maturity-assessment"] == "planned"


def test_options_and_profiles_come_only_by_name() -> None:
    assert "development-container" not in selection(2).ids
    assert "development-container" in selection(0, with_=["development-container"]).ids


def test_all_contradictions_are_told_together() -> None:
    chosen = selection(
        1,
        areas={"deployment": 0, "quality": 2, "governance": 4},
        with_=["rollback", "lineage", "ci-pipelin", "compose-stack"],
        without=["model-registry", "standard-template", "drift", "compose-stack", "risk-management"],
        workload="batch",
    )
    assert set(chosen.problems) == {
        "Area deployment cannot stand on level 0, below the project's 1.",
        "There is no area 'quality'; there are development, deployment, monitoring, governance.",
        "Area governance cannot stand on level 4; there are 1 to 2.",
        "There is no capability 'ci-pipelin'. Did you mean ci-pipeline?",
        "There is no capability 'drift'. Did you mean data-drift-monitoring?",
        "'lineage' is planned, and not available yet on platform local.",
        "'compose-stack' does not apply to workload batch, only to online, both.",
        "'standard-template' is in every project and cannot be left out.",
        "'risk-management' is planned: there is nothing to leave out yet.",
        "'rollback' requires 'model-registry', which is left out.",
    }
    both = selection(1, with_=["rollback"], without=["rollback"])
    assert both.problems == ("'rollback' is both taken and left out.",)


def test_a_level_that_is_not_there() -> None:
    assert selection(3).problems == ("Level 3 is not available; there are 0 to 2.",)


def test_paths_follow_level_workload_ci_and_answers() -> None:
    answers = {"package": "churn", "platform": "local", "licence": "MIT", "subdirectory": ""}

    def paths(level: int, ci: str, workload: str, licence: str = "MIT") -> set[str]:
        facts = {**answers, "ci": ci, "workload": workload, "licence": licence}
        return set(selection(level, ci=ci, workload=workload).paths(facts))

    assert "src/churn/serve.py" in paths(0, "github", "online")
    assert "src/churn/serve.py" not in paths(0, "github", "batch")
    assert "LICENSE" in paths(0, "github", "online")
    assert "LICENSE" not in paths(0, "github", "online", "Proprietary")
    assert "src/churn/service.py" in paths(2, "github", "online") - paths(1, "github", "online")
    assert ".pre-commit-config.yaml" in paths(1, "github", "online") - paths(0, "github", "online")
    assert not any(p.startswith(".github/workflows") for p in paths(2, "gitlab", "online"))
    for level, ci, workload in MATRIX[len(CIS) * len(WORKLOADS) :]:
        assert paths(level - 1, ci, workload) <= paths(level, ci, workload)
