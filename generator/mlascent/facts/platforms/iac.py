"""Resources of Terraform, Bicep, ARM and CloudFormation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, json_file, yaml_docs
from mlascent.facts.platforms.blocks import INNER, THERE, Reader
from mlascent.facts.platforms.model import Resource
from mlascent.facts.platforms.tokens import tokens

_CLOUDFORMATION = re.compile(r"[\"']?Type[\"']?\s*:\s*[\"']?(?:AWS|Custom|Alexa)::")
_ARM = re.compile(r"deploymentTemplate\.json")


def resources(files: Files) -> Iterator[Resource]:
    """Every resource of every file."""
    for path in files.ending(".tf", ".bicep"):
        kind, parse = ("hcl/1", terraform) if path.endswith(".tf") else ("bicep/3", bicep)
        for line, type_, name, body, *version in files.parsed(path, kind, parse) or ():
            yield Resource(path, line, type_, name, body, *version)
    for path in files.ending(".yaml", ".yml", ".json", ".template"):
        text = files.text(path)
        if _CLOUDFORMATION.search(text):
            docs = [json_file(files, path)] if path.endswith(".json") else yaml_docs(files, path)
            for doc in docs:
                yield from _cloudformation(path, doc)
        elif path.endswith(".json") and _ARM.search(text):
            yield from _arm(path, json_file(files, path))


def terraform(text: str) -> list[Any]:
    """Blocks of a Terraform file as [line, type, name, body].

    Raises:
        MalformedError: It is no Terraform.
    """
    reader = Reader(tokens(text))
    found: list[Any] = []
    while True:
        reader.skip()
        kind, word, line = reader.peek()
        if kind == "end":
            return found
        reader.at += 1
        labels = []
        while reader.peek()[0] in ("word", "text"):
            labels.append(str(reader.peek()[1]))
            reader.at += 1
        if kind != "word" or reader.peek()[:2] != ("sign", "{"):
            reader.raw()
            continue
        reader.at += 1
        body = reader.body(0)
        if word == "resource" and len(labels) == 2:
            found.append([line, labels[0], labels[1], body])
        elif word == "data" and len(labels) == 2:
            found.append([line, f"data.{labels[0]}", labels[1], body])
        elif word == "provider" and labels:
            found.append([line, f"provider.{labels[0]}", labels[0], body])
        elif word in ("module", "terraform"):
            found.append([line, word, labels[0] if labels else "", body])


def bicep(text: str) -> list[Any]:
    """Resources and modules of a Bicep file as [line, type, name, body, version], those inside others too.

    Raises:
        MalformedError: It is no Bicep.
    """
    reader = Reader(tokens(text))
    found: list[Any] = []
    while reader.peek()[0] != "end":
        word = reader.peek()
        reader.at += 1
        if word[:2] in (("word", "resource"), ("word", "module")):
            declared = reader.declared(0)
            if declared:
                found += _nested(word[2], str(word[1]), *declared)
    return found


def _nested(
    line: int, word: str, name: str, type_: str, body: dict[str, Any], above: str = ""
) -> Iterator[Any]:
    """A declaration and those in it, whose types continue its own."""
    whole, _, version = type_.partition("@")
    whole = f"{above}/{whole}" if above else whole
    inner, there = body.pop(INNER, []), body.pop(THERE, False)
    if not there:
        of = (whole, version) if word == "resource" else ("module", "")
        yield [line, of[0], name, body, of[1]]
    for at, *declared in inner:
        name, type_, nested = declared
        yield from _nested(at, "resource", name, type_, nested, whole)


def _cloudformation(path: str, doc: Doc) -> Iterator[Resource]:
    for name, body in doc.table("Resources").items():
        if isinstance(body, dict) and isinstance(body.get("Type"), str):
            yield Resource(path, doc.line("Resources", name), body["Type"], name, body)


def _arm(path: str, doc: Doc) -> Iterator[Resource]:
    for index, body in enumerate(doc.items("resources")):
        if isinstance(body, dict) and isinstance(body.get("type"), str):
            line, version = doc.line("resources", index), str(body.get("apiVersion", ""))
            yield Resource(path, line, body["type"], str(body.get("name", "")), body, version)
