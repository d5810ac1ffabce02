"""What starts a pipeline of Jenkins, and which of its stages take part."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlascent.facts.ci.groovy import Statement
from mlascent.facts.ci.model import Trigger

_CAUSES = {
    "timertrigger": {"schedule"},
    "timertriggercause": {"schedule"},
    "parameterizedtimertriggercause": {"schedule"},
    "useridcause": {"manual"},
    "cause": {"manual", "event"},
    "remotecause": {"event"},
    "scmtrigger": {"push", "change"},
    "scmtriggercause": {"push", "change"},
    "githubpushcause": {"push"},
    "gitlabwebhookcause": {"push", "change"},
    "branchindexingcause": {"push", "change", "tag"},
    "brancheventcause": {"push", "change", "tag"},
    "upstreamcause": {"after"},
    "buildupstreamcause": {"after"},
}
_NOT_OF_BRANCHES = frozenset({"change", "tag"})
_EVENTS = ("GenericTrigger", "githubPush", "gitlab", "bitbucketPush", "pullRequest", "issueCommentTrigger")


def triggers(pipeline: Iterable[Statement]) -> tuple[Trigger, ...]:
    """Triggers: a server builds branches, tags and changes as they come, and whenever somebody asks.

    Args:
        pipeline: Statements of the pipeline's block.
    """
    found = [Trigger(kind, 1) for kind in ("push", "change", "tag", "manual")]
    for block in pipeline:
        if block.name == "triggers":
            inner = block.body or ()
        elif block.name == "properties":  # scripted: properties([pipelineTriggers([cron('…')])])
            inner = (block,) if "pipelineTriggers" in [value for _, value, _ in block.tokens] else ()
        else:
            continue
        for statement in inner:
            found.extend(_of(statement))
    return tuple(found)


def _of(statement: Statement) -> list[Trigger]:
    words = [value for kind, value, _ in statement.tokens if kind == "word"]
    found = []
    for index, (kind, value, line) in enumerate(statement.tokens):
        if kind == "word" and value in ("cron", "parameterizedCron"):
            said = next((text for sort, text, _ in statement.tokens[index:] if sort == "text"), "")
            found += [Trigger("schedule", line, cron=cron) for cron in _crons(said)]
    if "upstream" in words:
        found.append(Trigger("after", statement.line))
    if "GenericTrigger" in words:
        found.append(Trigger("event", statement.line))
    return found


def _crons(text: str) -> list[str]:
    """The lines of a cron text without its zone, comments and parameters."""
    rows = [row.partition("%")[0].strip() for row in text.splitlines()]
    return [row for row in rows if row and not row.startswith(("TZ=", "#"))]


def allows(statement: Statement, kind: str) -> bool | None:
    """Whether a `when` or a part of it holds for a kind of trigger; nothing where that cannot be told."""
    name = statement.name
    if name in ("when", "allOf"):
        return _every([allows(inner, kind) for inner in statement.body or () if not _is_option(inner)])
    if name == "anyOf":
        known = [allows(inner, kind) for inner in statement.body or ()]
        return True if True in known else None if None in known else False
    if name == "not":
        known_inner = _every([allows(inner, kind) for inner in statement.body or ()])
        return None if known_inner is None else not known_inner
    if name == "changeRequest":
        return (None if statement.argument() else True) if kind == "change" else False
    if name == "branch":
        return False if kind in _NOT_OF_BRANCHES else None
    if name in ("buildingTag", "tag"):
        return (True if name == "buildingTag" else None) if kind == "tag" else False
    if name == "triggeredBy":
        cause = (statement.text("cause") or statement.text()).rpartition(".")[2].rpartition("$")[2].lower()
        kinds = _CAUSES.get(cause)
        return None if kinds is None else kind in kinds
    if name == "expression":
        return _literal(statement.body or ())
    return None


def _is_option(statement: Statement) -> bool:
    return statement.name in ("beforeAgent", "beforeInput", "beforeOptions")


def _every(known: list[bool | None]) -> bool | None:
    return False if False in known else None if None in known else True


def _literal(body: tuple[Statement, ...]) -> bool | None:
    """`expression { false }`, `expression { return false }`."""
    words = [value for inner in body for kind, value, _ in inner.tokens if kind != "newline"]
    said = re.sub(r"^return ", "", " ".join(words))
    return {"false": False, "true": True}.get(said)
