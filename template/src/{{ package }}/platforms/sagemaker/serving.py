"""The service as SageMaker calls it: `/ping` and `/invocations` on port 8080, JSON or CSV.

What answers is the service of the laptop, with its checks, limits, log and metrics: here its paths
get the names that SageMaker asks for, and rows that come as CSV are put into the words of JSON.
"""

import csv
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ... import predict, serve
from ...predict import META, MODEL

PLACE = Path("/opt/ml/model")  # where SageMaker unpacks the model
PORT = 8080
MOST_BYTES = 6 * 2**20  # InvokeEndpoint takes no more
PATHS = {"/ping": "/readyz", "/invocations": "/predict"}
JSON, CSV = "application/json", "text/csv"
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


class UnreadableError(Exception):
    """A body that is not the CSV it says it is."""


class Contract:
    """Surround the service with what SageMaker asks of a container."""

    def __init__(self, app: ASGIApp, inputs: dict[str, Any], identity: str) -> None:
        """Take the service, the columns of its model, and the name that tells the model apart."""
        self.app, self.inputs, self.identity = app, inputs, identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what SageMaker does not ask for goes to the service as it is."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path not in PATHS:
            return await self.app(scope, receive, send)
        inner: Scope = {**scope, "path": PATHS[path], "raw_path": PATHS[path].encode()}
        headers = Headers(scope=scope)
        kind = headers.get("content-type", JSON).split(";")[0].strip().lower()
        if path == "/ping" or scope["method"] != "POST":
            return await self.app(inner, receive, self.signed(send))
        if kind not in (JSON, CSV):
            problem = {"detail": f"content type {kind}: send {JSON} or {CSV}"}
            return await JSONResponse(problem, 415)(scope, receive, send)
        wanted = headers.get("accept", kind).split(";")[0].strip().lower()
        answer = self.signed(send)
        if CSV in (wanted, kind) and wanted != JSON:
            answer = as_csv(answer)
        if kind == JSON:
            return await self.app(inner, receive, answer)
        try:
            rows = list(read(await whole(receive), self.inputs))
        except UnreadableError as error:
            code = 413 if error.args[1:] else 400
            return await JSONResponse({"detail": error.args[0]}, code)(scope, receive, send)
        body = json.dumps({"rows": rows}).encode()
        kept = [(name, value) for name, value in scope["headers"] if name not in REPLACED]
        kept += [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return parts.pop() if parts else await receive()

        return await self.app({**inner, "headers": kept}, again, answer)

    def signed(self, send: Send) -> Send:
        """Name the model in every answer: a deployment asks which one it was."""

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[ATTRIBUTES] = f"model_sha256={self.identity}"
            await send(message)

        return reply


REPLACED = {b"content-type", b"content-length"}


async def whole(receive: Receive) -> str:
    """The body as text."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise UnreadableError(f"the body has more than {MOST_BYTES} bytes", 413)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("the body is not UTF-8") from None


def read(text: str, inputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Read the rows of a CSV with a header; a value that does not fit stays text, to be refused.

    Raises:
        UnreadableError: it has no header, or a row has another number of fields.
    """
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableError(f"the body is no CSV: {error}") from None
    header = records[0] if records else []
    if len(set(header)) != len(header) or not set(header) & set(inputs):
        raise UnreadableError("the first line of the CSV must name the columns, each one once")
    for number, record in enumerate((each for each in records[1:] if each), 1):
        if len(record) != len(header):
            raise UnreadableError(f"row {number} has {len(record)} fields, not {len(header)}")
        yield {
            name: typed(value, inputs.get(name, {}).get("type", "text"))
            for name, value in zip(header, record, strict=True)
        }


def typed(value: str, kind: str) -> Any:
    """A field of a CSV as JSON has it; what is empty is absent."""
    if value == "":
        return None
    if kind == "boolean":
        return TRUTHS.get(value.lower(), value)
    if kind != "number":
        return value
    try:
        return float(value)
    except ValueError:
        return value


def as_csv(send: Send) -> Send:
    """Turn predictions into CSV on their way out; every other answer stays JSON."""
    start: list[Message] = []
    body = bytearray()

    async def reply(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        told = bytes(body)
        headers = MutableHeaders(scope=start[0])
        if start[0]["status"] == 200:
            told = table(json.loads(told)["predictions"]).encode()
            headers["content-type"] = f"{CSV}; charset=utf-8"
        headers["content-length"] = str(len(told))
        await send(start[0])
        await send({"type": "http.response.body", "body": told})

    return reply


def table(rows: list[dict[str, Any]]) -> str:
    """Write predictions as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def digest(folder: Path) -> str:
    """What tells a model apart: the SHA-256 of its two files, one after the other."""
    parts = [(folder / name).read_bytes() for name in (MODEL.name, META)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def create_app(folder: Path) -> Contract:
    """Make the service around the model of a directory."""
    fitted = predict.load(folder / MODEL.name)
    whole_service = f"{serve.__package__}.service"
    if find_spec(whole_service):
        found = import_module(f"{serve.__package__}.released").read(folder)
        if version := os.environ.get("MODEL_VERSION"):  # what the deployment says it is
            found = replace(found, version=found.version | {"version": version})
        app = import_module(whole_service).create_app(lambda: found)
    else:
        app = serve.create_app(lambda: fitted)
    return Contract(app, fitted.meta["inputs"], digest(folder))


def main() -> None:
    """Serve as SageMaker starts a container: `docker run IMAGE serve`."""
    import uvicorn

    folder = PLACE if (PLACE / MODEL.name).exists() else Path(os.environ.get("MODEL_DIR", PLACE))
    try:
        app = create_app(folder)
    except FileNotFoundError as error:
        sys.exit(f"serve: {error.filename or error}: SageMaker unpacks ModelDataUrl to {PLACE}")
    uvicorn.run(app, host="0.0.0.0", port=PORT, access_log=False)


if __name__ == "__main__":
    main()
