"""The direct renderer against Copier: the same paths, bytes, links and modes."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import copier
import pytest
from mlascent import place
from mlascent.history import Tree, directory
from mlascent.render import render
from mlascent.source import Template
from pytest_copie.plugin import Copie

from .helpers import git, on_disk, ours

LEVELS = (0, 1, 2)
CIS = ("github", "gitlab", "azure", "jenkins", "none")
WORKLOADS = ("online", "batch", "both")


def _given(number: int, level: int, ci: str, workload: str) -> dict[str, Any]:
    """Level, CI and workload as told; the other answers take turns."""
    return {
        "level": level,
        "ci": ci,
        "workload": workload,
        "task": ("classification", "regression")[number % 2],
        "estimator": ("scikit-learn", "xgboost", "lightgbm")[number % 3],
        "licence": ("Proprietary", "Apache-2.0", "MIT", "BSD-3-Clause")[number % 4],
        "language": ("en", "pt")[number // 2 % 2],
        "python_version": ("3.11", "3.12", "3.13")[number // 3 % 3],
    }


# Copier needs more than a second for a project of level 2, so most of the matrix is for the long run.
MATRIX = [
    pytest.param(_given(number, *chosen), marks=() if number % 4 == 0 else pytest.mark.full)
    for number, chosen in enumerate(itertools.product(LEVELS, CIS, WORKLOADS))
]
ODD: list[dict[str, Any]] = [
    {"level": 2, "platform": "sagemaker", "ci": "gitlab", "workload": "both", "dvc_remote": "s3://data/dvc"},
    {"level": 2, "platform": "azureml", "ci": "azure", "workload": "batch", "estimator": "lightgbm"},
    {"level": 1, "platform": "azureml", "areas": {"deployment": 2}},
    {"level": 0, "platform": "sagemaker"},
    {"level": 1, "areas": {"governance": 2}},
    {"level": 0, "with": ["data-validation"]},
    {"level": 2, "without": ["model-selection-tuning"]},
    {"level": 2, "project_name": "Previsão de évasão nº 1", "description": 'a "quoted" \\ {{ text }} # 1'},
    {"level": 2, "tracking": "https://mlflow.example.com", "dvc_remote": "s3://bucket/data"},
    {"level": 2, "subdirectory": "services/churn"},
    {"level": 2, "site": {"index_url": "https://pypi.example.com/simple", "proxy": "http://proxy:3128"}},
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return ours(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("given", [*MATRIX, *ODD], ids=lambda given: "-".join(map(str, given.values())))
def test_same_as_copier(template: Template, given: dict[str, Any], tmp_path: Path) -> None:
    copier.run_copy(template.url, tmp_path, data=given, defaults=True, quiet=True)
    assert _shown(render([template], given).tree) == _shown(directory(tmp_path))


def test_same_modes_and_links(tmp_path: Path, template: Template) -> None:
    """Executables and links, which our own template may have none of."""
    files = dict(template.files)
    readme = files["template/.gitignore"]
    files["template/.gitignore"] = ("100755", readme[1])
    files["template/params.yaml.jinja"] = ("120000", b"{{ package }}.yaml")
    (tmp_path / "template").mkdir()
    changed = on_disk(replace(template, files=files), tmp_path / "template")
    (tmp_path / "project").mkdir()
    copier.run_copy(changed.url, tmp_path / "project", defaults=True, quiet=True)
    ours_ = render([changed], {}).tree
    assert ours_[".gitignore"][0] == "100755"
    assert ours_["params.yaml"] == ("120000", b"my_project.yaml")
    assert _shown(ours_) == _shown(directory(tmp_path / "project"))


def test_same_version_recorded(tmp_path: Path, template: Template) -> None:
    """A tagged repository: version and address go into the answers as Copier writes them."""
    repository = tmp_path / "template"
    repository.mkdir()
    place.write(template.files, repository)
    git(repository, "init", "--quiet")
    git(repository, "add", "--force", ".")
    git(repository, "commit", "--quiet", "-m", "template")
    git(repository, "tag", "v0.1.0")
    copier.run_copy(str(repository), tmp_path / "project", defaults=True, quiet=True)
    recorded = replace(template, url=str(repository), version="v0.1.0")
    assert _shown(render([recorded], {}).tree) == _shown(directory(tmp_path / "project"))


@pytest.mark.parametrize("level", LEVELS)
def test_same_as_pytest_copie(copie: Copie, template: Template, level: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Copier, about what pytest-copie does
        result = copie.copy(extra_answers={"level": level}, template_dir=Path(template.url))
    assert result.exception is None
    assert result.project_dir is not None
    assert _shown(render([template], {"level": level}).tree) == _shown(directory(result.project_dir))


def _shown(tree: Tree) -> dict[str, tuple[str, bytes]]:
    """Sorted, so that a difference reads well."""
    return dict(sorted(tree.items()))
