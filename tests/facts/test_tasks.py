"""Words of task runners, and the programs behind them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mlascent.facts import Facts
from mlascent.facts.tasks import Command, Launch

from tests.rules.support import facts


def behind(seen: Facts, *words: str) -> list[str]:
    """Programs behind words; ignored ones with a mark."""
    tasks = [task for word in words if (task := seen.tasks.get(word))]
    return [shown(launch) for task in tasks for launch in seen.tasks.of(task)]


def shown(launch: Launch) -> str:
    return (
        " ".join(launch.argv)
        + (f" @{launch.entry}" if launch.entry else "")
        + ("" if launch.counts else " (ignored)")
    )


def run(seen: Facts, text: str, folder: str = "") -> list[str]:
    return [shown(launch) for launch in seen.tasks.launches((Command(text, "ci.yml", 1),), folder)]


JUST = {
    "justfile": """
        import? 'more/tasks.just'
        import? 'missing.just'
        import '../outside.just'
        mod? sub

        run := "uv run --locked"
        python := run + " python -m " + pkg
        pkg := if path_exists("src/churn") == "true" { "churn" } else { "other" }

        # default
        default: test

        _ready:
            @{{ if path_exists("nothing") == "true" { "" } else { error("no") } }}

        train *args: _ready && after
            {{ python }}.train {{ args }}
            -@{{ run }} pytest -q
            pytest; echo done

        after:
            echo after

        test folder="tests":
            #!/usr/bin/env bash
            set -e
            pytest {{ folder }} || true
            ruff check

        loop: loop2
        loop2: loop

        calls:
            just train --fast
            {{ quote(just_executable()) }} sub::hello
    """,
    "more/tasks.just": "import '../justfile'\nlint:\n    ruff check\ntrain:\n    echo never\n",
    "sub.just": "x := 'in module'\nhello:\n    echo {{ x }}\n",
    "src/churn/__init__.py": "",
    "src/churn/train.py": "",
}


SIGNS = "import subprocess\nimport sys\nsubprocess.run(sys.argv[1:], check=True)\n"


def test_just(tmp_path: Path) -> None:
    seen = facts(tmp_path, JUST)
    assert behind(seen, "train") == [
        "python -m churn.train @src/churn/train.py", "pytest -q (ignored)", "pytest (ignored)",
        "echo done", "echo after",
    ]  # fmt: skip
    assert behind(seen, "test") == ["pytest tests (ignored)", "true", "ruff check"]
    assert behind(seen, "loop") == []
    assert behind(seen, "lint", "sub::hello") == ["ruff check", "echo in module"]
    assert behind(seen, "calls")[:2] == [
        "just train --fast",
        "python -m churn.train --fast @src/churn/train.py",
    ]
    assert run(seen, "just", "src")[-1] == "ruff check"
    assert run(seen, "just test unit")[1] == "pytest unit (ignored)"
    train = seen.tasks.get("train")
    assert train is not None
    assert (train.path, train.line, train.parameters, train.needs) == ("justfile", 16, ("args",), ("_ready",))
    launch = seen.tasks.of(train)[0]
    assert (launch.path, launch.line, launch.via) == ("justfile", 17, ("just train",))


WORDS = """
there := if path_exists("cloud") == "true" { "" } else { "--local " }

train *args:
    {{ if there + args =~ "--local" { "python train.py" } else { "python cloud/__main__.py train" } }}
signed-in +words:
    python cloud/sign.py {{ quote(just_executable()) }} {{ words }}
