"""Checks a declarative Jenkinsfile without a Jenkins.

The grammar is tree-sitter's Groovy; on top of it stands what Jenkins' own validator (which needs a server)
says first: known sections in their places, one agent, one kind of body a stage, values of the right shape.
It does not know which steps and options a server's plugins bring beyond `STEPS`, and it evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_groovy
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_groovy.language()))

PIPELINE = {
    "agent",
    "environment",
    "options",
    "parameters",
    "triggers",
    "tools",
    "libraries",
    "stages",
    "post",
}
BODIES = {"steps", "stages", "parallel", "matrix"}
STAGE = BODIES | {"agent", "environment", "input", "options", "tools", "when", "failFast", "post"}
AGENTS = {"any", "none", "label", "node", "docker", "dockerfile", "kubernetes"}
OPTIONS = {
    *("buildDiscarder", "checkoutToSubdirectory", "disableConcurrentBuilds", "disableRestartFromStage"),
    *("disableResume", "newContainerPerStage", "overrideIndexTriggers", "parallelsAlwaysFailFast"),
    *(
        "preserveStashes",
        "quietPeriod",
        "retry",
        "skipDefaultCheckout",
        "skipStagesAfterUnstable",
        "timeout",
        "timestamps",
    ),
}
TRIGGERS = {"cron", "pollSCM", "upstream"}
PARAMETERS = {"booleanParam", "choice", "password", "string", "text"}
WHEN = {
    *(
        "allOf",
        "anyOf",
        "not",
        "branch",
        "buildingTag",
        "changelog",
        "changeRequest",
        "changeset",
        "environment",
    ),
    *("equals", "expression", "tag", "triggeredBy", "beforeAgent", "beforeInput", "beforeOptions"),
}
INPUT = {"message", "id", "ok", "submitter", "submitterParameter", "parameters"}
POST = {
    "always",
    "changed",
    "fixed",
    "regression",
    "aborted",
    "failure",
    "success",
    "unstable",
    "unsuccessful",
    "cleanup",
}
#: Of Jenkins itself and the plugins that every installation has.
STEPS = {"archiveArtifacts", "dir", "echo", "error", "sh", "withCredentials"}


@dataclass(frozen=True)
class Call:
    """`name arguments { body }`, in any of Groovy's spellings; an assignment's name is its target."""

    name: str
    arguments: Node | None
    body: Node | None
    assigned: bool = False

    @property
    def inside(self) -> list[Call]:
        return list(calls(self.body)) if self.body else []


def faults(text: str) -> list[str]:
    """What is wrong with a Jenkinsfile; empty when nothing is."""
    tree = _PARSER.parse(text.encode())
    if tree.root_node.has_error:
        return [f"not Groovy near line {line}" for line in broken(tree.root_node)]
    top = list(calls(tree.root_node))
    if [call.name for call in top] != ["pipeline"]:
        return [f"one `pipeline` is wanted at the top, not {[call.name for call in top]}"]
    found = {call.name: call for call in top[0].inside}
    said = list(known(top[0], PIPELINE))
    said += [f"pipeline has no {name}" for name in ("agent", "stages") if name not in found]
    return said + [fault for call in found.values() for fault in section(call)]


def broken(node: Node) -> Iterator[int]:
    if node.type == "ERROR" or node.is_missing:
        yield node.start_point.row + 1
    for child in node.children:
        yield from broken(child)


def calls(node: Node) -> Iterator[Call]:
    """The statements of a block."""
    for child in node.named_children:
        while child.type == "expression_statement":
            child = child.named_children[0]
        if child.type == "method_invocation":
            yield Call(
                word(child, "name"), child.child_by_field_name("arguments"), child.child_by_field_name("body")
            )
        elif child.type == "juxt_function_call":
            yield Call(
                word(child, "name"), child.child_by_field_name("args"), child.child_by_field_name("body")
            )
        elif child.type == "assignment_expression":
            yield Call(word(child, "left"), child.child_by_field_name("right"), None, assigned=True)
        elif child.type == "local_variable_declaration" and len(said(child).split()) == 2:  # `agent none`
            yield Call(said(child).split()[0], child.named_children[-1], None)
        elif child.type == "identifier":
            yield Call(said(child), None, None)
        elif not child.type.endswith("comment"):
            yield Call(f"{child.type} `{said(child)[:40]}`", None, None)


def word(node: Node, field: str) -> str:
    found = node.child_by_field_name(field)
    return said(found) if found else "?"


def said(node: Node) -> str:
    return (node.text or b"").decode()


def known(block: Call, names: set[str]) -> Iterator[str]:
    """What a block may not hold, or holds twice."""
    seen: list[str] = []
    for call in block.inside:
        if call.name not in names:
            yield f"{block.name} knows no {call.name}"
        if call.name in seen and names not in (STEPS, PARAMETERS, WHEN):
            yield f"{block.name} has two {call.name}"
        seen.append(call.name)
    if not seen:
        yield f"{block.name} is empty"


def section(call: Call) -> Iterator[str]:
    """The faults of one section of the pipeline or of a stage."""
    if call.name == "agent":
        named = [said(call.arguments)] if call.arguments else [inner.name for inner in call.inside]
        if len(named) != 1 or named[0] not in AGENTS:
            yield f"agent is {named}"
    elif call.name == "environment":
        for inner in call.inside:
            kinds = ("string_literal", "character_literal", "method_invocation")
            if not inner.assigned or not inner.arguments or inner.arguments.type not in kinds:
                yield f"environment: {inner.name} is no NAME = 'text'"
    elif call.name in ("stages", "parallel"):
        yield from known_stages(call)
    elif call.name == "steps":
        yield from known(call, STEPS)
        yield from (
            fault for inner in call.inside if inner.body for fault in section(Call("steps", None, inner.body))
        )
    elif call.name in ("post", "when", "input", "options", "triggers", "parameters"):
        allowed = {"post": POST, "when": WHEN, "input": INPUT, "options": OPTIONS, "triggers": TRIGGERS}
        yield from known(call, allowed.get(call.name, PARAMETERS))
        if call.name == "input" and "message" not in [inner.name for inner in call.inside]:
            yield "input has no message"
        for inner in call.inside:
            if call.name == "post":
                yield from section(Call("steps", None, inner.body))
            elif inner.name in ("allOf", "anyOf", "not"):
                yield from section(Call("when", None, inner.body))


def known_stages(block: Call) -> Iterator[str]:
    names = []
    for stage in block.inside:
        if stage.name != "stage" or stage.arguments is None:
            yield f"{block.name} holds {stage.name}, not a named stage"
            continue
        names.append(said(stage.arguments))
        bodies = [inner.name for inner in stage.inside if inner.name in BODIES]
        if len(bodies) != 1:
            yield f"stage {names[-1]} has {bodies or 'no steps'}"
        yield from known(Call(f"stage {names[-1]}", None, stage.body), STAGE)
        yield from (fault for inner in stage.inside for fault in section(inner))
    if len(set(names)) != len(names) or not names:
        yield f"{block.name} has the names {names}"
