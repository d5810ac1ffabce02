"""Which pipelines of GitLab a job is part of: rules, only and except."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlascent.facts.ci.conditions import decide
from mlascent.facts.ci.tree import Node
from mlascent.facts.ci.values import UNKNOWN, Other, Starts, all_of, any_of

#: The default branch, whatever it is called, and any other.
_DEFAULT, _BRANCH, _TAG = Starts(""), Other(), Starts("")

#: Variables that only some pipelines have.
_OF_CHANGES = ("$CI_MERGE_REQUEST_", "$CI_OPEN_MERGE_REQUESTS", "$CI_EXTERNAL_PULL_REQUEST_")
_DEFAULT_REFS = ("branches", "tags")
_SOURCES = {
    "api": "api",
    "chat": "chat",
    "external": "external",
    "external_pull_requests": "external_pull_request_event",
    "merge_requests": "merge_request_event",
    "pipelines": "pipeline",
    "pushes": "push",
    "schedules": "schedule",
    "triggers": "trigger",
    "web": "web",
}


@dataclass(frozen=True)
class Pipeline:
    """One way in which a pipeline starts.

    Attributes:
        kind: Of trigger.
        source: What GitLab calls it.
        branch: Its branch; nothing for a tag or a merge request.
        tag: Its tag.
        named: Whether `workflow: rules`, or the job that starts a child pipeline, names this way.
    """

    kind: str
    source: str
    branch: Any = None
    tag: Any = None
    named: bool = False

    def value(self, name: str) -> Any:
        """What a variable holds then."""
        if name == "$CI_PIPELINE_SOURCE":
            return self.source
        if name == "$CI_COMMIT_BRANCH":
            return self.branch
        if name == "$CI_COMMIT_TAG":
            return self.tag
        if name == "$CI_DEFAULT_BRANCH":
            return _DEFAULT
        if name in ("$CI_COMMIT_REF_NAME", "$CI_COMMIT_REF_SLUG"):
            return self.branch or self.tag or _BRANCH
        if name.startswith(_OF_CHANGES):
            return UNKNOWN if self.source == "merge_request_event" or self.branch is _BRANCH else None
        return UNKNOWN

    def holds(self, condition: str) -> bool | None:
        """Whether a condition holds then; nothing where that cannot be told."""
        return decide(condition, self.value) if condition.strip() else True


EVERY = (
    Pipeline("push", "push", _DEFAULT),
    Pipeline("change", "push", _BRANCH),
    Pipeline("change", "merge_request_event"),
    Pipeline("tag", "push", None, _TAG),
    Pipeline("schedule", "schedule", _DEFAULT),
    Pipeline("manual", "web", _DEFAULT),
    Pipeline("event", "trigger", _DEFAULT),
    Pipeline("event", "api", _DEFAULT),
    Pipeline("after", "pipeline", _DEFAULT),
)


@dataclass(frozen=True)
class Part:
    """How a job takes part in pipelines.

    Attributes:
        kinds: Of trigger.
        manual: Whether a person starts it, in one of them at least.
        counts: Whether its failure fails one of them.
        condition: In words, for a report.
    """

    kinds: frozenset[str]
    manual: bool
    counts: bool
    condition: str


def pipelines(workflow: Node | None, resolve: Callable[[Node], list[Node]]) -> tuple[Pipeline, ...]:
    """The pipelines that `workflow: rules` lets start."""
    if workflow is None or "rules" not in workflow:
        return EVERY
    rules = resolve(workflow.get("rules"))
    named = any("schedule" in rule.get("if").text for rule in rules)
    return tuple(replace(pipeline, named=named) for pipeline in EVERY if any(_matching(rules, pipeline)))


def part(
    job: Mapping[str, Node],
    every: tuple[Pipeline, ...],
    restricted: bool,
    resolve: Callable[[Node], list[Node]],
) -> Part:
    """How a job takes part.

    Args:
        job: Its keys.
        every: The pipelines that can start.
        restricted: Whether `workflow: rules` says which.
        resolve: Gives the rules of a list, references followed.
    """
    when = job["when"].text if "when" in job else ""
    failing = "allow_failure" in job and job["allow_failure"].value is True
    if "rules" in job:
        rules = resolve(job["rules"])
        found = [(pipeline, rule) for pipeline in every for rule in _matching(rules, pipeline)]
        lenient = [
            rule.get("allow_failure").value is True if "allow_failure" in rule else failing
            for _, rule in found
        ]
        names = any("schedule" in rule.get("if").text for rule in rules)
        return Part(
            _clocked(frozenset(pipeline.kind for pipeline, _ in found), every, names),
            any((rule.get("when").text or when) == "manual" for _, rule in found),
            not (lenient and all(lenient)),
            "; ".join(rule.get("if").text for rule in rules if rule.get("if").text),
        )
    kinds = frozenset(
        pipeline.kind
        for pipeline in every
        if when != "never" and _only(job, pipeline, restricted) is not False
    )
    said = " ".join(f"{key} {', '.join(job[key].texts())}" for key in ("only", "except") if key in job)
    names = any("schedule" in str(job[key].value) for key in ("only", "except") if key in job)
    return Part(_clocked(kinds, every, names), when == "manual", not failing, said)


def _clocked(kinds: frozenset[str], every: tuple[Pipeline, ...], names: bool) -> frozenset[str]:
    """Kinds without the schedule, unless a condition names it: that one exists is a setting of the host."""
    if names or any(pipeline.kind == "schedule" and pipeline.named for pipeline in every):
        return kinds
    return kinds - {"schedule"}


def _matching(rules: list[Node], pipeline: Pipeline) -> list[Node]:
    """The rules that can decide, those that say never left out: all up to the first that surely applies."""
    found = []
    for rule in rules:
        holds = pipeline.holds(rule.get("if").text)
        if holds is False:
            continue
        if rule.get("when").text != "never":
            found.append(rule)
        if holds and not any(key in rule for key in ("changes", "exists")):
            break
    return found


def _only(job: Mapping[str, Node], pipeline: Pipeline, restricted: bool) -> bool | None:
    only, excepted = job.get("only"), job.get("except")
    holds: list[Any] = []
    refs = _refs(only)
    if refs or not restricted:
        holds.append(any_of([_ref(ref, pipeline) for ref in refs or _DEFAULT_REFS]))
    if only is not None and "variables" in only:
        holds.append(any_of([_known(pipeline, text) for text in only.get("variables").texts()]))
    out: list[Any] = []
    if excepted is not None:
        out = [_ref(ref, pipeline) for ref in _refs(excepted)]
        out += [_known(pipeline, text) for text in excepted.get("variables").texts()]
    inside = all_of(holds)
    outside = any_of(out)
    if outside is True or inside is False:
        return False
    return None if UNKNOWN in (inside, outside) else True


def _known(pipeline: Pipeline, text: str) -> Any:
    holds = pipeline.holds(text)
    return UNKNOWN if holds is None else holds


def _refs(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    return node.get("refs").texts() if isinstance(node.value, dict) else node.texts()


def _ref(ref: str, pipeline: Pipeline) -> Any:
    """Whether a pipeline fits a word, a pattern or a name of `only` and `except`."""
    if ref in _SOURCES:
        return pipeline.source == _SOURCES[ref]
    if ref == "branches":
        return pipeline.branch is not None
    if ref == "tags":
        return pipeline.tag is not None
    if pipeline.source == "merge_request_event":
        return False
    if ref.startswith("/"):
        return UNKNOWN
    return False if pipeline.branch is _BRANCH else UNKNOWN
