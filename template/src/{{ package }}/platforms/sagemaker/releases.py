"""What goes to an environment: a model, the image that answers with it, and their names."""

import gzip
import hashlib
import io
import json
import re
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import FailedError, image, settings
from . import session, storage

MODELS = Path("models")
FILES = ("model.skops", "model.json")
LONGEST = 40  # of the 63 characters of a name in SageMaker; the time and the kind follow
SHORT = 60.0  # seconds of patience where an answer is good to have
STAMP = "%Y%m%d%H%M%S"
STAMPED = r"-\d{14}"


@dataclass(frozen=True)
class Release:
    """A model and its image.

    Attributes:
        version: its number in the registry; without one, the first characters of `identity`.
        image: address of the image in ECR, with its tag.
        model: address of the model.tar.gz in S3.
        identity: SHA-256 of the model's two files; every answer of a service names it.
        example: the rows that the model itself brings.
    """

    version: str
    image: str
    model: str
    identity: str
    example: list[dict[str, Any]]


def place(environment: str) -> str:
    """The name of an environment on SageMaker: of its endpoint, and the beginning of the rest."""
    settings.environment(environment)  # there must be one of that name
    name = f"{settings.load()['project']}-{environment}"
    if len(name) > LONGEST:
        raise FailedError(f"{name} is too long: shorten `project` in {settings.path()}")
    return name


def stamped(environment: str, kind: str = "") -> str:
    """A name that is new: the environment's, of what kind it is, and the time."""
    now = time.strftime(STAMP, time.gmtime())
    return "-".join(filter(None, [place(environment), kind, now]))


def belongs(name: str, environment: str, kind: str = "") -> bool:
    """Whether a name was made by `stamped`."""
    beginning = "-".join(filter(None, [place(environment), kind]))
    return bool(re.fullmatch(re.escape(beginning) + STAMPED, name))


def model(name: str, release: Release, tags: list[dict[str, str]]) -> dict[str, Any]:
    """A model as SageMaker keeps it; its container reaches no network, and needs none."""
    told = settings.need("role")
    asked: dict[str, Any] = {
        "ModelName": name,
        "ExecutionRoleArn": told["role"],
        "PrimaryContainer": {
            "Image": release.image,
            "ModelDataUrl": release.model,
            "Environment": {"MODEL_VERSION": release.version, "OMP_WAIT_POLICY": "passive"},
        },
        "EnableNetworkIsolation": True,
        "Tags": tags,
    }
    if told["subnets"]:
        groups = told["security_groups"]
        asked["VpcConfig"] = {"Subnets": told["subnets"], "SecurityGroupIds": groups}
    return asked


def maker() -> session.Client:
    """The client of SageMaker."""
    return session.client("sagemaker")


def once(make: Callable[[], Any], look: Callable[[], Any]) -> None:
    """Make what has a name of its own; where that fails, see whether it is there all the same."""
    try:
        make()
    except session.CloudError:
        try:
            session.steady(look, SHORT)
        except session.CloudError as error:
            if not error.missing:
                raise
        else:
            return
        raise


def choose(environment: str) -> Release:
    """The model that goes to an environment.

    From level 2 on the registry says it; while that is empty, and on level 1, it is the model that
    was trained last. Production always waits for an approval where there is a registry.
    """
    if not find_spec(f"{__package__}.registry"):
        return trained()
    registry: Any = import_module(f"{__package__}.registry")
    if environment != "production" and not registry.versions():
        print("nothing is registered yet: the model that was trained last goes there")
        return trained()
    found = registry.deployable(environment)
    data = storage.get(found.model_data)
    return described(str(found.number), found.image, found.model_data, data)


def trained(folder: Path = MODELS) -> Release:
    """The model that was trained last, brought to S3; what is there already stays."""
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise FailedError(f"{folder} has no {' and no '.join(missing)}: run `just train` first")
    parts = {name: (folder / name).read_bytes() for name in FILES}
    identity = digest(parts)
    address = session.uri("models", identity[:16], "model.tar.gz")
    data = packed(parts)
    if not storage.keys(address):
        storage.put(address, data)
    return described(identity[:12], image.ensure(), address, data)


def described(version: str, built: str, address: str, data: bytes) -> Release:
    """Read out of a model.tar.gz what a release tells."""
    parts = unpacked(data, address)
    example = json.loads(parts["model.json"])["example"]
    return Release(version, built, address, digest(parts), example)


def digest(parts: Mapping[str, bytes]) -> str:
    """What tells a model apart, as `serving` and the registry compute it."""
    return hashlib.sha256(b"".join(parts[name] for name in FILES)).hexdigest()


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A model.tar.gz; the same files give the same bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, data in parts.items():
            told = tarfile.TarInfo(name)
            told.size = len(data)
            tar.addfile(told, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def unpacked(data: bytes, address: str) -> dict[str, bytes]:
    """The files of a model.tar.gz."""
    parts = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            name = Path(member.name).name
            opened = tar.extractfile(member) if name in FILES else None
            if opened:
                parts[name] = opened.read()
    if missing := [name for name in FILES if name not in parts]:
        raise FailedError(f"{address} has no {' and no '.join(missing)}: train again")
    return parts
