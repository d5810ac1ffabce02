"""Files that only make sense together: pipelines, alerts with their tests, dashboards, Compose."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from .matrix import Matrix, Project
from .tools import attempt, run

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What DVC knows of a stage.
STAGE = {
    *(
        "always_changed",
        "cmd",
        "deps",
        "desc",
        "frozen",
        "matrix",
        "meta",
        "metrics",
        "outs",
        "params",
        "plots",
    ),
    *("wdir",),
}
#: What a stage may read that no stage writes and the template does not bring: data from the start.
GIVEN = {"data/raw/data.csv"}


def together(matrix: Matrix, *paths: str) -> Iterator[tuple[Project, tuple[bytes, ...]]]:
    """Each distinct set of contents of some files that a project has all of."""
    seen = set()
    for project in matrix.projects:
        if all(path in project.tree for path in paths):
            contents = tuple(project.tree[path] for path in paths)
            if contents not in seen:
                seen.add(contents)
                yield project, contents
    assert seen


def pipelines(project: Project) -> dict[str, dict[str, Any]]:
    """Every stage of a project, variables filled in."""
    stages: dict[str, dict[str, Any]] = {}
    for path, content in project.tree.items():
        if not re.fullmatch(r"pipelines/[a-z]+/dvc\.yaml", path):
            continue
        text = content.decode()
        for given in yaml.load(content, Loader=_Loader).get("vars", []):
            for name, value in given.items():
                text = text.replace(f"${{{name}}}", value)
        for name, stage in yaml.load(text, Loader=_Loader)["stages"].items():
            stages[f"{path}:{name}"] = stage
    return stages


def names(entries: list[Any]) -> list[str]:
    """The paths of outs, metrics and plots, with or without options."""
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def test_pipelines_fit_together(matrix: Matrix) -> None:
    """Every stage reads what another writes or the project brings, and no two write the same."""
    seen: set[tuple[object, ...]] = set()
    for project in matrix.projects:
        brought = frozenset(path for path in project.tree if path.startswith(("src/", "pipelines/")))
        key = (brought, *(c for p, c in project.tree.items() if p.endswith("dvc.yaml") or p == "params.yaml"))
        if key in seen:
            continue
        seen.add(key)
        stages = pipelines(project)
        written = [
            name
            for stage in stages.values()
            for part in ("outs", "metrics", "plots")
            for name in names(stage.get(part, []))
        ]
        assert len(set(written)) == len(written), project.label
        for name, stage in stages.items():
            where = f"{name} ({project.label})"
            assert set(stage) <= STAGE, where
            assert stage["wdir"] == "../..", where
            lacking = set(names(stage.get("deps", []))) - set(written) - set(project.tree) - GIVEN
            assert not lacking, f"{where} reads {lacking}"
            parameters(project, stage, where)
            for module in re.findall(r"-m (\S+)", stage["cmd"]):
                assert f"src/{module.replace('.', '/')}.py" in project.tree, f"{where} runs {module}"
    assert len(seen) > 10


def parameters(project: Project, stage: dict[str, Any], where: str) -> None:
    """Each parameter that a stage depends on is there."""
    for entry in stage.get("params", []):
        wanted = {"params.yaml": [entry]} if isinstance(entry, str) else entry
        for file, keys in wanted.items():
            for key in keys:
                found = yaml.load(project.tree[file], Loader=_Loader)
                for part in key.split("."):
                    assert part in found, f"{where}: {file} has no {key}"
                    found = found[part]


def expressions(node: Any) -> Iterator[str]:
    """Every PromQL expression in rules or a dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr":
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for item in node:
            yield from expressions(item)


def test_queries_parse_and_draw_what_is_recorded(matrix: Matrix) -> None:
    for project, (rules, dashboard) in together(matrix, "monitoring/alerts.yml", "monitoring/dashboard.json"):
        loaded = yaml.load(rules, Loader=_Loader)
        recorded = {
            rule["record"] for group in loaded["groups"] for rule in group["rules"] if "record" in rule
        }
        for query in (*expressions(loaded), *expressions(json.loads(dashboard))):
            promql_parser.parse(query)
            signals = set(re.findall(r"\b[a-z_]+:[a-z_0-9:]+\b", query))
            assert signals <= recorded, f"{query} ({project.label})"


def test_alerts_hold_their_tests(tmp_path: Path, matrix: Matrix) -> None:
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool (Debian's package prometheus) is missing")
    paths = ("monitoring/alerts.yml", "monitoring/alerts_test.yml")
    for number, (_, contents) in enumerate(together(matrix, *paths)):
        home = tmp_path / str(number)
        for path, content in zip(paths, contents, strict=True):
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        run(promtool, "check", "rules", paths[0], cwd=home)
        run(promtool, "test", "rules", paths[1], cwd=home)


def test_runbook_links_of_alerts_lead_to_a_heading(matrix: Matrix) -> None:
    for project, (rules, runbook) in together(matrix, "monitoring/alerts.yml", "docs/runbook.md"):
        headings = {
            line.strip("# ").lower() for line in runbook.decode().splitlines() if line.startswith("#")
        }
        for group in yaml.load(rules, Loader=_Loader)["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    file, _, anchor = rule["annotations"]["runbook"].partition("#")
                    assert file == "docs/runbook.md", project.label
                    assert anchor in headings, f"{rule['alert']} ({project.label})"


def test_compose_files_hold_together(tmp_path: Path, matrix: Matrix) -> None:
    docker = shutil.which("docker")
    if not docker or attempt(docker, "compose", "version").returncode:
        pytest.skip("Docker Compose is missing")
    for number, (project, _) in enumerate(together(matrix, "deploy/compose.yaml")):
        home = tmp_path / str(number)
        for path, content in project.tree.items():
            if path.startswith(("deploy/", "monitoring/")):
                (home / path).parent.mkdir(parents=True, exist_ok=True)
                (home / path).write_bytes(content)
        run(docker, "compose", "--file", "deploy/compose.yaml", "config", "--quiet", cwd=home)


def test_the_same_words_of_python_are_there(matrix: Matrix) -> None:
    """What justfiles run with `python -m` is part of the project."""
    for project in matrix.projects[:: len(matrix.projects) // 200]:
        for path, content in project.tree.items():
            if path.endswith((".just", "justfile")):
                for module in re.findall(r"\{\{ python \}\}\.([\w.]+)", content.decode()):
                    place = f"src/{project.context['package']}/{module.replace('.', '/')}"
                    known = {f"{place}.py", f"{place}/__main__.py"} & project.paths
                    assert known, f"{path} runs {module} ({project.label})"
