"""JUnit: a reader of the format counts as the check decides."""

from __future__ import annotations

import pytest
from junitparser import Failure, JUnitXml, Skipped
from mlascent.assess.model import State
from mlascent.report.check.junit import render

from .support import HOSTILE, full, good


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("text", ["as it is", HOSTILE])
def test_counts_are_those_of_the_check(text: str, language: str) -> None:
    assessment = full(text, text)
    report = JUnitXml.fromstring(render(assessment, language).encode())
    cases = [(suite, case) for suite in report for case in suite]
    failing = [case for _, case in cases if any(isinstance(r, Failure) for r in case.result)]
    skipped = [case for _, case in cases if any(isinstance(r, Skipped) for r in case.result)]
    assert len(failing) == len(assessment.failed) + len(assessment.violations) == report.failures
    demanded = [f for f in assessment.findings if f.demanded]
    passing = [f for f in demanded if f.state is State.PASS]
    assert len(cases) == report.tests == len(demanded) + len(assessment.violations)
    assert len(skipped) == report.skipped == len(cases) - len(failing) - len(passing)
    assert all(suite.tests == len(list(suite)) for suite in report)


def test_a_problem_is_told_and_fails_nothing() -> None:
    assert "deploy/k8s.yaml:7" in render(full())
    report = JUnitXml.fromstring(render(good()).encode())
    assert report.failures == report.skipped == report.errors == 0
    assert report.tests == sum(f.demanded for f in good().findings)
