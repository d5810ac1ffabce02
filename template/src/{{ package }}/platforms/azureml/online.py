"""Online endpoints, on the service: what `rollout.py` decides is done here, by azure-ai-ml."""

from pathlib import Path
from typing import Any

from .. import FailedError, settings
from . import assets, invoke, models, rollout, session
from .endpoint import Release, State, settled, through
from .session import CloudError

ENDPOINT, DEPLOYMENT = Path("infra/azureml/endpoint.yml"), Path("infra/azureml/deployment.yml")
LINES = 20  # of the log of a deployment that does not start


def plain(state: Any) -> str:
    """A state as text; the SDK gives some as text, and some as an enumeration of it."""
    return str(getattr(state, "value", state))


class Online:
    """The endpoint of an environment."""

    def __init__(self, environment: str, release: Release | None = None) -> None:
        """Nothing is asked yet.

        Args:
            environment: of infra/azureml/settings.yaml.
            release: whose example rows it is tried with; by default, what answers there.
        """
        self.known, self.place = settings.load(), settings.environment(environment)
        self.environment, self.release = environment, release
        self.name = str(self.place["endpoint"])

    @property
    def tags(self) -> dict[str, str]:
        """What marks whatever is made: it is found, and its cost is summed, by these."""
        return assets.tags() | {"environment": self.environment}

    def entity(self) -> Any:
        """The endpoint as the SDK has it; None where there is none."""
        try:
            with session.explained(f"looking up the endpoint {self.name}"):
                return session.client().online_endpoints.get(self.name)
        except CloudError as error:
            if error.missing:
                return None
            raise

    def read(self) -> State | None:
        """Ask the service; None where there is no such endpoint."""
        found = self.entity()
        if found is None:
            return None
        with session.explained(f"looking up the deployments of {self.name}"):
            each = list(session.client().online_deployments.list(self.name))
        states = {str(one.name): plain(one.provisioning_state) for one in each}
        traffic = {str(name): int(share) for name, share in (found.traffic or {}).items() if share}
        return State(plain(found.provisioning_state), traffic, states, dict(found.tags or {}))

    def make(self) -> None:
        """Create the endpoint, without a deployment."""
        from azure.ai.ml import load_online_endpoint
        from azure.ai.ml.entities import IdentityConfiguration, ManagedIdentityConfiguration

        made = load_online_endpoint(ENDPOINT)
        made.name, made.tags = self.name, {**(made.tags or {}), **self.tags}
        if identity := self.known["endpoint_identity"]:
            one = ManagedIdentityConfiguration(resource_id=identity)
            made.identity = IdentityConfiguration(
                type="user_assigned", user_assigned_identities=[one]
            )
        with session.explained(f"creating the endpoint {self.name}"):
            session.client().online_endpoints.begin_create_or_update(made).result()

    def add(self, deployment: str, release: Release) -> None:
        """Create a deployment, and wait until it is ready; else its log says why not."""
        made = self.deployment(deployment, release)
        try:
            with session.explained(f"starting {deployment} on {self.name}"):
                session.client().online_deployments.begin_create_or_update(made).result()
        except CloudError as error:
            if error.lost:
                raise
            raise FailedError(f"{error}\n{self.log(deployment)}") from error

    def deployment(self, name: str, release: Release) -> Any:
        """The deployment of infra/azureml, with what is known only now."""
        from azure.ai.ml import load_online_deployment

        version = release.model.rpartition(":")[2]
        made = load_online_deployment(DEPLOYMENT)
        made.name, made.endpoint_name, made.model = name, self.name, f"azureml:{release.model}"
        made.environment.image = release.image
        made.environment_variables |= {"ENVIRONMENT": self.environment, "MODEL_VERSION": version}
        made.instance_type = self.place["instance_type"]
        made.instance_count = self.place["instance_count"]
        made.tags = {**(made.tags or {}), **self.tags, "model": release.model}
        return made

    def log(self, deployment: str) -> str:
        """The end of what a deployment wrote, or why it cannot be had."""
        try:
            with session.explained(f"reading the log of {deployment}"):
                told = session.client().online_deployments.get_logs(deployment, self.name, LINES)
        except CloudError as error:
            return f"Its log cannot be read: {error}"
        return "Its log ends:\n" + "\n".join(f"    {line}" for line in told.splitlines()[-LINES:])

    def ask(self, deployment: str) -> None:
        """Have the model's example rows predicted; by the traffic, where none is named."""
        found = self.entity()
        if found is None:
            raise FailedError(f"there is no endpoint {self.name}. Next: `just deploy`")
        example = models.meta(self.answering(found.tags or {}))["example"]
        invoke.ask(str(found.scoring_uri), example, deployment)

    def answering(self, tags: dict[str, str]) -> str:
        """The model whose example rows are asked: NAME:VERSION."""
        model = self.release.model if self.release else tags.get("model", "")
        if not model:
            raise FailedError(
                f"{self.name} was not deployed by this project: no tag names its model"
            )
        return model

    def route(self, deployment: str, tags: dict[str, str]) -> None:
        """Give a deployment all traffic, or nobody; note the tags on the endpoint."""
        found = self.entity()
        if found is None:
            raise FailedError(f"there is no endpoint {self.name}")
        found.traffic = {deployment: 100} if deployment else {}
        found.tags = {**self.tags, **tags}
        with session.explained(f"moving the traffic of {self.name} to {deployment or 'nobody'}"):
            session.client().online_endpoints.begin_create_or_update(found).result()

    def drop(self, deployment: str) -> None:
        """Delete a deployment that has no traffic; one that is gone already is none."""
        try:
            with session.explained(f"deleting {deployment} of {self.name}"):
                session.client().online_deployments.begin_delete(deployment, self.name).result()
        except CloudError as error:
            if not error.missing:
                raise

    def end(self) -> None:
        """Delete the endpoint with all that it has; one that is gone already is none."""
        try:
            with session.explained(f"deleting the endpoint {self.name}"):
                session.client().online_endpoints.begin_delete(self.name).result()
        except CloudError as error:
            if not error.missing:
                raise


