"""The projects of the fast tests: every combination of answers that could matter, rendered in process.

Files are kept once per distinct content, so that a validator sees each of them once, however many projects
share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, cycle, product
from typing import Any

from mlascent import place
from mlascent.catalogue import catalogue
from mlascent.history import Tree
from mlascent.render import Renderer
from mlascent.source import Template, current

LEVELS = (0, 1, 2)
CIS = ("github", "gitlab", "azure", "jenkins", "none")
WORKLOADS = ("online", "batch", "both")
#: What a platform changes hangs on its files, never on task, estimator or language: they take turns.
PLATFORMS = ("sagemaker", "azureml")
#: Facts of a project; with levels, CI systems and workloads, all combinations are rendered: 540.
FACTS: Mapping[str, tuple[str, ...]] = {
    "task": ("classification", "regression"),
    "estimator": ("scikit-learn", "xgboost", "lightgbm"),
    "language": ("en", "pt"),
}
#: The licence touches LICENSE, README.md and pyproject.toml alone: the combinations take turns.
LICENCES = ("Proprietary", "Apache-2.0", "MIT", "BSD-3-Clause", "Proprietary")
#: Means something in Jinja, Markdown, YAML, TOML, JSON, Python, HTML, shells or CI expressions.
HOSTILE = (
    """"It's" {{ x }} {% y %} ${{ z }} $(id) `id` <b>&amp; # a: b | > - [c](d) """
    """\\ \\n %s *e* _f_ --> ]]> ''' ção"""
)
LONG = "a_package_with_a_name_of_forty_letters_x"

#: What is tried alone, at every level and with every CI system.
EDGES: tuple[Mapping[str, Any], ...] = (
    {"project_name": HOSTILE[:80].strip(), "description": HOSTILE * 2, "author": HOSTILE[:100].strip()},
    {
        "organisation": HOSTILE[:100].strip(),
        "email": "ana.souza@example.com",
        "author": "Ana Souza",
        "language": "pt",
    },
    {"package": LONG},
    {"project_name": "2 Ações"},
    {"python_version": "3.12"},
    {"python_version": "3.13", "default_branch": "release/1.x"},
    {"tracking": "https://mlflow.example.com", "dvc_remote": "s3://bucket/data"},
    {"tracking": "databricks", "dvc_remote": "azure://container/data"},
    {"dvc_remote": "gs://bucket/data"},
    {"dvc_remote": "ssh://ana@host/srv/dvc"},
    {"dvc_remote": "../shared data"},
    {"subdirectory": "services/churn", "workload": "both"},
    {
        "site": {
            "index_url": "https://packages.example.com/simple",
            "ca_bundle": "/etc/ssl/certs/ca-certificates.crt",
            "proxy": "http://proxy.example.com:3128",
            "no_proxy": "localhost,.example.com",
            "image_prefix": "images.example.com/hub",
        }
    },
)
#: One content at one path: the first project that has it tells where it came from.
Distinct = dict[str, dict[bytes, str]]


@dataclass(frozen=True, slots=True)
class File:
    """One distinct content of one path.

    Attributes:
        path: Where projects have it.
        content: The bytes.
        label: The answers of a project that has it.
    """

    path: str
    content: bytes
    label: str

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.path} ({self.label})"


@dataclass(frozen=True, slots=True)
class Project:
    """One rendered project.

    Attributes:
        label: Its answers, in one line.
        context: Every variable that the template saw.
        tree: Its files, as below its repository's root.
        modes: Their git modes.
    """

    label: str
    context: Mapping[str, Any]
    tree: Mapping[str, bytes]
    modes: frozenset[str]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.tree)


@dataclass(slots=True)
class Matrix:
    """All projects, and what is distinct in them."""

    projects: list[Project] = field(default_factory=list)
    distinct: Distinct = field(default_factory=dict)

    def files(self, wanted: Callable[[str], bool]) -> list[File]:
        """Each distinct content of the paths that are wanted."""
        return [
            File(path, content, label)
            for path, contents in sorted(self.distinct.items())
            if wanted(path)
            for content, label in contents.items()
        ]

    def add(self, project: Project) -> None:
        self.projects.append(project)
        for path, content in project.tree.items():
            self.distinct.setdefault(path, {}).setdefault(content, project.label)


