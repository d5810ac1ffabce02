"""The image's repository in the workspace's Azure Container Registry."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from .. import FailedError, settings
from . import session

# The user that goes with a token: docs of `az acr login --expose-token`.
TOKEN_USER = "00000000-0000-0000-0000-000000000000"
MANIFESTS = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
MANIFESTS += "application/vnd.docker.distribution.manifest.v2+json"


def repository() -> str:
    """The repository, without a tag."""
    known = settings.need("registry", "image")
    return f"{known['registry']}/{known['image']}"


def login() -> tuple[str, str]:
    """User and password for Docker: the registry's own token for the one of Azure."""
    host = str(settings.need("registry")["registry"])
    told = {"grant_type": "access_token", "service": host, "access_token": session.token()}
    return TOKEN_USER, str(ask(f"https://{host}/oauth2/exchange", told)["refresh_token"])


def exists(tag: str) -> bool:
    """Whether the repository has an image with this tag."""
    host, _, name = repository().partition("/")
    told = {"grant_type": "refresh_token", "service": host, "scope": f"repository:{name}:pull"}
    answer = ask(f"https://{host}/oauth2/token", told | {"refresh_token": login()[1]})
    headers = {"authorization": f"Bearer {answer['access_token']}", "accept": MANIFESTS}
    asked = Request(f"https://{host}/v2/{name}/manifests/{tag}", headers=headers, method="HEAD")
    try:
        with urlopen(asked, timeout=30):
            return True
    except HTTPError as error:
        if error.code == 404:
            return False
        raise FailedError(refused(host, error)) from error
    except URLError as error:
        raise FailedError(refused(host, error)) from error


def ask(url: str, told: dict[str, str]) -> dict[str, Any]:
    """Ask the registry for a token."""
    try:
        with urlopen(url, urlencode(told).encode(), timeout=30) as answer:
            return dict(json.load(answer))
    except (URLError, ValueError) as error:
        raise FailedError(refused(url.split("/")[2], error)) from error


def refused(host: str, error: Exception) -> str:
    """What to do where the registry gives nothing."""
    next_ = f"the role AcrPush on it, and `registry` in {settings.path()}"
    return f"{host} refuses: {error}. Next: {next_}"
