"""Put every released template into the wheel and the sdist: one file, made from the git history."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "generator"))

from mlascent import bundle, history


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the templates to what hatchling builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the file, unless the installed package will read the checkout itself."""
        if version == "editable":
            return
        root = Path(self.root)
        file = root / bundle.NAME  # an sdist brings it
        self.made = tempfile.mkdtemp(prefix="mlascent-")
        if (root / ".git").exists() or not file.exists():
            file = Path(self.made, bundle.NAME)
            file.write_bytes(packed(root))
        target = f"mlascent/{bundle.NAME}" if self.target_name == "wheel" else bundle.NAME
        build_data["force_include"][str(file)] = target

    def finalize(self, version: str, *_: object) -> None:
        """Remove what was made for the build."""
        if version != "editable":
            shutil.rmtree(self.made)


def packed(root: Path) -> bytes:
    """Every release of a checkout, and what it holds beyond the last one as a development version."""
    trees = {version: history.committed(root, commit) for version, commit in history.releases(root).items()}
    now = history.state(root)
    trees.setdefault(now.version, now.files)
    return bundle.pack(trees, now.version)
