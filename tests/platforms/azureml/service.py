"""A service of endpoints that misbehaves, and every short story of how it may.

What is true stands in `Service`; what the caller is told may differ. A story is one choice a call, all
`fine` but a few; `stories` tells each of them once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

FINE = "fine"
#: What may go wrong at a call. `late` and `early`: the connection breaks after, and before, it took effect.
TROUBLE: dict[str, tuple[str, ...]] = {
    "read": ("refused", "early"),
    "make": ("refused", "early", "late"),
    "add": ("refused", "early", "late", "slow", "failed", "slow and failed", "nothing"),
    "ask": ("refused", "early", "sick"),
    "route": ("refused", "early", "late", "nothing", "half"),
    "drop": ("refused", "early", "late", "nothing", "slow"),
}
#: From this call on, each fails: the network is gone, or the role is taken away.
FOR_GOOD = ("gone", "forbidden")


@dataclass
class Deployment:
    model: str
    image: str
    well: bool = True
    state: str = "Succeeded"
    #: What it becomes, and after how many looks.
    becomes: str = ""
    looks: int = 0


@dataclass
class Service:
    """The truth, and an endpoint of it for `rollout`."""

    platform: Any
    exists: bool = True
    deployments: dict[str, Deployment] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    #: Whether what is added answers: always, never, or only until it has traffic.
    new: str = "well"
    story: tuple[str, ...] = ()
    offered: list[tuple[str, ...]] = field(default_factory=list)
    name: str = "demo-staging"
    gone: str = ""

    # -- what may go wrong --------------------------------------------------------------------------

    def told(self, call: str) -> str:
        """The story's choice at this call, after the failures that need no effect."""
        number = len(self.offered)
        self.offered.append(() if self.gone else (*TROUBLE[call], *FOR_GOOD))
        choice = self.story[number] if number < len(self.story) else FINE
        if choice in FOR_GOOD:
            self.gone = choice
        if self.gone:
            raise self.error(lost=self.gone == "gone")
        if choice == "refused":
            raise self.error(lost=False)
        if choice == "early":
            raise self.error(lost=True)
        return choice

    def error(self, lost: bool) -> Exception:
        told = "the connection broke. Next: again" if lost else "may not. Next: ask for the role"
        error: Exception = self.platform.CloudError(told, "Connection" if lost else "Forbidden", lost=lost)
        return error

    def after(self, choice: str) -> None:
        if choice in ("late", "slow", "slow and failed"):
            raise self.error(lost=True)

    # -- the endpoint -------------------------------------------------------------------------------

    def read(self) -> Any:
        self.told("read")
        if not self.exists:
            return None
        for name, each in list(self.deployments.items()):
            if each.becomes:
                each.looks -= 1
                if each.looks < 0 and each.becomes == "deleted":
                    del self.deployments[name]
                elif each.looks < 0:
                    each.state, each.becomes = each.becomes, ""
        states = {name: each.state for name, each in self.deployments.items()}
        return self.platform.State("Succeeded", dict(self.traffic), states, dict(self.tags))

    def make(self) -> None:
        choice = self.told("make")
        self.exists = True
        self.after(choice)

    def add(self, deployment: str, release: Any) -> None:
        choice = self.told("add")
        assert self.exists
        assert not self.traffic.get(deployment), "what has traffic must not be replaced"
        if choice == "nothing":
            return
        made = Deployment(release.model, release.image, well=self.new != "sick")
        if choice.startswith("slow"):
            made.state, made.looks = "Creating", 2
            made.becomes = "Failed" if "failed" in choice else "Succeeded"
        elif choice == "failed":
            made.state = "Failed"
        self.deployments[deployment] = made
        if choice == "failed":
            raise self.error(lost=False)
        self.after(choice)

    def ask(self, deployment: str) -> None:
        choice = self.told("ask")
        for name in [deployment] if deployment else [name for name, share in self.traffic.items() if share]:
            if choice == "sick":
                self.deployments[name].well = False
            if not self.well(name):
                raise self.error(lost=False)
        if not deployment and not any(self.traffic.values()):
            raise self.error(lost=False)

    def well(self, name: str) -> bool:
        found = self.deployments.get(name)
        sick = self.new == "sick with traffic" and bool(self.traffic.get(name)) and name != self.old
        return bool(found and found.well and found.state == "Succeeded" and not sick)

    @property
    def old(self) -> str:
        """The deployment that was there from the start."""
        return next((name for name, each in self.deployments.items() if each.model == "demo:1"), "")

    def route(self, deployment: str, tags: dict[str, str]) -> None:
        choice = self.told("route")
        if deployment and deployment not in self.deployments:
            raise self.error(lost=False)
        if choice == "nothing":
            return
        self.traffic = {deployment: 100} if deployment else {}
        if choice == "half":
            others = [name for name in self.deployments if name != deployment]
            self.traffic |= {deployment: 50, others[0]: 50} if others and deployment else {}
        self.tags = dict(tags)
        self.after(choice)

    def drop(self, deployment: str) -> None:
        choice = self.told("drop")
        assert not self.traffic.get(deployment), "Azure does not delete what has traffic"
        if choice == "nothing":
            return
        if choice == "slow" and deployment in self.deployments:
            found = self.deployments[deployment]
            found.state, found.becomes, found.looks = "Deleting", "deleted", 2
        else:
            self.deployments.pop(deployment, None)
        self.after(choice)


def stories(
    run: Callable[[tuple[str, ...]], list[tuple[str, ...]]], faults: int
) -> Iterator[tuple[str, ...]]:
    """Run every story with at most so many faults; each is told once, however long it becomes.

    Args:
        run: plays a story, and returns what else could have been chosen at each call.
        faults: in one story.
    """
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        story = waiting.pop()
        offered = run(story)
        yield story
        if sum(choice != FINE for choice in story) < faults:
            for number in range(len(story), len(offered)):
                waiting += [(*story, *[FINE] * (number - len(story)), choice) for choice in offered[number]]
