from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

sys.path.insert(0, "/tmp/pl-A2-pkg")


@pytest.fixture(scope="session")
def rollout() -> Any:
    return importlib.import_module("demo.platforms.azureml.rollout")


@pytest.fixture(scope="session")
def endpoint() -> Any:
    return importlib.import_module("demo.platforms.azureml.endpoint")
