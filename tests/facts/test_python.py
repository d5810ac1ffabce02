"""Python by its syntax tree: what is called, and what can be reached."""

from __future__ import annotations

import json
from pathlib import Path

from mlascent.facts import Facts
from mlascent.facts.files import Problem

from tests.rules.support import facts

TREE = {
    "pyproject.toml": '[project.scripts]\nchurn = "churn.cli:main"\n',
    "src/churn/__init__.py": "from .model import Model\n",
    "src/churn/stages.py": """
        import sys
        import mlflow as ml
        from . import cli, data
        from .steps import train
        WORDS = ["train", "score"]
        def prepare():
            data.split()
        def score():
            data.score()
        STAGES = {"prepare": prepare, "train": train, "score": score}
        def main():
            name = sys.argv[1]
            if name in ("train",):
                ml.start_run(nested=True)
                log()
            else:
                quiet()
            STAGES[name]()
        def log(): ml.log_metric("a", 1.0, step=None)
        def quiet(): ...
        def unused(): ml.log_param("a", 1)
        if __name__ == "__main__":
            main()
    """,
    "src/churn/data.py": "def split(): ...\ndef score(): ...\n",
    "src/churn/model.py": """
        from sklearn.base import BaseEstimator
        class Plain:
            def __init__(self): self.go()
            def go(self): ...
            def never(self): ...
        class Model(BaseEstimator):
            def fit(self): ...
    """,
    "src/churn/steps.py": """
        import subprocess, sys
        from pathlib import Path
        from churn import Model
        from churn.model import Plain
        STEPS = [[f"{__package__}.cli"], ["dvc", "repro"]]
        OUT = Path("models") / "model.bin"
        def train():
            model = Model()
            model.fit(1)
            Plain()
            for step in STEPS:
                subprocess.run([sys.executable, "-m", *step])
            subprocess.run(["git", "status", sys.argv[1], "x"])
    """,
    "src/churn/cli.py": """
        import argparse, typer
        from . import data
        app = typer.Typer()
        @app.command("fit")
        def one(): data.split()
        @app.command()
        def two(): data.score()
        def sub(words):
            parser = argparse.ArgumentParser()
            words = parser.add_subparsers()
            a = words.add_parser("a")
            a.set_defaults(run=one)
            words.add_parser("b").set_defaults(run=two)
        def main():
            app()
    """,
    "tests/test_x.py": """
        import pytest
        def test_a():
            with pytest.raises(ValueError):
                f()
            assert 1
        def test_nothing(): f()
    """,
    "n.ipynb": json.dumps(
        {"cells": [{"cell_type": "code", "source": ["!pip x\n", "import churn.data\n"], "outputs": [1]},
                   {"cell_type": "code", "source": "def (", "outputs": []}]}
    ),
}  # fmt: skip


def names(seen: Facts, entry: str, argument: str = "") -> set[str]:
    return {
        f"{path.rpartition('/')[2]}:{name}" for path, name in seen.python.reach([entry], argument) if name
    }


def test_what_a_word_reaches(tmp_path: Path) -> None:
    seen = facts(tmp_path, TREE)
    train = names(seen, "src/churn/stages.py", "train")
    assert {"stages.py:log", "steps.py:train", "model.py:Plain.go", "model.py:Model.fit"} <= train
    assert (
        not {
            "stages.py:quiet",
            "stages.py:score",
            "stages.py:unused",
            "data.py:split",
            "model.py:Plain.never",
        }
        & train
    )
    score = names(seen, "src/churn/stages.py", "score")
    assert {"stages.py:score", "data.py:score", "stages.py:quiet"} <= score
    assert not {"stages.py:log", "steps.py:train"} & score
    every = names(seen, "src/churn/stages.py")
    assert {"stages.py:log", "stages.py:quiet", "stages.py:score", "steps.py:train"} <= every


def test_commands_are_chosen_by_word(tmp_path: Path) -> None:
    seen = facts(tmp_path, TREE)
    entry = "src/churn/cli.py::main"
    assert "data.py:split" in names(seen, entry, "fit")
    assert "data.py:score" not in names(seen, entry, "fit")
    assert "data.py:score" in names(seen, entry, "two")
    assert {"cli.py:two"} == names(seen, "src/churn/cli.py::sub", "b") & {"cli.py:one", "cli.py:two"}


def test_calls_have_whole_names(tmp_path: Path) -> None:
    python = facts(tmp_path, TREE).python
    found = python.calls(["mlflow.*"])
    assert [(f.call.name, f.call.inside, f.call.args) for f in found] == [
        ("mlflow.start_run", "main", ()), ("mlflow.log_metric", "log", ("a", 1.0)),
        ("mlflow.log_param", "unused", ("a", 1)),
    ]  # fmt: skip
    assert found[0].call.keywords == {"nested": True}
    reached = python.reach(["src/churn/stages.py"])
    assert [f.call.name for f in python.calls(["mlflow.log_*"], reached)] == ["mlflow.log_metric"]
    assert [f.path for f in python.calls(["*.fit"])] == ["src/churn/steps.py"]
    assert python.modules["src/churn/steps.py"].globals["OUT"] == "models/model.bin"
    assert [path for path, _ in python.imported(["sklearn"])] == ["src/churn/model.py"]


