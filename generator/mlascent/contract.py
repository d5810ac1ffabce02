"""What a template must keep to for the direct renderer; Copier itself renders the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.filters import FILTERS as DEFAULT_FILTERS

from mlascent.filters import FILTERS
from mlascent.history import Tree
from mlascent.questions import CASTS, config

_SETTINGS: Mapping[str, Any] = {
    "_min_copier_version": None,
    "_subdirectory": None,
    "_preserve_symlinks": True,
    "_envops": {"undefined": "jinja2.StrictUndefined"},
    "_exclude": ["{{ files }}"],
}
_KEYS = frozenset({"type", "help", "default", "choices", "validator", "ask", "when"})
#: Variables of Copier that the direct renderer does not have.
_COPIERS = frozenset(
    {
        "_copier_operation",
        "_copier_phase",
        "_copier_python",
        "_external_data",
        "_folder_name",
        "lipsum",
        "make_secret",
        "now",
        "pathjoin",
    }
)
#: Filters that give the same text here and there, each time; Jinja's own `random` does not.
_FILTERS = (frozenset(DEFAULT_FILTERS) | frozenset(FILTERS)) - {"random"}
_PATTERN_ARGUMENTS = {"regex_search": 1, "regex_replace": 2}
_NAME = re.compile(r"(?:[\w.@ +-]|\{\{ [a-z_]+(?:\.answers_file)? \}\})+", re.ASCII)


def faults(files: Tree) -> list[str]:
    """Every reason why a template is not for the direct renderer; empty when it is."""
    if "copier.yml" not in files:
        return ["its questions are not in copier.yml"]
    try:
        settings = config(files["copier.yml"][1])
    except ValueError as error:
        return [f"copier.yml is no plain YAML: {error}"]
    root = settings.get("_subdirectory")
    if not isinstance(root, str) or "{" in root or not root:
        return ["_subdirectory names no directory"]
    return [
        *_settings(settings),
        *_questions(settings),
        *_names(files, root),
        *_sources(files, root, settings),
    ]


def _settings(settings: Mapping[str, Any]) -> Iterator[str]:
    for key, value in settings.items():
        if key.startswith("_") and (key not in _SETTINGS or _SETTINGS[key] not in (None, value)):
            yield f"copier.yml sets {key}: {value!r}"
    for key, value in _SETTINGS.items():
        if value is not None and settings.get(key) != value:
            yield f"copier.yml does not set {key}: {value!r}"


def _questions(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, raw in settings.items():
        if name.startswith("_") or not isinstance(raw, Mapping):
            continue
        if more := set(raw) - _KEYS:
            yield f"question {name} has {', '.join(sorted(more))}"
        if raw.get("type", "yaml") not in CASTS:
            yield f"question {name} is of type {raw['type']}"
        if raw.get("when", True) not in (True, False):
            yield f"question {name} is asked on a condition (when)"
        if "default" not in raw:
            yield f"question {name} has no default"
        if not isinstance(raw.get("default"), str) and "{" in str(raw.get("default")).replace("{}", ""):
            yield f"question {name} has a default with Jinja inside a structure"
        if "{" in str(list(_flat(raw.get("choices", ())))):
            yield f"question {name} has choices with Jinja or structure"


def _flat(choices: Any) -> Iterator[Any]:
    if isinstance(choices, Mapping):
        yield from choices.keys()
        yield from choices.values()
    elif isinstance(choices, str):
        yield choices if "{" not in choices else "{"
    else:
        yield from choices


def _names(files: Tree, root: str) -> Iterator[str]:
    for path, (mode, _) in files.items():
        if not path.startswith(f"{root}/"):
            continue
        if not all(_NAME.fullmatch(part) for part in path.split("/")):
            yield f"{path} is no plain name"
        if path.endswith(".jinja") and path.removesuffix(".jinja") in files:
            yield f"{path} stands beside a file of the same name"
        if mode not in ("100644", "100755", "120000"):
            yield f"{path} has mode {mode}"


def _sources(files: Tree, root: str, settings: Mapping[str, Any]) -> Iterator[str]:
    environment = Environment()  # noqa: S701 (nothing is rendered)
    texts = {
        path: text for path, (_, text) in files.items() if path.startswith(root) and path.endswith(".jinja")
    }
    for name, raw in settings.items():
        for key in ("default", "validator", "ask"):
            if isinstance(raw, Mapping) and isinstance(raw.get(key), str):
                texts[f"copier.yml, {name}, {key}"] = raw[key].encode()
    for path, text in texts.items():
        try:
            tree = environment.parse(text.decode())
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            yield f"{path}: {error}"
            continue
        for said in _jinja(tree):
            yield f"{path} uses {said}"


def _jinja(tree: nodes.Template) -> Iterator[str]:
    answers_file = sum(1 for node in tree.find_all(nodes.Getattr) if _is_answers_file(node))
    names = [node.name for node in tree.find_all(nodes.Name)]
    if names.count("_copier_conf") != answers_file:
        yield "_copier_conf"
    yield from sorted(_COPIERS.intersection(names))
    for node in tree.find_all(nodes.Filter):
        if node.name not in _FILTERS:
            yield f"the filter {node.name}"
        if node.name in ("regex_search", "regex_replace") and len(node.args) > _PATTERN_ARGUMENTS[node.name]:
            yield f"the filter {node.name} with a group or a flag by position"
        if node.name == "map" and node.args and node.args[0].as_const() not in _FILTERS:
            yield "the filter map with a filter of Copier's"


def _is_answers_file(node: nodes.Getattr) -> bool:
    return (
        isinstance(node.node, nodes.Name) and node.node.name == "_copier_conf" and node.attr == "answers_file"
    )
