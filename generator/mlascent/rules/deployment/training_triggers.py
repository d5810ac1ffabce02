"""Continuous training: DP080 to DP082."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from mlascent.facts import Facts
from mlascent.facts.ci import Trigger
from mlascent.facts.tasks import Command
from mlascent.rules import words
from mlascent.rules.deployment import cron, images, places
from mlascent.rules.deployment.ci import day
from mlascent.rules.deployment.places import Place
from mlascent.rules.deployment.values import at, walk
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_ABOUT = re.compile(r"re-?train|cadence|schedule|retreina|treinamento|periodicidade|agenda", re.IGNORECASE)
_CADENCE = re.compile(
    r"\b(hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly"
    r"|every (day|night|week|month|quarter|\d+)"
    r"|diári\w+|semanal\w*|mensal\w*|trimestral\w*|cada (dia|semana|m[êe]s|trimestre))\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(owner|role|responsible|answers for|team|engineer|lead|scientist|on-?call"
    r"|respons[áa]ve(l|is)|dono|equipe)\b|@[\w/-]+",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"^\s*(todo|tbd|\?+|<.*>|n/?a|none|-)?\s*$", re.IGNORECASE)
_STARTED = ("schedule", "event", "after")


@rule("DP080")
def it_trains_by_itself(facts: Facts) -> Verdict:
    """A cron that lints, a schedule in a comment, a button: none of them trains while nobody looks."""
    found = places.launched(facts, lambda launch: places.trains(facts, launch), *_STARTED)
    if found:
        place, launch = found[0]
        kinds = sorted((place.step.triggers or place.job.triggers) & set(_STARTED))
        return passed(
            "A job trains the model by itself.",
            place.evidence(f"job {place.job.name}, on {' and '.join(kinds)}"),
            words.seen(launch),
        )
    outside = next(_outside(facts), None)
    if outside:
        return passed("A scheduler trains the model.", outside)
    idle = [p for p in places.steps(facts, "schedule") if p.step.launches]
    if idle:
        return failed(
            "Something is scheduled, but it does not come to training.", *(p.evidence() for p in idle[:3])
        )
    return failed("No schedule and no event starts training.")


def _outside(facts: Facts) -> Iterator[Evidence]:
    """Schedulers beside CI: Azure ML, Kubernetes, Airflow, Terraform."""
    for asset in facts.platforms.assets:
        if asset.kind == "schedule" and asset.body.get("create_job") and asset.body.get("trigger"):
            yield Evidence(asset.path, asset.line, "schedule")
    for thing in facts.kubernetes.of("CronJob", "CronWorkflow"):
        for container in images.containers(thing.body):
            told = [*_list(container.get("command")), *_list(container.get("args"))]
            command = (Command(" ".join(told), thing.path, thing.line),)
            if not at(thing.body, "spec", "suspend") and any(
                places.trains(facts, launch) for launch in facts.tasks.launches(command)
            ):
                yield Evidence(thing.path, thing.line, thing.kind)
    for found in facts.python.calls(
        ("airflow.DAG", "airflow.models.DAG", "airflow.decorators.dag", "airflow.*.dag")
    ):
        given = found.call.keywords
        cycle = given.get("schedule", given.get("schedule_interval"))
        if isinstance(cycle, str) and cycle not in ("@once", "None"):
            within = places.whole(facts, [found.path])
            if words.fits(facts, within) or facts.python.calls(("*SageMaker*Operator",), within):
                yield words.at(found)
    for resource in facts.platforms.resources:
        if resource.type in ("aws_scheduler_schedule", "aws_cloudwatch_event_rule", "AWS::Events::Rule"):
            keys = {key.lower() for key, _ in walk(resource.body)}
            target = str(resource.body) + "".join(
                str(r.body) for r in facts.platforms.resources if r.type == "aws_cloudwatch_event_target"
            )
            timed = bool({"schedule_expression", "scheduleexpression"} & keys)
            if timed and ("sagemaker_pipeline" in target or ":pipeline/" in target):
                yield Evidence(resource.path, resource.line, resource.type)


def _list(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


@rule("DP081")
def cadence_and_role(facts: Facts) -> Verdict:
    """A cron that no day matches, two crons that differ, an owner called TODO."""
    crons = [(c, e) for c, e in _crons(facts) if c]
    wrong = [(c, e) for c, e in crons if not cron.ever(c)]
    if wrong:
        return failed(f"`{wrong[0][0]}` is no time that ever comes.", wrong[0][1])
    written = [(c, e) for c, e in _planned(facts) if c]
    if written and not cron.ever(written[0][0]):
        return failed(f"`{written[0][0]}` is no time that ever comes.", written[0][1])
    if crons and written and all(cron.same(c, written[0][0]) is False for c, _ in crons):
        return failed("The plan and the job name different times.", crons[0][1], written[0][1])
    if not crons and not written and not _cadence_document(facts, need_role=False):
        return failed("No schedule of the retraining is written down.")
    stated = _stated(facts) or _cadence_document(facts, need_role=True)
    where = [e for _, e in (*crons, *written)][:2]
    if stated is None:
        return failed("Nothing names the cadence and the role that owns it.", *where)
    return passed("Cadence and owner of the retraining are written down.", *where, stated)


def _crons(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    """Times at which CI starts a job that trains."""
    seen: set[str] = set()
    for place, _ in places.launched(facts, lambda launch: places.trains(facts, launch), "schedule"):
        workflow = place.workflow
        if workflow.path not in seen:
            seen.add(workflow.path)
            for trigger in workflow.triggers:
                if trigger.kind == "schedule":
                    yield trigger.cron, Evidence(workflow.path, trigger.line, trigger.cron)


def _planned(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    """Times in a team's plan of its retraining."""
    for setting in facts.settings.own():
        if "retrain" in words.parts(setting.path) or re.search(r"retrain", setting.path):
            for keys, block in setting.mappings():
                for name in ("schedule", "cron"):
                    if isinstance(block.get(name), str):
                        yield block[name], Evidence(setting.path, setting.line(*keys, name), block[name])


