"""A generated project, driven as its team drives it: by the words of its justfile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .children import environment, run, tool


@dataclass(frozen=True)
class Project:
    """A project on disk.

    Attributes:
        path: Its root.
        env: Variables that its words are run with.
    """

    path: Path
    env: Mapping[str, str]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered when it was made."""
        loaded: dict[str, Any] = self.yaml(".copier-answers.yml")
        return loaded

    @property
    def package(self) -> Path:
        """The folder of its Python package."""
        return self.path / "src" / str(self.answers["package"])

    def just(self, *words: str | Path, fails: bool = False, env: Mapping[str, str] | None = None) -> str:
        """Run one word of the justfile, and return what it printed."""
        return run(tool("just"), *words, cwd=self.path, fails=fails, env={**self.env, **(env or {})})

    def python(self, code: str) -> str:
        """Run Python code in the project's environment."""
        return run(tool("uv"), "run", "--no-sync", "python", "-c", code, cwd=self.path, env=self.env)

    def git(self, *args: str) -> str:
        """Run git in the project."""
        return run("git", *args, cwd=self.path)

    def words(self) -> set[str]:
        """Every word of the justfile."""
        return set(self.just("--summary").split())

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.path / name).read_text(encoding="utf-8")

    def json(self, name: str) -> Any:
        """A JSON file."""
        return json.loads(self.read(name))

    def yaml(self, name: str) -> Any:
        """A YAML file."""
        return yaml.safe_load(self.read(name))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace one piece of a file, which must stand in it exactly once."""
        text = self.read(name)
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}:\n{text}"
        (self.path / name).write_text(text.replace(old, new), encoding="utf-8")

    def changed(self) -> list[str]:
        """The paths that git sees as changed or new."""
        return [line[3:] for line in self.git("status", "--porcelain", "-uall").splitlines()]

    def meta(self) -> dict[str, Any]:
        """The description of the model that was trained last."""
        loaded: dict[str, Any] = self.json("models/model.json")
        return loaded

    @contextmanager
    def serving(self, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Service]:
        """Run the service until the block ends; by the word `serve`, or another that takes a port."""
        port = free_port()
        command = [tool("just"), *(words or ("serve",)), str(port)]
        log = self.path / ".." / f"{self.path.name}-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.path,
                env=environment({**self.env, **(env or {})}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            service = Service(f"http://127.0.0.1:{port}", log)
            try:
                service.wait(process)
                yield service
            finally:
                end(process)


@dataclass(frozen=True)
class Service:
    """A running prediction service."""

    url: str
    log: Path

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask, and return the status and the answer: JSON where it is, text otherwise."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _content(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, _content(refusal.read())

    def wait(self, process: subprocess.Popen[bytes] | None = None, seconds: float = 60) -> None:
        """Wait until it is ready to predict."""
        deadline = time.monotonic() + seconds
        while True:
            said = f"{self.url}: {self.log.read_text(errors='replace') if self.log.exists() else ''}"
            assert process is None or process.poll() is None, f"the service ended: {said}"
            assert time.monotonic() < deadline, f"not ready after {seconds} s: {said}"
            try:
                if self.call("/readyz")[0] == 200:
                    return
            except OSError:  # nobody listens yet
                pass
            time.sleep(0.05)

    def answers_as(self, meta: Mapping[str, Any]) -> list[dict[str, Any]]:
        """It lives, it is ready, it predicts the model's own example rows, and refuses what is no row."""
        assert self.call("/healthz")[0] == 200
        assert self.call("/readyz")[0] == 200
        rows = meta["example"]
        status, answer = self.call("/predict", {"rows": rows})
        assert status == 200, answer
        predictions: list[dict[str, Any]] = answer["predictions"]
        assert len(predictions) == len(rows)
        assert self.call("/predict", {"rows": [{**rows[0], "no such column": 1}]})[0] == 422
        return predictions


def _content(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, as Ctrl-C in its terminal would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
