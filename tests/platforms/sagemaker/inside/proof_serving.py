"""The project's own image as SageMaker starts it: it answers, it scores, and it needs no network for it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from churn import data, params, privacy, train
from churn.platforms import image
from churn.platforms.sagemaker import batch, invoke, releases, serving

CONFIG = params.load()
FIELDS = params.load(Path("mlascent.yaml"))["privacy"]["fields"]
PARTS = data.split(privacy.protect(data.load(CONFIG), FIELDS), CONFIG)
FITTED = train.fit(PARTS["train"], CONFIG)
ROWS = data.features_and_target(PARTS["test"], CONFIG)[0].head(20).reset_index(drop=True)
EXPECTED = [str(label) for label in FITTED.predict(ROWS)["prediction"]]
# Asked from inside: a container that is isolated has no port that another could reach.
ASK = """
import json, sys, urllib.request
path, kind, accept = sys.argv[1:]
body = sys.stdin.buffer.read() or None
headers = {"Content-Type": kind, "Accept": accept}
request = urllib.request.Request("http://127.0.0.1:8080" + path, body, headers)
try:
    answer = urllib.request.urlopen(request, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps([answer.status, dict(answer.headers), answer.read().decode()]))
"""


def docker(*words: str, told: bytes = b"", code: int = 0, seconds: float = 300) -> str:
    """Run docker to its end; what it printed."""
    done = subprocess.run(["docker", *words], input=told, capture_output=True, timeout=seconds, check=False)
    assert done.returncode == code, (done.returncode, done.stdout.decode(), done.stderr.decode())
    return (done.stdout.decode() + done.stderr.decode()).strip()


@pytest.fixture(scope="module")
def built() -> str:
    """The image, built from the project's own Dockerfile as for the registry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PLATFORM_IMAGE", raising=False)
        return image.local()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as SageMaker unpacks it: of root, and nobody may write there."""
    folder = tmp_path_factory.mktemp("model")
    train.save(FITTED, folder / "model.skops")
    return folder


@dataclass
class Container:
    """A container that serves."""

    name: str

    def ask(self, path: str, body: bytes = b"", kind: str = "application/json", accept: str = "*/*") -> Any:
        """Ask from inside: status, headers, text."""
        words = ["exec", "--interactive", self.name, "python", "-c", ASK, path, kind, accept]
        return json.loads(docker(*words, told=body))


@pytest.fixture(scope="module")
def served(built: str, model: Path) -> Iterator[Container]:
    """`docker run IMAGE serve`, with a model mounted where SageMaker puts it, and no network."""
    words = ["--network=none", "--read-only", "--tmpfs=/tmp", "--env=MODEL_VERSION=7"]
    found = started(built, model, *words)
    try:
        yield found
    finally:
        print(docker("logs", found.name))
        docker("rm", "--force", found.name)


def started(built: str, model: Path, *words: str) -> Container:
    """A container that serves, once it is ready."""
    mount = f"--volume={model}:/opt/ml/model:ro"
    found = Container(docker("run", "--detach", *words, mount, built, "serve").split()[0])
    until = time.monotonic() + 240  # SageMaker gives as long
    while True:
        try:
            if found.ask("/ping")[0] == 200:
                return found
        except AssertionError:
            if time.monotonic() > until:
                docker("rm", "--force", found.name)
                raise
        time.sleep(0.5)


def test_it_answers_in_json_and_in_csv_as_the_code_does(served: Container, model: Path) -> None:
    body = json.dumps({"rows": json.loads(ROWS.to_json(orient="records"))}).encode()
    status, headers, text = served.ask("/invocations", body)
    assert status == 200, text
    assert [str(row["prediction"]) for row in json.loads(text)["predictions"]] == EXPECTED
    known = {name.lower(): value for name, value in headers.items()}
    # What a deployment compares it with, read out of the archive on the laptop.
    identity = releases.digest({name: (model / name).read_bytes() for name in releases.FILES})
    assert known[serving.ATTRIBUTES] == f"model_sha256={identity}"
    status, headers, text = served.ask("/invocations", ROWS.to_csv(index=False).encode(), "text/csv")
    assert status == 200, text
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == EXPECTED


def test_it_refuses_as_the_service_on_a_laptop_does(served: Container) -> None:
    assert served.ask("/invocations", b'{"rows": [{}]}')[0] == 422
    assert served.ask("/invocations", b"<rows/>", "application/xml")[0] == 415


def test_what_the_word_predict_sends_is_taken(served: Container, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    ROWS.to_csv(path, index=False)
    ((body, first, count),) = list(invoke.pieces(path))
    status, _, text = served.ask("/invocations", body, "text/csv", "application/json")
    assert (status, first, count) == (200, 1, len(ROWS))
    assert [str(row["prediction"]) for row in json.loads(text)["predictions"]] == EXPECTED


def test_it_names_its_version_and_is_measured(served: Container) -> None:
    assert json.loads(served.ask("/version")[2])["version"] == "7"
    assert 'http_requests_total{route="/predict",status="200"}' in served.ask("/metrics")[2]


def test_it_ends_when_it_is_told_to(built: str, model: Path) -> None:
    name = started(built, model).name
    try:
        before = time.monotonic()
        docker("stop", "--time=30", name)  # after 30 seconds SageMaker kills
        assert time.monotonic() - before < 25
        assert "Shutting down" in docker("logs", name)
    finally:
        docker("rm", "--force", name)


def test_without_a_model_it_says_so(built: str) -> None:
    assert "/opt/ml/model" in docker("run", "--rm", built, "serve", code=1)


def test_a_job_scores_by_its_own_request(built: str, model: Path, tmp_path: Path) -> None:
    """The request that is sent to AWS, with folders in place of S3."""
    used = {"image": built, "version": "7", "model": "s3://churn/model.tar.gz"}
    asked = batch.request("staging", "churn-staging-score-20261120000000", used)
    folders = {name: tmp_path / name for name in ("rows", "model", "predictions", "runs")}
    for folder in folders.values():
        folder.mkdir()
    ROWS.to_csv(folders["rows"] / "june.csv", index=False)
    for file in model.iterdir():
        (folders["model"] / file.name).write_bytes(file.read_bytes())
    (folders["model"] / "version.json").write_text('{"version": "7"}', encoding="utf-8")
    mounts = {told["InputName"]: f"{told['S3Input']['LocalPath']}:ro" for told in asked["ProcessingInputs"]}
    for told in asked["ProcessingOutputConfig"]["Outputs"]:
        mounts[told["OutputName"]] = told["S3Output"]["LocalPath"]
    words = ["run", "--rm", "--network=none"]
    words += [f"--volume={folders[name]}:{place}" for name, place in mounts.items()]
    words += [f"--env={name}={value}" for name, value in asked["Environment"].items()]
    spec = asked["AppSpecification"]
    entry, *first = spec["ContainerEntrypoint"]
    docker(*words, f"--entrypoint={entry}", built, *first, *spec["ContainerArguments"])
    written = pd.read_csv(folders["predictions"] / "june.csv")["prediction"]
    assert written.astype(str).tolist() == EXPECTED
    (record,) = folders["runs"].glob("*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["model"]["version"] == "7"
