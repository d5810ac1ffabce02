"""The proofs in `inside`, run in a project that is set up with its own `platform` group: the real SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.baked.children import run
from tests.baked.project import Project

INSIDE = Path(__file__).with_name("inside")
PROOFS = sorted(path.name for path in INSIDE.glob("proof_*.py"))

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("azureml")]


@pytest.mark.parametrize("proof", PROOFS)
def test_with_the_sdk(prepared: Project, proof: str) -> None:
    python = prepared.path / ".venv" / "bin" / "python"
    options: list[str | Path] = ["-c", INSIDE / "pytest.ini", "--rootdir", INSIDE]
    run(python, "-m", "pytest", *options, INSIDE / proof, cwd=prepared.path)
