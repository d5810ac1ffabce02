"""Clients of AWS; what AWS refuses, in plain words and with the next step.

Every call of this package goes through here. It is tried up to ATTEMPTS times where AWS documents
that this helps (throttling, 5xx, a lost connection): the `standard` mode, which AWS recommends
(docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
"""

import functools
import secrets
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as raised
from botocore.config import Config
from botocore.parsers import ResponseParserError

from .. import FailedError, settings
from . import reasons

ATTEMPTS = 8
PAUSE = 5.0  # seconds between two reads of what goes on
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    connect_timeout=10,
    read_timeout=60,
    user_agent_extra="mlascent",
)
PLUGIN = "sagemaker-mlflow"  # without it MLflow does not know the address of SageMaker's server


class CloudError(FailedError):
    """AWS refuses, or cannot be reached.

    Attributes:
        code: the code that AWS gives, or one of `reasons.OWN`.
        missing: what was asked for does not exist.
        lost: nothing is wrong with the question: asked again later, it may be answered.
    """

    def __init__(self, message: str, code: str, missing: bool = False, lost: bool = False) -> None:
        """Keep what a caller decides by."""
        super().__init__(message)
        self.code, self.missing, self.lost = code, missing, lost


class Client:
    """A client of boto3 whose calls raise CloudError."""

    def __init__(self, service: str, client: Any) -> None:
        """Wrap a client of boto3."""
        self.service, self.raw = service, client

    def __getattr__(self, name: str) -> Any:
        """A call by the name that boto3 gives it; what is no call, as it is."""
        found = getattr(self.raw, name)
        if name.startswith("_") or not callable(found):
            return found

        @functools.wraps(found)
        def call(*positional: Any, **named: Any) -> Any:
            with explained(f"{self.service}: {name.replace('_', ' ')}"):
                return found(*positional, **named)

        return call


@functools.cache
def boto() -> Any:
    """The session of boto3 in the region of the settings."""
    region = settings.need("region")["region"]
    with explained("the session"):
        return boto3.Session(region_name=region)


@functools.cache
def client(service: str) -> Client:
    """A client of a service, such as `sagemaker` or `s3`."""
    with explained(f"a client of {service}"):
        return Client(service, boto().client(service, config=CONFIG))


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Tell an error of boto3 or botocore as a CloudError; `what` was being done.

    Raises:
        CloudError: in place of botocore's.
    """
    try:
        yield
    except raised.ClientError as error:
        raise answered(what, error) from error
    except (S3UploadFailedError, raised.BotoCoreError, ResponseParserError) as error:
        cause = error.__context__  # of an upload: what S3 answered, before it was made a text
        if isinstance(error, S3UploadFailedError) and isinstance(cause, raised.ClientError):
            raise answered(what, cause) from error
        found = reasons.of_client(error, settings.load())
        text = f"{what}: {error}\n  {found.advice}"
        raise CloudError(text, found.code, lost=found.lost) from error


def answered(what: str, error: raised.ClientError) -> CloudError:
    """An error that AWS answered with, in plain words."""
    told = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message") or error)
    found = reasons.of_answer(code, message, settings.load())
    tried = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)
    again = f" (tried {tried + 1} times)" if tried else ""
    text = f"{what}{again}: {message} [{code}]\n  {found.advice}"
    return CloudError(text, code, found.missing, found.lost)


def pages(service: str, operation: str, key: str, **asked: Any) -> Iterator[Any]:
    """Every item of a list that comes in pages; `key` names it in the answer."""
    with explained(f"{service}: {operation.replace('_', ' ')}"):
        for page in client(service).raw.get_paginator(operation).paginate(**asked):
            yield from page.get(key, [])


def steady(call: Callable[[], Any], patience: float = 600, pause: float = PAUSE) -> Any:
    """Read what goes on; where the connection is lost, go on once it is back.

    Args:
        call: a read that changes nothing.
        patience: seconds without an answer, after which its error is raised.
        pause: seconds before the first further attempt; each next one waits twice as long.
    """
    until, told = time.monotonic() + patience, False
    while True:
        try:
            result = call()
        except CloudError as error:
            if not error.lost or time.monotonic() + pause > until:
                raise
            if not told:
                first = str(error).splitlines()[0]
                print(
                    f"no answer, what was started goes on; asking again: {first}", file=sys.stderr
                )
            told = True
            time.sleep(pause)
            pause = min(pause * 2, 60)
        else:
            if told:
                print("AWS answers again", file=sys.stderr)
            return result


def project() -> str:
    """The name of the project: prefix in the bucket and of all names, and tag."""
    return str(settings.need("project")["project"])


def role() -> str:
    """The role that jobs and endpoints run as."""
    return str(settings.need("role")["role"])


def bucket() -> str:
    """The bucket of the project."""
    return str(settings.need("bucket")["bucket"])


def uri(*parts: str) -> str:
    """An address below the project's own prefix of its bucket."""
    return "/".join([f"s3://{bucket()}", project(), *parts])


def tags(environment: str = "") -> list[dict[str, str]]:
    """The tags of all that the words make: by them it is found again, paid for, and deleted."""
    told = {"project": project(), "managed-by": "mlascent"}
    told |= {"environment": environment} if environment else {}
    return [{"Key": key, "Value": value} for key, value in told.items()]


def name(kind: str) -> str:
    """A new name for a job: of the project, its kind and the time; at most 63 characters."""
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    return f"{project()[: 61 - len(kind) - len(stamp)].rstrip('-')}-{kind}-{stamp}"


def check() -> None:
    """Find out before anything is built or sent: who asks, and whether all that jobs need is said.

    Raises:
        FailedError: settings are empty, or the role is one of another account.
        CloudError: nobody is signed in, or AWS cannot be reached.
    """
    needed = settings.need("region", "role", "bucket", "image")
    if str(needed["tracking"]).startswith("arn:") and not has_plugin():
        raise FailedError(
            f"`tracking` in {settings.path()} is SageMaker's own MLflow, and needs a plugin in the "
            f"image: `uv add '{PLUGIN}>=0.5,<1'`, commit, then say the word again"
        )
    account = client("sts").get_caller_identity()["Account"]
    if needed["role"].split(":")[4:5] != [account]:
        raise FailedError(
            f"you are signed in to account {account}, but the `role` of {settings.path()} is "
            f"{needed['role']}: name a profile of its account in AWS_PROFILE, or another role"
        )


def has_plugin() -> bool:
    """Whether the project, and so its image, has the plugin for SageMaker's MLflow."""
    told = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    return any(str(need).startswith(PLUGIN) for need in told["project"]["dependencies"])
