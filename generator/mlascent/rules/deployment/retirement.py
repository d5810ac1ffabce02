"""Retirement of models: DP160 to DP162."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.tasks import Launch
from mlascent.rules import words
from mlascent.rules.deployment import environments, places
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_TITLE = re.compile(r"retire|decommission|sunset|end of life|aposentadoria|desativa", re.IGNORECASE)
_WANTED = {
    "criteria": r"criteria|when|if|below|older|replaced|crit[ée]rio|quando",
    "retention": r"retention|retain|keep|\d+ (days|months|years)|reten[çc]|\d+ (dias|meses|anos)",
    "an owner": r"owner|responsible|approv|respons[áa]vel|dono",
}
_WORDS = frozenset(("retire", "archive", "teardown", "destroy", "undeploy", "decommission", "down"))


@rule("DP160")
def criteria_are_recorded(facts: Facts) -> Verdict:
    """A heading above TODO retires nothing."""
    block = facts.answers.block("retirement")
    if isinstance(block, dict):
        lacks = [key for key in ("criteria", "retention_days", "owner") if not block.get(key)]
        if lacks:
            return failed(f"The block retirement lacks {', '.join(lacks)}.", Evidence("mlascent.yaml"))
        return passed("Criteria, retention and owner of retirement are recorded.", Evidence("mlascent.yaml"))
    near: Evidence | None = None
    for document in facts.documents.all.values():
        titled = _TITLE.search(document.path)
        for section in document.sections:
            if not (titled or _TITLE.search(section.title)) or section.written < 12:
                continue
            near = Evidence(document.path, section.line, section.title)
            skipped = {line for line, _ in section.placeholders}
            lines = enumerate(section.text.splitlines(), section.line + 1)
            text = "\n".join(line for number, line in lines if number not in skipped)
            if all(re.search(pattern, text, re.IGNORECASE) for pattern in _WANTED.values()):
                return passed("Criteria, retention and owner of retirement are recorded.", near)
    if near:
        return failed("The text on retirement lacks criteria, retention or an owner.", near)
    return failed("Nothing says when and how a model is retired.")


@rule("DP161")
def it_can_be_taken_down(facts: Facts) -> Verdict:
    """A word that echoes takes nothing down; one without an environment takes down only one."""
    names = list(environments.files(facts))
    for name in sorted(facts.tasks.words):
        for task in facts.tasks.words[name] if set(words.parts(name)) & _WORDS else ():
            if not any(places.real(x) and not _only_tells(x) for x in facts.tasks.of(task)):
                continue
            body = " ".join(command.text for command in task.commands)
            each = task.parameters or re.search(r"\$\{?\(?\w*(ENV|STAGE)|\{\{", body)
            if each or len(names) < 2:
                return passed("A command takes an environment down.", Evidence(task.path, task.line, name))
    return failed("No command archives an environment or takes it down.")


def _only_tells(launch: Launch) -> bool:
    """Whether a cloud's command shows what there is, and leaves it there."""
    tool = words.program(launch) in ("aws", "az", "gcloud", "kubectl")
    return tool and any(re.match(r"(list|show|describe|get)\b", word) for word in words.arguments(launch))


@rule("DP162")
def nothing_old_is_served(facts: Facts) -> Verdict:
    """What is served today, only the registry and the platform show."""
    served = facts.host.get("served")
    if not isinstance(served, list):
        return unknown("Only a snapshot of registry and deployments shows what is served.")
    late = [
        s for s in served if isinstance(s, dict) and str(s.get("retention_until", "9999")) < str(facts.as_of)
    ]
    if late:
        return failed(f"Version {late[0].get('version')} is served past its retention.")
    return passed("No version past its retention is served.")
