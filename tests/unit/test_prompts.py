"""Questions at a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pexpect = pytest.importorskip("pexpect", reason="there are no pseudo-terminals on Windows")

ENTER, DOWN = "\r", "\x1b[B"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Any]:
    env = {key: value for key, value in os.environ.items() if key != "CI"}
    opened: list[Any] = []

    def start(*options: str, **more: str) -> Any:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "mlascent", "new", "churn", *options],
            cwd=str(tmp_path),
            env={**env, **more, "TERM": "xterm"},
            encoding="utf-8",
            timeout=20,
            dimensions=(40, 140),
        )
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def answers(tmp_path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((tmp_path / "churn/.copier-answers.yml").read_text())
    return loaded


def test_only_what_cannot_be_known(terminal: Any, tmp_path: Path) -> None:
    child = terminal()
    child.expect("Maturity level to start at")
    child.send(DOWN + ENTER)
    child.expect("What the model predicts")
    child.send(DOWN + ENTER)
    child.expect("Where checks run")
    child.send(ENTER)
    child.expect("How predictions are asked for")
    child.send(DOWN + ENTER)
    child.expect("Made churn at level 1")
    child.expect(pexpect.EOF)
    told = answers(tmp_path)
    assert [told[name] for name in ("level", "task", "ci", "workload")] == [
        1,
        "regression",
        "github",
        "batch",
    ]
    assert told["author"] == "Ana Souza"


def test_what_is_given_is_not_asked(terminal: Any, tmp_path: Path) -> None:
    child = terminal("--level", "2", "--ci", "none", "--data", "task=regression", "--lang", "pt")
    child.expect("Como as predições são pedidas")
    child.send(ENTER)
    child.expect("Onde execuções e modelos são registrados")
    child.send("x" + ENTER)
    child.expect("must be `bundled`")
    child.send("\x7f" + ENTER)
    child.expect("Onde os dados versionados")
    child.send(ENTER)
    child.expect("criado no nível 2")
    child.expect(pexpect.EOF)
    assert (answers(tmp_path)["tracking"], answers(tmp_path)["language"]) == ("bundled", "pt")


def test_ctrl_c(terminal: Any, tmp_path: Path) -> None:
    child = terminal()
    child.expect("Maturity level")
    child.send("\x03")
    child.expect("error:.* interrupted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert not (tmp_path / "churn").exists()


@pytest.mark.parametrize("option", ["--defaults", "--json", "--quiet"])
def test_nobody_is_asked(option: str, terminal: Any, tmp_path: Path) -> None:
    terminal(option).expect(pexpect.EOF)
    assert answers(tmp_path)["level"] == 0


def test_nobody_is_asked_in_ci(terminal: Any, tmp_path: Path) -> None:
    terminal(CI="true").expect(pexpect.EOF)
    assert answers(tmp_path)["level"] == 0


@pytest.mark.parametrize(("more", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_of_errors(more: dict[str, str], coloured: bool, terminal: Any) -> None:
    child = terminal("--level", "9", **more)
    child.expect(pexpect.EOF)
    assert ("\x1b[31merror:" in child.before) is coloured
    assert "error:" in child.before
