"""The service of a deployment, as its file says, around a model that is mounted like Azure mounts it."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from proof_online import Part

TOLD = yaml.safe_load(Path("infra/azureml/deployment.yml").read_text(encoding="utf-8"))
PACKAGE = yaml.safe_load(Path(".copier-answers.yml").read_text(encoding="utf-8"))["package"]


@pytest.fixture(scope="module")
def mount(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model, below the name and version that it was registered by."""
    module = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in ("data", "params", "train")}
    config: Any = module["params"].load()
    rows: Any = module["data"].split(module["data"].load(config), config)["train"]
    root = tmp_path_factory.mktemp("azureml-models")
    module["train"].save(module["train"].fit(rows, config), root / "churn/7/models/model.skops")
    return root


@pytest.fixture
def service(mount: Path) -> Iterator[str]:
    """The service by the deployment's variables, and the command of the image."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {**TOLD["environment_variables"], "MODEL_DIR": str(mount), "MODEL_VERSION": "7"}
    words = ["-m", "uvicorn", "--factory", told["APP"], "--port", str(port)]
    process = subprocess.Popen([sys.executable, *words], env=os.environ | told)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def asked(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_mounted_model_answers_at_the_routes_of_the_file(service: str, mount: Path) -> None:
    routes = TOLD["environment"]["inference_config"]
    for _ in range(600):
        try:
            asked(service + routes["readiness_route"]["path"])
            break
        except OSError:
            time.sleep(0.1)
    asked(service + routes["liveness_route"]["path"])
    meta = json.loads((mount / "churn/7/models/model.json").read_text(encoding="utf-8"))
    told = asked(service + routes["scoring_route"]["path"], {"rows": meta["example"]})
    assert len(told["predictions"]) == len(meta["example"])
    assert asked(f"{service}/version")["version"] == "7"


def test_the_smaller_service_too(mount: Path, part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a project has no service.py yet, serve.py answers with the model of the mount."""
    monkeypatch.setenv("MODEL_DIR", str(mount))
    monkeypatch.setattr(part("serving"), "find_spec", lambda _: None)
    app = part("serving").create_app()
    assert {"/healthz", "/readyz", "/predict"} <= {route.path for route in app.routes}
    assert os.environ["MODEL_DIR"] == str(mount / "churn/7/models")
