"""Write what comes from catalogue or version: ``python -m mlascent.catalogue.generate [--check]``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mlascent.catalogue import sources, validate
from mlascent.catalogue.sources import Sources

Build = Callable[[Sources], str | None]

#: Each generated file, relative to the repository's root, and the function that builds its content
#: as "module:function". Named rather than imported, so that other rooms can register a file here
#: and the catalogue still imports none of them. A function takes the sources and returns the text,
#: or None where there is nothing to generate.
OUTPUTS: list[tuple[str, str]] = [
    ("generator/mlascent/catalogue/catalogue.json", "mlascent.catalogue.compiled:run_time"),
    ("generator/mlascent/catalogue/prose.json", "mlascent.catalogue.compiled:prose"),
    ("generator/mlascent/catalogue/currency.json", "mlascent.catalogue.currency:run_time"),
    ("template/capabilities.json", "mlascent.catalogue.compiled:for_copier"),
    ("generator/mlascent/help.txt", "mlascent.cli:help_text"),
    ("docs/reference/levels.md", "mlascent.catalogue.reference:levels"),
    ("docs/reference/capabilities.md", "mlascent.catalogue.reference:capabilities"),
    ("docs/reference/capabilities/development.md", "mlascent.catalogue.reference:development"),
    ("docs/reference/capabilities/deployment.md", "mlascent.catalogue.reference:deployment"),
    ("docs/reference/capabilities/monitoring.md", "mlascent.catalogue.reference:monitoring"),
    ("docs/reference/capabilities/governance.md", "mlascent.catalogue.reference:governance"),
    ("docs/reference/rules.md", "mlascent.catalogue.reference:rules"),
    ("docs/reference/crosswalks.md", "mlascent.catalogue.crosswalk_pages:crosswalks"),
    ("README.md", "mlascent.catalogue.reference:readme"),
    ("action.yml", "mlascent.catalogue.pins:action"),
    (".pre-commit-hooks.yaml", "mlascent.catalogue.pins:hook"),
    ("integrations/gitlab/check.yml", "mlascent.catalogue.pins:gitlab"),
    ("integrations/azure/check.yml", "mlascent.catalogue.pins:azure"),
    ("docs/how-to/check-in-ci.md", "mlascent.catalogue.pins:page"),
]


def builder(name: str) -> Build:
    """The function that "module:function" names."""
    module, _, function = name.partition(":")
    found: Build = getattr(importlib.import_module(module), function)
    return found


def stale(book: Sources, outputs: Sequence[tuple[str, str]] = OUTPUTS) -> dict[Path, str]:
    """The generated files whose content on disk is not what the catalogue says, with what it should be."""
    behind: dict[Path, str] = {}
    for path, name in outputs:
        content = builder(name)(book)
        if content is not None and content != _current(book.root / path):
            behind[book.root / path] = content
    return behind


def _current(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8") if path.exists() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the generated files; problems of the catalogue itself are told first.

    Returns:
        0, or 1 where the catalogue has problems or, with ``--check``, a file is stale.
    """
    parser = argparse.ArgumentParser(prog="python -m mlascent.catalogue.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list what is stale and exit with 1"
    )
    check = parser.parse_args(arguments).check

    book = sources.read()
    found = validate.problems(book)
    for problem in found:
        print(f"problem: {problem}", file=sys.stderr)
    behind = stale(book)
    for path, content in behind.items():
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(book.root).as_posix()}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8"))
    if check and behind:
        print("Run 'just generate'.", file=sys.stderr)
    return 1 if found or (check and behind) else 0


if __name__ == "__main__":
    sys.exit(main())