weekly: (signed-in "train")
"""


def test_a_word_that_chooses_by_its_arguments(tmp_path: Path) -> None:
    tree = {"justfile": WORDS, "train.py": "", "cloud/__main__.py": "", "cloud/sign.py": SIGNS}
    seen = facts(tmp_path / "there", tree)
    assert run(seen, "just train")[1:] == ["python cloud/__main__.py train @cloud/__main__.py"]
    assert run(seen, "just train --local")[1:] == ["python train.py @train.py"]
    alone = facts(tmp_path / "alone", {"justfile": WORDS, "train.py": ""})
    assert run(alone, "just train")[1:] == ["python train.py @train.py"]


def test_a_program_that_starts_what_it_is_given(tmp_path: Path) -> None:
    tree = {"justfile": WORDS, "cloud/__main__.py": "", "cloud/sign.py": SIGNS}
    seen = facts(tmp_path / "wraps", tree)
    assert run(seen, "just signed-in train")[-1].startswith("python cloud/__main__.py train")
    idle = facts(tmp_path / "idle", {**tree, "cloud/sign.py": "import sys\nprint(sys.argv)\n"})
    assert run(idle, "just signed-in train")[-1].startswith("python cloud/sign.py")


def test_make(tmp_path: Path) -> None:
    tree = {
        "Makefile": "PY ?= python3\ninclude Makefile\n.PHONY: all\nall: data train\ndata:\n"
        "\t-$(PY) data.py\ntrain: data\n\t@$(PY) train.py --x $(X) && \\\n\t  pytest\n\t$(MAKE) -C sub\n"
        "include rules.mk\n",
        "rules.mk": "lint:\n\truff check $$HOME\n",
        "sub/Makefile": "all:\n\tsh go.sh\n",
        "sub/go.sh": "#!/bin/sh -e\npython a.py\ncd ..\npython data.py\n",
        "data.py": "", "train.py": "", "sub/a.py": "",
    }  # fmt: skip
    seen = facts(tmp_path, tree)
    assert behind(seen, "train") == [
        "python data.py @data.py (ignored)", "python train.py --x ${X} @train.py", "pytest", "make -C sub",
        "sh go.sh @sub/go.sh", "python a.py @sub/a.py", "python data.py @data.py",
    ]  # fmt: skip
    assert behind(seen, "lint") == ["ruff check $HOME"]
    assert run(seen, "make")[:2] == ["make", "python data.py @data.py (ignored)"]


def test_other_runners(tmp_path: Path) -> None:
    tree = {
        "pyproject.toml": """
            [project.scripts]
            churn = "churn.cli:main"
            [tool.poe.tasks]
            check = ["style", "unit"]
            style = "ruff check"
            unit = {cmd = "pytest -q"}
            [tool.pdm.scripts]
            fit = {shell = "python fit.py"}
            [tool.hatch.envs.default.scripts]
            cov = ["- ruff check", "pytest"]
        """,
        "tox.ini": "[tox]\n[testenv]\ncommands =\n    - ruff check\n    pytest {posargs:tests}\n",
        "package.json": '{"scripts": {"build": "sh build.sh"}}',
        "build.sh": "pytest\necho",
        "noxfile.py": "import nox\n@nox.session\ndef tests(session):\n    session.run('pytest', '-q')\n",
        "tasks.py": "from invoke import task\n@task\ndef docs_all(c): c.run('mkdocs build', warn=True)\n",
        "MLproject": "entry_points:\n  main:\n    command: 'python fit.py'\n",
        "pixi.toml": "[tasks]\ngo = {cmd = 'python fit.py', depends-on = ['pre']}\npre = 'ruff check'\n",
        "fit.py": "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'churn.cli', *sys.argv])\n",
        "src/churn/__init__.py": "", "src/churn/cli.py": "def main(): ...",
    }  # fmt: skip
    seen = facts(tmp_path, tree)
    fit = ["python fit.py @fit.py", "python -m churn.cli @src/churn/cli.py"]
    assert run(seen, "poe check")[1:] == ["poe style", "ruff check", "poe unit", "pytest -q"]
    assert run(seen, "pdm run fit")[1:] == fit
    assert run(seen, "hatch run cov")[1:] == ["ruff check (ignored)", "pytest"]
    assert run(seen, "tox -e testenv")[1:] == ["ruff check (ignored)", "pytest tests"]
    assert run(seen, "npm run build")[1:] == ["sh build.sh @build.sh", "pytest (ignored)", "echo"]
    assert run(seen, "nox -s tests")[1:] == ["pytest -q"]
    assert run(seen, "inv docs-all")[1:] == ["mkdocs build (ignored)"]
    assert run(seen, "mlflow run .")[1:] == fit
    assert run(seen, "pixi run go")[1:] == ["ruff check", *fit]
    assert run(seen, "uv run churn x") == ["churn x @src/churn/cli.py"]


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("uv run --no-sync --with x pytest -q", "pytest -q"),
        ("X=1 env Y=2 sudo -E time poetry run python3.11 -u -m pytest a", "pytest a"),
        ("uvx --quiet pre-commit@4.7.0 install", "pre-commit install"),
        ("uv run --locked -m churn.go", "churn.go"),
        (".venv/bin/python -c 'print(1)'", "python -c print(1)"),
        ("conda run -n env pytest", "pytest"),
        ("timeout 10 coverage run -m pytest", "pytest"),
        ("$PYTHON -m mypy", "mypy"),
    ],
)
def test_wrappers_are_taken_off(tmp_path: Path, text: str, argv: str) -> None:
    assert run(facts(tmp_path, {"a": ""}), text) == [argv]


def test_dvc_and_hooks(tmp_path: Path) -> None:
    tree = {
        "a/dvc.yaml": "stages:\n  one: {cmd: python one.py, wdir: .., outs: [x]}\n  "
        "off: {cmd: y, frozen: true}\n",
        "b/dvc.yaml": "stages:\n  two: {cmd: [python two.py], wdir: .., deps: [x]}\n",
        "one.py": "", "two.py": "",
        ".pre-commit-config.yaml": """
            repos:
              - repo: https://x/y
                hooks: [{id: ruff, args: [--fix]}, {id: late, stages: [manual]}]
              - repo: local
                hooks: [{id: own, entry: sh -c "pytest", language: system}]
        """,
    }  # fmt: skip
    seen = facts(tmp_path, tree)
    both = ["python one.py @one.py", "python two.py @two.py"]
    assert run(seen, "dvc repro -P")[1:] == both
    assert run(seen, "dvc repro b/dvc.yaml:two")[1:] == both
    assert run(seen, "dvc repro -s b/dvc.yaml")[1:] == both[1:]
    assert run(seen, "cd b && dvc repro")[1:] == both
    assert run(seen, "dvc repro") == ["dvc repro"]
    assert run(seen, "pre-commit run -a")[1:] == ["ruff --fix", "sh -c pytest", "pytest"]
    assert run(seen, "pre-commit run own")[1:] == ["sh -c pytest", "pytest"]


def test_scripts_that_call_each_other_end(tmp_path: Path) -> None:
    seen = facts(
        tmp_path, {"a.sh": "sh b.sh", "b.sh": "./a.sh", "c.py": "import os\nos.system('python c.py')"}
    )
    assert len(run(seen, "bash a.sh")) < 5
    assert len(run(seen, "python c.py")) < 5


def test_no_import_leaves_the_repository(tmp_path: Path) -> None:
    (tmp_path / "secret.just").write_text("leak:\n    echo secret\n")
    root = tmp_path / "r"
    root.mkdir()
    os.symlink(tmp_path / "secret.just", root / "link.just")
    seen = facts(root, {"justfile": "import '../secret.just'\nimport 'link.just'\nok:\n    echo\n"})
    assert list(seen.tasks.words) == ["ok"]
