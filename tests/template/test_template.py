"""What holds of the template's own files."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from mlascent.catalogue import catalogue
from mlascent.catalogue.template_files import targets

from .matrix import Matrix, generic, owners

TEMPLATE = Path(__file__).resolve().parents[2] / "template"
#: What a condition in a template file may name besides `has` and `depth`: facts of the project.
FACTS = {
    *(
        "author",
        "ci",
        "default_branch",
        "description",
        "dvc_extra",
        "dvc_remote",
        "email",
        "estimator",
        "language",
    ),
    *(
        "licence",
        "organisation",
        "package",
        "platform_ci",
        "platform_overrides",
        "platform_requirements",
        "platform_scripts",
        "data_signed",
    ),
    *("project_name", "python_version", "site", "site_env", "slug"),
    *("subdirectory", "task", "tracking", "data_secrets", "tracking_secrets", "workload"),
}


def test_every_template_file_has_one_capability_and_reaches_some_project(matrix: Matrix) -> None:
    assert set(targets(TEMPLATE)) == set(owners())
    reached = {generic(path, project) for project in matrix.projects for path in project.tree}
    assert reached == set(owners())


def conditions(tree: nodes.Template) -> Iterator[nodes.Node]:
    for node in tree.find_all((nodes.If, nodes.CondExpr, nodes.For)):
        if isinstance(node, nodes.For):
            yield from (part for part in (node.iter, node.test) if part is not None)
        elif isinstance(node, nodes.If | nodes.CondExpr):
            yield node.test


@pytest.mark.parametrize("path", sorted(TEMPLATE.rglob("*.jinja")), ids=lambda path: path.name)
def test_conditions_name_capabilities_and_facts_only(path: Path) -> None:
    """Never the level or the platform: what they decide stands in the catalogue alone."""
    tree = Environment().parse(path.read_text())
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    keys = {c.key for c in catalogue().capabilities if "available" in c.status.values()}
    for condition in conditions(tree):
        found = [condition] if isinstance(condition, nodes.Name) else []
        names = {node.name for node in (*condition.find_all(nodes.Name), *found)} - own
        assert names <= FACTS | {"has", "depth", "loop"}, f"{path.name}: {names - FACTS}"
    for item in tree.find_all(nodes.Getitem):
        assert not (isinstance(item.node, nodes.Name) and item.node.name in ("has", "depth")), path.name
    for part in tree.find_all(nodes.Getattr):
        if isinstance(part.node, nodes.Name) and part.node.name in ("has", "depth"):
            assert part.attr in keys, f"{path.name}: there is no available capability {part.attr}"


def test_names_travel() -> None:
    """To Windows, to macOS and through Copier's patterns."""
    for path in TEMPLATE.rglob("*"):
        name = path.relative_to(TEMPLATE).as_posix()
        assert name.isascii(), name
        assert not re.search(r"[\"'`<>:|?*\\]|[ .]$", name.replace("{{ package }}", "package")), name
        assert path.is_dir() or not path.is_symlink(), name
        assert path.is_dir() or not path.stat().st_mode & stat.S_IXUSR, name
    lower = [path.relative_to(TEMPLATE).as_posix().lower() for path in TEMPLATE.rglob("*")]
    assert len(set(lower)) == len(lower)


def test_only_files_that_vary_are_rendered() -> None:
    for path in TEMPLATE.rglob("*.jinja"):
        assert re.search(r"\{[{%#]", path.read_text()), path.name
