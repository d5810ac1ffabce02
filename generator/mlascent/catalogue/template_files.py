"""The files under template/, as the names that a project gets."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

#: Derived for copier.yml; part of the template repository, never of a project.
NOT_RENDERED = frozenset({"capabilities.json"})
ANSWERS_SOURCE = "{{ _copier_conf.answers_file }}.jinja"
ANSWERS_TARGET = ".copier-answers.yml"
#: Left behind by tools that ran over template/; git ignores them.
CACHES = frozenset({"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache"})


def target(source: str) -> str:
    """The target name of a template file: without ``.jinja``, with ``{{ package }}`` kept."""
    if source == ANSWERS_SOURCE:
        return ANSWERS_TARGET
    return source.removesuffix(".jinja")


def targets(template: Path) -> dict[str, str]:
    """Every file under ``template``: its target name, and its source relative to ``template``."""
    found: dict[str, str] = {}
    for path in sorted(template.rglob("*")):
        source = PurePosixPath(path.relative_to(template))
        if path.is_dir() or str(source) in NOT_RENDERED or CACHES.intersection(source.parts):
            continue
        found[target(str(source))] = str(source)
    return found
