"""Run inside a generated project, with its own `platform` group: the real SDK, a cloud on loopback.

`python -m pytest -c THIS/pytest.ini THIS`, in the root of a project of level 2 on azureml.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloud as clouds
import pytest
import yaml

GOLDEN = Path(__file__).with_name("golden")
ANSWERS = yaml.safe_load(Path(".copier-answers.yml").read_text(encoding="utf-8"))
PACKAGE = ANSWERS["package"]
SLUG = yaml.safe_load(Path("infra/azureml/settings.yaml").read_text(encoding="utf-8"))["project"]
IMAGE = "shop.azurecr.io/churn:0123456789ab"
FILES = [p for p in Path().iterdir() if p.name not in (".venv", ".git", "models", "reports", "build")]


class Blobs:
    """A blob container that is a folder of memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def list_blob_names(self, name_starts_with: str = "") -> list[str]:
        return [name for name in self.kept if name.startswith(name_starts_with)]

    def upload_blob(self, name: str, data: bytes, **_: bool) -> None:
        self.kept[name] = data

    def delete_blob(self, name: str) -> None:
        del self.kept[name]

    def download_blob(self, name: str) -> Any:
        return SimpleNamespace(readinto=lambda target: target.write(self.kept[name]))


@pytest.fixture
def part() -> Callable[[str], Any]:
    """A module of the project's platform package."""
    return lambda name: importlib.import_module(f"{PACKAGE}.platforms.azureml.{name}")


@pytest.fixture
def blobs(part: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Blobs]:
    """Every container of the workspace's store, in memory."""
    found: dict[str, Blobs] = {}
    make = lambda datastore="workspaceblobstore": found.setdefault(datastore, Blobs())  # noqa: E731
    monkeypatch.setattr(part("store"), "container", make)
    make(), make("workspaceartifactstore")
    return found


@pytest.fixture
def cloud(
    part: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, blobs: dict[str, Blobs], tmp_path: Path
) -> Iterator[clouds.Cloud]:
    """A workspace on loopback, and a copy of the project that is signed in to it."""
    for path in FILES:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    monkeypatch.chdir(tmp_path)
    told = {"SUBSCRIPTION": clouds.SUBSCRIPTION, "RESOURCE_GROUP": "team", "WORKSPACE": "shop"}
    for key, value in told.items():
        monkeypatch.setenv(f"AZUREML_{key}", value)
    monkeypatch.setenv("PLATFORM_IMAGE", IMAGE)
    session, image = part("session"), importlib.import_module(f"{PACKAGE}.platforms.image")
    monkeypatch.setattr(image, "git", lambda *_: "c0ffee" * 6 + "c0ff")
    monkeypatch.setattr(session, "credential", clouds.Someone)
    with clouds.serve() as served:
        monkeypatch.setattr(session, "call", functools.partial(session.call, **served.client_options()))
        monkeypatch.setattr(
            session, "client", functools.cache(lambda: session.connect(**served.client_options()))
        )
        yield served


@pytest.fixture
def golden() -> Callable[[str, Any], None]:
    """Compare what was sent with what is written down; WRITE_GOLDEN=1 writes it down."""

    def compare(name: str, found: Any) -> None:
        text = json.dumps(found, indent=2, sort_keys=True) + "\n"
        for theirs, plain in ((PACKAGE, "PACKAGE"), (SLUG, "SLUG")):
            text = text.replace(theirs, plain)
        path = GOLDEN / f"{name}.json"
        if os.environ.get("WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