def deploy(environment: str, release: Release) -> str:
    """Put a release to work on the endpoint of an environment; says which deployment answers."""
    endpoint = Online(environment, release)
    deployment = rollout.deploy(endpoint, release)
    return f"{endpoint.name}: {deployment} answers with {release.model}, and has all the traffic"


def before(environment: str) -> Release | None:
    """The release that answered before the one that does now; None where none did."""
    return rollout.before(settled(Online(environment)))


def stop(environment: str) -> str:
    """Delete the endpoint of an environment, and see that it is gone."""
    endpoint = Online(environment)
    if settled(endpoint) is None:
        return f"{endpoint.name}: there is none, so nothing is billed"
    ended(endpoint)
    return f"{endpoint.name} is deleted, and bills nothing any more"


def ended(endpoint: Online) -> None:
    """Delete an endpoint, and see that the service did.

    Raises:
        FailedError: it is still there, and billed.
    """
    through(endpoint, endpoint.end, lambda state: state is None)
    if settled(endpoint) is not None:
        words = f"`az ml online-endpoint delete --name {endpoint.name} --yes`"
        raise FailedError(f"{endpoint.name} is still there, and is billed. Next: {words}")


def score(environment: str, path: Path) -> list[invoke.Row]:
    """Have the endpoint of an environment predict the rows of a file."""
    endpoint = Online(environment)
    found = endpoint.entity()
    if found is None:
        raise FailedError(
            f"there is no endpoint {endpoint.name}. Next: `just deploy {environment}`"
        )
    inputs = models.meta(endpoint.answering(found.tags or {}))["inputs"]
    uri, told = str(found.scoring_uri), []
    for piece in invoke.pieces(path, inputs):
        told += invoke.ask(uri, piece)
    return told
