"""What was selected for a repository: read from its answers, or from what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlascent.catalogue import Catalogue, selection
from mlascent.facts import Facts
from mlascent.facts.files import Problem

#: What `applies` of the catalogue speaks of. A value that it does not know is judged like any other.
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "platform": ("local", "sagemaker", "azureml"),
    "ci": ("github", "gitlab", "azure", "jenkins", "none"),
    "workload": ("online", "batch", "both"),
}
#: What answers requests, in a repository that does not say.
_SERVERS = (
    "fastapi",
    "flask",
    "bentoml",
    "litserve",
    "ray.serve",
    "mlserver",
    "seldon_core",
    "tornado",
    "aiohttp.web",
)
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
TIERS = ("experimental", "standard", "critical")


@dataclass(frozen=True)
class Profile:
    """What a repository was made for.

    Attributes:
        platform: `local`, `sagemaker` or `azureml`.
        ci: `github`, `gitlab`, `azure`, `jenkins`, `none`, or another system's name.
        workload: `online`, `batch` or `both`.
        chosen: Whether somebody answered these; else they were read from the repository.
        level: What it claims; nothing without answers.
        areas: Areas that it claims to stand higher in.
        version: The template version of its files.
        tier: As `mlascent.yaml` says; empty without one.
        taken: Capabilities that it has by its answers.
        left_out: Capabilities that it left out, or that went with one.
    """

    platform: str = "local"
    ci: str = "none"
    workload: str = "online"
    chosen: bool = False
    level: int | None = None
    areas: Mapping[str, int] = field(default_factory=dict)
    version: str = ""
    tier: str = ""
    taken: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()

    @property
    def edition(self) -> tuple[int, ...] | None:
        """The release of the catalogue that the project has seen; nothing where all rules are meant."""
        return release(self.version)

    def claims(self, area: str) -> int | None:
        """The level that it claims in an area."""
        return None if self.level is None else max(self.level, self.areas.get(area, 0))

    def applies(self, *conditions: Mapping[str, Any]) -> str:
        """What stands against it; empty where all the conditions of a capability and a rule allow it.

        Who answered `ci: none` chose to do without. A repository that has no CI and answered nothing did
        not: its rules apply.
        """
        for condition in conditions:
            for key, allowed in condition.items():
                value = getattr(self, key)
                excused = self.chosen or key != "ci"
                if value not in allowed and value in VOCABULARY[key] and excused:
                    return f"{key} {value}"
        return ""


def release(version: str) -> tuple[int, ...] | None:
    """The numbers of a release: `v0.1.0-3-g1a2b3c4` came after 0.1.0."""
    found = _RELEASE.match(version)
    return tuple(map(int, found.groups())) if found else None


def read(facts: Facts, book: Catalogue, known: tuple[str, str, str] | None = None) -> Profile:
    """The profile of a repository. Answers that make no sense are problems, and read as far as they do.

    Args:
        facts: The repository.
        book: The catalogue.
        known: Platform, CI and workload, where they were told from these files before.
    """
    given = facts.answers.given
    tier = facts.answers.manifest.get("tier")
    tier = tier if tier in TIERS else ""
    if not facts.answers.generated:
        platform, ci, workload = known or (
            _attempt(facts, _platform, "local"),
            _attempt(facts, _ci, "none"),
            _attempt(facts, _workload, "online"),
        )
        return Profile(platform, ci, workload, tier=tier)
    words = {key: str(given.get(key, default)) for key, default in _USUAL.items()}
    level = _level(given.get("level"))
    areas = given.get("areas")
    areas = {str(k): _level(v) for k, v in areas.items()} if isinstance(areas, Mapping) else {}
    with_, without = _ids(given.get("with")), _ids(given.get("without"))
    chosen = selection(level, areas, with_, without, **words, book=book)
    facts.files.problems.update(Problem(".copier-answers.yml", said) for said in chosen.problems)
    return Profile(
        **words,
        chosen=True,
        level=level,
        areas=areas,
        version=str(given.get("_commit") or ""),
        tier=tier,
        taken=chosen.ids | {i for i in with_ if i in book.ids},
        left_out=frozenset(c.id for c in chosen.left_out if c.reason in ("without", "requires")),
    )


_USUAL = {"platform": "local", "ci": "github", "workload": "online"}


def _level(value: Any) -> int:
    return min(max(value, 0), 4) if isinstance(value, int) and not isinstance(value, bool) else 0


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def _attempt(facts: Facts, look: Callable[[Facts], str], usual: str) -> str:
    """What a look at the facts gives; a room of facts that breaks is told, and does not end the run."""
    try:
        return look(facts)
    except Exception as error:
        facts.files.problems.add(Problem("", f"cannot be told: {type(error).__name__}: {error}"))
        return usual


def _ci(facts: Facts) -> str:
    systems = [w.system for w in facts.ci.workflows if w.rooted]
    known = [system for system in VOCABULARY["ci"] if system in systems]
    return next(iter([*known, *sorted(systems)]), "none")


def _platform(facts: Facts) -> str:
    found = facts.platforms
    kinds = [resource.type.lower() for resource in found.resources]
    if found.sagemaker or any("sagemaker" in kind for kind in kinds):
        return "sagemaker"
    if (
        found.assets
        or found.azureml
        or any("machinelearningservices" in kind.replace("_", "") for kind in kinds)
    ):
        return "azureml"
    return "local"


def _workload(facts: Facts) -> str:
    return "online" if facts.python.imported(_SERVERS) else "batch"
