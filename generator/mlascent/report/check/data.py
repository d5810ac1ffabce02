"""What `mlascent check` found, as JSON: everything, in the form of `schema.json` beside this module."""

from __future__ import annotations

import json
import re
from typing import Any

import mlascent
from mlascent.assess.model import Assessment, Finding, Standing, WaiverSeen

SCHEMA = 1
_NO_CHARACTER = re.compile("[\ud800-\udfff]")


def render(assessment: Assessment, language: str = "en") -> str:
    """The assessment as JSON: the same repository on the same day, the same bytes."""
    text = json.dumps(as_json(assessment, language), ensure_ascii=False, indent=2) + "\n"
    # A file's name need not be UTF-8; what is not is escaped, so that every terminal and file takes it.
    return _NO_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_json(a: Assessment, language: str = "en") -> dict[str, Any]:
    """The assessment as plain data."""
    failed, yours = {f.rule.id for f in a.failed}, {f.rule.id for f in a.yours}
    seen = a.policy
    return {
        "schema": SCHEMA,
        "mlascent": mlascent.__version__,
        "ok": a.ok,
        "name": a.name,
        "directory": a.directory,
        "as_of": a.as_of.isoformat(),
        "checked": a.checked,
        "demanded": a.demanded,
        "owed_by": list(a.owed_by),
        "only": list(a.only),
        "generated": a.generated or None,
        "profile": a.profile,
        "project": _standing(a.project),
        "areas": {area: _standing(standing) for area, standing in a.areas.items()},
        "readings": a.readings,
        "readings_wired": a.readings_wired,
        "policy": {
            "names": list(seen.names),
            "version": seen.version,
            "digest": seen.digest,
            "enforces": seen.enforces,
            "enforces_from": seen.enforces_from.isoformat() if seen.enforces_from else None,
        }
        if seen
        else None,
        "violations": list(a.violations),
        "warnings": list(a.warnings),
        "failed": [f.rule.id for f in a.failed],
        "yours": [f.rule.id for f in a.yours],
        "next": [{"what": s.what, "rules": list(s.rules), "command": s.command} for s in a.next],
        "findings": [_finding(f, f.rule.id in failed, f.rule.id in yours, language) for f in a.findings],
        "waivers": [_waiver(waiver) for waiver in a.waivers],
        "healed": list(a.healed),
        "problems": [{"path": p.path, "line": p.line, "said": p.said} for p in a.problems],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "claimed": standing.claimed,
        "wired": standing.wired,
        "verified": standing.verified,
        "effective": standing.effective,
        "limits": list(standing.limits),
    }


def _finding(finding: Finding, failed: bool, yours: bool, language: str) -> dict[str, Any]:
    rule, verdict = finding.rule, finding.verdict
    return {
        "rule": rule.id,
        "capability": rule.capability or None,
        "area": finding.area,
        "level": finding.level,
        "severity": finding.severity,
        "strength": rule.strength,
        "owed_by": rule.owed_by,
        "statement": rule.statement.in_(language),
        "outcome": verdict.outcome.value,
        "state": finding.state.value,
        "demanded": finding.demanded,
        "failed": failed,
        "yours": yours,
        "said": verdict.said,
        "evidence": [{"path": e.path, "line": e.line, "said": e.said} for e in verdict.evidence],
        "note": finding.note,
        "waiver": finding.waiver or None,
        "attested": finding.attested or None,
        "broken": finding.broken,
        "fingerprints": list(finding.fingerprints),
        "fix": rule.fix,
    }


def _waiver(waiver: WaiverSeen) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "state": waiver.state,
        "said": waiver.said,
        "line": waiver.line,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "approver": waiver.approver,
        "expires": waiver.expires,
    }
