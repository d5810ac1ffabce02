"""Who asks Azure, and what is said when it refuses: one client, one translation of every error.

Nothing of the SDK is imported before it is needed: its import takes seconds, and the tests of the
project do without it. Throttling, faults of the service and lost connections are tried again by
the SDK itself, as long as `Retry-After` says or with growing pauses.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from .. import FailedError, settings

ARM = "https://management.azure.com"
SCOPE = f"{ARM}/.default"
# The roles by which a person or a CI job may do what the words do, as infra/azureml grants them.
ROLES = {
    "Microsoft.MachineLearningServices": "AzureML Data Scientist, on the workspace",
    "Microsoft.Storage": "Storage Blob Data Contributor, on the workspace's storage account",
    "Microsoft.ContainerRegistry": "AcrPush, on the container registry",
    "Microsoft.Insights": "Monitoring Reader, on the resource group",
}
for name in ("azure", "azure.ai.ml._utils._experimental"):  # what goes wrong, `explain` tells once
    logging.getLogger(name).setLevel(logging.CRITICAL)
DENIED = ("AuthorizationFailed", "AuthorizationPermissionMismatch", "AuthorizationFailure")
LOST = ("ServiceRequestError", "ServiceResponseError", "IncompleteReadError", "JSONDecodeError")
# What the SDK raises for its own faults, Azure's, and an answer that a proxy gave in Azure's place.
RAISED = {"AzureError", "ValidationError", "JSONDecodeError"}
LOGIN = (
    "on a laptop: `az login`; in CI: AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential"
    " of infra/azureml"
)
WHERE = "infra/azureml/settings.yaml"


class CloudError(FailedError):
    """What Azure or the way to it refused.

    Attributes:
        code: Azure's own code, or Credentials, Connection or Request.
        missing: what was asked for does not exist.
        lost: nothing is wrong with the request: asking again later makes sense.
    """

    def __init__(self, message: str, code: str, *, missing: bool = False, lost: bool = False):
        """Keep the message and what callers decide by."""
        super().__init__(message)
        self.code, self.missing, self.lost = code, missing, lost


def explain(error: BaseException, what: str) -> CloudError:
    """Say what happened, where and what to do next; told by names, for the SDK may be absent."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = int(getattr(error, "status_code", None) or 0)
    detail = getattr(error, "error", None)
    said = str(getattr(detail, "message", None) or getattr(error, "message", None) or error)
    said = " ".join(said.split())[:400]
    code = str(getattr(detail, "code", None) or "") or coded(said)
    failed = f"{what}: "
    if "ClientAuthenticationError" in names and not code:
        return CloudError(f"{failed}no valid Azure credentials. Next: {LOGIN}", "Credentials")
    if status == 401 or "ClientAuthenticationError" in names:
        told = f"{failed}Azure does not take these credentials ({said}). Next: {LOGIN}"
        return CloudError(told, "Credentials")
    if status == 403 or code in DENIED:
        return CloudError(failed + denied(said, code), code or "Forbidden")
    if status == 404 or "ResourceNotFoundError" in names:
        return CloudError(failed + absent(said, code), code or "NotFound", missing=True)
    if status == 429:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        pause = f"{headers['Retry-After']} s" if "Retry-After" in headers else "some minutes"
        told = f"Azure throttles, after several attempts. Next: again in {pause}, with less at once"
        return CloudError(failed + told, code or "TooManyRequests", lost=True)
    if "quota" in f"{code} {said}".lower():
        told = f"no quota is left ({said}). Next: another VM size in {WHERE}, or ask for more:"
        return CloudError(f"{failed}{told} `az ml compute list-usage`", code or "Quota")
    if status >= 500:
        told = f"Azure fails ({status} {code}: {said}). Next: again later; https://status.azure.com"
        return CloudError(failed + told, code or "Service", lost=True)
    if names.intersection(LOST):
        told = f"no connection to Azure ({said}). Next: look at network, proxy and firewall; again"
        return CloudError(failed + told, "Connection", lost=True)
    told = f"{failed}{code and f'{code}: '}{said}. Next: mend it and run the word again"
    return CloudError(told, code or "Request")


