"""What a repository that answers nothing is for, from what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.assess import profile
from mlascent.catalogue import catalogue

from tests.rules.support import facts

WORKFLOW = "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: pytest\n"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"train.py": "print(1)\n"}, ("local", "none", "batch")),
        ({"app.py": "from fastapi import FastAPI\napp = FastAPI()\n"}, ("local", "none", "online")),
        ({"README.md": "We use FastAPI, GitHub Actions and SageMaker.\n"}, ("local", "none", "batch")),
        ({".github/workflows/ci.yml": WORKFLOW}, ("local", "github", "batch")),
        ({"sub/.github/workflows/ci.yml": WORKFLOW}, ("local", "none", "batch")),
        ({".gitlab-ci.yml": "t:\n  script: pytest\n"}, ("local", "gitlab", "batch")),
        ({".travis.yml": "language: python\nscript: pytest\n"}, ("local", "travis", "batch")),
        (
            {"p.py": "from sagemaker.workflow.pipeline import Pipeline\nPipeline(name='x')\n"},
            ("sagemaker", "none", "batch"),
        ),
    ],
)
def test_inferred(tmp_path: Path, tree: dict[str, str], expected: tuple[str, str, str]) -> None:
    found = profile.read(facts(tmp_path, tree), catalogue())
    assert (found.platform, found.ci, found.workload) == expected
    assert (found.level, found.chosen, found.taken) == (None, False, frozenset())


def test_answers_win(tmp_path: Path) -> None:
    answers = "_commit: v0.1.0\npackage: p\nlevel: 1\nworkload: batch\nci: none\nareas: {governance: 2}\n"
    tree = {
        ".copier-answers.yml": answers,
        "mlascent.yaml": "tier: critical\n",
        "app.py": "import flask\n",
        ".gitlab-ci.yml": "t:\n  script: pytest\n",
    }
    found = profile.read(facts(tmp_path, tree), catalogue())
    assert (found.ci, found.workload, found.tier, found.edition) == ("none", "batch", "critical", (0, 1, 0))
    assert (found.claims("monitoring"), found.claims("governance")) == (1, 2)


def test_a_room_of_facts_that_breaks_is_told(tmp_path: Path) -> None:
    seen = facts(tmp_path, {"a.py": ""})
    seen.__dict__["ci"] = None
    found = profile.read(seen, catalogue())
    assert found.ci == "none"
    assert any("cannot be told" in problem.said for problem in seen.files.problems)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("v0.1.0-3-g1a2b3c4d5", (0, 1, 0)), ("1.2.3", (1, 2, 3)), ("", None), ("main", None)],
)
def test_releases(version: str, numbers: tuple[int, ...] | None) -> None:
    assert profile.release(version) == numbers
