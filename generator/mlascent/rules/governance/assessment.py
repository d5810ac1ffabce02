"""The level that a project claims, and the check that holds it to it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.ci import Run
from mlascent.facts.tasks import Launch
from mlascent.rules import practice, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_WINDOW = timedelta(days=365)
_LAWS = re.compile(r"ai[ _-]?act|iso[ _-]?42001|nist", re.IGNORECASE)


def claimed(facts: Facts) -> int | None:
    """The level that the project claims."""
    for source in (facts.answers.given, facts.answers.manifest):
        level = source.get("level")
        if isinstance(level, int) and not isinstance(level, bool) and 0 <= level <= 4:
            return level
    return None


@rule("GO080")
def level_is_claimed(facts: Facts) -> Verdict:
    """A number from 0 to 4."""
    level = claimed(facts)
    if level is None:
        return failed("The project claims no level.")
    path = ".copier-answers.yml" if "level" in facts.answers.given else "mlascent.yaml"
    return passed(f"The project claims level {level}.", Evidence(path, 0, f"level: {level}"))


def checks(launch: Launch) -> bool:
    """Whether `mlascent check` runs and can fail."""
    return words.program(launch) == "mlascent" and words.arguments(launch)[:1] == ("check",) and launch.counts


def checking(facts: Facts, *triggers: str) -> tuple[Run, ...]:
    """Where CI checks."""
    return facts.ci.runs(checks, *triggers)


@rule("GO081")
def level_is_checked(facts: Facts) -> Verdict:
    """The check in a job that runs by itself, at the level that is claimed.

    A check of level 0 in a project that claims 2, or one whose failure is ignored, checks nothing.
    """
    runs = checking(facts, "push", "change", "schedule")
    level = claimed(facts) or 0
    low = []
    for run in runs:
        text = " ".join(run.launch.argv)
        asked = re.search(r"--level[= ](\d)", text)
        if (asked and int(asked[1]) < level) or re.search(r"--(evaluate-only|exit-zero|help)\b", text):
            low.append(Evidence(run.workflow.path, run.step.line, text[:80]))
        else:
            return passed(
                "CI checks the claimed level.", Evidence(run.workflow.path, run.step.line, text[:80])
            )
    if low:
        return failed(f"CI checks less than level {level}.", *low)
    return failed("No job that runs by itself reaches `mlascent check`.")


@rule("GO082")
def answers_are_fresh(facts: Facts) -> Verdict:
    """The newest answer of people, with name and date; a date to come is no answer."""
    found: list[tuple[Any, Evidence]] = []
    for setting in facts.settings.match(
        ".mlascent/attestations.y*ml", ".mlascent/answers*.y*ml", ".mlascent/assessments/*"
    ):
        for keys, told in setting.mappings():
            when = texts.day(told.get("date", told.get("answered")))
            who = told.get("by", told.get("author"))
            if when and texts.said(who) and when <= facts.as_of:
                found.append((when, Evidence(setting.path, setting.line(*keys, "date"), f"{when}, {who}")))
    if not found:
        return failed("No answer of people with author and date is on record.")
    when, place = max(found, key=lambda item: item[0])
    if facts.as_of - when > _WINDOW:
        return failed(f"The people's last answer is of {when}.", place)
    return passed(f"The people's last answer is of {when}.", place)


@rule("GO083")
def trend_is_shown(facts: Facts) -> Verdict:
    """Two dated results, and a plan in which nothing lacks owner or date."""
    results = {}
    for setting in facts.settings.match(".mlascent/assessments/*", ".mlascent/results/*"):
        told = setting.data if isinstance(setting.data, dict) else {}
        if when := texts.day(told.get("as_of", told.get("date"))):
            results[when] = Evidence(setting.path, 1, str(when))
    if len(results) < 2:
        return failed("Fewer than two dated assessments are on record.", *results.values())
    plans = facts.settings.match(".mlascent/plan.y*ml", ".mlascent/action-plan.y*ml")
    actions = [
        a
        for s in plans
        for a in texts.items(s.data.get("actions") if isinstance(s.data, dict) else s.data)
        if isinstance(a, dict)
    ]
    if not actions:
        return failed("There is no action plan for the gaps.", *list(results.values())[:2])
    open_ = [
        a for a in actions if not texts.said(a.get("owner")) or not texts.day(a.get("due", a.get("date")))
    ]
    if open_:
        return failed(
            "An action has no owner or no date.",
            Evidence(plans[0].path, 1, str(open_[0].get("what", ""))[:60]),
        )
    return passed(
        f"{len(results)} assessments show a trend, and the gaps are planned.", *list(results.values())[:2]
    )


@rule("GO160")
def check_is_required(facts: Facts) -> Verdict:
    """The check among the required ones, and a clock that runs it."""
    runs, timed = checking(facts, "push", "change"), checking(facts, "schedule")
    if not runs or not timed:
        return failed(
            f"The check runs on no {'change' if not runs else 'schedule'}.",
            *(Evidence(r.workflow.path, r.step.line) for r in (*runs, *timed)[:1]),
        )
    names = {texts.folded(n) for r in runs for n in (r.workflow.name, r.job.name)}
    for rules in facts.hosting.branches:
        if rules.enforced and ("*" in rules.checks or names & {texts.folded(c) for c in rules.checks}):
            return passed(
                "The check is required, and runs on a schedule.",
                Evidence(rules.path),
                Evidence(timed[0].workflow.path, timed[0].step.line),
            )
    return failed(
        "No declared branch rule requires the check.", Evidence(runs[0].workflow.path, runs[0].step.line)
    )


@rule("GO161")
def result_is_signed(facts: Facts) -> Verdict:
    """An attestation of the commit in production; the store of attestations shows it."""
    told = facts.host.get("production")
    attested = told.get("check_attested") if isinstance(told, dict) else None
    if attested is None:
        return unknown(
            "The store of attestations shows it: give a snapshot with `production.check_attested`."
        )
    return (
        passed("The production commit has a signed result.")
        if attested is True
        else failed("The production commit has no signed result.")
    )


@rule("GO162")
def cloud_is_guarded(facts: Facts) -> Verdict:
    """Policies as code, and a delivery that applies or tests them.

    Rego files that no job runs guard nothing.
    """
    programs = ("conftest", "opa", "checkov", "tfsec", "terrascan", "cfn-guard", "regula", "kyverno", "az")
    for run in facts.ci.runs(lambda launch: words.program(launch) in programs[:-1]):
        return passed(
            "Policy as code guards delivery.",
            Evidence(run.workflow.path, run.step.line, words.program(run.launch)),
        )
    rules = [
        r
        for r in facts.platforms.resources
        if re.search(r"config_config_rule|AWS::Config|policy_assignment|policyAssignments", r.type)
    ]
    applies = facts.ci.runs(
        lambda launch: words.program(launch) in ("terraform", "tofu", "bicep", "cdk", "pulumi")
    )
    if rules and applies:
        return passed(
            "Policies of the cloud are delivered as code.",
            Evidence(rules[0].path, rules[0].line, rules[0].type),
        )
    where = (Evidence(r.path, r.line, r.type) for r in rules[:1])
    return failed("No policy as code is reached from delivery.", *where)


@rule("GO163")
def crosswalk_is_exported(facts: Facts) -> Verdict:
    """A release that writes the crosswalk, for three sets of rules."""
    for job in practice.releasing(facts):
        text = " ".join(job.launch.argv) if job.launch else ""
        if "crosswalk" in text and (job.entry is not None or "mlascent" in text):
            return passed("The release exports the crosswalk.", job.evidence)
        told = {m[0].lower() for _, _, t in practice.literals(facts, job.reach) for m in _LAWS.finditer(t)}
        if len({re.sub(r"[^a-z]", "", t) for t in told}) >= 3 and facts.python.calls(
            practice.WRITES, job.reach
        ):
            return passed("The release exports the crosswalk.", job.evidence)
    return failed("No release job exports a crosswalk to laws and standards.")


@rule("GX050")
def applicability_is_stated(facts: Facts) -> Verdict:
    """A dated statement that tells each control's evidence, and what has none."""
    page = facts.documents.find(
        "statement-of-applicability", "soa", "iso-42001", "applicability", "declaracao-de-aplicabilidade"
    )
    if page is None:
        return failed("There is no statement of applicability.")
    if not texts.dates(texts.whole(page)):
        return failed("The statement of applicability has no date.", Evidence(page.path, 1))
    found = [row for section in page.sections for row in texts.rows(section)]
    controls = [row for row in found if re.search(r"\b[A-Z]?\.?\d+\.\d+", " ".join(row.cells.values()))]
    if len(controls) < 10:
        return failed(
            "The statement does not cover the controls.", Evidence(page.path, 1, f"{len(controls)} controls")
        )
    silent = [row for row in controls if not row.get("evidence", "evidencia", "status", "answer")]
    if silent:
        return failed(
            "The statement leaves controls without evidence or a word on it.",
            *(Evidence(page.path, r.line) for r in silent[:3]),
        )
    return passed("The statement of applicability is dated and whole.", Evidence(page.path, 1))
