"""The way back: DP070 to DP072."""

from __future__ import annotations

import re
from datetime import date

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.facts.tasks import Command, Launch, Task
from mlascent.rules import words
from mlascent.rules.deployment import calls, places, programs
from mlascent.rules.deployment.values import holds, values_of
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_NAMES = frozenset(("rollback", "revert", "restore", "undo"))
_TITLE = re.compile(
    r"roll[- ]?back|revert|previous (model|version)|way back|reverter|voltar|revers[ãa]o", re.IGNORECASE
)
_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DRILL = re.compile(r"roll[- ]?back|way back|revers[ãa]o|drill|rehears|ensai", re.IGNORECASE)
#: A drill is good for half a year.
DRILL_DAYS = 183


@rule("DP070")
def there_is_a_way_back(facts: Facts) -> Verdict:
    """A word that echoes, or a runbook of headings, or one that names a word that is not there."""
    for name in sorted(facts.tasks.words):
        if set(words.parts(name)) & _NAMES:
            for task in facts.tasks.words[name]:
                launch = _undoes_task(facts, task)
                if launch:
                    said = f"{task.runner} {task.name}"
                    return passed(
                        "A command returns to the previous version.",
                        Evidence(task.path, task.line, said),
                        words.seen(launch),
                    )
    runbook = _runbook(facts)
    if runbook:
        return passed("A runbook names the commands that return to the previous version.", runbook)
    named = [t for n, ts in facts.tasks.words.items() if set(words.parts(n)) & _NAMES for t in ts]
    if named:
        return failed(
            f"`{named[0].runner} {named[0].name}` does not return to an earlier version.",
            Evidence(named[0].path, named[0].line),
        )
    return failed("Neither a command nor a runbook says how to return to the previous version.")


def _undoes_task(facts: Facts, task: Task) -> Launch | None:
    return next((launch for launch in facts.tasks.of(task) if undoes(facts, launch)), None)


def undoes(facts: Facts, launch: Launch) -> bool:
    """Whether a command moves an alias or returns to an earlier release."""
    if programs.does(launch, programs.UNDO):
        return True
    if programs.does(launch, programs.DEPLOY) and any(
        re.search(r"previous|rollback|prev", word, re.IGNORECASE) for word in (*launch.argv, *launch.via)
    ):
        return True
    within = places.code(facts, launch) if launch.entry else frozenset()
    if not within:
        return False
    moved = facts.python.calls(calls.MOVES_ALIAS, within)
    return bool(facts.python.calls(calls.DEPLOY_CALLS, within)) or any(_to_production(m) for m in moved)


def _to_production(found: Found) -> bool:
    """Whether a call can move what production answers with: another alias by name does not."""
    named = [a for a in (*found.call.args, *found.call.keywords.values()) if isinstance(a, str)]
    other = any(
        re.fullmatch(r"challenger|candidate|staging|latest|archived", name, re.IGNORECASE) for name in named
    )
    return not other


def _runbook(facts: Facts) -> Evidence | None:
    for document in facts.documents.all.values():
        for section in document.sections:
            if not _TITLE.search(section.title) or section.written < 5:
                continue
            for number, text in enumerate(section.text.splitlines(), section.line + 1):
                commands = re.findall(r"`([^`]+)`", text) or ([text.strip("$ ")] if _code(text) else [])
                for command in commands:
                    asked = (Command(command, document.path, number),)
                    if any(undoes(facts, launch) for launch in facts.tasks.launches(asked)):
                        return Evidence(document.path, number, command)
    return None


def _code(text: str) -> bool:
    return bool(re.match(r"\s*(\$ )?(just|make|kubectl|helm|aws|az|gcloud|python|argocd|\./)\b", text))


@rule("DP071")
def it_goes_back_by_itself(facts: Facts) -> Verdict:
    """A rollback without an alarm never starts; an alarm that starts nothing goes nowhere."""
    for thing in facts.kubernetes.of("Rollout"):
        if holds(thing.body, "analysis") and facts.kubernetes.of(
            "AnalysisTemplate", "ClusterAnalysisTemplate"
        ):
            return passed("The rollout ends itself by an analysis.", Evidence(thing.path, thing.line))
    for thing in facts.kubernetes.of("Canary"):
        if holds(thing.body, "analysis") and holds(thing.body, "metrics") and holds(thing.body, "threshold"):
            return passed("The canary is withdrawn by its metrics.", Evidence(thing.path, thing.line))
    for resource in facts.platforms.resources:
        names = ("auto_rollback_configuration", "AutoRollbackConfiguration", "AutoRollbackConfig")
        for block in (v for name in names for v in values_of(resource.body, name)):
            if holds(block, "alarms") or holds(block, "Alarms") or holds(block, "alarm_name"):
                return passed(
                    "Alarms start a rollback.", Evidence(resource.path, resource.line, resource.type)
                )
            if holds(resource.body, "alarm_configuration") and "ALARM" in str(block):
                return passed(
                    "Alarms start a rollback.", Evidence(resource.path, resource.line, resource.type)
                )
    for found in facts.platforms.sagemaker:
        keywords = found.call.keywords
        if {"auto_rollback_alarms", "alarms"} & set(keywords) and "deploy" in found.call.name.lower():
            return passed("Alarms start a rollback.", words.at(found))
    for module in facts.python.package():
        said = {text: line for line, text in module.strings}
        if {"AutoRollbackConfiguration", "Alarms", "AlarmName"} <= set(said):
            return passed(
                "Alarms start a rollback.", Evidence(module.path, said["AutoRollbackConfiguration"])
            )
    for place, launch in places.launched(facts, lambda x: undoes(facts, x), "event"):
        called = [
            *launch.via,
            " ".join(launch.argv),
            place.job.name,
            place.workflow.name,
            place.workflow.path,
        ]
        if not place.job.approval and any(_NAMES & set(words.parts(text)) for text in called):
            return passed("An event starts the rollback.", place.evidence(), words.seen(launch))
    return failed("Nothing starts a rollback by itself.")


@rule("DP072")
def it_was_rehearsed(facts: Facts) -> Verdict:
    """A plan to rehearse is no rehearsal: only a dated record of one counts, and a recent one."""
    found: list[tuple[date, Evidence]] = []
    for document in facts.documents.all.values():
        for section in document.sections:
            for number, text in enumerate(section.text.splitlines(), section.line + 1):
                if not _DRILL.search(text):
                    continue
                for year, month, day in _DATE.findall(text):
                    try:
                        when = date(int(year), int(month), int(day))
                    except ValueError:
                        continue
                    if when <= facts.as_of:
                        found.append((when, Evidence(document.path, number, f"{when}")))
    if not found:
        return unknown("No dated record tells of a rollback drill: write the date of the last one down.")
    when, where = max(found)
    age = (facts.as_of - when).days
    if age > DRILL_DAYS:
        return failed(f"The last rollback drill was {age} days ago.", where)
    return passed(f"A rollback was rehearsed {age} days ago.", where)
