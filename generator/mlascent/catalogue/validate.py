"""What the JSON Schema cannot say about the catalogue; each problem is one sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mlascent.catalogue.sources import Sources
from mlascent.catalogue.template_files import targets

#: All values of what a capability can be limited to.
VALUES = {
    "platform": {"local", "sagemaker", "azureml"},
    "ci": {"github", "gitlab", "azure", "jenkins", "none"},
    "workload": {"online", "batch", "both"},
}


def problems(sources: Sources) -> list[str]:
    """Every problem of the catalogue, its template included; empty when it is sound."""
    unknown = list(_unknown_requires(sources))
    return [
        *_folders(sources),
        *_ids(sources),
        *unknown,
        # The rest follows `requires`, and would stumble over an unknown id or run in circles.
        *([] if unknown else _requires(sources)),
        *_languages(sources),
        *_profiles(sources),
        *_elsewhere(sources),
        *_brought(sources),
        *_paths(sources),
        *_crosswalks(sources),
    ]


def _folders(sources: Sources) -> Iterator[str]:
    for name, c in sources.files.items():
        if name != f"{c['area']}/{c['id']}.yml":
            yield f"{name}: holds '{c['id']}' of area {c['area']}, so it belongs at {c['area']}/{c['id']}.yml"


def _ids(sources: Sources) -> Iterator[str]:
    ids = Counter(c["id"] for c in sources.capabilities)
    rules = Counter(r["id"] for c in sources.capabilities for r in c["rules"])
    for kind, counted in (("capability", ids), ("rule", rules)):
        yield from (f"{kind} {i}: {n} files have this id" for i, n in counted.items() if n > 1)
    yield from (
        f"capability {i}: retired ids are never used again" for i in sources.ladder["retired"] if i in ids
    )
    yield from (
        f"rule {i}: retired ids are never used again" for i in sources.ladder["retired_rules"] if i in rules
    )
    for c in sources.capabilities:
        for r in c["rules"]:
            if r["level"] < c["level"]:
                yield f"{r['id']}: due at level {r['level']}, before its capability {c['id']} at {c['level']}"


def _unknown_requires(sources: Sources) -> Iterator[str]:
    for c in sources.capabilities:
        for key in ("requires", "brought_by"):
            yield from (
                f"{c['id']}: {key} names unknown '{r}'" for r in c.get(key, ()) if r not in sources.by_id
            )


def _requires(sources: Sources) -> Iterator[str]:
    for c in sources.capabilities:
        if c["id"] in sources.closure(c["id"]):
            yield f"{c['id']}: requires itself in the end"
        for required in (sources.by_id[r] for r in c["requires"]):
            pair = f"{c['id']} requires {required['id']}"
            if required["introduced"] > c["introduced"]:
                yield f"{pair}, which comes at level {required['introduced']}: levels would not be monotone"
            if required["selected_by"] != "level" and required.get("profile", "") != c.get("profile"):
                yield f"{pair}, which no level brings"
            for key, everything in VALUES.items():
                missing = _allowed(c, key, everything) - _allowed(required, key, everything)
                if missing:
                    yield f"{pair}, which does not apply to {key} {', '.join(sorted(missing))}"
            for platform, status in c["status"].items():
                if status == "available" and required["status"][platform] != "available":
                    yield f"{pair}, which is not available on {platform}"


def _allowed(c: dict[str, Any], key: str, everything: set[str]) -> set[str]:
    return set(c.get("applies", {}).get(key, everything))


def _languages(sources: Sources) -> Iterator[str]:
    """English and Portuguese are both there, and differ: the same text twice is a missing translation."""
    for c in sources.capabilities:
        keys: tuple[str, ...] = ("summary", "why", "question", "condition")
        texts = {key: c[key] for key in keys if key in c}
        texts |= {
            f"{r['id']}.{key}": r[key] for r in c["rules"] for key in ("statement", "condition") if key in r
        }
        for key, text in texts.items():
            if not text.get("en") or not text.get("pt"):
                yield f"{c['id']}: {key} lacks a language"
            elif text["en"] == text["pt"]:
                yield f"{c['id']}: {key} is not translated"


def _profiles(sources: Sources) -> Iterator[str]:
    known = {profile["id"] for profile in sources.ladder["profiles"]}
    for c in sources.capabilities:
        if c.get("core") and (c["introduced"] != 0 or c["selected_by"] != "level" or "applies" in c):
            yield f"{c['id']}: only what level 0 brings to every project can be core"
        if "profile" in c and c["profile"] not in known:
            yield f"{c['id']}: unknown profile {c['profile']}"


def _elsewhere(sources: Sources) -> Iterator[str]:
    """Selection reads the status, rules read `applies`: both say where a capability means nothing."""
    for c in sources.capabilities:
        allowed = _allowed(c, "platform", VALUES["platform"])
        for platform, status in c["status"].items():
            if (status == "elsewhere") == (platform in allowed):
                yield f"{c['id']}: on {platform} its status is {status}, and `applies` says otherwise"


def _brought(sources: Sources) -> Iterator[str]:
    """Available means that files bring it."""
    for c in sources.capabilities:
        available = "available" in c["status"].values()
        if available and not c["paths"] and not c.get("brought_by"):
            yield f"{c['id']}: available, but no path and no brought_by says how"
        if not available and (c["paths"] or c.get("brought_by")):
            yield f"{c['id']}: planned everywhere, but has files"


def _paths(sources: Sources) -> Iterator[str]:
    owners: dict[str, list[str]] = {}
    for c in sources.capabilities:
        for raw in c["paths"]:
            path = raw if isinstance(raw, str) else raw["path"]
            owners.setdefault(path, []).append(c["id"])
            if re.search(r"\{[%#]|\{\{(?! package \}\})", path):
                yield f"{c['id']}: {path} holds other Jinja than {{{{ package }}}}"
            if not path.isascii():
                yield f"{c['id']}: {path} is not ASCII"
    files = targets(sources.root / "template")
    yield from (f"{p}: owned by {' and '.join(owner)}" for p, owner in owners.items() if len(owner) > 1)
    yield from (f"{owner[0]}: {p} is not under template/" for p, owner in owners.items() if p not in files)
    yield from (f"template/{source}: no capability owns it" for p, source in files.items() if p not in owners)


def _crosswalks(sources: Sources) -> Iterator[str]:
    """Every capability that a crosswalk names exists."""
    walks = sources.crosswalks
    named = [
        *((f"documents.yml: {t['term']}", t["covered_by"]) for t in walks["documents"]["terms"]),
        *(
            (f"ml-test-score.yml: {k}", v)
            for s in walks["ml-test-score"]["sections"].values()
            for k, v in s.items()
        ),
        *((f"standards.yml: {k}", v) for s in walks["standards"]["standards"].values() for k, v in s.items()),
    ]
    for where, ids in named:
        if not ids:
            yield f"{where}: nothing covers it"
        yield from (
            f"{where}: unknown '{i}'" for i in ids if not i.startswith("@") and i not in sources.by_id
        )
