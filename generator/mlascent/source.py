"""Where template versions come from: the wheel, a checkout, or another repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlascent import bundle, git, history
from mlascent.errors import FailedError, UsageError
from mlascent.history import Tree

#: The address that projects record, and that plain Copier and Renovate update from. An organisation that
#: hosts its own copy names it in the environment variable MLASCENT_TEMPLATE_URL.
TEMPLATE_URL = "https://github.com/mlascent/mlascent.git"


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template.

    Attributes:
        files: `copier.yml` and everything beside it that rendering reads.
        url: What a project records as its source.
        version: What a project records as its version; empty where there is none to record.
        released: Whether plain Copier finds this version at `url`.
        ours: Whether it keeps the rules that our tests hold, so that nothing need be looked at again.
    """

    files: Tree
    url: str
    version: str
    released: bool
    ours: bool


def current() -> Template:
    """The template that this installation brings.

    Raises:
        FailedError: There is neither a bundle nor a checkout with its history.
    """
    if packed := _bundle():
        version = bundle.latest(packed)
        return _ours(bundle.files(packed, version), version)
    state = history.state(_checkout())
    return _ours(state.files, state.version)


def at(version: str) -> Template:
    """The template at a version that a project recorded.

    Raises:
        UsageError: This installation does not know that version.
        FailedError: There is neither a bundle nor a checkout with its history.
    """
    hint = (
        "Install the mlascent that made the project, or a later release: each brings all earlier templates."
    )
    if packed := _bundle():
        if version not in bundle.versions(packed):
            raise UsageError(f"this mlascent brings no template version {version}", hint)
        return _ours(bundle.files(packed, version), version)
    root = _checkout()
    commit = history.commit_of(root, version)
    if commit is None:
        raise UsageError(f"the checkout {root} has no template version {version}", hint)
    return _ours(history.committed(root, commit), version)


@contextmanager
def opened(location: str | None) -> Iterator[Template]:
    """A template for as long as it is needed: this installation's, or another one.

    Args:
        location: A URL that git understands, or a directory; nothing for our own.
    """
    if location is None:
        yield current()
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="mlascent-") as workspace:
        yield _elsewhere(location, Path(workspace, "clone"))


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of the template that a project was made from.

    Attributes:
        newest: The one that projects get now.
        at: Any of them, by the name that a project records.
    """

    newest: Template
    at: Callable[[str], Template]


@contextmanager
def versions(url: str) -> Iterator[Versions]:
    """The versions of a template: this installation's, or those of a repository, which is then cloned.

    Args:
        url: What a project records as its source.

    Raises:
        FailedError: git cannot read that repository.
    """
    if url in (TEMPLATE_URL, os.environ.get("MLASCENT_TEMPLATE_URL")):
        ours = current()
        yield Versions(ours, lambda version: ours if version == ours.version else at(version))
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="mlascent-") as workspace:
        clone = Path(workspace, "clone")
        newest = _elsewhere(url, clone)

        def other(version: str) -> Template:
            if version == newest.version:
                return newest
            root = clone if clone.is_dir() else Path(url)
            if not git.text("rev-parse", "--quiet", "--verify", f"{version}^{{commit}}", cwd=root, ok=(0, 1)):
                raise UsageError(f"{url} has no template version {version}")
            return _foreign(history.committed(root, version, ()), url, version)

        yield Versions(newest, other)


def _elsewhere(location: str, workspace: Path) -> Template:
    """Another template, at its latest release, or else as it stands.

    Raises:
        FailedError: git cannot read it.
        UsageError: It holds no Copier template.
    """
    path = Path(location)
    if path.is_dir():
        location = str(path.resolve())
        if not (path / ".git").exists():
            return _foreign(history.directory(path), location, "")
        if tags := history.tags(path):
            return _foreign(history.committed(path, tags[-1], ()), location, tags[-1])
        version = git.text("describe", "--tags", "--always", cwd=path)
        return _foreign(history.working_tree(path, ()), location, version)
    git.run("clone", "--quiet", "--no-checkout", "--", location, str(workspace), cwd=workspace.parent)
    tags = history.tags(workspace)
    version = tags[-1] if tags else git.text("rev-parse", "--short", "HEAD", cwd=workspace)
    return _foreign(history.committed(workspace, version, ()), location, version)


def _ours(files: Tree, version: str) -> Template:
    url = os.environ.get("MLASCENT_TEMPLATE_URL") or TEMPLATE_URL
    return Template(files, url, version, history.is_release(version), ours=True)


def _foreign(files: Tree, location: str, version: str) -> Template:
    if "copier.yml" not in files and "copier.yaml" not in files:
        raise UsageError(
            f"{location} is no Copier template: it has no copier.yml", "Give the repository's root."
        )
    return Template(files, location, version, released=True, ours=False)


@cache
def _bundle() -> bundle.Bundle | None:
    """The released templates that a wheel, or an unpacked sdist, carries; nothing in a checkout."""
    here = Path(__file__).resolve()
    for file in (here.with_name(bundle.NAME), here.parents[2] / bundle.NAME):
        if file.exists() and not (file.parent / ".git").exists():
            return bundle.load(file)
    return None


def _checkout() -> Path:
    """The root of the checkout that this module stands in."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "copier.yml").exists():
        raise FailedError(
            f"this installation of mlascent has no template: neither {bundle.NAME} nor a checkout",
            "Install mlascent again.",
        )
    return root
