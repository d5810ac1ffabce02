"""The parameters of a run, read from `params.yaml`."""

from pathlib import Path
from typing import Any

import yaml

Params = dict[str, Any]


def load(path: Path = Path("params.yaml")) -> Params:
    """Read the parameters. Commands run from the project's root."""
    params: Params = yaml.safe_load(path.read_text(encoding="utf-8"))
    return params