def test_modules_are_named_and_known(tmp_path: Path) -> None:
    python = facts(tmp_path, TREE).python
    assert {module.name for module in python.package()} == {
        "churn", "churn.stages", "churn.data", "churn.model", "churn.steps", "churn.cli",
    }  # fmt: skip
    assert python.scripts == {"churn": "churn.cli:main"}
    stages = python.named("churn.stages")
    assert stages is not None
    assert stages.main
    assert {(i.module, i.name) for i in stages.imports} >= {("churn", "data"), ("churn.steps", "train")}
    assert python.modules["n.ipynb"].outputs == 1
    assert "src/churn/data.py" in python.modules_reached(["n.ipynb"])
    tests = python.modules["tests/test_x.py"]
    assert tests.test
    assert [tests.functions[name].asserts for name in ("test_a", "test_nothing")] == [2, 0]


def test_programs_that_it_starts(tmp_path: Path) -> None:
    python = facts(tmp_path, TREE).python
    assert [words for _, _, words in python.starts("src/churn/stages.py", "train")] == [
        ("python", "-m", "churn.cli"), ("python", "-m", "dvc", "repro"), ("git", "status"),
    ]  # fmt: skip
    assert python.starts("src/churn/stages.py", "score") == ()


def test_flat_folders_and_hostile_files(tmp_path: Path) -> None:
    seen = facts(
        tmp_path,
        {
            "train.py": "import lib.a\nimport helpers\nlib.a.go()\n", "helpers.py": "",
            "lib/a.py": "def go(): ...\n",
            "bad.py": "def (:\n", "deep.py": "x = " + "(" * 5_000, "deeper.py": "x = " + "-" * 50_000 + "1",
            "more.py": "a" + ".b" * 20_000, "latin.py": b"\xff", "bad.ipynb": "{", "list.ipynb": "[]",
            "loop.py": "from loop import x\nfrom .loop import y\nfrom ...... import z\nx()\n",
        },
    )  # fmt: skip
    assert seen.python.reach(["train.py"]) >= {("lib/a.py", "go"), ("helpers.py", "")}
    assert seen.python.reach(["loop.py"]) == {("loop.py", "")}
    said = {problem.path for problem in seen.files.problems}
    assert said >= {"bad.py", "deep.py", "latin.py", "bad.ipynb"}
    assert Problem("bad.py", "invalid syntax", 1) in seen.files.problems


WORDS = {
    "pyproject.toml": "[project]\nname = 'churn'\n",
    "justfile": "train:\n    python -m churn.platforms train\n",
    "src/churn/__init__.py": "",
    "src/churn/platforms/__init__.py": """
        from importlib import import_module
        def find(word):
            module, _, function = import_module(f"{__name__}.cloud.words").WORDS[word].partition(":")
            return getattr(import_module(f"{__name__}.cloud.{module}"), function)
        def main(words): find(words[0])(words[1:])
    """,
    "src/churn/platforms/__main__.py": "import sys\nfrom . import main\nmain(sys.argv[1:])\n",
    "src/churn/platforms/cloud/__init__.py": "",
    "src/churn/platforms/cloud/words.py": """
        WORDS = {"train": "jobs:train", "stop": "ends:stop"}
        MORE = {"train": "pipeline:start", "gone": "nowhere:gone"}
        OTHER = {"train": "a text: with a colon"}
    """,
    "src/churn/platforms/cloud/jobs.py": """
        from . import session
        def train(words): session.client("sagemaker").create_training_job(TrainingJobName="a")
        def other(): ...
    """,
    "src/churn/platforms/cloud/session.py": "def client(name): ...\n",
    "src/churn/platforms/cloud/pipeline.py": "def start(words): print(words)\n",
    "src/churn/platforms/cloud/ends.py": "def stop(words): print(words)\n",
}


def test_words_of_tables_that_name_their_functions(tmp_path: Path) -> None:
    known = facts(tmp_path, WORDS)
    launch = known.tasks.of(known.tasks.words["train"][0])[0]
    assert launch.entry == "src/churn/platforms/__main__.py"
    reached = known.python.reach([launch.entry], "train")
    folder = "src/churn/platforms/cloud"
    assert {(f"{folder}/jobs.py", "train"), (f"{folder}/pipeline.py", "start")} <= reached
    assert not {(f"{folder}/jobs.py", "other"), (f"{folder}/ends.py", "stop")} & reached
    assert (f"{folder}/ends.py", "stop") in known.python.reach([launch.entry])
    assert (f"{folder}/ends.py", "stop") not in known.python.reach([launch.entry], "nothing")
    assert known.python.calls(["*.create_training_job"], reached)


def test_operations_of_azure_keep_their_group(tmp_path: Path) -> None:
    text = """
    def run(job):
        client().jobs.create_or_update(job)
        client.models.create_or_update(job).fit()
        made.thing.create_or_update(job)
    """
    module = facts(tmp_path, {"run.py": text}).python.modules["run.py"]
    names = [call.name for call in module.calls]
    assert ".jobs.create_or_update" in names
    assert ".models.create_or_update" in names
    assert ".create_or_update" in names
