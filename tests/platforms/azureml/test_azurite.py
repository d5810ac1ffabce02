"""DVC's `azure://` remote, against a Blob service on loopback: what one clone pushes, another pulls."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.baked.children import environment, run, tool
from tests.baked.conftest import Bake
from tests.baked.project import free_port

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("azureml")]

AZURITE = "azurite@3.35"
# The account that every Azurite has; its documentation prints name and key.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
PATIENCE = 60


@pytest.fixture(scope="module")
def blob_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a Blob service that keeps everything in memory."""
    home = tmp_path_factory.mktemp("azurite")
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("node and npm are not installed")
    words = ["npm", "install", "--no-audit", "--no-fund", "--silent", AZURITE]
    try:
        run(*words, cwd=home, seconds=240)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm does not give {AZURITE}: {str(error)[-300:]}")
    port = free_port()
    command = [str(home / "node_modules" / ".bin" / "azurite-blob"), "--silent", "--inMemoryPersistence"]
    # The SDK speaks a newer version of the interface than Azurite knows by name.
    command += [
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
    ]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE
        while b"successfully listens" not in (home / "log").read_bytes():
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.2)
        account = f"AccountName=devstoreaccount1;AccountKey={KEY}"
        url = f"http://127.0.0.1:{port}/devstoreaccount1"
        yield f"DefaultEndpointsProtocol=http;{account};BlobEndpoint={url};"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_data_goes_to_azure_and_comes_back(blob_service: str, bake: Bake) -> None:
    env = {"AZURE_STORAGE_CONNECTION_STRING": blob_service}
    answers = {"platform": "azureml", "dvc_remote": "azure://dvc/shop"}
    made = bake("shop", level=1, setup=False, env=env, **answers)
    made.just("setup")

    def call(*words: str) -> str:
        return run(tool("uv"), "run", "--no-sync", *words, cwd=made.path, env=made.env, seconds=4 * PATIENCE)

    call("python", "-c", CONTAINER)
    call("dvc", "repro", STAGE)
    before = (made.path / "data" / "raw" / "data.csv").read_bytes()
    assert "pushed" in call("dvc", "push")
    for gone in ("data", ".dvc/cache"):
        shutil.rmtree(made.path / gone)
    call("dvc", "pull", STAGE)
    assert (made.path / "data" / "raw" / "data.csv").read_bytes() == before


STAGE = "pipelines/training/dvc.yaml:ingest"
#: Infrastructure makes the container in the cloud.
CONTAINER = """
import os
from azure.storage.blob import BlobServiceClient
told = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
BlobServiceClient.from_connection_string(told, retry_total=1).create_container("dvc")
"""
