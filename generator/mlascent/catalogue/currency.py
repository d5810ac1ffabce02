"""What has gone out of support: ``currency.yml``, compiled to ``currency.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlascent.errors import FailedError

if TYPE_CHECKING:
    from mlascent.catalogue.sources import Sources


def run_time(_: Sources) -> str:
    """``currency.json``: the table, one entry a line, days as text.

    Raises:
        ValueError: A library or service has no day, no source, or nothing to know it by.
    """
    import yaml

    raw = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    known_by = {"packages", "imports", "calls", "resources", "uses"}
    known_by |= {"launches", "strings", "values", "fields"}
    for entry in (*raw["libraries"], *raw["retired"]):
        if not entry.get("ended") or not entry.get("source"):
            raise ValueError(f"currency.yml: {entry} names no day or no source")
    for entry in raw["retired"]:
        if not known_by & set(entry):
            raise ValueError(f"currency.yml: nothing tells {entry['name']} in a repository")

    def dump(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, default=str)

    libraries, retired = (",\n".join(map(dump, raw[key])) for key in ("libraries", "retired"))
    return (
        f'{{\n"schema": 1,\n"checked": {dump(raw["checked"])},\n"python": {dump(raw["python"])},\n'
        f'"libraries": [\n{libraries}\n],\n"retired": [\n{retired}\n]\n}}\n'
    )


@cache
def table() -> dict[str, Any]:
    """The compiled table.

    Raises:
        FailedError: It is missing or unreadable.
    """
    try:
        found: dict[str, Any] = json.loads(Path(__file__).with_name("currency.json").read_bytes())
    except (OSError, ValueError) as error:
        raise FailedError(
            f"The catalogue of this installation cannot be read: {error}", hint="Install mlascent again."
        ) from error
    return found