def coded(said: str) -> str:
    """The code that a message of Azure begins with, as in `(AuthorizationFailed) The client…`."""
    found = re.match(r"\((\w+)\)", said)
    return found[1] if found else ""


def denied(said: str, code: str) -> str:
    """Which permission is absent, where, and the role that brings it."""
    action = re.search(r"perform action '([^']+)'", said)
    scope = re.search(r"over scope '([^']+)'", said)
    kind = action[1].split("/")[0] if action else ""
    if "PermissionMismatch" in code:
        kind = "Microsoft.Storage"
    told = f"may not {action[1]}" if action else f"Azure forbids it ({said})"
    told += f" on {scope[1]}" if scope else ""
    return f"{told}. Next: ask for the role {ROLES.get(kind, next(iter(ROLES.values())))}"


def absent(said: str, code: str) -> str:
    """Which key of the settings names something that does not exist."""
    keys = {"SubscriptionNotFound": "subscription", "ResourceGroupNotFound": "resource_group"}
    key = keys.get(code)
    if not key and "workspaces/" in said and said.count("/") < 4:
        key = "workspace"
    if key:
        return f"there is no such {key.replace('_', ' ')} ({said}). Next: mend `{key}` in {WHERE}"
    return f"it does not exist ({said}). Next: look at its name, and at {WHERE}"


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what Azure, its SDK or the network raises inside into a `CloudError`.

    Args:
        what: what is being done, as the message begins: "submitting the job".
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, FailedError):
            raise
        if not RAISED & {kind.__name__ for kind in type(error).__mro__}:
            raise
        raise explain(error, what) from error


@cache
def credential() -> Any:
    """The credential of this machine: `az login`, a managed identity, or CI's OIDC token."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(exclude_interactive_browser_credential=True)


def connect(**options: Any) -> Any:
    """Make a client of the workspace that the settings name; nothing is asked yet.

    Args:
        options: of the SDK's client, such as `credential`, `transport` and `retry_total`.

    Returns:
        an `azure.ai.ml.MLClient`.

    Raises:
        FailedError: the settings do not say which workspace.
    """
    known = settings.need("subscription", "resource_group", "workspace")
    from azure.ai.ml import MLClient

    logging.getLogger("azure.ai.ml").handlers = [logging.NullHandler()]  # it brings one that talks
    options = {"credential": credential()} | options if "credential" not in options else options
    return MLClient(
        options.pop("credential"),
        known["subscription"],
        known["resource_group"],
        known["workspace"],
        show_progress=False,
        enable_telemetry=False,
        **options,
    )


@cache
def client() -> Any:
    """The one client of this process; that the workspace is there and answers is known by then."""
    made = connect()
    with explained(f"looking up the workspace {made.workspace_name}"):
        made.workspaces.get(made.workspace_name)
    return made


def token(scope: str = SCOPE) -> str:
    """A bearer token, for what the SDK's client does not reach."""
    with explained("fetching a token"):
        return str(credential().get_token(scope).token)


def call(
    method: str,
    url: str,
    body: Any = None,
    scope: str = SCOPE,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    """Ask a REST interface of Azure with the same credentials, retries and errors.

    Args:
        method: GET, PUT, POST, PATCH or DELETE.
        url: whole, or a path of Azure Resource Manager, with its api-version.
        body: sent as JSON.
        scope: of the token.
        headers: besides the token's.
        options: `credential` and `transport`, for tests.

    Returns:
        the answer's JSON; an empty mapping where there is none.
    """
    from azure.core import PipelineClient
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
    from azure.core.rest import HttpRequest

    known = options.pop("credential", None) or credential()
    policies = [RetryPolicy(), BearerTokenCredentialPolicy(known, scope)]
    whole = url if url.startswith("http") else ARM + url
    with explained(f"{method} {whole.split('?')[0]}"):
        asked = PipelineClient(ARM, policies=policies, **options)
        answer = asked.send_request(HttpRequest(method, whole, json=body, headers=headers))
        answer.raise_for_status()
        return answer.json() if answer.content else {}
