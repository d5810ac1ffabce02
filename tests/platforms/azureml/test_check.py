"""The project's own checker of its Azure ML assets: what the SDK lets pass is told, each kind of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.matrix import Workshop

PROJECT = {"level": 2, "platform": "azureml", "workload": "both", "package": "shop", "project_name": "Shop"}
PIPELINE, SCHEDULE, JOB = "pipeline.yml", "schedule.yml", "train.yml"


@pytest.fixture(scope="module")
def tree() -> dict[str, bytes]:
    return dict(Workshop().project(PROJECT).tree)


@pytest.fixture
def folder(tree: dict[str, bytes], tmp_path: Path) -> Path:
    """The assets of a project of level 2."""
    for path, content in tree.items():
        if path.startswith("infra/azureml/"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
    return tmp_path / "infra" / "azureml"


@pytest.fixture
def problems(tree: dict[str, bytes], tmp_path: Path, folder: Path) -> Callable[[], list[str]]:
    """What the checker that the project ships says of them."""
    module = tmp_path / "check.py"
    module.write_bytes(tree["src/shop/platforms/azureml/check.py"])
    spec = importlib.util.spec_from_file_location("check", module)
    assert spec
    assert spec.loader
    loaded: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return lambda: list(loaded.problems(folder))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, (file, old)
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_generated_is_right(problems: Callable[[], list[str]]) -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param(
            PIPELINE,
            "data: ${{parent.inputs.data}}",
            "data: ${{parent.inputs.date}}",
            "jobs.validate.inputs.data: there is no parent.inputs.date, only champion, data, project, trials",
            id="a binding to an input of the pipeline that is not there",
        ),
        pytest.param(
            PIPELINE,
            "${{parent.jobs.validate.outputs.validated}}",
            "${{parent.jobs.validate.outputs.valid}}",
            "there is no parent.jobs.validate.outputs.valid, only reports, validated",
            id="a binding to an output of a step that is not there",
        ),
        pytest.param(
            PIPELINE,
            "${{parent.jobs.validate.outputs.validated}}",
            "${{parent.jobs.check.outputs.validated}}",
            "there is no parent.jobs.check.outputs.validated, only the steps evaluate, gate",
            id="a binding to a step that is not there",
        ),
        pytest.param(
            PIPELINE,
            "${{parent.jobs.validate.outputs.validated}}",
            "${{inputs.data}}",
            "inputs.data is neither parent.inputs.X nor parent.jobs.X.outputs.Y",
            id="a binding of another language",
        ),
        pytest.param(
            PIPELINE,
            "      trials: ${{parent.inputs.trials}}",
            "      trails: ${{parent.inputs.trials}}",
            "pipeline.yml: jobs.tune.inputs.trails: its component knows only prepared, project, trials",
            id="an input that the component does not have",
        ),
        pytest.param(
            PIPELINE,
            "      validated: ${{parent.jobs.validate.outputs.validated}}\n",
            "",
            "pipeline.yml: jobs.prepare.inputs.validated: it is required",
            id="a required input that is not given",
        ),
        pytest.param(
            PIPELINE,
            "trials: ${{parent.inputs.trials}}",
            "trials: many",
            "pipeline.yml: jobs.tune.inputs.trials: 'many' is no integer",
            id="a literal of another type",
        ),
        pytest.param(
            PIPELINE,
            "trials: ${{parent.inputs.trials}}",
            "trials: true",
            "jobs.tune.inputs.trials: True is no integer",
            id="a truth where a number is expected",
        ),
        pytest.param(
            PIPELINE,
            "trials: ${{parent.inputs.trials}}",
            "trials: -1",
            "jobs.tune.inputs.trials: -1 is below 0",
            id="a literal out of its bounds",
        ),
        pytest.param(
            PIPELINE,
            "  trials: 0 # of the search for parameters",
            "  trials: few",
            "jobs.tune.inputs.trials: parent.inputs.trials is string, but integer is wanted",
            id="a literal of another type at the pipeline",
        ),
        pytest.param(
            PIPELINE,
            "model: ${{parent.jobs.train.outputs.model}}",
            "model: ${{parent.jobs.validate.outputs.validated}}",
            "parent.jobs.validate.outputs.validated is uri_folder, but custom_model is wanted",
            id="data where a model is expected",
        ),
        pytest.param(
            PIPELINE,
            "      registered: ${{parent.outputs.model}}",
            "      saved: ${{parent.outputs.model}}",
            "pipeline.yml: jobs.register.outputs.saved: its component knows only registered",
            id="an output that the component does not have",
        ),
        pytest.param(
            PIPELINE,
            "      registered: ${{parent.outputs.model}}",
            "      registered: ${{parent.outputs.models}}",
            "jobs.register.outputs.registered: there is no parent.outputs.models, only model, reports",
            id="an output that the pipeline does not have",
        ),
        pytest.param(
            PIPELINE,
            "      registered: ${{parent.outputs.model}}",
            "      registered: ${{parent.outputs.reports}}",
            "jobs.register.outputs.registered: it is custom_model, but uri_folder is wanted",
            id="an output of another type",
        ),
        pytest.param(
            PIPELINE,
            "    outputs:\n      registered: ${{parent.outputs.model}}",
            "",
            "pipeline.yml: outputs.model: no step writes it",
            id="an output that nobody writes",
        ),
        pytest.param(
            PIPELINE,
            "component: components/tune.yml",
            "component: components/search.yml",
            "pipeline.yml: jobs.tune.component: there is no file components/search.yml",
            id="a component that is not there",
        ),
        pytest.param(
            PIPELINE,
            "      project: ${{parent.inputs.project}}\n      data:",
            "      project: ${{parent.jobs.tune.outputs.tuned}}\n      data:",
            "pipeline.yml: jobs.validate: it waits for itself",
            id="a circle",
        ),
        pytest.param(
            "components/tune.yml",
            "${{inputs.trials}}",
            "${{inputs.trails}}",
            "components/tune.yml: command: there is no inputs.trails among prepared, project, trials",
            id="a name in a command that is not declared",
        ),
        pytest.param(
            "components/tune.yml",
            "--output project=${{outputs.tuned}}",
            "",
            "components/tune.yml: outputs.tuned: the command does not write it",
            id="an output that the command does not write",
        ),
        pytest.param(
            "components/tune.yml",
            "default: 0, min: 0",
            "default: none, min: 0",
            "components/tune.yml: inputs.trials.default: 'none' is no integer",
            id="a default of another type",
        ),
        pytest.param(
            "components/tune.yml",
            "default: 0, min: 0",
            "optional: true",
            "components/tune.yml: inputs.trials: it may be absent, so it belongs into $[[…]] of the command",
            id="an optional input outside of brackets",
        ),
        pytest.param(
            "components/tune.yml",
            "type: integer",
            "type: whole",
            "inputs.trials.default: there is no type whole",
            id="a type that is none",
        ),
        pytest.param(
            JOB,
            "${{outputs.reports}}",
            "${{outputs.report}}",
            "train.yml: command: there is no outputs.report among model, reports, tracking",
            id="a job's own names",
        ),
        pytest.param(
            SCHEDULE,
            "create_job: pipeline.yml",
            "create_job: pipelines.yml",
            "schedule.yml: create_job: there is no file pipelines.yml",
            id="a schedule of a job that is not there",
        ),
        pytest.param(
            SCHEDULE,
            "create_job: pipeline.yml",
            "create_job: { type: pipeline, job: pipeline.yml, inputs: { trails: 3 } }",
            "schedule.yml: create_job.inputs.trails: pipeline.yml knows only champion, data, project, trials",
            id="a schedule that gives an input that the job does not have",
        ),
        pytest.param(
            SCHEDULE,
            "create_job: pipeline.yml",
            "create_job: { type: pipeline, job: pipeline.yml, inputs: { trials: soon } }",
            "schedule.yml: create_job.inputs.trials: 'soon' is no integer",
            id="a schedule that gives a literal of another type",
        ),
    ],
)
def test_each_kind_of_mistake_is_told(
    problems: Callable[[], list[str]], folder: Path, file: str, old: str, new: str, told: str
) -> None:
    edit(folder / file, old, new)
    found = problems()
    assert any(told in problem for problem in found), found
