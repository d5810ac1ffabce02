"""A fresh project holds what its level demands of the template, whatever was chosen."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Set
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from mlascent.catalogue import Rule, catalogue
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import Files
from mlascent.rules import load
from mlascent.rules.model import Outcome

from tests.rules.support import DAY, write
from tests.template.matrix import CIS, EDGES, PLATFORMS, WORKLOADS, Project, Workshop

CHECKS = load()
TASKS = (("classification", "scikit-learn"), ("regression", "xgboost"))
#: As `new` takes them from git.
AUTHOR = {"author": "Ana Souza", "email": "ana.souza@acme.org"}
#: Text that means something elsewhere is a template's leftover where a person reads it.
RARER = [
    edge for edge in EDGES if "subdirectory" not in edge and not any("{{" in str(v) for v in edge.values())
]
#: Level 0 demands nothing.
LEVELS = (1, 2)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    found = Cache(tmp_path_factory.mktemp("cache"))
    yield found
    found.close()


def owed(project: Project, level: int, owner: str = "template") -> Iterator[Rule]:
    """Rules that a level demands of an owner in a project."""
    facts = {name: str(project.context[name]) for name in ("ci", "workload", "platform")}
    for capability in catalogue().capabilities:
        if not project.context["has"].get(capability.key):
            continue
        for rule in capability.rules:
            applies = [*capability.applies.items(), *rule.applies.items()]
            here = all(facts[name] in values for name, values in applies)
            if here and rule.owed_by == owner and rule.level <= level:
                yield rule


def held(
    project: Project, level: int, root: Path, cache: Cache, fine: Set[Outcome] = frozenset({Outcome.PASS})
) -> None:
    """Everything that the template owes in a project's folder."""
    facts = Facts(Files(root, cache), DAY)
    told = {rule.id: CHECKS[rule.id](facts) for rule in owed(project, level)}
    assert told
    wrong = {i: v.said for i, v in told.items() if v.outcome not in fine | {Outcome.NOT_APPLICABLE}}
    assert wrong == {}
    assert facts.files.problems == set()


@pytest.mark.parametrize(("level", "ci", "workload"), list(product(LEVELS, CIS, WORKLOADS)))
def test_a_fresh_project_holds_what_the_template_owes(
    level: int, ci: str, workload: str, workshop: Workshop, cache: Cache, tmp_path: Path
) -> None:
    task, estimator = TASKS[(CIS.index(ci) + WORKLOADS.index(workload)) % 2]
    given = {"level": level, "ci": ci, "workload": workload, "task": task, "estimator": estimator} | AUTHOR
    project = workshop.project(given)
    held(project, level, write(tmp_path, project.tree), cache)


@pytest.mark.parametrize(
    ("level", "platform", "ci", "workload"), list(product(LEVELS, PLATFORMS, CIS, WORKLOADS))
)
def test_a_fresh_project_on_a_platform_holds_as_much(
    level: int, platform: str, ci: str, workload: str, workshop: Workshop, cache: Cache, tmp_path: Path
) -> None:
    given = {"level": level, "ci": ci, "workload": workload, "platform": platform} | AUTHOR
    project = workshop.project(given)
    held(project, level, write(tmp_path, project.tree), cache)


@pytest.mark.parametrize("edge", RARER, ids=lambda edge: "-".join(edge))
def test_rarer_answers(edge: Mapping[str, Any], workshop: Workshop, cache: Cache, tmp_path: Path) -> None:
    project = workshop.project(
        {"level": 2, "ci": "github", "estimator": "lightgbm", "language": "pt", **AUTHOR, **edge}
    )
    held(project, 2, write(tmp_path, project.tree), cache)


@pytest.mark.parametrize("ci", ["github", "gitlab", "azure", "jenkins"])
def test_in_a_folder_of_a_repository(ci: str, workshop: Workshop, cache: Cache, tmp_path: Path) -> None:
    """The workflows stand at the repository's root, the project below it."""
    given = {"level": 2, "ci": ci, "workload": "both", "subdirectory": "services/churn"} | AUTHOR
    project = workshop.project(given)
    for path, content in project.tree.items():
        folder = tmp_path if path.startswith(".github/workflows/") else tmp_path / "services/churn"
        write(folder, {path: content})
    if ci == "gitlab":  # a team's own file, as README.md says
        write(tmp_path, {".gitlab-ci.yml": "include: [{local: services/churn/.gitlab-ci.yml}]\n"})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    elsewhere = {Outcome.PASS, Outcome.UNKNOWN}  # what stands at the root is not the project's to show
    held(project, 2, tmp_path / "services/churn", cache, elsewhere)
