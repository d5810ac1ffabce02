"""Projects of the platform: their code without an SDK, and one that is really set up, with it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.baked.children import run, tool
from tests.baked.conftest import Bake, bake
from tests.baked.project import Project
from tests.template.matrix import Workshop

__all__ = ["bake"]

PACKAGE = "demo_of_azureml"


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The source folder of a project of level 2 that answers online and scores in batches."""
    root = tmp_path_factory.mktemp("azureml")
    facts = {
        "project_name": "demo",
        "package": PACKAGE,
        "level": "2",
        "platform": "azureml",
        "workload": "both",
    }
    for name, content in Workshop().project(facts).tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    sys.path.insert(0, str(root / "src"))
    yield root / "src"
    sys.path.remove(str(root / "src"))


@pytest.fixture(scope="session")
def rollout(code: Path) -> Any:
    return importlib.import_module(f"{PACKAGE}.platforms.azureml.rollout")


@pytest.fixture(scope="session")
def endpoint(code: Path) -> Any:
    return importlib.import_module(f"{PACKAGE}.platforms.azureml.endpoint")


@pytest.fixture(scope="session")
def prepared(bake: Bake) -> Project:
    """A project of level 2 that answers online and scores in batches, set up with the SDK."""
    names = {"project_name": "Churn risk", "package": "churn_model"}  # unlike each other, for goldens
    made = bake("churn", level=2, setup=False, platform="azureml", workload="both", **names)
    made.just("setup")
    run(tool("uv"), "sync", "--locked", "--quiet", "--group", "platform", cwd=made.path)
    return made
