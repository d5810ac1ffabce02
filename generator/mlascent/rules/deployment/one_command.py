"""One command that deploys: DP010 to DP012."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.tasks import Task
from mlascent.rules import words
from mlascent.rules.deployment import delivery_jobs, places
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_FILE = re.compile(r"^[\w./-]+\.(py|sh|ya?ml|json|tf|toml)$|^(\./)?[\w-]+/[\w./-]*(Dockerfile[\w.-]*)$")
_VARIABLE = re.compile(r"\$\{?\(?(\w*(ENV|STAGE|TARGET)\w*|\d)\b|\{\{\s*\w+", re.IGNORECASE)


@rule("DP010")
def there_is_a_word(facts: Facts) -> Verdict:
    """A word that echoes, one whose script is not there, one that no page names."""
    tasks = delivery_jobs.words_of_deploying(facts)
    if not tasks:
        return failed("There is no command called deploy that does something.")
    for task in tasks:
        where = Evidence(task.path, task.line, f"{task.runner} {task.name}")
        missing = _missing(facts, task)
        if missing:
            return failed(
                f"`{task.runner} {task.name}` names {missing.said}, which is not there.", where, missing
            )
    for task in tasks:
        told = _documented(facts, task)
        if told:
            where = Evidence(task.path, task.line, f"{task.runner} {task.name}")
            return passed("A deploy command is documented, and what it names exists.", where, told)
    where = Evidence(tasks[0].path, tasks[0].line)
    return failed(f"No document tells of `{tasks[0].runner} {tasks[0].name}`.", where)


def _missing(facts: Facts, task: Task) -> Evidence | None:
    for launch in facts.tasks.of(task):
        if words.program(launch) in ("just", "make") or launch.entry:
            continue
        named = [w.removeprefix("./") for w in launch.argv if _FILE.match(w) and "$" not in w]
        for word in named if places.real(launch) else ():
            if word not in facts.files and not facts.files.match(f"*/{word}") and not facts.files.under(word):
                return Evidence(launch.path, launch.line, word)
        own = {name.partition(".")[0] for m in facts.python.package() if (name := m.name)}
        if launch.argv[:2] == ("python", "-m") and launch.argv[2].partition(".")[0] in own:
            return Evidence(launch.path, launch.line, launch.argv[2])
    return None


def _documented(facts: Facts, task: Task) -> Evidence | None:
    calls = [f"{task.runner} {task.name}", f"{task.runner} -C", task.path]
    wanted = re.compile(rf"\b(?:{re.escape(calls[0])}|{re.escape(task.path)}\b.*{task.name})(?![\w-])")
    if task.runner == "script":
        wanted = re.compile(re.escape(task.path.rpartition("/")[2]))
    for document in facts.documents.all.values():
        for section in document.sections:
            for number, text in enumerate(section.text.splitlines(), section.line + 1):
                if wanted.search(text):
                    return Evidence(document.path, number, text.strip()[:80])
        for line, _, text in document.code:
            if wanted.search(text):
                return Evidence(document.path, line, text.strip()[:80])
    return None


@rule("DP011")
def ci_deploys_by_it(facts: Facts) -> Verdict:
    """Another command in CI than on a laptop, or a job that every push starts, is not this."""
    found = [
        (place, launch)
        for place, launch in places.launched(facts, lambda launch: delivery_jobs.deploys(facts, launch))
        if delivery_jobs.by_word(facts, launch)
    ]
    if not found:
        other = delivery_jobs.all_steps(facts)
        if other:
            return failed("CI deploys by another command than people do.", *(p.evidence() for p in other[:3]))
        return failed("No CI job deploys.")
    for place, launch in found:
        started = place.step.triggers or place.job.triggers
        if place.job.approval or started == frozenset({"manual"}):
            how = place.job.environment or ("approval" if place.job.approval else "started by hand")
            return passed(
                "CI deploys by the same command, after a manual approval.",
                place.evidence(f"job {place.job.name}: {how}"),
                words.seen(launch),
            )
    return failed("CI deploys without a manual approval.", *(p.evidence() for p, _ in found[:3]))


@rule("DP012")
def environment_is_chosen(facts: Facts) -> Verdict:
    """A word for each environment is a copy; one that names its environment must be edited."""
    tasks = delivery_jobs.words_of_deploying(facts)
    if not tasks:
        return failed("There is no command called deploy that does something.")
    chosen = next((task for task in tasks if _chooses(task)), None)
    if chosen is None:
        where = Evidence(tasks[0].path, tasks[0].line)
        return failed(f"`{tasks[0].runner} {tasks[0].name}` cannot be told where to deploy.", where)
    where = Evidence(chosen.path, chosen.line, f"{chosen.runner} {chosen.name}")
    return passed("The environment is chosen by an argument or a variable.", where)


def _chooses(task: Task) -> bool:
    if task.parameters:
        return True
    body = " ".join(command.text for command in task.commands)
    return bool(_VARIABLE.search(body))
