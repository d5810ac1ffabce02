"""Blue and green: a new deployment beside the old one is tried, then given the traffic.

Whatever fails on the way, the traffic ends on a deployment that answers, or the message says which
one does not. The order of the steps stands here; `online.py` takes each of them on the service.
"""

import sys
import time

from .. import FailedError
from .endpoint import ATTEMPTS, Endpoint, Release, State, repeated, settled, through

COLOURS = ("blue", "green")
TRIES = 3  # answers that a deployment must give in a row


def deploy(endpoint: Endpoint, release: Release) -> str:
    """Put a release to work; what answered before does so until the new one has.

    Returns:
        The deployment that answers now.

    Raises:
        FailedError: it does not work; the message says where the traffic is, and what is left.
    """
    state = found(endpoint)
    if len(state.live) > 1:
        shares = ", ".join(f"{name} {share} %" for name, share in state.traffic.items())
        raise FailedError(
            f"{endpoint.name}: the traffic is split ({shares}), so somebody moves it by hand. "
            "Next: give one deployment all of it, then run the word again."
        )
    old = state.live[0] if state.live else ""
    new = next(colour for colour in COLOURS if colour != old)
    try:
        if new in state.deployments:  # left by a deployment that was interrupted
            remove(endpoint, new)
        begin(endpoint, new, release)
        answers(endpoint, new)
        give(endpoint, new, noted(state.tags, release))
        answers(endpoint, "")
    except BaseException as error:  # an impatient person's too: nothing half-moved stays
        told = take_back(endpoint, new, old, state.tags, error)
        if isinstance(error, FailedError):
            raise FailedError(told) from error
        print(told, file=sys.stderr)
        raise
    if old:
        try:
            remove(endpoint, old)
        except FailedError as error:
            raise FailedError(
                f"{endpoint.name}: {new} answers with all the traffic, but {old} could not be "
                f"deleted, and is billed: {error}\nNext: {deletion(endpoint, old)}."
            ) from error
    return new


def found(endpoint: Endpoint) -> State:
    """How the endpoint is before anything is done; it is created where it does not exist."""
    try:
        state = settled(endpoint)
    except FailedError as error:
        raise FailedError(f"{error}\nNothing was changed: the traffic is where it was.") from error
    if state is None:
        try:
            through(endpoint, endpoint.make, lambda now: now is not None)
        except FailedError as error:
            raise FailedError(f"{error}\nNo deployment was made: nothing is billed.") from error
    return state or State()


def noted(tags: dict[str, str], release: Release) -> dict[str, str]:
    """The endpoint's tags with a release, and with the one before it: the way back."""
    now = {"model": release.model, "image": release.image}
    if not tags.get("model") or all(tags.get(key) == value for key, value in now.items()):
        return tags | now
    return tags | now | {f"before_{key}": tags.get(key, "") for key in now}


def before(state: State | None) -> Release | None:
    """The release that answered before the one that does now; None where none did."""
    tags = state.tags if state else {}
    model = tags.get("before_model", "")
    return Release(model, tags.get("before_image", "")) if model else None


def begin(endpoint: Endpoint, new: str, release: Release) -> None:
    """Create a deployment, and see that the service calls it ready."""

    def done(state: State | None) -> bool:
        ended = state.deployments.get(new, "") if state else ""
        if ended and ended != "Succeeded":
            raise FailedError(f"{endpoint.name}: {new} ended as {ended}.")
        return bool(ended)

    through(endpoint, lambda: endpoint.add(new, release), done)
    if not done(settled(endpoint)):
        raise FailedError(f"{endpoint.name}: the service took {new}, but does not have it.")


def answers(endpoint: Endpoint, deployment: str) -> None:
    """See that a deployment, or the traffic, predicts the example rows each time."""
    for _ in range(TRIES):
        repeated(lambda: endpoint.ask(deployment))


def give(endpoint: Endpoint, deployment: str, tags: dict[str, str]) -> None:
    """Move all traffic, and see that the service did."""
    wanted = [deployment] if deployment else []

    def done(state: State | None) -> bool:
        return state is not None and state.live == wanted

    through(endpoint, lambda: endpoint.route(deployment, tags), done)
    if not done(settled(endpoint)):
        raise FailedError(f"{endpoint.name}: the traffic did not move to {deployment or 'nobody'}.")


def remove(endpoint: Endpoint, deployment: str) -> None:
    """Delete a deployment, and see that it is gone."""

    def done(state: State | None) -> bool:
        return state is None or deployment not in state.deployments

    through(endpoint, lambda: endpoint.drop(deployment), done)
    if not done(settled(endpoint)):
        raise FailedError(f"{endpoint.name}: {deployment} is still there.")


def take_back(
    endpoint: Endpoint, new: str, old: str, tags: dict[str, str], why: BaseException
) -> str:
    """Return the traffic, delete the new deployment, and tell how the endpoint stands then."""
    told = [f"{endpoint.name}: {new} was not put to work: {why or type(why).__name__}"]
    for attempt in range(1, ATTEMPTS + 1):  # whatever is in the way, for callers are waiting
        try:
            state = settled(endpoint)
            if state and new in state.live:
                give(endpoint, old, tags)
            if state and new in state.deployments:
                remove(endpoint, new)
            break
        except FailedError as error:
            if attempt == ATTEMPTS:
                told.append(f"Taking it back failed too: {error}")
            else:
                time.sleep(2.0**attempt)
    return "\n".join([*told, *standing(endpoint)])


def standing(endpoint: Endpoint) -> list[str]:
    """Say where the traffic is, whether it is answered, what is left over, and what to do."""
    try:
        state = repeated(endpoint.read)
    except FailedError as error:
        return [
            f"Where the traffic is could not be learned: {error}",
            f"Next: `az ml online-endpoint show --name {endpoint.name} --query traffic`.",
        ]
    if state is None:
        return ["The endpoint does not exist. Next: mend that, then run the word again."]
    told, live = [], " and ".join(state.live)
    others = sorted(set(state.deployments) - set(state.live))
    if not live:
        told.append("No deployment has traffic: the endpoint answers nobody.")
    else:
        try:
            repeated(lambda: endpoint.ask(""))
            told.append(f"The traffic is on {live}, which answers.")
        except FailedError as error:
            told.append(f"ATTENTION: the traffic is on {live}, which does not answer: {error}")
            told += [f"{other} is still there: {moving(endpoint, other)}." for other in others]
            return [*told, "Next: that, or mend what failed and run the word again."]
    told += [
        f"{left} has no traffic, and is billed: {deletion(endpoint, left)}." for left in others
    ]
    return [*told, "Next: mend what failed, then run the word again."]


def moving(endpoint: Endpoint, deployment: str) -> str:
    """The command that gives a deployment all traffic."""
    return f"`az ml online-endpoint update --name {endpoint.name} --traffic {deployment}=100`"


def deletion(endpoint: Endpoint, deployment: str) -> str:
    """The command that deletes a deployment."""
    words = f"az ml online-deployment delete --endpoint-name {endpoint.name} --name {deployment}"
    return f"`{words} --yes`"
