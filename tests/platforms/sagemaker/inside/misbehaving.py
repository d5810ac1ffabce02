"""A cloud on loopback that misbehaves as it is told: refuses, throttles, breaks connections, comes back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CUT = "cut"  # the connection is closed without an answer


def refusal(code: str, message: str, status: int = 400) -> tuple[int, dict[str, Any]]:
    """An error as AWS's JSON services send it."""
    return status, {"__type": code, "message": message}


@dataclass
class Cloud:
    """What it answers, by operation such as `DescribeTrainingJob`: one after the other, the last for ever."""

    url: str = ""
    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return sum(1 for name, _ in self.asked if name == operation)

    def answer(self, operation: str, request: Any) -> Any:
        """The next answer."""
        self.asked.append((operation, request))
        waiting = self.answers.get(operation)
        if not waiting:
            return refusal("NotExpectedHere", f"nobody said what {operation} answers")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def running() -> Iterator[Cloud]:
    """The cloud, until the block ends."""
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if not operation:  # STS speaks another dialect
                operation = dict(pair.split("=") for pair in body.decode().split("&"))["Action"]
                self.reply(cloud.answer(operation, body), "text/xml")
            else:
                self.reply(cloud.answer(operation, json.loads(body or b"{}")), "application/x-amz-json-1.1")

        def reply(self, found: Any, kind: str) -> None:
            if found == CUT:
                self.close_connection = True
                self.connection.close()
                return
            status, told = found if isinstance(found, tuple) else (200, found)
            data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cloud.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
