from __future__ import annotations

import pytest
from mlascent.catalogue.sources import Sources, read


@pytest.fixture(scope="session")
def book() -> Sources:
    return read()
