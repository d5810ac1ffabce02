"""Direct requirements, as people declare them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mlascent.facts.dependencies.model import Dependency, normal, requirement
from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, toml_file, yaml_file

_REQUIREMENTS = re.compile(r"(?:^|/)(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)\Z")
_ENVIRONMENTS = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")


@dataclass
class Declared:
    """What the manifests say."""

    declared: list[Dependency] = field(default_factory=list)
    python: str = ""
    python_from: str = ""

    def says(self, specifier: Any, path: str) -> None:
        """The first file that names a version of Python wins."""
        if isinstance(specifier, str) and specifier and not self.python:
            self.python, self.python_from = specifier, path


def read(files: Files) -> Declared:
    """Read every manifest."""
    found = Declared()
    for path in _near(files.named("pyproject.toml")):
        _pyproject(toml_file(files, path), path, found)
    for path in files.named("Pipfile"):
        doc = toml_file(files, path)
        for table, group in (("packages", ""), ("dev-packages", "dev")):
            found.declared += _mapping(doc, path, group, table)
        found.says(doc.get("requires", "python_version"), path)
    for path in files.named("setup.cfg"):
        _setup_cfg(files.text(path), path, found)
    for path in files.named("setup.py"):
        rows = files.parsed(path, "setup.py/1", _setup_py) or {"rows": [], "python": ""}
        found.declared += [
            Dependency(name, said, group, path, line) for name, said, group, line in rows["rows"]
        ]
        found.says(rows["python"], path)
    for path in (path for path in files.ending(".txt", ".in") if _REQUIREMENTS.search(path)):
        found.declared += _requirements(files.text(path), path)
    for path in files.named(*_ENVIRONMENTS):
        _conda(yaml_file(files, path), path, found)
    if ".python-version" in files:
        found.says(files.text(".python-version").strip()[:40], ".python-version")
    return found


def _near(paths: list[str]) -> list[str]:
    return sorted(paths, key=lambda path: (path.count("/"), path))


def _texts(doc: Doc, path: str, group: str, *place: str | int) -> Iterator[Dependency]:
    """Requirements in a list of texts."""
    for at, text in enumerate(doc.items(*place)):
        parts = requirement(text) if isinstance(text, str) else None
        if parts:
            yield Dependency(*parts, group, path, doc.line(*place, at))


def _mapping(doc: Doc, path: str, group: str, *place: str) -> Iterator[Dependency]:
    """Requirements in a table: name → version, or a table with it."""
    for name, given in doc.table(*place).items():
        version = (
            given.get("version") or given.get("git") or given.get("path")
            if isinstance(given, dict)
            else given
        )
        text = re.sub(r"\s+", "", version) if isinstance(version, str) and version != "*" else ""
        if text[:1].isdigit():
            text = f"=={text}" if place[0] == "packages" else f"^{text}" if "poetry" in place else text
        if normal(name) != "python":
            yield Dependency(normal(name), text, group, path, doc.line(*place, name))


def _pyproject(doc: Doc, path: str, found: Declared) -> None:
    found.says(doc.get("project", "requires-python"), path)
    found.says(doc.get("tool", "poetry", "dependencies", "python"), path)
    found.declared += _texts(doc, path, "", "project", "dependencies")
    for group in doc.table("project", "optional-dependencies"):
        found.declared += _texts(doc, path, group, "project", "optional-dependencies", group)
    for group in doc.table("dependency-groups"):
        found.declared += _texts(doc, path, group, "dependency-groups", group)
    found.declared += _texts(doc, path, "dev", "tool", "uv", "dev-dependencies")
    for group in doc.table("tool", "pdm", "dev-dependencies"):
        found.declared += _texts(doc, path, group, "tool", "pdm", "dev-dependencies", group)
    found.declared += _mapping(doc, path, "", "tool", "poetry", "dependencies")
    found.declared += _mapping(doc, path, "dev", "tool", "poetry", "dev-dependencies")
    for group in doc.table("tool", "poetry", "group"):
        found.declared += _mapping(doc, path, group, "tool", "poetry", "group", group, "dependencies")
    found.declared += _mapping(doc, path, "", "tool", "pixi", "dependencies")
    found.declared += _mapping(doc, path, "", "tool", "pixi", "pypi-dependencies")
    for name in doc.table("tool", "hatch", "envs"):
        found.declared += _texts(doc, path, name, "tool", "hatch", "envs", name, "dependencies")


def _requirements(text: str, path: str) -> Iterator[Dependency]:
    name = path.rpartition("/")[2]
    group = re.sub(r"requirements|\.(?:txt|in)$|^[-_.]+|[-_.]+$", "", name).strip("-_.")
    held = ""
    for number, row in enumerate(text.splitlines(), 1):
        held += row
        if held.endswith("\\"):
            held = held[:-1]
            continue
        line = re.split(r"\s--hash", re.sub(r"(?:^|\s)#.*", "", held))[0].strip()
        held = ""
        if line and not line.startswith("-") and (parts := requirement(line)):
            yield Dependency(*parts, group, path, number)


def _conda(doc: Doc, path: str, found: Declared) -> None:
    for at, item in enumerate(doc.items("dependencies")):
        line = doc.line("dependencies", at)
        if isinstance(item, str):
            name, specifier = [*re.split(r"(?=[=<>!~\s])", item.rpartition("::")[2], maxsplit=1), ""][:2]
            specifier = re.sub(r"\s+", "", specifier)
            specifier = re.sub(r"^=([^=])", r"==\1", specifier).split("=py")[0]
            if normal(name) == "python":
                found.says(specifier, path)
            else:
                found.declared.append(Dependency(normal(name), specifier, "", path, line))
        elif isinstance(item, dict):
            found.declared += _texts(doc, path, "", "dependencies", at, "pip")


def _setup_cfg(text: str, path: str, found: Declared) -> None:
    section, key = "", ""
    for number, row in enumerate(text.splitlines(), 1):
        if row.startswith("["):
            section, key = row.strip("[] \t"), ""
            continue
        if row[:1] not in " \t" and "=" in row:
            key, _, value = (part.strip() for part in row.partition("="))
        else:
            value = row.strip()
        extra = section == "options.extras_require"
        if (section == "options" and key == "install_requires") or extra:
            if value and not value.startswith("#") and (parts := requirement(value)):
                found.declared.append(Dependency(*parts, key if extra else "", path, number))
        elif section == "options" and key == "python_requires":
            found.says(value, path)


def _setup_py(text: str) -> dict[str, Any]:
    """Literal requirements of `setup(…)`: rows of name, specifier, group, line."""
    rows: list[list[Any]] = []
    python = ""
    tree = ast.parse(text)
    names = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    def take(node: ast.expr, group: str) -> None:
        node = names.get(node.id, node) if isinstance(node, ast.Name) else node
        texts = node.elts if isinstance(node, ast.List | ast.Tuple) else []
        rows.extend(
            [*parts, group, item.lineno]
            for item in texts
            if isinstance(item, ast.Constant)
            and isinstance(item.value, str)
            and (parts := requirement(item.value))
        )

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func).rpartition(".")[2] == "setup":
            for word in call.keywords:
                if word.arg == "install_requires":
                    take(word.value, "")
                elif word.arg == "extras_require" and isinstance(word.value, ast.Dict):
                    for key, value in zip(word.value.keys, word.value.values, strict=True):
                        take(value, str(key.value) if isinstance(key, ast.Constant) else "")
                elif word.arg == "python_requires" and isinstance(word.value, ast.Constant):
                    python = str(word.value.value)
    return {"rows": rows, "python": python}
