"""The image of a project, on a real Docker engine: it is built, it answers, it runs as nobody."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .children import environment, run
from .conftest import Bake
from .project import Project, Service, free_port

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("engine")]


@pytest.fixture(scope="module")
def engine() -> None:
    """A Docker engine that answers, and a base image."""
    docker = shutil.which("docker")
    if not docker:
        pytest.skip("docker is not installed")
    for words in (["info"], ["pull", "--quiet", "python:3.11-slim"]):
        if words[0] == "pull" and not _docker("image", "inspect", "python:3.11-slim").returncode:
            continue
        done = _docker(*words)
        if done.returncode:
            pytest.skip(f"`docker {' '.join(words)}`: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="module")
def online(bake: Bake) -> Project:
    return bake("in a container", level=1)


def test_the_image_answers(online: Project) -> None:
    online.just("image")
    with running(slug(online)) as service:
        service.answers_as(online.meta())


def test_deployed_in_a_container(online: Project) -> None:
    port = free_port()
    online.just("deploy", "local", "--container", env={"PORT": str(port)})
    service = Service(f"http://127.0.0.1:{port}", Path("container"))
    service.answers_as(online.meta())
    online.just("stop", "local", env={"PORT": str(port)})
    with pytest.raises(OSError, match="refused"):
        service.call("/readyz")


def test_a_registered_model_scores_in_batches(bake: Bake) -> None:
    project = bake("batch-in-a-container", level=2, workload="batch", estimator="lightgbm")
    project.just("promote", "--approver", "Ana")
    project.just("image")
    said = run("docker", "run", "--rm", f"{slug(project)}:latest", cwd=project.path)
    assert len(said.splitlines()) == 1 + len(project.meta()["example"])


def slug(project: Project) -> str:
    return str(project.answers["package"]).replace("_", "-")


@contextmanager
def running(image: str) -> Iterator[Service]:
    """The container of an image, until the block ends."""
    port = free_port()
    done = _docker("run", "--detach", "--rm", f"--publish=127.0.0.1:{port}:8000", f"{image}:latest")
    assert not done.returncode, done.stderr
    container = done.stdout.strip()
    try:
        assert _docker("exec", container, "id", "-u").stdout.strip() not in ("", "0")
        service = Service(f"http://127.0.0.1:{port}", Path("container"))
        service.wait()
        yield service
    finally:
        _docker("rm", "--force", container)


def _docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words], env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
