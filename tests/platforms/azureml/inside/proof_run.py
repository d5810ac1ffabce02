"""The graph of pipeline.yml and the job of train.yml, really run: each command in its own folders.

What Azure ML does between steps is only this: it puts folders in the place of names. So the whole
pipeline runs here, on the example, and the gate lets a model pass or ends the run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request

import cloud as clouds
import pytest
import yaml

Part = Callable[[str], Any]
NAMED = re.compile(r"\$\{\{(\S+?)\}\}")
ORDER = ["validate", "prepare", "tune", "train", "evaluate", "gate", "register"]


def execute(command: str, places: dict[str, Path], **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of an asset, its names replaced by folders."""
    words = shlex.split(NAMED.sub(lambda found: str(places[found[1]]), command))
    env = os.environ | {"GIT_COMMIT": "c0ffee", "MLFLOW_DISABLE_TELEMETRY": "true"} | more
    # What Azure ML sets, and MLflow would follow: a scheme that it cannot read, and a run unknown to it.
    env |= {"MLFLOW_TRACKING_URI": "azureml://nowhere/mlflow/v1.0/x", "MLFLOW_RUN_ID": "theirs"}
    words[0] = sys.executable if words[0] == "python" else words[0]
    return subprocess.run(words, env=env, capture_output=True, text=True)


class Run:
    """One run of pipeline.yml in a folder."""

    def __init__(self, folder: Path, inputs: dict[str, Path], trials: int = 0) -> None:
        self.folder, self.inputs = folder, inputs
        self.told = yaml.safe_load(Path("infra/azureml/pipeline.yml").read_text(encoding="utf-8"))
        self.trials = trials

    def place(self, binding: str) -> Path | int:
        match NAMED.sub(r"\1", binding).split("."):
            case ["parent", "inputs", "trials"]:
                return self.trials
            case ["parent", "inputs", name]:
                return self.inputs[name]
            case ["parent", "jobs", step, "outputs", name]:
                found = self.folder / step / name
                assert found.is_dir(), f"{binding} is not there yet"
                return found
        raise AssertionError(binding)

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        job = self.told["jobs"][name]
        component = yaml.safe_load(Path("infra/azureml", job["component"]).read_text(encoding="utf-8"))
        places: dict[str, Any] = {f"inputs.{key}": self.place(value) for key, value in job["inputs"].items()}
        for key in component["outputs"]:
            (self.folder / name / key).mkdir(parents=True)
            places[f"outputs.{key}"] = self.folder / name / key
        return execute(component["command"], places)


@pytest.fixture
def assets(cloud: Any, part: Part, tmp_path: Path) -> Any:
    """The project of the example, its data fetched."""
    subprocess.run([sys.executable, "-m", f"{part('assets').job.PACKAGE}.ingest"], check=True)
    module = part("assets")
    module.stage(module.STAGED)
    return module


@pytest.fixture
def inputs(assets: Any, tmp_path: Path) -> dict[str, Path]:
    none = tmp_path / "none"
    none.mkdir()
    (none / "EMPTY").touch()
    return {"project": assets.STAGED, "data": assets.DATA, "champion": none}


