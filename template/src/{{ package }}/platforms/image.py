"""The project's own image, the one that trains, scores and serves: `just platform-image`.

It is built from deploy/Dockerfile without a model, for the platform brings the model to it, and it
goes to the registry that the platform names, with the commit as its tag.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import deploy
from . import FailedError, name

# What the image is made of; a change elsewhere leaves it as it is.
SOURCES = ("src", "pyproject.toml", "uv.lock", "README.md", "deploy/Dockerfile")
NO_MODEL = Path("build/empty")
# Both platforms bring inputs, outputs and model in folders that only root may write, and give each
# job and endpoint a machine of its own. SageMaker documents root as its demand.
USER = "0:0"


def tag() -> str:
    """The commit; what is not committed yet adds a digest of it.

    Raises:
        FailedError: this is CI, and something differs from its commit.
    """
    commit = git("rev-parse", "HEAD")[:12]
    if commit and not git("status", "--porcelain", "--", *SOURCES):
        return commit
    if commit and os.environ.get("CI"):
        changed = git("status", "--porcelain", "--", *SOURCES)
        raise FailedError(
            f"the image would not be of commit {commit}; these files differ:\n{changed}"
        )
    return "-".join(filter(None, [commit, digest()]))


def git(*words: str) -> str:
    """What git says; nothing without git or a repository."""
    if not shutil.which("git"):
        return ""
    done = subprocess.run(["git", *words], capture_output=True, text=True)
    return "" if done.returncode else done.stdout.strip()


def digest() -> str:
    """A digest of what the image is made of."""
    found = hashlib.sha256()
    for source in map(Path, SOURCES):
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(file.as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:12]


def registry() -> Any:
    """The platform's registry: `repository()`, `login()` and `exists(tag)` of its `images.py`."""
    return import_module(f"{__package__}.{name()}.images")


def build(full: str) -> None:
    """Build it here, under a full name.

    Raises:
        FailedError: there is no Docker engine, or the build fails.
    """
    NO_MODEL.mkdir(parents=True, exist_ok=True)
    try:
        deploy.image(NO_MODEL, full, RUN_AS=USER)
    except deploy.FailedError as error:
        raise FailedError(f"{full}: {error}. Next: start Docker, or set PLATFORM_IMAGE") from None


def push(full: str) -> None:
    """Send it to the registry, with a password that lives for hours and goes to no command line."""
    host, (user, password) = full.split("/")[0], registry().login()
    words = ["docker", "login", "--username", user, "--password-stdin", host]
    done = subprocess.run(words, input=password, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(f"{host} refuses the login: {done.stderr.strip()}")
    if subprocess.run(["docker", "push", full]).returncode:
        raise FailedError(f"{full} cannot be pushed. Next: look at the message above, then again")


def ensure() -> str:
    """The image of this commit in the registry, with its full name; built and pushed where absent.

    PLATFORM_IMAGE names another one that is there: what CI has built, say.

    Raises:
        FailedError: it is not there and cannot be built, or cannot be pushed.
    """
    if given := os.environ.get("PLATFORM_IMAGE"):
        return given
    wanted = tag()
    full = f"{registry().repository()}:{wanted}"
    if not registry().exists(wanted):
        print(f"{full} is built and pushed", flush=True)
        build(full)
        push(full)
    return full


def local() -> str:
    """The same image on this machine alone, for a job in a container here."""
    full = os.environ.get("PLATFORM_IMAGE") or f"{deploy.NAME}-platform:{tag()}"
    if not shutil.which("docker"):
        raise FailedError(
            "there is no Docker on this machine: install it, or leave out --container"
        )
    found = subprocess.run(["docker", "image", "inspect", full], capture_output=True)
    if found.returncode:
        build(full)
    return full


def run(
    full: str, words: list[str], mounts: Mapping[Path, str], variables: Mapping[str, str]
) -> None:
    """Run a command in a container of the image on this machine.

    Args:
        full: the image.
        words: the command, whatever the image would run by itself.
        mounts: folders of this machine → where the container has them.
        variables: of its environment.

    Raises:
        FailedError: it ends with an error.
    """
    command = ["docker", "run", "--rm", "--entrypoint", words[0]]
    if hasattr(os, "getuid"):  # what it writes belongs to whoever asked for it
        command += ["--user", f"{os.getuid()}:{os.getgid()}", "--env", "HOME=/tmp"]
    command += [f"--volume={folder.absolute()}:{place}" for folder, place in mounts.items()]
    command += [f"--env={key}={value}" for key, value in variables.items()]
    if code := subprocess.run([*command, full, *words[1:]]).returncode:
        raise FailedError(f"{' '.join(words)} ends with {code} in a container of {full}")


def main(words: list[str]) -> None:
    """Build and push the image of this commit: the word `platform-image`."""
    if words:
        raise FailedError("just platform-image takes no arguments")
    print(ensure())
