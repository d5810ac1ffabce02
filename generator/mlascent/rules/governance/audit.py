"""What a release leaves behind for an auditor."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, practice, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_PARTS = {
    "commit": r"commit|git_sha|revision|code_sha",
    "data": r"data_(sha|hash|version)|dataset|dvc\.lock|data$",
    "metrics": r"metric",
    "approvals": r"approv",
    "check result": r"check|maturity|assessment",
}
_STORES = (
    "*.log_artifact*",
    "*.put_object",
    "*.upload_file",
    "*.upload_blob",
    "*.write_text",
    "*.log_dict",
    "json.dump",
    "*.writestr",
)
#: Half a year: the least that the AI Act asks of logs (Art. 19, 26).
LEAST_DAYS = 180


@rule("GO090")
def release_leaves_bundle(facts: Facts) -> Verdict:
    """One function of the release that stores the five together.

    A release that only tags leaves its evidence to whoever remembers.
    """
    jobs = [job for job in practice.releasing(facts) if job.reach]
    if not jobs:
        return failed("No release job runs code that could store its evidence.")
    nearest: tuple[int, str, Evidence] | None = None
    for job in jobs:
        for path, name in sorted(job.reach):
            module = facts.python.modules.get(path)
            function = module.functions.get(name) if module else None
            if module is None or function is None or function.kind != "function":
                continue
            if not facts.python.calls(_STORES, {(path, name)}):
                continue
            told = [t for line, t in module.strings if function.line <= line <= function.end] + list(
                function.names
            )
            told += [k for c in module.calls if c.inside == name for k in c.keywords]
            missing = [
                part for part, sign in _PARTS.items() if not any(re.search(sign, t, re.I) for t in told)
            ]
            place = Evidence(path, function.line, name)
            if not missing:
                return passed("A release stores its evidence together.", place, job.evidence)
            if nearest is None or len(missing) < nearest[0]:
                nearest = (len(missing), ", ".join(missing), place)
    if nearest is None or nearest[0] > 3:
        return failed("The release stores no bundle of evidence.", jobs[0].evidence)
    return failed(f"What the release stores lacks: {nearest[1]}.", nearest[2])


@rule("GO091")
def evidence_is_kept(facts: Facts) -> Verdict:
    """Long enough, and where nobody can change it.

    Artifacts of CI go after 90 days; a bucket without a lock can be emptied by whoever writes to it.
    """
    locks = [
        r
        for r in facts.platforms.resources
        if re.search(
            r"object_lock|immutability|ObjectLock|retention_policy|worm", f"{r.type} {dict(r.body)}", re.I
        )
    ]
    for resource in locks:
        days = [
            int(d)
            for d in re.findall(
                r"(?:days|Days|period\w*)['\"]?\s*[:=]\s*['\"]?(\d+)", str(dict(resource.body))
            )
        ]
        years = [
            365 * int(y)
            for y in re.findall(r"(?:years|Years)['\"]?\s*[:=]\s*['\"]?(\d+)", str(dict(resource.body)))
        ]
        place = Evidence(resource.path, resource.line, f"{resource.type} {resource.name}")
        if max([*days, *years], default=0) >= LEAST_DAYS:
            return passed("Evidence is kept where it cannot be changed.", place)
        return failed(f"The lock holds for less than {LEAST_DAYS} days.", place)
    for job in practice.releasing(facts):
        chained = facts.python.calls(("hashlib.*",), job.reach) and practice.named(
            facts, job.reach, r"^prev(ious)?(_hash)?$|chain"
        )
        blocks = [
            b
            for b in practice.topic(facts, r"audit|evidence|trail")
            if isinstance(b.get("retention_days", "days"), int)
        ]
        if chained and blocks:
            if int(blocks[0].get("retention_days", "days")) >= LEAST_DAYS:
                return passed("Evidence is chained by hash and kept.", blocks[0].evidence, job.evidence)
            return failed(f"Evidence is kept for less than {LEAST_DAYS} days.", blocks[0].evidence)
    return failed("No store of evidence is locked or chained, with a retention.")


@rule("GO092")
def promotions_have_names(facts: Facts) -> Verdict:
    """Who, what and when, written by the code that promotes.

    An alias that moves in a web page's click leaves no name in the project's trail.
    """
    moves = facts.python.calls(
        ("*.set_registered_model_alias", "*.transition_model_version_stage", "*.update_model_package")
    )
    for found in moves:
        module = facts.python.modules[found.path]
        about = [n for n in (found.call.inside, *_callers(facts, found.call.inside)) if n in module.functions]
        told = [
            t
            for n in about
            for line, t in module.strings
            if module.functions[n].line <= line <= module.functions[n].end
        ]
        told += [n for a in about for n in (*module.functions[a].names, *module.functions[a].fields)]
        who = any(re.search(r"approv|promoted_by|\bby\b|user|author|who", t, re.I) for t in told)
        when = any(re.search(r"_at\b|\bat\b|\bnow\b|time|date", t, re.I) for t in told)
        writes = any(
            facts.python.calls(("*.set_model_version_tag", "*.set_tag*", *practice.WRITES), {(found.path, n)})
            for n in about
        )
        runs = any((found.path, n) in entries.reached(facts, entries.entries(facts)) for n in about)
        if who and when and writes and runs:
            return passed("A promotion records who, what and when.", words.at(found))
    if moves:
        return failed("A promotion does not record who, what and when.", words.at(moves[0]))
    return failed("No code promotes a model.")


def _callers(facts: Facts, inside: str) -> list[str]:
    """Functions that name a function, of any module."""
    last = inside.rpartition(".")[2]
    return [
        name
        for module in facts.python.package()
        for name, function in module.functions.items()
        if any(n.rpartition(".")[2] == last for n in function.names)
    ]