class Workshop:
    """Renders projects from this checkout's template."""

    def __init__(self, template: Template | None = None) -> None:
        self.template = template or current()
        self._renderer = Renderer(self.template)
        self._pool: dict[bytes, bytes] = {}

    def project(self, given: Mapping[str, Any]) -> Project:
        """The project that these answers give, its workflows where GitHub reads them."""
        answers, context = self._renderer.answer(given)
        tree = self._renderer.tree(answers, context)
        if answers["subdirectory"]:
            tree = lifted(tree, context)
        label = " ".join(f"{name}={value}" for name, value in given.items()) or "defaults"
        contents = {
            path: self._pool.setdefault(content, content) for path, (_, content) in sorted(tree.items())
        }
        return Project(label, context, contents, frozenset(mode for mode, _ in tree.values()))


def lifted(tree: Tree, context: Mapping[str, Any]) -> Tree:
    """A project in a subdirectory: what stays there keeps its paths, the workflows are those of the root."""
    stays, at_root = place.lift(tree, context["slug"])
    return stays | at_root


def build(workshop: Workshop) -> Matrix:
    """Render everything."""
    matrix = Matrix()
    for given in (*everyday(), *platforms(), *edges(), *selections()):
        matrix.add(workshop.project(given))
    return matrix


def everyday() -> Iterator[dict[str, Any]]:
    """All combinations of the answers that most projects give."""
    names = ("workload", *FACTS)
    for values, licence in zip(product(WORKLOADS, *FACTS.values()), cycle(LICENCES), strict=False):
        for level, ci in product(LEVELS, CIS):
            yield {"level": level, "ci": ci, **dict(zip(names, values, strict=True)), "licence": licence}


def platforms() -> Iterator[dict[str, Any]]:
    """Every level, CI system and workload on each platform; on each, what leaves it out or goes ahead."""
    facts = cycle(product(*FACTS.values()))
    for platform, level, ci, workload in product(PLATFORMS, LEVELS, CIS, WORKLOADS):
        told = dict(zip(FACTS, next(facts), strict=True))
        yield {"platform": platform, "level": level, "ci": ci, "workload": workload, **told}
    for platform, ci in product(PLATFORMS, CIS):
        given = {"platform": platform, "ci": ci, "workload": "both"}
        yield given | {"level": 2, "without": ["managed-platform"]}
        yield given | {"level": 0, "with": ["managed-platform"]}
        yield given | {"level": 1, "areas": {"deployment": 2}}
        yield given | {"level": 2, "subdirectory": "services/churn"}
        yield given | {
            "level": 2,
            "dvc_remote": "azure://data/dvc" if platform == "azureml" else "s3://data/dvc",
        }
    for platform, i in product(PLATFORMS, optional()):
        yield {"platform": platform, "level": 2, "ci": "github", "workload": "both", "without": [i]}


def edges() -> Iterator[dict[str, Any]]:
    """Rarer answers, each alone; areas that stand higher than the level."""
    for level, ci, edge in product(LEVELS, CIS, EDGES):
        yield {"level": level, "ci": ci, **edge}
    for area, ci in product(catalogue().areas, CIS):
        yield from (
            {"level": level, "ci": ci, "areas": {area.id: higher}}
            for level, higher in combinations(LEVELS, 2)
        )


def selections() -> Iterator[dict[str, Any]]:
    """Each capability taken or left alone at every level; all pairs, taken at level 0, left at level 2."""
    ids = optional()
    cis = cycle(CIS)
    workloads = cycle(WORKLOADS)
    for level, ci in product(LEVELS, CIS):
        for i in ids:
            yield {"level": level, "ci": ci, "without": [i]}
            if applies(i, ci=ci):
                yield {"level": level, "ci": ci, "workload": "both", "with": [i]}
    for pair in combinations(ids, 2):
        yield {"level": 0, "ci": "github", "workload": "both", "with": list(pair)}
        yield {"level": 2, "ci": next(cis), "workload": next(workloads), "without": list(pair)}


def optional() -> list[str]:
    """The capabilities that can be taken or left."""
    return [c.id for c in catalogue().capabilities if c.status["local"] == "available" and not c.core]


def applies(capability: str, **facts: str) -> bool:
    """Whether a capability can be had with these answers."""
    limits = catalogue().capability(capability).applies
    return all(value in limits.get(fact, (value,)) for fact, value in facts.items())


def owners() -> dict[str, str]:
    """Path, as the catalogue writes it → the capability that brings it."""
    return {path.path: c.id for c in catalogue().capabilities for path in c.paths}


def generic(path: str, project: Project) -> str:
    """A project's path as the catalogue writes it."""
    path = re.sub(rf"^(\.github/workflows/mlascent-){re.escape(project.context['slug'])}-", r"\1", path)
    return re.sub(rf"^src/{project.context['package']}/", "src/{{ package }}/", path)
