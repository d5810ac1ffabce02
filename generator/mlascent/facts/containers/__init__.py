"""Dockerfiles, their ignore files, and Compose files."""

from __future__ import annotations

import re

from mlascent.facts.containers.compose import compose
from mlascent.facts.containers.dockerfile import dockerfile
from mlascent.facts.containers.model import Base, Compose, Containers, Dockerfile, Instruction
from mlascent.facts.files import Files

__all__ = ["Base", "Compose", "Containers", "Dockerfile", "Instruction", "read"]

_DOCKERFILE = re.compile(
    r"(?:^|/)(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.(?:[Dd]ockerfile|[Cc]ontainerfile))$"
)
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$")
_NO_DOCKERFILE = (".dockerignore", ".containerignore", ".md", ".py", ".txt")


def read(files: Files) -> Containers:
    """Read every Dockerfile (Containerfile) and Compose file."""
    dockerfiles = [
        dockerfile(files, path)
        for path in files.all
        if _DOCKERFILE.search(path) and not path.endswith(_NO_DOCKERFILE)
    ]
    composed = [compose(files, path) for path in files.ending(".yml", ".yaml") if _COMPOSE.search(path)]
    return Containers(
        tuple(found for found in dockerfiles if found), tuple(found for found in composed if found)
    )
