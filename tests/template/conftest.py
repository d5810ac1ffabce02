from __future__ import annotations

import pytest

from .matrix import Matrix, Workshop, build


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="session")
def matrix(workshop: Workshop) -> Matrix:
    return build(workshop)
