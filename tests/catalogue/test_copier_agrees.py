"""copier.yml chooses the same capabilities and files as `selection`."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from mlascent.catalogue import catalogue, selection
from mlascent.catalogue.sources import ROOT
from mlascent.errors import UsageError
from mlascent.render import Renderer
from mlascent.source import Template

AVAILABLE = [c for c in catalogue().capabilities if "available" in c.status.values()]
OPTIONS = [c.id for c in AVAILABLE if not c.core and c.status["local"] == "available"]
PLATFORMS = ("sagemaker", "azureml")
CHOICES: list[dict[str, Any]] = [
    *(
        {"level": level, "ci": ci, "workload": workload}
        for level, ci, workload in product(
            (0, 1, 2), ("github", "gitlab", "azure", "jenkins", "none"), ("online", "batch", "both")
        )
    ),
    *(
        {"level": level, "ci": ci, "workload": workload, "platform": platform}
        for platform, level, ci, workload in product(
            PLATFORMS, (0, 1, 2), ("github", "none"), ("online", "batch", "both")
        )
    ),
    *({"level": 0, "platform": platform, "with": ["managed-platform"]} for platform in PLATFORMS),
    *({"level": 2, "platform": platform, "without": ["containerization"]} for platform in PLATFORMS),
    {"level": 1, "platform": "sagemaker", "areas": {"deployment": 2}},
    {"level": 2, "without": ["managed-platform"]},
    *({"level": level, "with": [option]} for level in (0, 1) for option in OPTIONS),
    *({"level": 2, "without": [option]} for option in OPTIONS),
    *({"level": 0, "areas": {area.id: 2}} for area in catalogue().areas),
    {"level": 0, "with": ["compose-stack", "rollback"], "areas": {"monitoring": 1}, "licence": "MIT"},
    {"level": 2, "without": ["model-serving", "training-pipeline"], "ci": "none", "workload": "batch"},
]


@pytest.fixture(scope="module")
def questions() -> Renderer:
    names = ("copier.yml", "template/capabilities.json")
    files = {name: ("100644", (ROOT / name).read_bytes()) for name in names}
    return Renderer(Template(files, url="", version="", released=False, ours=True))


def arguments(answers: dict[str, Any]) -> dict[str, Any]:
    """A project's answers as `selection` takes them."""
    names = {"with": "with_"}
    known = ("level", "areas", "with", "without", "platform", "ci", "workload")
    return {names.get(key, key): answers[key] for key in known if key in answers}


@pytest.mark.parametrize("given", CHOICES, ids=str)
def test_the_same_capabilities_depths_and_files(questions: Renderer, given: dict[str, Any]) -> None:
    _, context = questions.answer(given)
    chosen = selection(**arguments(given))
    assert chosen.problems == ()

    depth = {c.id: c.depth for c in chosen.chosen}
    assert context["has"] == {c.key: c.id in depth for c in AVAILABLE}
    assert context["depth"] == {c.key: depth.get(c.id, -1) for c in AVAILABLE}
    kept = [line[2:] for line in context["files"].splitlines() if line.startswith("!/")]
    assert sorted(kept) == list(chosen.paths(context))


@pytest.mark.parametrize(
    "given",
    [
        {"level": 1, "areas": {"deployment": 0}},
        {"level": 1, "areas": {"governance": 4}},
        {"level": 1, "areas": {"quality": 2}},
        {"with": ["lineage"]},
        {"with": ["managed-platform"]},
        {"with": ["ci-pipelin"]},
        {"with": ["ci-pipeline"], "ci": "none"},
        {"with": ["compose-stack"], "workload": "batch"},
        {"with": ["rollback"], "without": ["rollback"]},
        {"with": ["rollback"], "without": ["model-registry"]},
        {"with": ["promotion-approval"], "without": ["training-pipeline"]},
        {"without": ["standard-template"]},
        {"without": ["lineage"]},
        {"without": ["nothing"]},
    ],
    ids=str,
)
def test_the_same_refusals(questions: Renderer, given: dict[str, Any]) -> None:
    assert selection(**{"level": 0, **arguments(given)}).problems
    with pytest.raises(UsageError):
        questions.answer(given)