def _stated(facts: Facts) -> Evidence | None:
    """A plan that names cadence and owner."""
    for setting in facts.settings.own():
        if not re.search(r"retrain", setting.path) or not isinstance(setting.data, dict):
            continue
        cadence = str(setting.data.get("cadence", ""))
        owner = next((str(setting.data[k]) for k in ("owner", "role", "team") if setting.data.get(k)), "")
        if not _EMPTY.match(cadence) and not _EMPTY.match(owner):
            return Evidence(setting.path, setting.line("owner"), f"{cadence}, {owner}")
    return None


def _cadence_document(facts: Facts, need_role: bool) -> Evidence | None:
    for document in facts.documents.all.values():
        for section in document.sections:
            filled = {line for line, _ in section.placeholders}
            kept = [
                text
                for number, text in enumerate(section.text.splitlines(), section.line + 1)
                if number not in filled
            ]
            text = "\n".join(kept)
            about = _ABOUT.search(section.title) or re.search(r"re-?train|retreina", text, re.IGNORECASE)
            near = [t for t in re.split(r"\n\s*\n|\n[-*|]", text) if _CADENCE.search(t)]
            told = any(re.search("train|treina", t, re.IGNORECASE) for t in near)
            if about and told and section.written > 4 and (not need_role or _ROLE.search(text)):
                return Evidence(document.path, section.line, section.title)
    return None


@rule("DP082")
def it_ran_lately(facts: Facts) -> Verdict:
    """A schedule in a file is no run: hosts switch off schedules that nobody touches."""
    runs = facts.host.get("runs")
    if not isinstance(runs, list):
        return unknown("Only the code host or the tracker shows the last scheduled training.")
    times = [(place, t.cron) for place, t in _scheduled(facts)]
    if not times:
        return failed("No job trains on a schedule.")
    place, text = times[0]
    names = {place.workflow.name, place.workflow.path}
    mine = [
        r
        for r in runs
        if isinstance(r, dict) and r.get("trigger") == "schedule" and r.get("workflow") in names
    ]
    days = [found for r in mine if (found := day(r))]
    if not days:
        return failed("The snapshot shows no scheduled training.", place.evidence())
    age = facts.as_of - max(days)
    if age > 2 * max(cron.interval(text), timedelta(days=1)):
        return failed(f"The last scheduled training was {age.days} days ago.", place.evidence())
    return passed(f"The last scheduled training was {age.days} days ago.", place.evidence())


def _scheduled(facts: Facts) -> Iterator[tuple[Place, Trigger]]:
    for place, _ in places.launched(facts, lambda launch: places.trains(facts, launch), "schedule"):
        for trigger in place.workflow.triggers:
            if trigger.kind == "schedule":
                yield place, trigger
