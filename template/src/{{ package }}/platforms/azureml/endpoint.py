"""An online endpoint, as `rollout.py` sees it; `online.py` is the real one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .. import FailedError
from .session import CloudError

ATTEMPTS = 4  # at a step, where the connection breaks or Azure throttles
PAUSE, POLLS = 15.0, 120  # seconds between two looks, and looks: half an hour
BUSY = {"Creating", "Updating", "Scaling", "Deleting"}


@dataclass(frozen=True)
class Release:
    """What a deployment answers with."""

    model: str  # name:version, as registered
    image: str


@dataclass(frozen=True)
class State:
    """What the service says of an endpoint."""

    state: str = "Succeeded"
    traffic: dict[str, int] = field(default_factory=dict)  # deployment: percent
    deployments: dict[str, str] = field(default_factory=dict)  # name: provisioning state
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def live(self) -> list[str]:
        """The deployments that get traffic."""
        return [name for name, share in self.traffic.items() if share]


class Endpoint(Protocol):
    """One endpoint. A step that fails raises FailedError.

    Where CloudError.lost is set, nothing is wrong with the step, and it may even have been taken.
    """

    name: str

    def read(self) -> State | None:
        """Ask the service; None where there is no such endpoint."""

    def make(self) -> None:
        """Create the endpoint, without a deployment."""

    def add(self, deployment: str, release: Release) -> None:
        """Create a deployment, and wait until it is ready."""

    def ask(self, deployment: str) -> None:
        """Have the model's example rows predicted; by the traffic, where none is named."""

    def route(self, deployment: str, tags: dict[str, str]) -> None:
        """Give a deployment all traffic, or nobody; note the tags on the endpoint."""

    def drop(self, deployment: str) -> None:
        """Delete a deployment that has no traffic."""


def settled(endpoint: Endpoint) -> State | None:
    """Wait until the service is not at work on the endpoint, and say how it is."""
    for _ in range(POLLS):
        state: State | None = repeated(endpoint.read)
        if state is None or not BUSY & {state.state, *state.deployments.values()}:
            return state
        time.sleep(PAUSE)
    raise FailedError(
        f"{endpoint.name}: the service is still at work on it after {POLLS * PAUSE / 60:.0f} "
        "minutes. Next: look at it in the studio, and run the word again when it is done."
    )


def repeated(step: Callable[[], Any]) -> Any:
    """Take a step that changes nothing again where the connection breaks, or Azure throttles."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return step()
        except CloudError as error:
            if not error.lost or attempt == ATTEMPTS:
                raise
            time.sleep(2.0**attempt)


def through(
    endpoint: Endpoint, step: Callable[[], None], done: Callable[[State | None], bool]
) -> None:
    """Take a step; where the connection breaks, look whether the service took it, or repeat it."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return step()
        except CloudError as error:
            if not error.lost:
                raise
            if done(settled(endpoint)):
                return None
            if attempt == ATTEMPTS:
                raise
