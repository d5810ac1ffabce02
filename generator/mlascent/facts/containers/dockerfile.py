"""Dockerfiles, read as BuildKit does: directives, continuation lines, heredocs, variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mlascent.facts.containers.model import Base, Dockerfile, Instruction
from mlascent.facts.files import Files
from mlascent.facts.parsing import MalformedError

_DIRECTIVE = re.compile(r"^#\s*(syntax|escape|check)\s*=\s*(\S+)\s*$", re.IGNORECASE)
_WORD = re.compile(r"^\s*([A-Za-z]+)(?:\s+|$)")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+])((?:[^{}$]|\$\w+|\$\{\w+\})*))?\})")
_PAIR = re.compile(r"([A-Za-z_]\w*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\\]|\\.)*)")
_FROM = re.compile(r"^((?:--\S+\s+)*)(\S+)(?:\s+[Aa][Ss]\s+(\S+))?\s*$")
_KNOWN = frozenset(
    [
        "FROM",
        "RUN",
        "CMD",
        "LABEL",
        "MAINTAINER",
        "EXPOSE",
        "ENV",
        "ADD",
        "COPY",
        "ENTRYPOINT",
        "VOLUME",
        "USER",
        "WORKDIR",
        "ARG",
        "ONBUILD",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "SHELL",
    ]
)
_LONGEST = 100_000


def dockerfile(files: Files, path: str) -> Dockerfile | None:
    """One file; nothing where it is malformed."""
    data = files.parsed(path, "dockerfile/1", parse)
    if not data:
        return None
    bases = tuple(Base(*row) for row in data["bases"])
    instructions = tuple(Instruction(*row) for row in data["instructions"])
    last = [i for i in instructions if i.stage == len(bases) - 1]
    user = next((i.value for i in reversed(last) if i.name == "USER"), "")
    command, shell = _command(last)
    folder, _, name = path.rpartition("/")
    own = f"{folder}/{name}" if folder else name
    beside = [
        f"{own}.dockerignore",
        f"{folder}/.dockerignore" if folder else ".dockerignore",
        ".dockerignore",
    ]
    ignore_path = next((each for each in beside if each in files), "")
    rows = [row.strip() for row in files.text(ignore_path).splitlines()] if ignore_path else []
    ignored = tuple(row for row in rows if row and not row.startswith("#"))
    return Dockerfile(path, bases, instructions, user, command, ignored, ignore_path, shell)


def parse(text: str) -> dict[str, Any]:
    """Bases and instructions as plain data.

    Raises:
        MalformedError: There is no FROM, or a heredoc has no end.
    """
    bases: list[list[Any]] = []
    rows: list[list[Any]] = []
    outer: dict[str, str] = {}  # ARG before the first FROM
    values: dict[str, str] = {}
    for name, value, line in _instructions(text):
        if name == "FROM":
            bases.append(_base(_put(value, outer), line, [base[3] for base in bases]))
            values = {}
            rows.append([name, _put(value, outer), line, len(bases) - 1])
            continue
        known = values if bases else outer
        first, heredoc, below = value.partition("\n")
        put = _put(first, known) + heredoc + below if name not in ("RUN", "CMD", "ENTRYPOINT") else value
        if name in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            put = _put(first, {key: known[key] for key in known if known[key]}) + heredoc + below
        if name in ("ARG", "ENV"):
            _remember(name, put, known, outer)
        rows.append([name, put, line, len(bases) - 1])
    if not bases:
        raise MalformedError("has no FROM")
    return {"bases": bases, "instructions": rows}


def _instructions(text: str) -> list[tuple[str, str, int]]:
    """Name, value and line of each instruction."""
    lines = text.removeprefix("\ufeff").splitlines()
    escape, at = "\\", 0
    while at < len(lines) and (found := _DIRECTIVE.match(lines[at])):
        if found[1].lower() == "escape" and found[2] in ("\\", "`"):
            escape = found[2]
        at += 1
    result: list[tuple[str, str, int]] = []
    while at < len(lines):
        begun = at
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        parts: list[str] = []
        while at < len(lines):
            row = lines[at]
            at += 1
            if row.lstrip().startswith("#") or (parts and not row.strip()):
                continue  # comments and empty lines do not end an instruction
            if not row.rstrip().endswith(escape):
                parts.append(row)
                break
            parts.append(row.rstrip()[:-1])
        whole = " ".join(part.strip() for part in parts)[:_LONGEST]
        found_word = _WORD.match(whole)
        name = found_word[1].upper() if found_word else ""
        if name not in _KNOWN:
            raise MalformedError(f"knows no instruction {whole.strip()[:40]}", begun + 1)
        value = whole[found_word.end() :] if found_word else ""
        if name in ("RUN", "COPY", "ADD"):
            for _, word in _HEREDOC.findall(value):
                below, at = _heredoc(lines, at, word, begun + 1)
                value += "\n" + below
        result.append((name, value.rstrip(), begun + 1))
    return result


def _heredoc(lines: list[str], at: int, word: str, line: int) -> tuple[str, int]:
    for end in range(at, len(lines)):
        if lines[end].strip() == word:
            return "\n".join(lines[at:end]), end + 1
    raise MalformedError(f"the text up to {word} has no end", line)


def _put(text: str, values: Mapping[str, str]) -> str:
    """A text with variables put in, as far as they are known."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        known = values.get(name)
        if found[3] in ("-", ":-") and (known is None or (not known and found[3] == ":-")):
            return _put(found[4], values)
        if found[3] in ("+", ":+"):
            return _put(found[4], values) if known else ""
        return found[0] if known is None else known

    return _VARIABLE.sub(value, text)[:_LONGEST] if "$" in text else text


def _remember(name: str, text: str, known: dict[str, str], outer: Mapping[str, str]) -> None:
    pairs = {found[1]: found[2].strip("\"'") for found in _PAIR.finditer(text)}
    if name == "ARG":
        for word in text.split():
            if "=" not in word and word in outer:
                pairs[word] = outer[word]
        known.update({key: value for key, value in pairs.items() if key not in known})
    elif pairs:
        known.update(pairs)
    elif len(parts := text.split(maxsplit=1)) == 2:  # ENV NAME value
        known[parts[0]] = parts[1]


def _base(value: str, line: int, names: list[str]) -> list[Any]:
    found = _FROM.match(value)
    image, name = (found[2], found[3] or "") if found else (value, "")
    whole = image
    image, _, digest = image.partition("@")
    tag = ""
    if ":" in image.rpartition("/")[2]:
        image, _, tag = image.rpartition(":")
    earlier = whole.lower() in [each.lower() for each in names if each]
    return [image, tag, digest, name, line, earlier]


def _command(last: list[Instruction]) -> tuple[tuple[str, ...], bool]:
    """ENTRYPOINT and CMD as one list; of a shell's text, that text."""
    entry = next((i for i in reversed(last) if i.name == "ENTRYPOINT"), None)
    # An ENTRYPOINT resets a CMD of the base image, not one of the same stage.
    cmd = next((i for i in reversed(last) if i.name == "CMD"), None)
    found: list[str] = []
    shell = False
    for instruction in (entry, cmd):
        if instruction is None or (shell and instruction is cmd):
            continue
        listed = _listed(instruction.value)
        shell = listed is None
        found.extend(listed if listed is not None else [instruction.value])
    return tuple(found), shell


def _listed(value: str) -> list[str] | None:
    """A command in its JSON form; nothing for a shell's text."""
    if not value.lstrip().startswith("["):
        return None
    try:
        given = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, list) and all(isinstance(item, str) for item in given) else None
