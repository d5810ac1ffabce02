"""The page in a real browser: it runs, asks for nothing, and is sound for keys and screen readers."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mlascent.report.check.html import render

from tests.template.tools import attempt, node_package, program

from .support import HOSTILE, full, good

PLAYWRIGHT, AXE = "playwright-core@1.65.1", "axe-core@4.14.1"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return look(browser, tmp_path_factory.mktemp("pages"))


@cache
def look(browser: str, folder: Path) -> list[dict[str, Any]]:
    pages = {
        "full-en": render(full()),
        "full-pt": render(full(), "pt"),
        "good-en": render(good()),
        "hostile-en": render(full(HOSTILE, HOSTILE)),
    }
    files = []
    for name, text in pages.items():
        files.append(folder / f"{name}.html")
        files[-1].write_text(text, encoding="utf-8")
    script = Path(__file__).with_name("browser.mjs")
    tools = [node_package(PLAYWRIGHT), node_package(AXE)]
    done = attempt(program("node"), script, *tools, browser, *files)
    assert done.returncode == 0, done.stderr
    result: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(result) == 2 + 2 * len(pages)
    return result


def test_it_asks_for_nothing_and_says_nothing(found: list[dict[str, Any]]) -> None:
    for page in found:
        assert page["said"] == [], page["file"]
        assert [url.partition(":")[0] for url in page["asked"] if not url.startswith("data:")] == ["file"]


def test_it_fits_every_width(found: list[dict[str, Any]]) -> None:
    assert [page["file"] for page in found if page["wide"] > 0] == []


def test_keys_reach_everything(found: list[dict[str, Any]]) -> None:
    for page in found:
        keys = page["keyboard"]
        assert keys["first"] == "#findings"
        assert {"weight", "text", "area", "owner"} <= set(keys["passed"])
        assert keys["passed"][-1] == "summary"
        assert keys["without"] < keys["before"] == keys["again"]
        assert keys["none"] == 0
        assert keys["status"].startswith("0 ")
        assert keys["all"] >= keys["before"]
        assert keys["opened"] == 1
        assert keys.get("led", True)


def test_axe_finds_nothing(found: list[dict[str, Any]]) -> None:
    for page in found:
        assert page["axe"].get("passes", 0) > 15, page["axe"]
        assert page["axe"]["violations"] == [], (page["file"], page["colorScheme"], page["width"])