def test_the_whole_pipeline_runs_and_a_worse_model_is_refused(
    inputs: dict[str, Path], tmp_path: Path
) -> None:
    run = Run(tmp_path / "run", inputs, trials=1)
    for name in ORDER:
        done = run.step(name)
        assert done.returncode == 0, done.stdout + done.stderr
    registered = tmp_path / "run" / "register" / "registered"
    told = json.loads((registered / "reports" / "metadata.json").read_text())
    assert {"model.skops", "model.json"} <= {path.name for path in registered.iterdir()}
    assert (told["gate"]["passed"], told["git_commit"]) == (True, "c0ffee")
    assert told["data_sha256"] == json.loads(Path("data/raw/manifest.json").read_text())["sha256"]
    assert (registered / "reports" / "model-card.md").is_file()
    assert (tmp_path / "run" / "train" / "tracking" / "mlflow.db").is_file()
    # The same model against a champion that nobody can beat: the gate ends the run, and says why.
    best = tmp_path / "best"
    best.mkdir()
    chosen = yaml.safe_load(Path("params.yaml").read_text())["evaluation"]["metric"]
    best.joinpath("metrics.json").write_text(json.dumps({chosen: 2.0}))
    again = Run(tmp_path / "run", inputs | {"champion": best})
    (tmp_path / "run" / "gate").rename(tmp_path / "passed")
    refused = again.step("gate")
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "the gate refuses the model" in refused.stderr
    assert "FAIL  worse_than_champion" in refused.stdout
    verdict = json.loads((tmp_path / "run" / "gate" / "reports" / "gate.json").read_text())
    assert verdict["passed"] is False


def test_data_that_breaks_the_schema_ends_the_run(inputs: dict[str, Path], tmp_path: Path) -> None:
    file = Path("data/raw/data.csv")
    lines = file.read_text().splitlines()
    file.write_text(
        "\n".join([lines[0], *(line.replace(line.split(",")[0], "much", 1) for line in lines[1:])])
    )
    done = Run(tmp_path / "run", inputs).step("validate")
    assert done.returncode
    assert "is refused" in done.stderr


def test_the_same_job_runs_in_a_container_here(
    assets: Any, part: Part, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`just train --container`: the command of train.yml, with folders of this machine in it."""
    jobs = part("jobs")

    def run(full: str, words: list[str], mounts: dict[Path, str], variables: dict[str, str]) -> None:
        assert words[:3] == ["python", "-m", f"{jobs.__package__}.inside"]
        places = {place: folder.absolute() for folder, place in mounts.items()}
        pairs = [word.partition("=") for word in words]
        words = [f"{name}={places[place]}" if sign else name for name, sign, place in pairs]
        subprocess.run([sys.executable, *words[1:]], env=os.environ | variables, check=True)

    monkeypatch.setattr(jobs.image, "local", lambda: "shop:here")
    monkeypatch.setattr(jobs.image, "run", run)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{Path('mlflow.db').absolute()}")
    part("pipeline").train(["--container"])
    assert Path("models/model.skops").is_file()
    assert json.loads(Path("reports/metrics.json").read_text())["rows"] > 0
    assert Path("mlflow.db").is_file()


def test_figures_go_to_the_studio_as_mlflow_takes_them(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body of the request is a message of MLflow's own interface, and the token stands in its header."""
    from google.protobuf.json_format import Parse
    from mlflow.protos.service_pb2 import LogBatch

    inside = part("inside")
    with clouds.serve() as cloud:
        monkeypatch.setattr(inside, "Request", lambda url, *more: Request(here(url), *more))

        def here(url: str) -> str:
            return url.replace("https://west.api.azureml.ms", f"http://127.0.0.1:{cloud.port}")

        cloud.trouble.append(lambda method, *_: (200, {}, {}) if method == "POST" else None)
        theirs = {"TRACKING_URI": "azureml://west.api.azureml.ms/mlflow/v1.0/ws?x=1", "TRACKING_TOKEN": "t"}
        inside.show({"roc_auc": 0.9, "rows": 10}, theirs | {"RUN_ID": "run"})
        [(method, path, body)] = cloud.asked
        assert (method, path) == ("POST", "/mlflow/v1.0/ws/api/2.0/mlflow/runs/log-batch")
        told = Parse(json.dumps(body), LogBatch())
        assert {metric.key: metric.value for metric in told.metrics} == {"roc_auc": 0.9, "rows": 10.0}
        cloud.trouble[:] = [lambda *_: clouds.refusal(401, "Unauthorized", "no")]
        with pytest.raises(OSError, match="401"):
            inside.show({"roc_auc": 0.9}, theirs | {"RUN_ID": "run"})
