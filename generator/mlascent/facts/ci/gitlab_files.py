"""The files of a GitLab pipeline: what includes what, and the jobs of all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlascent.facts.ci.build import Context
from mlascent.facts.ci.tree import Node, document
from mlascent.facts.files import Files, Problem

#: GitLab's own limit.
MOST_INCLUDES = 150
_BESIDE = frozenset(
    {
        *("default", "include", "stages", "variables", "workflow", "image", "services", "cache"),
        *("before_script", "after_script", "spec"),
    }
)
_STRAY = re.compile(r"(?:^|/)(?:\.gitlab/.+\.ya?ml|\.gitlab-ci/.+\.ya?ml|[^/]*\.gitlab-ci\.ya?ml)$")


@dataclass
class Jobs:
    """What a file and all that it includes say.

    Attributes:
        all: Job → its keys, hidden jobs included; a job of two files has the keys of both.
        places: Job → where it stands.
        top: Keys beside the jobs.
        files: Every file that was read.
    """

    all: dict[str, Mapping[str, Node]] = field(default_factory=dict)
    places: dict[str, Node] = field(default_factory=dict)
    top: dict[str, Node] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def collect(context: Context, path: str) -> Jobs:
    """Read a file and what it includes, the included first."""
    found = Jobs()
    _take(context, path, found)
    return found


def _take(context: Context, path: str, found: Jobs) -> None:
    if path in found.files:
        return
    if len(found.files) > MOST_INCLUDES:
        context.files.problems.add(Problem(path, f"is one of more than {MOST_INCLUDES} included files"))
        return
    found.files.append(path)
    root = _header_skipped(context.files, path)
    for included in _included(context, root.get("include")):
        _take(context, included, found)
    for key, node in root.table():
        if key in _BESIDE:
            over(found.top, key, node)
        elif isinstance(node.value, dict):
            keys = dict(found.all.get(key, {}))
            for inner, below in node.table():
                over(keys, inner, below)
            found.all[key] = keys
            found.places[key] = node


def _header_skipped(files: Files, path: str) -> Node:
    """A file's configuration: a first document with `spec` only declares inputs."""
    from mlascent.facts.parsing import yaml_docs

    root = document(files, path)
    if "spec" in root:
        docs = yaml_docs(files, path)
        if len(docs) > 1:
            return Node(docs[1].value, docs[1], (), path)
    return root


def over(keys: dict[str, Node], key: str, node: Node) -> None:
    """Put a key over what is there: mappings are merged, anything else is replaced."""
    if key in keys and isinstance(node.value, dict) and isinstance(keys[key].value, dict):
        node = node.put({**keys[key].value, **node.value})
    keys[key] = node


def _included(context: Context, node: Node) -> Iterator[str]:
    """Paths of local files that an `include` names."""
    items = [node] if isinstance(node.value, dict) else node.list()
    for item in items:
        pattern = item.text or item.get("local").text
        if not pattern or "://" in pattern or _never(item):
            continue
        pattern = pattern.lstrip("/")
        yield from _matches(context, pattern)


def _never(item: Node) -> bool:
    rules = list(item.get("rules").list())
    return bool(rules) and all(rule.get("when").text == "never" for rule in rules)


def _matches(context: Context, pattern: str) -> list[str]:
    pattern = pattern.removeprefix(context.files.prefix)  # paths begin at the repository's root
    if "*" not in pattern:
        return [pattern] if pattern in context.files else []
    parts = [re.escape(part) for part in re.split(r"(\*\*|\*)", pattern)]
    regex = re.compile("".join({r"\*\*": ".*", r"\*": "[^/]*"}.get(part, part) for part in parts))
    return [path for path in context.files.all if regex.fullmatch(path)]


def strays(files: Files) -> list[str]:
    """Files that look like GitLab's, and may be included by none."""
    return [path for path in files.ending(".yml", ".yaml") if _STRAY.search(path)]
