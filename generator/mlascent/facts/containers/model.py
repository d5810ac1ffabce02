"""What Dockerfiles and Compose files say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Attributes:
        name: In capitals.
        value: With continuation lines joined and defaults of ARG and values of ENV put in; a heredoc's text
            stands below the first line.
        line: From 1.
        stage: Number of the build stage, from 0; -1 before the first FROM.
    """

    name: str
    value: str
    line: int
    stage: int


@dataclass(frozen=True, slots=True)
class Base:
    """A FROM.

    Attributes:
        image: Without tag and digest, defaults of ARG put in.
        tag: Empty without one.
        digest: `sha256:…`; empty without one.
        name: After AS.
        line: From 1.
        stage: Whether an earlier stage is meant.
    """

    image: str
    tag: str
    digest: str
    name: str
    line: int
    stage: bool


@dataclass(frozen=True)
class Dockerfile:
    """One Dockerfile.

    Attributes:
        path: Relative to the root.
        bases: One a build stage.
        instructions: In order.
        user: The last USER of the last stage; empty for root by default.
        command: ENTRYPOINT and CMD of the last stage as one argument list.
        ignored: Patterns of `<name>.dockerignore`, or of `.dockerignore`.
        ignore_path: That file; empty where there is none.
        shell: Whether `command` is a shell's text: its one item then.
    """

    path: str
    bases: tuple[Base, ...]
    instructions: tuple[Instruction, ...]
    user: str
    command: tuple[str, ...]
    ignored: tuple[str, ...]
    ignore_path: str
    shell: bool = False

    def of(self, *names: str) -> tuple[Instruction, ...]:
        """Instructions with one of these names."""
        return tuple(i for i in self.instructions if i.name in names)


@dataclass(frozen=True)
class Compose:
    """A Compose file.

    Attributes:
        path: Relative to the root.
        services: Service → its block, anchors and `extends` of the same file put in.
        lines: Service → the line of its key.
    """

    path: str
    services: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, int]


@dataclass(frozen=True)
class Containers:
    """All of them."""

    dockerfiles: tuple[Dockerfile, ...]
    compose: tuple[Compose, ...]
