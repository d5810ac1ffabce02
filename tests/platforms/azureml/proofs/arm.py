"""Azure, as far as the SDK asks for it: an HTTP transport that answers like Azure Resource Manager.

The requests are those that azure-ai-ml really sends; their bodies are kept. `wrong` says what goes wrong
at a request: by its method and the end of its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws"
NOW = "2026-01-01T00:00:00Z"
ROWS = [{"prediction": 1.0}]
Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


class Credential:
    """Somebody who may."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("token", 9_999_999_999)


@dataclass
class Arm(BaseAdapter):
    """What exists, what was asked, and what goes wrong."""

    things: dict[str, Body] = field(default_factory=dict)  # by lower-case id
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    #: (method, pattern of the path) -> what happens instead, once or always.
    wrong: list[tuple[str, str, Callable[[], Answer] | Exception, int]] = field(default_factory=list)
    scored: list[str] = field(default_factory=list)  # the deployment that each scoring call named
    sick: set[str] = field(default_factory=set)  # deployments that do not predict
    logs: str = "the log of the container"
    metrics: Body = field(default_factory=dict)
    alerts: list[Body] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.things[WORKSPACE.lower()] = {"id": WORKSPACE, "name": "ws", "location": "westeurope", "properties": {}}

    def close(self) -> None:
        """Nothing is open."""

    def transport(self) -> RequestsTransport:
        """For `MLClient(..., transport=…)`."""
        session = requests.Session()
        session.mount("https://", self)
        return RequestsTransport(session=session, session_owner=False)

    def fail(self, method: str, path: str, status: int, code: str, message: str = "no", times: int = 999, **headers: str) -> None:
        """Let requests fail with Azure's form of an error."""
        body = {"error": {"code": code, "message": message}}
        self.wrong.append((method, path, lambda: answer(status, body, headers), times))

    def lose(self, method: str, path: str, times: int = 1) -> None:
        """Let the connection break."""
        self.wrong.append((method, path, requests.exceptions.ConnectionError("reset by peer"), times))

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        url = urlsplit(str(request.url))
        body = json.loads(request.body) if request.body else None
        self.asked.append((str(request.method), url.path, body))
        for number, (method, path, what, times) in enumerate(self.wrong):
            if method == request.method and re.search(path, url.path, re.I) and times:
                self.wrong[number] = (method, path, what, times - 1)
                if isinstance(what, Exception):
                    raise what
                return finished(what(), request)
        return finished(self.told(request, url.path, parse_qs(url.query), body), request)

    def told(self, request: requests.PreparedRequest, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        if url_host(request) != "management.azure.com":
            return self.score(request, body)
        if path.lower().endswith("/providers/microsoft.insights/metrics"):
            return answer(200, self.metrics)
        if path.lower().endswith("/alerts"):
            return answer(200, {"value": self.alerts})
        if path.lower().endswith("/getlogs"):
            return answer(200, {"content": self.logs})
        if request.method == "GET":
            return self.get(path)
        if request.method == "PUT":
            return self.put(path, body)
        if request.method == "DELETE":
            gone = [key for key in self.things if key == path.lower() or key.startswith(path.lower() + "/")]
            for key in gone:
                del self.things[key]
            return answer(200 if gone else 204, {})
        raise AssertionError(f"{request.method} {path} was not foreseen")

    def get(self, path: str) -> Answer:
        if found := self.things.get(path.lower()):
            return answer(200, found)
        if path.rsplit("/", 1)[1].lower() in ("deployments", "onlineendpoints", "jobs", "versions", "resources", "schedules"):
            start = path.lower() + "/"
            found_all = [v for k, v in self.things.items() if k.startswith(start) and "/" not in k[len(start) :]]
            return answer(200, {"value": found_all})
        code = "ResourceNotFound"
        return answer(404, {"error": {"code": code, "message": f"The Resource '{path.split('/providers/')[-1]}' was not found"}})

    def put(self, path: str, body: Body) -> Answer:
        made = {"id": path, "name": path.rsplit("/", 1)[1], "systemData": dict.fromkeys(("createdAt", "lastModifiedAt"), NOW), **body}
        kind = path.rsplit("/", 2)[1].lower()
        properties = made["properties"] = dict(made["properties"])
        if kind in ("onlineendpoints", "deployments"):
            properties["provisioningState"] = "Succeeded"
        if kind == "deployments":
            properties.setdefault("scaleSettings", {"scaleType": "Default"})
        if kind == "onlineendpoints":
            properties["scoringUri"] = f"https://{made['name']}.westeurope.inference.ml.azure.com/predict"
            for name in properties.get("traffic") or {}:
                if f"{path}/deployments/{name}".lower() not in self.things:
                    return answer(400, {"error": {"code": "BadRequest", "message": f"no deployment {name}"}})
        self.things[path.lower()] = made
        return answer(200, made)

    def score(self, request: requests.PreparedRequest, body: Any) -> Answer:
        name = url_host(request).split(".")[0]
        endpoint = self.things[f"{WORKSPACE}/onlineEndpoints/{name}".lower()]
        named = str(request.headers.get("azureml-model-deployment", ""))
        self.scored.append(named)
        live = [named] if named else list(endpoint["properties"].get("traffic") or {})
        if not live:
            return answer(404, {"error": {"code": "NotFound", "message": "no deployment with positive weight"}})
        if live[0] in self.sick:
            return answer(424, {"error": {"code": "ModelError", "message": "the container answered 500"}})
        return answer(200, {"predictions": ROWS * len(body["rows"])})


def url_host(request: requests.PreparedRequest) -> str:
    return str(urlsplit(str(request.url)).hostname)


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})


def finished(made: Answer, request: requests.PreparedRequest) -> requests.Response:
    raw = HTTPResponse(BytesIO(made.body), made.headers, made.status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
