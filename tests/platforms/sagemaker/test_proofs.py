"""The project on SageMaker, proven with AWS's own SDK, in a baked project's own environment.

`inside/` holds the proofs; they are run there by the project's pytest, one process a file.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.baked.children import mlascent, run, tool

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("sagemaker")]

INSIDE = Path(__file__).parent / "inside"
#: Above the project's own group `platform`: a stand-in for AWS.
STAND_IN = "moto[server]>=5.2,<6"
PROOFS = sorted(path.name for path in INSIDE.glob("proof_*.py"))
#: Those that take the project's image, where a Docker engine answers.
DOCKER = ("proof_container.py", "proof_serving.py")


@pytest.fixture(scope="session")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of level 2 on SageMaker, with the words' own group of packages."""
    place = tmp_path_factory.mktemp("sagemaker") / "churn"
    data = ["--data=project_name=Churn", "--data=package=churn", "--data=workload=both"]
    mlascent("new", place, "--defaults", "--level=2", "--platform=sagemaker", *data, cwd=place.parent)
    run(tool("uv"), "lock", "--quiet", cwd=place)
    run(tool("uv"), "sync", "--quiet", "--locked", "--group=platform", cwd=place)
    run(tool("uv"), "pip", "install", "--quiet", "--python=.venv", STAND_IN, cwd=place)
    return place


@pytest.mark.parametrize("name", PROOFS)
def test_proof(churn: Path, name: str) -> None:
    if name in DOCKER and (reason := no_engine(churn)):
        pytest.skip(reason)
    said = prove(churn, name)
    assert " passed" in said
    assert " skipped" not in said


def prove(project: Path, name: str, env: Mapping[str, str] | None = None) -> str:
    """Run the proofs of a file in a project."""
    options: list[str | Path] = ["-c", INSIDE / "pytest.ini", "--rootdir", INSIDE, "--confcutdir", INSIDE]
    return run(project / ".venv/bin/python", "-m", "pytest", *options, INSIDE / name, cwd=project, env=env)


def no_engine(where: Path) -> str:
    """Why there is no Docker engine with a base image; empty where there is."""
    if not shutil.which("docker"):
        return "docker is not installed"
    try:
        run("docker", "info", cwd=where)
        run("docker", "image", "inspect", "python:3.11-slim", cwd=where)
    except AssertionError as error:
        return f"no Docker engine answers, or it has no base image: {str(error)[-200:]}"
    return ""
