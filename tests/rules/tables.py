"""Tables of small repositories: for each rule one in which it holds, and some that only pretend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mlascent.rules import load
from mlascent.rules.model import Outcome, Verdict

from tests.rules import support

Tree = Mapping[str, str | bytes | None]


def rows(rule: str, true: Tree, **false: Tree) -> list[Any]:
    """Parameters of a test: the true repository, and others, each the true one with some files changed.

    A file that is `None` is taken away.
    """
    found = [pytest.param(rule, true, Outcome.PASS, id=f"{rule}-holds")]
    for why, changes in false.items():
        found.append(pytest.param(rule, {**true, **changes}, Outcome.FAIL, id=f"{rule}-{why}"))
    return found


def verdict(root: Path, rule: str, tree: Tree, host: Mapping[str, Any] | None = None) -> Verdict:
    """What a rule says of a tree."""
    facts = support.facts(root, {path: text for path, text in tree.items() if text is not None})
    facts.host.update(host or {})
    return load()[rule](facts)


def holds(root: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    """Assert an outcome, a sentence, and evidence in files that are there."""
    found = verdict(root, rule, tree)
    assert found.outcome is outcome, (found.said, found.evidence)
    assert found.said.endswith(".")
    for evidence in found.evidence:
        assert not evidence.path or tree.get(evidence.path) is not None, evidence
