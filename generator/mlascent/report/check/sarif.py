"""What `mlascent check` found as SARIF 2.1.0, for code scanning.

Only what does not hold is a result. What a repository cannot show (`unknown`) stays out: a code scanner
would blame a line that has done nothing. Whether it was demanded is said by the level, and there is no
`security-severity`: a gap in maturity is not a vulnerability.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import mlascent
from mlascent.assess.model import Assessment, Finding
from mlascent.catalogue import catalogue
from mlascent.facts.files import Problem
from mlascent.report.check.shared import (
    HOME,
    Weight,
    clean,
    fallback,
    fingerprint,
    located,
    shown,
    statement,
    told,
    weigh,
)
from mlascent.rules.model import Evidence

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_TOLD = (Weight.DECIDES, Weight.YOURS, Weight.WARNS, Weight.WAIVED, Weight.KNOWN)
_LEVELS = {
    Weight.DECIDES: "error",
    Weight.YOURS: "warning",
    Weight.WAIVED: "warning",
    Weight.KNOWN: "warning",
}
_SUPPRESSED = (Weight.WAIVED, Weight.KNOWN)


def render(assessment: Assessment, language: str = "en") -> str:
    """The findings that do not hold, as one run; what is waived or in the baseline is suppressed."""
    weighed = weigh(assessment)
    found = shown(assessment, *_TOLD)
    rules = sorted({f.rule.id: f for f in found}.values(), key=lambda f: f.rule.id)
    index = {f.rule.id: number for number, f in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "mlascent",
                "version": mlascent.__version__,
                "semanticVersion": mlascent.__version__.replace(".dev", "-dev."),
                "informationUri": HOME,
                "language": language,
                "rules": [_rule(finding, language) for finding in rules],
            }
        },
        "automationDetails": {"id": f"mlascent/level-{assessment.checked}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    *(_notice(assessment, problem) for problem in assessment.problems),
                    *({"level": "error", "message": _text(clean(said))} for said in assessment.violations),
                    *({"level": "warning", "message": _text(clean(said))} for said in assessment.warnings),
                ],
            }
        ],
        "results": [
            _result(assessment, f, weighed[f.rule.id], index[f.rule.id], language)
            for f in sorted(found, key=lambda f: f.rule.id)
        ],
        "properties": {"checked": assessment.checked, "ok": assessment.ok, "asOf": str(assessment.as_of)},
    }
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _rule(finding: Finding, language: str) -> dict[str, Any]:
    rule = finding.rule
    told_fix = f"{clean(rule.proof)}\n\n{clean(rule.fix)}"
    metadata: dict[str, Any] = {
        "id": rule.id,
        "name": rule.capability or rule.id,
        "shortDescription": _text(statement(finding, language)),
        "fullDescription": _text(_why(finding, language)),
        "help": {
            "text": told_fix,
            "markdown": f"**{statement(finding, language)}**\n\n{told_fix}\n\n`mlascent explain {rule.id}`",
        },
        "defaultConfiguration": {"level": "error" if finding.severity == "required" else "note"},
        "properties": {
            "tags": ["maturity", finding.area, f"level-{finding.level}", rule.strength],
            "owedBy": rule.owed_by,
            "precision": "high",
        },
    }
    if rule.capability:
        metadata["helpUri"] = (
            f"{HOME}/blob/main/docs/reference/capabilities/{finding.area}.md#{rule.capability}"
        )
    return metadata


def _why(finding: Finding, language: str) -> str:
    if not finding.rule.capability:
        return statement(finding, language)
    capability = catalogue().capability(finding.rule.capability)
    return clean(f"{statement(finding, language)} {capability.why.in_(language)}")


def _result(
    assessment: Assessment, finding: Finding, weight: Weight, index: int, language: str
) -> dict[str, Any]:
    places = [e for e in finding.verdict.evidence if e.path] or [Evidence(fallback(assessment))]
    level = _LEVELS.get(weight, "warning" if finding.severity == "required" else "note")
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "kind": "fail",
        "level": level,
        "message": _text(told(finding) or statement(finding, language)),
        "locations": [_location(assessment, places[0])],
        "partialFingerprints": {
            "mlascentRule/v1": fingerprint(finding),
            "primaryLocationLineHash": f"{fingerprint(finding)[:16]}:1",
        },
        "suppressions": [],
        "properties": {"owedBy": finding.rule.owed_by, "demanded": finding.demanded, "level": finding.level},
    }
    if places[1:]:
        result["relatedLocations"] = [
            {"id": number, **_location(assessment, place)} for number, place in enumerate(places[1:], 1)
        ]
    if weight in _SUPPRESSED:
        why = clean(finding.note) or finding.waiver or weight.value
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    if weight is Weight.KNOWN:
        result["baselineState"] = "unchanged"
    return result


def _location(assessment: Assessment, evidence: Evidence) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(located(assessment, evidence.path)), "uriBaseId": "%SRCROOT%"},
            # Code scanning refuses a place without a line.
            "region": {"startLine": max(evidence.line, 1)},
        }
    }
    if evidence.said:
        location["message"] = _text(clean(evidence.said))
    return location


def _notice(assessment: Assessment, problem: Problem) -> dict[str, Any]:
    place = _location(assessment, Evidence(problem.path, problem.line))
    text = _text(clean(f"{problem.path} {problem.said}"))
    return {"level": "warning", "message": text, "locations": [place]}


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _text(text: str) -> dict[str, str]:
    return {"text": text}
