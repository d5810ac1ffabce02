"""Folders of the project in its bucket."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from . import session

MARK = "EMPTY"  # a folder in S3 is only there if something is in it


def split(uri: str) -> tuple[str, str]:
    """The bucket and the key of an s3:// address."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def upload(files: Iterable[Path], uri: str, root: Path = Path()) -> int:
    """Copy files to a folder in S3, each at its path below `root`.

    Returns:
        how many there were.
    """
    bucket, prefix = split(uri)
    client, count = session.client("s3"), 0
    for path in files:
        key = f"{prefix}/{path.relative_to(root).as_posix()}"
        client.upload_file(str(path), bucket, key)
        count += 1
    return count


def put(uri: str, body: bytes) -> None:
    """Write one object."""
    bucket, key = split(uri)
    session.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def get(uri: str) -> bytes:
    """Read one object."""
    bucket, key = split(uri)
    answer = session.client("s3").get_object(Bucket=bucket, Key=key)
    with session.explained("s3: read what get object gives"):
        return bytes(answer["Body"].read())


def keys(uri: str) -> list[str]:
    """The keys of all that is in a folder."""
    bucket, prefix = split(uri)
    found = session.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)
    return [str(told["Key"]) for told in found]


def download(uri: str, folder: Path) -> list[Path]:
    """Copy a folder of S3, or one object, to a folder here; markers of empty ones stay behind."""
    (bucket, prefix), written = split(uri), []
    client = session.client("s3")
    for key in keys(uri):
        name = key.removeprefix(prefix).lstrip("/") or Path(key).name
        if name == MARK or key.endswith("/"):
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(bucket, key, str(path))
        written.append(path)
    return written


def replace(uri: str, sources: Iterable[str]) -> None:
    """Let a folder of S3 hold copies of these objects and nothing else; without any, a marker.

    What is new is written before what is old goes: a job that starts meanwhile finds a folder.
    """
    bucket, prefix = split(uri)
    client, before, kept = session.client("s3"), keys(f"{uri}/"), set()
    for source in sources:
        old_bucket, key = split(source)
        target = f"{prefix}/{Path(key).name}"
        kept.add(target)
        client.copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": old_bucket, "Key": key})
    if not kept:
        kept.add(f"{prefix}/{MARK}")
        put(f"{uri}/{MARK}", b"")
    for key in before:
        if key not in kept:
            client.delete_object(Bucket=bucket, Key=key)
