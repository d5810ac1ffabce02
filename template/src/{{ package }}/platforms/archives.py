"""Archives, which is how SageMaker keeps models and outputs."""

import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def pack(files: Iterable[Path], archive: Path) -> None:
    """Pack files into a .tar.gz, without their folders."""
    with tarfile.open(archive, "w:gz") as tar:
        for path in files:
            tar.add(path, path.name)


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpack the files of a .tar.gz.

    Raises:
        ValueError: one of them would land outside of the folder.
    """
    written = []
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name, source = PurePosixPath(member.name), tar.extractfile(member)
            if source is None:  # a folder
                continue
            if not member.isfile() or name.is_absolute() or ".." in name.parts:
                raise ValueError(f"{archive} holds {name}, which is no file inside of it")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
            written.append(target)
    return written
