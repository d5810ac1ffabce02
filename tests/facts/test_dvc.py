"""DVC's files: stages, what they read and write, and in which order."""

from __future__ import annotations

from pathlib import Path

from mlascent.facts.files import Problem

from tests.rules.support import facts

TREE = {
    "params.yaml": "model: {name: forest, depth: 3}\nparts: [a, b]\n",
    "pipe/dvc.yaml": """
        vars:
          - out: data/raw.csv
        stages:
          get:
            wdir: ..
            cmd: [python get.py, "echo ${unknown}"]
            outs: [{"${out}": {cache: false}}]
            frozen: true
          train:
            cmd: python train.py ${model}
            wdir: ..
            deps: [data]
            params: [model.depth, {third.yaml: [x, y]}]
            outs: [models/]
            metrics: [reports/m.json: {cache: false}]
            plots: [reports/p.csv]
          each:
            foreach: [x, y]
            do: {cmd: "run ${item}", wdir: .., deps: [models/m.bin]}
          grid:
            matrix: {part: [p, q], n: [1, 2]}
            cmd: run ${item.part} ${item.n}
        metrics: [all.json]
    """,
    "params.json": "{}",
    "pipe/params.yaml": "model: {name: forest, depth: 3}\n",
    "pipe/dvc.lock": "schema: '2.0'\nstages: {train: {cmd: x, outs: [{path: models, md5: abc.dir}]}}\n",
    "data/image.png.dvc": "outs: [{path: image.png, md5: a}]\n",
    ".dvc/config": "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://bucket\n",
}


def test_stages_are_whole(tmp_path: Path) -> None:
    dvc = facts(tmp_path, TREE).dvc
    stages = {stage.name: stage for stage in dvc.stages}
    assert list(stages) == [
        "get", "train", "each@x", "each@y", "grid@p-1", "grid@p-2", "grid@q-1", "grid@q-2",
    ]  # fmt: skip
    train = stages["train"]
    assert (train.cmd, train.wdir, train.line) == (("python train.py --name forest --depth 3",), "", 9)
    assert train.outs == ("models", "reports/m.json", "reports/p.csv")
    assert train.params[-2:] == (("third.yaml", "x"), ("third.yaml", "y"))
    assert stages["get"].cmd == ("python get.py", "echo ${unknown}")
    assert (stages["get"].outs, stages["get"].frozen) == (("data/raw.csv",), True)
    assert stages["grid@q-2"].cmd == ("run q 2",)
    assert [stage.name for stage in dvc.before(stages["each@y"])] == ["train", "get"]
    assert dvc.cycle() == ()
    assert dvc.metrics == ("pipe/all.json", "reports/m.json")
    assert dvc.locked == {"pipe/dvc.lock": {"train": {"models": "abc.dir"}}}
    assert (dvc.remotes, dvc.default_remote) == ({"store": "s3://bucket"}, "store")
    assert dvc.tracked == ("data/image.png",)
    assert dvc.parameters("params.yaml")["parts"] == ["a", "b"]


def test_a_cycle_is_told(tmp_path: Path) -> None:
    stages = {"a": ("b.csv", "a.csv"), "b": ("a.csv", "b.csv"), "c": ("b.csv", "c.csv")}
    text = "stages:\n" + "".join(
        f"  {name}: {{cmd: x, deps: [{dep}], outs: [{out}]}}\n" for name, (dep, out) in stages.items()
    )
    dvc = facts(tmp_path, {"dvc.yaml": text}).dvc
    assert [stage.name for stage in dvc.cycle()] == ["a", "b"]
    assert [stage.name for stage in dvc.before(dvc.stages[2])] == ["b", "a"]


def test_strange_files_do_not_stop_it(tmp_path: Path) -> None:
    seen = facts(
        tmp_path,
        {
            "a/dvc.yaml": "stages: [1, 2]\nvars: 3\nmetrics: {x: 1}\n",
            "b/dvc.yaml": "stages:\n  x: 1\n  y: {cmd: {a: b}, deps: 7, foreach: 3}\n",
            "c/dvc.yaml": "stages: {",
            "d/dvc.yaml": "stages:\n  x: {foreach: [" + "1, " * 2_000 + "], do: {cmd: x}}\n",
            "dvc.lock": "- 1",
            "x.dvc": "outs: 3",
        },
    )
    assert [stage.name for stage in seen.dvc.stages[:1]] == ["y"]
    assert len(seen.dvc.stages) == 1_001
    assert {problem.path for problem in seen.files.problems} == {"c/dvc.yaml", "d/dvc.yaml"}
    assert Problem("d/dvc.yaml", "has more than 1,000 stages", 2) in seen.files.problems
