"""What `mlascent check` found as JUnit XML: a suite an area, a case a rule.

A case fails if and only if the check fails by it. What else does not hold is skipped, with its reason: it
must neither look as if it passed nor turn a passing check red.
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from mlascent.assess.model import Assessment, Finding, State
from mlascent.catalogue import catalogue
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import Weight, clean, place, statement, told, weigh


def render(assessment: Assessment, language: str = "en") -> str:
    """The findings that are demanded, and the policy's violations, as test suites."""
    root = Xml.Element("testsuites", name=f"mlascent check, {clean(assessment.name)}")
    weighed = weigh(assessment)
    for area in catalogue().areas:
        mine = [f for f in assessment.findings if f.area == area.id and f.demanded]
        suite = Xml.SubElement(root, "testsuite", name=area.name.in_(language), package=area.id)
        for finding in mine:
            _case(suite, finding, weighed[finding.rule.id], language)
    known = {area.id for area in catalogue().areas}
    if others := [f for f in assessment.findings if f.area not in known and f.demanded]:
        suite = Xml.SubElement(root, "testsuite", name="policy", package="policy")
        for finding in others:
            _case(suite, finding, weighed[finding.rule.id], language)
    if assessment.violations:
        _violations(root, assessment, language)
    for number, suite in enumerate(root):
        _sum(suite)
        suite.set("id", str(number))
        suite.set("hostname", "localhost")
        suite.set("timestamp", f"{assessment.as_of}T00:00:00")
    if assessment.problems:
        lines = (f"{place(p)}: {clean(p.said)}" for p in assessment.problems)
        Xml.SubElement(root[0], "system-err").text = "\n".join(lines)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", "0")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _case(suite: Xml.Element, finding: Finding, weight: Weight, language: str) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=f"mlascent.{finding.area}.{finding.rule.capability or 'policy'}",
        name=f"{finding.rule.id} {statement(finding, language)}",
        time="0",
    )
    said = told(finding)
    if weight is Weight.DECIDES:
        failure = Xml.SubElement(case, "failure", message=said, type=finding.rule.id)
        read = [f"{place(e)} {clean(e.said)}".strip() for e in finding.verdict.evidence]
        fix = f"{say(language, 'fix')}: {clean(finding.rule.fix)}"
        failure.text = "\n".join([said, *read, fix])
    elif finding.state is not State.PASS:
        reason = say(language, weight.value if weight is Weight.YOURS else f"state_{finding.state}")
        Xml.SubElement(case, "skipped", message=f"{reason}: {said}" if said else reason)


def _violations(root: Xml.Element, assessment: Assessment, language: str) -> None:
    suite = Xml.SubElement(root, "testsuite", name=say(language, "violations"), package="policy")
    for number, said in enumerate(assessment.violations, 1):
        case = Xml.SubElement(
            suite, "testcase", classname="mlascent.policy", name=f"{number} {clean(said)}", time="0"
        )
        Xml.SubElement(case, "failure", message=clean(said), type="policy").text = clean(said)


def _sum(suite: Xml.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("time", "0")
