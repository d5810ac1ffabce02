"""Where a policy file is read from: a path, an https address, a git repository, an installed package."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mlascent import git
from mlascent.errors import FailedError, RefusedError, UsageError
from mlascent.facts import cache

#: A policy is a page of text; what is larger is something else.
MOST_BYTES = 1_000_000
_SECONDS = 20
_PIN = re.compile(r"@(sha256:[0-9a-f]{64})$")
_GIT = re.compile(r"(git\+(?:https|file)://[^@#]+)(?:@([^#]+))?#(.+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A place of one file.

    Attributes:
        told: As a person wrote it, without the pin.
        kind: `path`, `https`, `git` or `package`.
        pin: The digest that its content must have; empty for any.
        within: Of a path: the directory that it must not leave; empty for anywhere.
        read: Gives its content.
    """

    told: str
    kind: str
    pin: str
    within: str
    read: Callable[[], bytes]

    @property
    def remote(self) -> bool:
        """Whether reading it leaves this machine, or the repository that names it."""
        return self.kind in ("https", "git")

    def content(self) -> bytes:
        """What it holds, which is what its pin says.

        Raises:
            RefusedError: It is not, or it is too large.
            FailedError: It cannot be read.
        """
        kept = cache.directory() / "policies" / self.pin.partition(":")[2] if self.pin else None
        if kept and self.remote and kept.is_file() and digest(known := kept.read_bytes()) == self.pin:
            return known
        found = self.read()
        if len(found) > MOST_BYTES:
            raise RefusedError(f"the policy {self.told} is larger than {MOST_BYTES:,} bytes")
        if self.pin and digest(found) != self.pin:
            raise RefusedError(
                f"the policy {self.told} is not the one that was pinned: {digest(found)}, not {self.pin}",
                "Read what changed in it, then pin the new digest.",
            )
        if kept and self.remote:
            _keep(kept, found)
        return found

    def beside(self, spec: str, pin: str = "") -> Source:
        """What this file means by a source: a relative path stays where this file is.

        Raises:
            UsageError: The source has no form that we know, or this file may not name it.
        """
        if _scheme(spec):
            if self.kind != "path" and spec.startswith(("file:", "git+file:")):
                raise UsageError(
                    f"{self.told} extends {spec}: what is read from elsewhere may name no local file"
                )
            return parse(spec, pin=pin, within=self.within)
        if self.kind == "path":
            if self.within and os.path.isabs(spec):
                raise UsageError(f"{self.told} may not name {spec}", "Name a file of the repository.")
            return parse(os.path.join(os.path.dirname(self.told), spec), pin=pin, within=self.within)
        if self.kind == "https":
            return parse(urljoin(self.told, spec), pin=pin)
        head, mark, path = self.told.partition("#" if self.kind == "git" else "/")
        inside = os.path.normpath(os.path.join(os.path.dirname(path), spec)).replace(os.sep, "/")
        return parse(f"{head}{mark}{inside}", pin=pin)


def parse(spec: str, pin: str = "", within: str = "") -> Source:
    """A source from what somebody wrote; `…@sha256:…` pins it.

    Args:
        spec: A path, `https://…`, `git+https://…@REF#PATH`, `git+file://…`, `file://…`, `package:NAME/PATH`.
        pin: The digest, where it stands elsewhere.
        within: A directory that paths must not leave; local repositories may not be named then.

    Raises:
        UsageError: It has none of these forms.
    """
    if found := _PIN.search(spec):
        spec, pin = spec[: found.start()], found[1]
    scheme = _scheme(spec)
    if within and scheme in ("file", "git+file"):
        raise UsageError(f"a policy in a repository may not name {spec}", "Name a file of the repository.")
    if scheme == "https" and not urlsplit(spec).username:
        return Source(spec, "https", pin, within, lambda: _fetched(spec))
    if scheme in ("git+https", "git+file") and (match := _GIT.fullmatch(spec)):
        url, ref, path = match[1].removeprefix("git+"), match[2] or "HEAD", match[3]
        return Source(spec, "git", pin, within, lambda: _from_git(url, ref, path, spec))
    if scheme == "package" and "/" in spec:
        name, _, path = spec.removeprefix("package:").partition("/")
        return Source(spec, "package", pin, within, lambda: _from_package(name, path, spec))
    if scheme == "file" and not urlsplit(spec).netloc:
        return parse(urlsplit(spec).path, pin)
    if scheme:
        raise UsageError(
            f"a policy cannot be read from {spec}",
            "Give a path, https://…, git+https://…@REF#PATH, git+file://…@REF#PATH or package:NAME/PATH.",
        )
    return Source(spec, "path", pin, within, lambda: _from_path(spec, within))


def digest(content: bytes) -> str:
    """The digest by which a policy is pinned; line ends are a checkout's to choose."""
    return "sha256:" + hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _scheme(spec: str) -> str:
    match = re.match(r"([a-z][a-z+]+):(?=//|[A-Za-z])", spec)
    return match[1] if match else ""


def _from_path(spec: str, within: str) -> bytes:
    full = os.path.realpath(spec)
    if within and os.path.commonpath([full, os.path.realpath(within)]) != os.path.realpath(within):
        raise RefusedError(f"the policy {spec} is outside the repository {within}", "Name one inside it.")
    try:
        if not os.path.isfile(full) and os.path.exists(full):
            raise UsageError(f"the policy {spec} is no plain file")
        with open(full, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the policy {spec} cannot be read: {error.strerror or error}") from error


def _fetched(url: str) -> bytes:
    from urllib.error import URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Safe(HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
            if not newurl.startswith("https://"):
                raise RefusedError(f"the policy {url} redirects to {newurl}, which is not https")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    try:
        request = Request(url, headers={"User-Agent": "mlascent"})  # noqa: S310 (https only, see parse)
        with build_opener(Safe).open(request, timeout=_SECONDS) as answer:
            found: bytes = answer.read(MOST_BYTES + 1)
            return found
    except (URLError, OSError, ValueError) as error:
        raise FailedError(
            f"the policy {url} cannot be read: {getattr(error, 'reason', '') or error}",
            "Without a network, pin it by digest: what was read once is kept.",
        ) from error


def _from_git(url: str, ref: str, path: str, spec: str) -> bytes:
    import tempfile

    if ref.startswith("-"):
        raise UsageError(f"the policy {spec}: {ref} is no git reference")
    only = (
        "-c",
        "protocol.allow=never",
        "-c",
        "protocol.https.allow=always",
        "-c",
        "protocol.file.allow=always",
    )
    with tempfile.TemporaryDirectory(prefix="mlascent-") as folder:
        try:
            git.run("init", "--quiet", cwd=folder)
            git.run(*only, "fetch", "--quiet", "--depth=1", "--no-tags", "--", url, ref, cwd=folder)
            return git.run("cat-file", "blob", f"FETCH_HEAD:{path}", cwd=folder)
        except FailedError as error:
            said = error.message.rpartition(": ")[2]
            raise FailedError(
                f"the policy {spec} cannot be read: {said}",
                "Look at the address, the reference and the path.",
            ) from error


def _from_package(name: str, path: str, spec: str) -> bytes:
    from importlib.util import find_spec

    # A top-level name only: looking for one below it would run its parent.
    found = find_spec(name) if name.isidentifier() else None
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise UsageError(f"the policy {spec} cannot be read: there is no package {name} here", "Install it.")
    return _from_path(os.path.join(places[0], path), places[0])


def _keep(file: Path, content: bytes) -> None:
    """Keep what a digest names; where that is not possible, it is read again next time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.write_bytes(content)
        os.replace(beside, file)
    except OSError:
        return
