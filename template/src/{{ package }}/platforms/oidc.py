"""In CI: the token by which a job says who it is, so that no key of a cloud is stored anywhere.

The CI system signs a short-lived token for each job; the cloud trusts the repository, branch or
environment that it names, and gives credentials for it (OpenID Connect). SDKs read the token from a
file: AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, AZURE_FEDERATED_TOKEN_FILE with AZURE_CLIENT_ID
and AZURE_TENANT_ID. On a laptop nothing happens here.

`python -m PACKAGE.platforms.oidc COMMAND ...` runs a command with that in its environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from . import FailedError, name

# What each cloud demands to be said: whom the token is for, the variable of its file, and those
# that say which role or identity to become.
AWS = ("sts.amazonaws.com", "AWS_WEB_IDENTITY_TOKEN_FILE", ("AWS_ROLE_ARN",))
AZURE = (
    "api://AzureADTokenExchange",
    "AZURE_FEDERATED_TOKEN_FILE",
    ("AZURE_CLIENT_ID", "AZURE_TENANT_ID"),
)
CLOUDS = {"sagemaker": AWS, "azureml": AZURE}
EVERY = 240  # seconds: GitHub's token lives five minutes, that of Azure Pipelines ten


def github(audience: str) -> str:
    """Ask GitHub Actions, which needs `permissions: id-token: write`."""
    url = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&" + urlencode({"audience": audience})
    return ask(url, os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], "GET")["value"]


def azure_pipelines(audience: str) -> str:
    """Ask Azure Pipelines, whose audience is always Azure's: AWS is told to expect that one."""
    told = {"api-version": "7.1"}
    if connection := os.environ.get("AZURE_SERVICE_CONNECTION_ID"):
        told["serviceConnectionId"] = connection
    url = f"{os.environ['SYSTEM_OIDCREQUESTURI']}?{urlencode(told)}"
    return ask(url, os.environ["SYSTEM_ACCESSTOKEN"], "POST")["oidcToken"]


def gitlab(audience: str) -> str:
    """Take the token that GitLab put into the job, which its `id_tokens` names."""
    return os.environ["PLATFORM_ID_TOKEN"]


# By the variable that is set where a job of this system may have a token.
SYSTEMS: dict[str, Callable[[str], str]] = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": github,
    "SYSTEM_ACCESSTOKEN": azure_pipelines,
    "PLATFORM_ID_TOKEN": gitlab,
}


def ask(url: str, bearer: str, method: str) -> dict[str, str]:
    """Ask the CI system for a token."""
    headers = {"authorization": f"Bearer {bearer}", "content-length": "0"}
    try:
        with urlopen(Request(url, headers=headers, method=method), timeout=30) as answer:
            return dict(json.load(answer))
    except (URLError, ValueError) as error:
        raise FailedError(
            f"the CI system gives no OIDC token: {error}; the job must be allowed to ask for one"
        ) from error


def sign_in() -> bool:
    """Fetch this job's token into a file that SDKs read, and keep it fresh while the process lives.

    Returns:
        whether this is a job of CI that has one. With a token file that is there already (Jenkins
        binds one), with other credentials of the cloud, or on a laptop, nothing is done.

    Raises:
        FailedError: the job could have a token, and something is missing.
    """
    audience, variable, roles = CLOUDS[name()]
    fetch = next((SYSTEMS[key] for key in SYSTEMS if os.environ.get(key)), None)
    if os.environ.get(variable) or fetch is None:
        return False
    if missing := [key for key in roles if not os.environ.get(key)]:
        raise FailedError(
            f"this job of CI has an OIDC token, but nothing says who it may become: set"
            f" {', '.join(missing)} as variables of the repository; infra/ makes what they name"
        )
    folder = Path(os.environ.get("RUNNER_TEMP") or os.environ.get("AGENT_TEMPDIRECTORY") or "")
    handle, file = tempfile.mkstemp(prefix="oidc-", dir=folder if folder.name else None)
    os.close(handle)  # readable by its owner alone
    write(Path(file), fetch(audience))
    os.environ[variable] = file
    if fetch is not gitlab:
        refresh(Path(file), lambda: fetch(audience))
    return True


def write(file: Path, token: str) -> None:
    """Write a token so that a reader sees the old one or the new one, never half."""
    part = file.with_name(f"{file.name}.part")
    part.touch(mode=0o600)
    part.write_text(token, encoding="ascii")
    part.replace(file)


def refresh(file: Path, fetch: Callable[[], str]) -> None:
    """Fetch the token again from time to time, until the process ends."""

    def again() -> None:
        try:
            write(file, fetch())
        except FailedError as error:
            print(f"{error}; the token before still holds for minutes", file=sys.stderr)
        refresh(file, fetch)

    timer = threading.Timer(EVERY, again)
    timer.daemon = True
    timer.start()


def main() -> None:
    """Run a command, signed in."""
    try:
        sign_in()
        sys.exit(subprocess.run(sys.argv[1:]).returncode)
    except FailedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
