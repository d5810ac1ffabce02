"""The catalogue's own selection says the same as the questions of the template do."""

from __future__ import annotations

import random
from typing import Any

import pytest
from mlascent import source
from mlascent.catalogue import catalogue, selection
from mlascent.errors import UsageError
from mlascent.render import ANSWERS_FILE, Renderer

CHANCE = random.Random(7)
OPTIONAL = [
    raw["id"] for raw in map(catalogue().raw, catalogue().ids) if "available" in raw["status"].values()
]


def some(most: int) -> list[str]:
    return CHANCE.sample(OPTIONAL, CHANCE.randint(0, most))


CASES: list[dict[str, Any]] = [
    {
        "level": level,
        "areas": {"governance": 2} if number % 4 == 1 else {},
        "with": some(2),
        "without": some(2),
        "ci": CHANCE.choice(["github", "gitlab", "azure", "jenkins", "none"]),
        "workload": CHANCE.choice(["online", "batch", "both"]),
        "licence": CHANCE.choice(["Proprietary", "MIT"]),
        "language": CHANCE.choice(["en", "pt"]),
    }
    for level in (0, 1, 2)
    for number in range(40)
]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(source.current())


def test_same_selection(renderer: Renderer) -> None:
    stood = 0
    for given in CASES:
        chosen = selection(
            given["level"],
            given["areas"],
            given["with"],
            given["without"],
            ci=given["ci"],
            workload=given["workload"],
        )
        if chosen.problems:
            with pytest.raises(UsageError):
                renderer.answer(given)
            continue
        answers, context = renderer.answer(given)
        stood += 1
        has = {raw["id"] for raw in context["catalogue"]["capabilities"] if context["has"][raw["key"]]}
        assert has == chosen.ids, given
        depths = {i: context["depth"][catalogue().capability(i).key] for i in has}
        assert depths == {c.id: c.depth for c in chosen.chosen}, given
        kept = {line[2:] for line in context["files"].splitlines() if line.startswith("!/")}
        assert kept - {ANSWERS_FILE} == set(chosen.paths(answers)) - {ANSWERS_FILE}, given
        assert ANSWERS_FILE in kept
    assert stood > 30
