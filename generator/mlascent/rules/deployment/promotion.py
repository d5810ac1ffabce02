"""Promotion and approval: DP040 to DP043."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.ci import Job
from mlascent.rules.deployment import calls, delivery_jobs, places
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_STAGE = re.compile(r"prod(uction)?|champion|live", re.IGNORECASE)
_PERSON = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<![\w/])@[a-z0-9][\w/-]+|\b[A-Z][\w'-]+ [A-Z][\w'-]+\b")
_EXAMPLE = re.compile(r"@?(example|your|todo|someone|user|team-?name)\b|example\.(com|org)", re.IGNORECASE)


@rule("DP040")
def stages_have_approvers(facts: Facts) -> Verdict:
    """An empty list of approvers lets anyone approve; a role without a name, a placeholder, is nobody."""
    stages = list(_stages(facts))
    if not stages:
        return failed("No stage that leads to production has a name.")
    approvers = next(_approvers(facts), None)
    if approvers is None:
        return failed("The stages have names, but nobody is named who may approve production.", stages[0])
    return passed("Stages are named, and so is who approves production.", stages[0], approvers)


def _stages(facts: Facts) -> Iterator[Evidence]:
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            if any(_STAGE.search(name) for name in (job.environment, *job.environments)):
                yield Evidence(job.path or workflow.path, job.line, "a job's environment")
    for setting in facts.settings.named("environments.yaml", "environments.yml", "environments.json"):
        if isinstance(setting.data, dict) and any(_STAGE.fullmatch(str(key)) for key in setting.data):
            yield Evidence(setting.path, setting.line("production"), "environments")
    for found in facts.python.calls(calls.MOVES_ALIAS):
        if any(
            isinstance(a, str) and _STAGE.search(a) for a in (*found.call.args, *found.call.keywords.values())
        ):
            yield Evidence(found.path, found.call.line, found.call.name)


def _approvers(facts: Facts) -> Iterator[Evidence]:
    for setting in facts.settings.own():
        for keys, block in setting.mappings():
            named = block.get("approvers") or block.get("approver")
            about = not keys or any(_STAGE.search(key) for key in keys) or "promotion" in keys
            if named and about and not _EXAMPLE.search(str(named)):
                yield Evidence(setting.path, setting.line(*keys, "approvers"), f"approvers: {named}")
    owners = facts.answers.block("owners")
    for owner in owners if isinstance(owners, list) else ():
        if isinstance(owner, dict) and "approv" in str(owner.get("role", "")).lower() and owner.get("name"):
            yield Evidence("mlascent.yaml", 0, f"approver: {owner['name']}")
    for document in facts.documents.all.values():
        for section in document.sections:
            if not re.search(r"approv|promot|aprova|promoç", section.title, re.IGNORECASE):
                continue
            skipped = {line for line, _ in section.placeholders}
            for number, text in enumerate(section.text.splitlines(), section.line + 1):
                if (
                    number in skipped
                    or not _STAGE.search(text)
                    or not re.search("approv|aprova", text.lower())
                ):
                    continue
                if _PERSON.search(text) and not _EXAMPLE.search(text):
                    yield Evidence(document.path, number, "who approves production")


@rule("DP041")
def production_waits(facts: Facts) -> Verdict:
    """An environment on another job, or `when: manual` on a job that deploys nothing, holds nothing back."""
    jobs = delivery_jobs.production(facts)
    if not jobs:
        return failed("No CI job deploys to production.")
    free = [(workflow, job) for workflow, job in jobs if not _held(facts, workflow.path, job)]
    if free:
        return failed(
            f"The job {free[0][1].name} deploys without an approval.",
            *(Evidence(j.path or w.path, j.line, f"job {j.name}") for w, j in free),
        )
    return passed(
        "The production job waits for an approval.",
        *(
            Evidence(j.path or w.path, j.line, f"job {j.name}: {j.environment or 'approval'}")
            for w, j in jobs
        ),
    )


def _held(facts: Facts, path: str, job: Job) -> bool:
    """Whether the job, or one that it needs, waits for a person."""
    jobs = {j.name: j for w in facts.ci.workflows if w.path == path for j in w.jobs}
    waiting, seen = [job], set()
    while waiting:
        each = waiting.pop()
        if each.approval:
            return True
        seen.add(each.name)
        waiting += [jobs[name] for name in each.needs if name in jobs and name not in seen]
    return False


@rule("DP042")
def host_demands_reviewers(facts: Facts) -> Verdict:
    """A name in a file protects nothing: whether the host demands a reviewer, only the host shows."""
    environments = facts.host.get("environments")
    if not isinstance(environments, list):
        return unknown("Only the code host shows its protections: give a snapshot with `environments`.")
    for environment in environments:
        if isinstance(environment, dict) and _STAGE.search(str(environment.get("name", ""))):
            name = environment["name"]
            if environment.get("reviewers"):
                return passed(f"The host demands reviewers for {name}.")
            return failed(f"The host demands no reviewers for {name}.")
    return failed("The host has no environment for production.")


@rule("DP043")
def a_policy_promotes(facts: Facts) -> Verdict:
    """A job that moves the alias whatever happens has no policy; a policy that nobody evaluates is a file."""
    for place in places.steps(facts, "push", "schedule", "event", "after", "tag"):
        if place.job.approval:
            continue
        for launch in place.step.launches:
            within = places.code(facts, launch)
            if not within or not facts.python.calls(calls.MOVES_ALIAS, within):
                continue
            said = places.texts(facts, within)
            policies = [
                t for t in said if re.search(r"(policy|promotion|criteria)[\w.-]*\.(ya?ml|json|rego)$", t)
            ]
            policy = next((p for t in sorted(policies) for p in facts.files.match(f"*{t}")), "")
            content = str(facts.settings.get(policy)).lower() if policy else ""
            if all(
                re.search(word, content)
                for word in ("metric|auc|f1|rmse|accuracy", "fair|bias|slice", "sign")
            ):
                return passed("A policy promotes by its result.", place.evidence(), Evidence(policy))
    return failed("No job promotes by a policy of metrics, fairness and signatures.")
