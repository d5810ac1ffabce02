"""`just teardown`: delete all that the words made and that is billed; tell what else there is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .. import FailedError, settings
from . import follow, session


@dataclass(frozen=True)
class Billed:
    """One thing that costs as long as it is there."""

    what: str
    end: Callable[[], None]
    by_hand: str


def teardown(words: list[str]) -> None:
    """List what the words made and is billed; with `--yes`, delete it. Then list what is left."""
    parser = argparse.ArgumentParser(prog="just teardown", description=teardown.__doc__)
    parser.add_argument("--yes", action="store_true", help="delete it")
    yes = parser.parse_args(words).yes
    project = settings.need("subscription", "resource_group", "workspace")["project"]
    found = billed(project)
    for each in found:
        print(each.what)
    if not found:
        print(f"nothing that the words made for {project} is billed")
    if found and not yes:
        print("Next: `just teardown --yes` deletes these")
    problems = end(found) if yes else []
    if yes and not problems:
        problems = [f"{each.what} is still there: {each.by_hand}" for each in billed(project)]
    left(project)
    if problems:
        raise FailedError("\n".join(["still billed:", *(f"  {each}" for each in problems)]))


def billed(project: str) -> list[Billed]:
    """What is tagged with the project and bills, or starts what bills: the latter first."""
    client = session.client()

    def ours(kind: str, things: Any) -> list[Any]:
        with session.explained(f"listing {kind}"):
            return [each for each in things if (each.tags or {}).get("project") == project]

    def wait(begin: Callable[[str], Any], name: str) -> Callable[[], None]:
        return lambda: begin(name).result()

    schedules = [
        Billed(
            f"schedule {each.name}: starts jobs",
            lambda name=each.name: paused(name),  # type: ignore[misc]
            f"`az ml schedule disable --name {each.name}`, then `az ml schedule delete`",
        )
        for each in ours("schedules", client.schedules.list())
    ]
    jobs = [
        Billed(
            f"job {each.name}: {follow.status(each)}",
            wait(client.jobs.begin_cancel, each.name),
            f"`az ml job cancel --name {each.name}`",
        )
        for each in ours("jobs", client.jobs.list(tag="project"))
        if follow.status(each) not in follow.ENDED
    ]
    endpoints = [
        Billed(
            f"endpoint {each.name}: its machines, by the hour",
            wait(client.online_endpoints.begin_delete, each.name),
            f"`az ml online-endpoint delete --name {each.name} --yes`",
        )
        for each in ours("endpoints", client.online_endpoints.list())
    ]
    return [*schedules, *jobs, *endpoints]


def paused(name: str) -> None:
    """Delete a schedule; Azure deletes none that is not disabled."""
    schedules = session.client().schedules
    schedules.begin_disable(name).result()
    schedules.begin_delete(name).result()


def end(found: list[Billed]) -> list[str]:
    """Delete each; one that cannot be deleted keeps no other one alive."""
    problems = []
    for each in found:
        try:
            with session.explained(f"deleting {each.what.split(':')[0]}"):
                each.end()
        except session.CloudError as error:
            if not error.missing:
                problems.append(f"{error}; {each.by_hand}")
                continue
        print(f"deleted: {each.what.split(':')[0]}", flush=True)
    return problems


def left(project: str) -> None:
    """List what still carries the project's tag, and what no tag reaches; with how to remove it."""
    known = settings.load()
    tagged = f"tagName eq 'project' and tagValue eq '{project}'"
    asked = urlencode({"api-version": "2021-04-01", "$filter": tagged})
    answer = session.call("GET", f"/subscriptions/{known['subscription']}/resources?{asked}")
    things = sorted(f"{each['type']} {each['name']}" for each in answer["value"])
    if things:
        print("left, made by infra/azureml; `just infra destroy` removes it:")
        print("\n".join(f"  {each}" for each in things))
    print("left, for cents a month; what they hold is the project's record:")
    print(f"  models, data and reports in the store of {known['workspace']}")
    if known["registry"]:
        host = known["registry"].split(".")[0]
        print(f"  images: `az acr repository delete --name {host} --repository {known['image']}`")
