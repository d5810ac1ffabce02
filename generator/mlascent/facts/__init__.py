"""What is in a repository: lazy, cached, read-only, and without judgement.

`Facts` is the one object that rules see. Each room of facts is a module with a function `read(files)`, and
is looked at when a rule first asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlascent.facts.files import Files

if TYPE_CHECKING:
    from mlascent.facts import (
        answers,
        ci,
        containers,
        dependencies,
        documents,
        dvc,
        hosting,
        kubernetes,
        platforms,
        prometheus,
        python,
        secrets,
        settings,
        tasks,
        tooling,
    )


@dataclass
class Facts:
    """A repository on a day.

    Attributes:
        files: Its files.
        as_of: The day on which it is looked at; nothing else tells the time.
        host: What the code host says of it, where a snapshot was given.
        memo: What rules have worked out of it together (`rules.entries.once`).
    """

    files: Files
    as_of: date
    host: dict[str, Any] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, root: Path, as_of: date) -> Facts:
        """The facts of a directory, without a cache."""
        return cls(Files(root), as_of)

    @cached_property
    def answers(self) -> answers.Answers:
        """What the answers file and `mlascent.yaml` say."""
        from mlascent.facts import answers

        return answers.read(self.files)

    @cached_property
    def python(self) -> python.Python:
        """Modules, imports, calls, and what is reachable from where."""
        from mlascent.facts import python

        return python.read(self.files)

    @cached_property
    def dependencies(self) -> dependencies.Dependencies:
        """What the project depends on, and what locks it."""
        from mlascent.facts import dependencies

        return dependencies.read(self.files)

    @cached_property
    def dvc(self) -> dvc.Dvc:
        """Stages of DVC pipelines, remotes and locks."""
        from mlascent.facts import dvc

        return dvc.read(self.files)

    @cached_property
    def tasks(self) -> tasks.Tasks:
        """Words of just, make, nox, tox, poe and scripts, and the commands behind them."""
        from mlascent.facts import tasks

        return tasks.read(self.files, self.dvc, self.python)

    @cached_property
    def ci(self) -> ci.Ci:
        """Workflows → jobs → steps → the commands that really run, through task runners."""
        from mlascent.facts import ci

        return ci.read(self.files, self.tasks)

    @cached_property
    def containers(self) -> containers.Containers:
        """Dockerfiles and Compose files."""
        from mlascent.facts import containers

        return containers.read(self.files)

    @cached_property
    def kubernetes(self) -> kubernetes.Kubernetes:
        """Kubernetes objects."""
        from mlascent.facts import kubernetes

        return kubernetes.read(self.files)

    @cached_property
    def platforms(self) -> platforms.Platforms:
        """SageMaker and Azure ML definitions, Terraform and Bicep."""
        from mlascent.facts import platforms

        return platforms.read(self.files, self.python)

    @cached_property
    def prometheus(self) -> prometheus.Prometheus:
        """Alert rules and dashboards."""
        from mlascent.facts import prometheus

        return prometheus.read(self.files)

    @cached_property
    def documents(self) -> documents.Documents:
        """Markdown documents by section, and what in them is still a placeholder."""
        from mlascent.facts import documents

        return documents.read(self.files)

    @cached_property
    def settings(self) -> settings.Settings:
        """Settings in YAML, JSON and TOML that no other room reads."""
        from mlascent.facts import settings

        return settings.read(self.files)

    @cached_property
    def hosting(self) -> hosting.Hosting:
        """Code owners, branch rules and update services."""
        from mlascent.facts import hosting

        return hosting.read(self.files, self.settings)

    @cached_property
    def secrets(self) -> tuple[secrets.Secret, ...]:
        """Text that looks like a secret."""
        from mlascent.facts import secrets

        return secrets.read(self.files)

    @cached_property
    def tooling(self) -> tooling.Tooling:
        """Commit hooks, ignore files, and sections of tools' settings."""
        from mlascent.facts import tooling

        return tooling.read(self.files)
