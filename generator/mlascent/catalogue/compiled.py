"""The two JSON files that come from the catalogue: one for run time, one for copier.yml."""

from __future__ import annotations

import json
from typing import Any

from mlascent.catalogue.sources import Sources

#: What a capability and a rule say to people: read only when somebody reads it.
PROSE = (
    *("name", "summary", "why", "question", "condition", "attested", "artefacts", "equivalences"),
    *("sources", "references"),
)
RULE_PROSE = ("statement", "proof", "fix", "condition")
#: About the file, or for its editors.
NOT_AT_RUN_TIME = ("schema", "notes")


def run_time(sources: Sources) -> str:
    """``catalogue.json``: what the program decides by."""
    ladder = sources.ladder
    return _document(
        {
            "schema": 1,
            "levels": ladder["levels"],
            "areas": ladder["areas"],
            "profiles": ladder["profiles"],
            "retired": ladder["retired"],
            "capabilities": [
                _without(c, PROSE + NOT_AT_RUN_TIME)
                | {"rules": [_without(r, RULE_PROSE) for r in c["rules"]]}
                for c in sources.capabilities
            ],
        }
    )


def prose(sources: Sources) -> str:
    """``prose.json``: what the program tells people of capabilities and rules.

    A file of its own, because it is ten times the rest and most commands never show it.
    """
    return _document(
        {
            "schema": 1,
            "capabilities": {c["id"]: _only(c, PROSE) for c in sources.capabilities},
            "rules": {r["id"]: _only(r, RULE_PROSE) for c in sources.capabilities for r in c["rules"]},
        }
    )


def _without(raw: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in keys}


def _only(raw: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: raw[key] for key in keys if key in raw}


def for_copier(sources: Sources) -> str:
    """``template/capabilities.json``: what copier.yml needs to decide which file a project gets.

    Its ``{{ package }}`` is rendered when copier.yml includes the file.
    """
    available = [c for c in sources.capabilities if "available" in c["status"].values()]
    closures = {c["id"]: sources.closure(c["id"]) for c in available}
    return _document(
        {
            "schema": 1,
            "areas": [area["id"] for area in sources.ladder["areas"]],
            "retired": sources.ladder["retired"],
            "capabilities": [_copier_entry(c, closures) for c in available],
            "planned": [
                {key: c[key] for key in ("id", "area", "introduced", "selected_by")}
                for c in sources.capabilities
                if "available" not in c["status"].values()
            ],
        }
    )


def _copier_entry(c: dict[str, Any], closures: dict[str, list[str]]) -> dict[str, Any]:
    applies = c.get("applies", {})
    return {
        "id": c["id"],
        "key": c["id"].replace("-", "_"),
        "area": c["area"],
        "introduced": c["introduced"],
        "selected_by": c["selected_by"],
        "core": c.get("core", False),
        "platforms": [platform for platform, status in c["status"].items() if status == "available"],
        "workload": applies.get("workload", ["online", "batch", "both"]),
        "ci": applies.get("ci", ["github", "gitlab", "azure", "jenkins", "none"]),
        "needs": closures[c["id"]],
        "needed_by": sorted(i for i, needs in closures.items() if c["id"] in needs),
        "paths": c["paths"],
    }


def _document(content: dict[str, Any]) -> str:
    """JSON with one item a line: compact, and a change reads well as a difference."""
    return "{\n" + ",\n".join(f"{_dump(key)}: {_value(value)}" for key, value in content.items()) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(_dump(item) for item in value) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{_dump(key)}: {_dump(item)}" for key, item in value.items()) + "\n}"
    return _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
