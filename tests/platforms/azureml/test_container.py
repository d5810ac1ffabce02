"""The project's own image, served and scoring as infra/azureml says, on a real Docker engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.baked.children import ROOT, environment, run, tool
from tests.baked.project import Project
from tests.baked.test_container import engine

__all__ = ["engine"]

INSIDE = Path(__file__).with_name("inside")
IMAGE = "churn-azureml:proof"

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("azureml"), pytest.mark.usefixtures("engine")]


@pytest.fixture(scope="module")
def built(prepared: Project) -> Project:
    """The project with a trained model, and its image without one."""
    package = prepared.answers["package"]
    prepared.python(
        f"from {package} import data, params, train; from pathlib import Path; config = params.load();"
        "rows = data.split(data.load(config), config)['train'];"
        "train.save(train.fit(rows, config), Path('models/model.skops'))"
    )
    run(
        tool("uv"), "pip", "install", "--quiet", "--python", prepared.path / ".venv", "docker>=7,<8", cwd=ROOT
    )
    run(
        prepared.path / ".venv" / "bin" / "python",
        "-c",
        f"from {package}.platforms import image; image.build({IMAGE!r})",
        cwd=prepared.path,
    )
    return prepared


def test_a_local_endpoint_deploys_answers_and_is_deleted(built: Project) -> None:
    """By azure-ai-ml itself, from the deployment's own file; it listens on all interfaces, so it is short."""
    said = run(
        built.path / ".venv" / "bin" / "python",
        INSIDE / "local_endpoint.py",
        IMAGE,
        cwd=built.path,
        env={"DOCKER_HOST": environment().get("DOCKER_HOST", "")},
    )
    told: dict[str, Any] = json.loads(next(line for line in said.splitlines() if line.startswith('{"pred')))
    meta = json.loads((built.path / "models" / "model.json").read_text(encoding="utf-8"))
    assert len(told["predictions"]) == len(meta["example"])
    assert "prediction" in told["predictions"][0]
    left = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"ancestor={IMAGE}"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert left.stdout == ""


def test_the_scoring_job_scores_in_the_image(built: Project, tmp_path: Path) -> None:
    """The command of score.yml, with its inputs mounted to be read only, as Azure ML mounts them."""
    folders = {name: tmp_path / name for name in ("rows", "model", "predictions", "runs")}
    for folder in folders.values():
        folder.mkdir()
        folder.chmod(0o777)
    for file in ("model.skops", "model.json"):
        shutil.copy(built.path / "models" / file, folders["model"])
    rows = json.loads((folders["model"] / "model.json").read_text(encoding="utf-8"))["example"]
    lines = [
        ",".join(rows[0]),
        *(",".join("" if value is None else str(value) for value in row.values()) for row in rows),
    ]
    (folders["rows"] / "some.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = str(built.yaml("infra/azureml/score.yml")["command"])
    for name in folders:
        for side in ("inputs", "outputs"):
            command = command.replace(f"${{{{{side}.{name}}}}}", f"/mnt/{name}")
    mounts = [f"--volume={folder}:/mnt/{name}" for name, folder in folders.items()]
    mounts = [mount + (":ro" if mount.endswith(("rows", "model")) else "") for mount in mounts]
    words = command.split()
    run("docker", "run", "--rm", *mounts, "--entrypoint", words[0], IMAGE, *words[1:], cwd=tmp_path)
    scored = (folders["predictions"] / "some.csv").read_text(encoding="utf-8").splitlines()
    assert len(scored) == 1 + len(rows)
    record = json.loads(next(folders["runs"].glob("*.json")).read_text(encoding="utf-8"))
    assert (record["status"], record["rows_out"]) == ("done", len(rows))
