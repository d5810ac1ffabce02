"""What every test needs: the same surroundings on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Without bytecode Python starts four times as slowly, and what tests start inherits this.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Most tests are a person at a desk. In CI a project refuses more; a test that means CI says so.
os.environ.pop("CI", None)

#: Files whose tests share a project, a wheel or an engine.
_SHARING = ("test_container.py", "test_wheel.py")

_GIT_CONFIG = """\
[user]
    name = Ana Souza
    email = ana@example.com
[init]
    defaultBranch = main
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what runs together when tests run side by side: what shares something that takes long to make.

    A baked project is a test of its own; all of `template` shares one matrix; elsewhere a file is one.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        room = item.path.relative_to(Path(__file__).parent).parts
        if room[0] == "baked" and item.get_closest_marker("full") and room[1] not in _SHARING:
            continue
        item.add_marker(pytest.mark.xdist_group("template" if room[0] == "template" else "/".join(room)))


@pytest.fixture(scope="session", autouse=True)
def _same_everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A person whom git knows, and nothing of the machine's own settings."""
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text(_GIT_CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("MLASCENT_", "GIT_AUTHOR", "GIT_COMMITTER"))
        ]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("MLASCENT_CACHE_DIR", str(home / "mlascent"))
        patch.setenv("COPIER_CACHE_DIR", str(home / "copier"))
        patch.setenv("COPIER_SETTINGS_PATH", str(home / "copier-settings.yml"))
        (home / "copier-settings.yml").write_text("defaults: {}\n")
        yield
