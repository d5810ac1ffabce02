"""The command itself: start-up, help, errors and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mlascent import __version__
from mlascent.cli import help_text, run

from .helpers import mlascent

PACKAGE = Path(sys.modules["mlascent"].__file__ or "").parent


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a command loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mlascent", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    rows = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {row.rpartition("|")[2].strip() for row in rows}


def test_version(tmp_path: Path) -> None:
    assert mlascent("--version", cwd=tmp_path).stdout == f"mlascent {__version__}\n"


def test_version_beside_other_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version", "new"]) == 0
    assert capsys.readouterr().out == f"mlascent {__version__}\n"


def test_kept_help_is_current() -> None:
    assert (PACKAGE / "help.txt").read_text(encoding="utf-8") == help_text()


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = mlascent(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, help_text())


def test_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    """What makes a start slow: a parser for --version, Copier for our own template, rich, pydantic."""
    assert not {"typer", "yaml", "jinja2", "json", "subprocess"} & imported("--version", cwd=tmp_path)
    assert not {"typer", "yaml", "jinja2", "json", "subprocess"} & imported("--help", cwd=tmp_path)
    assert not {"copier", "rich", "pydantic", "yaml", "jinja2"} & imported("levels", "2", cwd=tmp_path)
    made = imported("new", "churn", "--level", "2", "--defaults", cwd=tmp_path)
    assert not {"copier", "rich", "pydantic", "questionary", "mlascent.contract"} & made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nwe"], "No such command 'nwe'. Did you mean 'new'?"),
        (["new"], "Missing argument"),
        (["new", "x", "--lvl", "1"], "No such option: --lvl"),
        (["levels", "5"], "no level '5'"),
        (["levels", "--model", "ibm"], "there is no model ibm"),
        (["levels", "--lang", "fr"], "--lang: there is no fr"),
        (["explain", "data-valid"], "there is no capability or rule data-valid"),
        (["explain", "DE999"], "no rule 'DE999'"),
    ],
)
def test_usage_errors(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert said in captured.err


def test_closest_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "data-valid"]) == 2
    assert "hint: Did you mean data-validation?" in capsys.readouterr().err


def test_a_mistake_of_ours_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mlascent.commands.levels.levels", lambda *_: 1 / 0)
    assert run(["levels"]) == 4
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.setenv("MLASCENT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["levels"])


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlascent.commands.levels.levels", interrupt)
    assert run(["levels"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    command = f"{sys.executable} -m mlascent levels --json | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_shell_completion(tmp_path: Path) -> None:
    env = {"_MLASCENT_COMPLETE": "complete_bash", "COMP_WORDS": "mlascent le", "COMP_CWORD": "1"}
    assert mlascent(cwd=tmp_path, env=env).stdout.split() == ["levels"]


# ---------------------------------------------------------------- levels and explain


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["levels"]) == 0
    said = capsys.readouterr().out
    assert [line[0] for line in said.splitlines() if line[:1].isdigit()] == ["0", "1", "2", "3", "4"]
    assert "3  Managed  (planned, not available yet)" in said


def test_one_level_by_name_in_portuguese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["levels", "definido", "--lang", "pt"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nível 2, Definido\n")
    assert "data-validation" in said


@pytest.mark.parametrize("model", ["google", "microsoft", "aws", "generic", "ccr"])
def test_levels_in_the_words_of_other_models(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["levels", "--model", model, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["levels"]) == 5
    assert all(level["equivalences"][model] for level in told["levels"])
    assert all(key.startswith(model) for level in told["levels"] for key in level["equivalences"])
    assert run(["levels", "--model", model]) == 0
    assert told["levels"][2]["equivalences"][model][:20] in capsys.readouterr().out


def test_every_capability_and_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    from mlascent.catalogue import catalogue

    for language in ("en", "pt"):
        for capability in catalogue().capabilities:
            assert run(["explain", capability.id, "--lang", language]) == 0
            said = capsys.readouterr().out
            assert said.startswith(f"{capability.id}: {capability.name.in_(language)}")
            assert all(rule.id in said for rule in capability.rules)
    rule = catalogue().capabilities[0].rules[0]
    assert run(["explain", rule.id.lower(), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["id"], told["capability"]) == ("rule", rule.id, rule.capability)
    assert run(["explain", rule.id]) == 0
    assert rule.proof[:30] in " ".join(capsys.readouterr().out.split())
