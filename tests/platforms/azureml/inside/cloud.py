"""An Azure Resource Manager on loopback that keeps what it is sent, and misbehaves when told to.

The SDK is real, with its own requests, retries and errors: only the last metre of its transport is
turned to this server. Whatever is PUT can be read again; lists, labels and deletions work as far as
the SDK asks for them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/team"
PLACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/shop"
WORKSPACE = {
    "id": PLACE,
    "name": "shop",
    "location": "westeurope",
    "properties": {
        "workspaceId": "11111111-1111-1111-1111-111111111111",
        "discoveryUrl": "https://westeurope.api.azureml.ms/discovery",
        "mlFlowTrackingUri": "azureml://westeurope.api.azureml.ms/mlflow/v1.0" + PLACE,
    },
}
MOMENT = "2026-06-01T12:00:00+00:00"
Answer = tuple[int, dict[str, str], Any]
#: Looks at (method, path, body); answers in the place of the truth, or None. LOST breaks the connection.
Trouble = Callable[[str, str, Any], "Answer | None"]
LOST: Answer = (0, {}, None)


def refusal(status: int, code: str, message: str, **headers: str) -> Answer:
    """An error as Azure writes it."""
    return (
        status,
        {k.replace("_", "-"): v for k, v in headers.items()},
        {"error": {"code": code, "message": message}},
    )


class Cloud:
    """What was asked, what is kept, and what goes wrong next."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {PLACE.lower(): WORKSPACE}
        self.asked: list[tuple[str, str, Any]] = []
        self.slept: list[float] = []
        self.trouble: list[Trouble] = []
        self.children: dict[str, list[Any]] = {}
        self.port = 0

    def answer(self, method: str, whole: str, body: Any) -> Answer:
        url = urlsplit(whole)
        path, query = unquote(url.path), parse_qs(url.query)
        self.asked.append((method, path, body))
        for trouble in self.trouble:
            if (told := trouble(method, path, body)) is not None:
                return told
        key = path.lower().rstrip("/")
        if path.startswith("/discovery"):
            return 200, {}, {"api": "https://westeurope.api.azureml.ms"}
        if run := re.fullmatch(r"/history/.*/runs/([^/]+)/children", path):
            return 200, {}, {"value": self.children.get(run[1], [])}
        if method == "PUT":
            name = path.rsplit("/", 1)[-1]
            before = self.kept.get(key, {})
            self.kept[key] = {"systemData": {"createdAt": MOMENT}, **before, "id": path, "name": name, **body}
            if "/models/" in path:  # the service fills in what a client leaves out
                self.kept[key]["properties"]["flavors"] = {}
            return 200, {}, self.kept[key]
        if method == "DELETE":
            self.kept.pop(key, None)
            return 200, {}, {}
        if key in self.kept:
            return 200, {}, self.kept[key]
        below = re.compile(re.escape(key) + r"/[^/]+")
        found = [told for name, told in self.kept.items() if below.fullmatch(name)]
        if found or key.endswith(("/versions", "/jobs", "/datastores")):
            newest = found[::-1] if "$orderBy" in query else found
            return 200, {}, {"value": newest[: int(query.get("$top", ["1000"])[0])]}
        name = "/".join(path.split("/")[-2:])
        return refusal(404, "ResourceNotFound", f"The Resource '{name}' was not found.")

    def sent(self, kind: str) -> list[tuple[str, Any]]:
        """The bodies that were PUT at paths with this in them."""
        return [(path, body) for method, path, body in self.asked if method == "PUT" and kind in path]

    def client_options(self) -> dict[str, Any]:
        """What `session.connect` takes to speak to this cloud."""
        return {"credential": Someone(), "transport": Turned(self)}


class Someone:
    """A credential that Azure knows."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        claims = {
            "tid": SUBSCRIPTION,
            "oid": SUBSCRIPTION,
            "aud": scopes[0].removesuffix("/.default"),
            "exp": 4102444800,
        }
        parts = ({"alg": "none", "typ": "JWT"}, claims, {})
        token = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
        )
        return AccessToken(token, 4102444800)


class Turned(RequestsTransport):
    """The SDK's own transport, turned to the server on loopback; pauses are noted, not slept."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self.cloud = cloud

    def send(self, request: Any, **options: Any) -> Any:
        told = urlsplit(request.url)
        request.url = f"http://127.0.0.1:{self.cloud.port}{told.path}" + (
            f"?{told.query}" if told.query else ""
        )
        try:
            return super().send(request, **options)
        finally:
            request.url = told.geturl()

    def sleep(self, duration: float) -> None:
        self.cloud.slept.append(duration)


@contextmanager
def serve() -> Iterator[Cloud]:
    """A cloud of one's own, for as long as the block runs."""
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or each answer waits for an acknowledgement

        def do(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, headers, told = cloud.answer(self.command, self.path, body)
            if not status:
                self.close_connection = True
                self.connection.close()
                return
            text = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "content-type": "application/json",
                "content-length": str(len(text)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do  # noqa: N815 - as the server calls them

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cloud.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
