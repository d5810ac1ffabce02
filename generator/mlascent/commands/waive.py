"""`mlascent waive`: let a rule be until a day, on the record."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mlascent import git
from mlascent.catalogue import catalogue
from mlascent.commands.check import find
from mlascent.errors import FailedError, MlascentError, RefusedError, UsageError
from mlascent.policy import load
from mlascent.policy.load import examined
from mlascent.policy.model import Policy
from mlascent.policy.waivers import FILE, Waiver, entry_faults, objections
from mlascent.yaml_edit import append, inline

SCHEMA = 1
_HEAD = """\
# Rules that this repository is let off, each until a day: `mlascent waive RULE --until DATE` adds one.
# Whoever approves a change of this file approves what it says.
schema: 1
waivers:
"""
_EMPTY = re.compile(r"^waivers:[ \t]*(?:\[\s*\]|null|~)?[ \t]*(#[^\r\n]*)?(?=\r?$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wish:
    """A waiver as somebody asks for it; each attribute is an option of `mlascent waive`."""

    rule: str
    until: str = ""
    reason: str = ""
    approver: str = ""
    owner: str = ""
    ticket: str = ""
    control: str = ""
    scope: str = ""


def waive(
    wish: Wish, directory: Path | None = None, *, policy: str | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """Write a waiver; comments and order of the file stay.

    Args:
        wish: What to let be.
        directory: The repository; the one that holds the current directory without it.
        policy: A policy instead of the repository's own.
        as_of: The day on which it is issued; today (UTC) without it.

    Raises:
        UsageError: The waiver would not hold; everything wrong is told together.
        RefusedError: The file is malformed, or is a link.
    """
    root = find(directory)
    day = as_of or datetime.now(UTC).date()
    whole = load.load(policy, root) or Policy()
    entry = _entry(wish, root, day)
    problems = _problems(entry, wish, whole, day)
    if problems:
        raise UsageError(
            "\n".join(problems), "A waiver says until when (YYYY-MM-DD), why, and who approved it."
        )
    file = root / FILE
    if file.is_symlink() or file.parent.is_symlink():
        raise RefusedError(f"{file} is a link, or stands in one", "Make it a plain file.")
    try:
        before = file.read_bytes().decode("utf-8") if file.exists() else ""
        text = _added(before, entry)
        file.parent.mkdir(exist_ok=True)
        beside = file.with_name(f"{file.name}.new")
        beside.write_bytes(text.encode("utf-8"))
        os.replace(beside, file)
    except OSError as error:
        raise FailedError(f"{file} cannot be written: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RefusedError(f"{FILE} is not UTF-8", "Bring back the last good one with git.") from error
    return {"schema": SCHEMA, "path": FILE, "waiver": entry}


def _entry(wish: Wish, root: Path, day: date) -> dict[str, str]:
    owner = wish.owner.strip()
    if not owner:
        known = git.settings(root)
        owner = known.get("user.email", "") or known.get("user.name", "")
    entry = {
        "rule": wish.rule.strip().upper(),
        "scope": wish.scope.strip(),
        "reason": wish.reason.strip(),
        "owner": owner,
        "approver": wish.approver.strip(),
        "issued": day.isoformat(),
        "expires": wish.until.strip(),
        "ticket": wish.ticket.strip(),
        "control": wish.control.strip(),
    }
    optional = ("scope", "ticket", "control")
    return {key: value for key, value in entry.items() if value or key not in optional}


def _problems(entry: dict[str, str], wish: Wish, policy: Policy, day: date) -> list[str]:
    """Everything by which a waiver would not hold."""
    options = {"expires": "--until", "rule": "RULE", "issued": "--as-of"}
    said = []
    for fault in entry_faults(entry):
        key, _, what = fault.partition(" ")
        if key == "rule":
            continue  # said below, with what is close
        said.append(f"{options.get(key, f'--{key}')} {what if wish_has(wish, key) else 'is missing'}")
    if entry["rule"] not in {own.rule.id for own in policy.own}:
        try:
            catalogue().rule(entry["rule"])
        except MlascentError as error:
            said.append(f"{error.message} {error.hint}".strip())
    if any(fault.startswith(("expires", "issued")) for fault in entry_faults(entry)):
        return said
    waiver = Waiver("", 0, entry, ())
    standing, against = objections(waiver, policy, day)
    if standing == "expired" or entry["expires"] < entry["issued"]:
        against = [one for one in against if not one.startswith("expires")]
        against.append(f"--until {entry['expires']} is past: today is {day}")
    blank = [one for one in against if not one.endswith("is blank")]
    return list(dict.fromkeys([*said, *(one for one in blank if not one.startswith("it expired"))]))


def wish_has(wish: Wish, key: str) -> bool:
    """Whether somebody gave a value for a key of the file."""
    return bool(getattr(wish, "until" if key == "expires" else key, "").strip())


def _added(before: str, entry: dict[str, str]) -> str:
    """The file with one waiver more."""
    lines = [f"{key}: {_text(key, value)}" for key, value in entry.items()]
    if not before.strip():
        return _HEAD + f"  - {lines[0]}\n" + "".join(f"    {line}\n" for line in lines[1:])
    doc, _ = examined(before.encode(), "waivers")
    if not isinstance(doc.value, dict) or doc.value.get("schema") != 1 or "waivers" not in doc.value:
        raise RefusedError(
            f"{FILE} is no list of waivers: it needs `schema: 1` and `waivers:`", "Mend it first."
        )
    if not doc.items("waivers"):
        newline = "\r\n" if "\r\n" in before else "\n"
        item = newline.join([f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])])
        edited, count = _EMPTY.subn(
            lambda found: f"waivers:{' ' + found[1] if found[1] else ''}{newline}{item}", before, count=1
        )
        if count and examined(edited.encode(), "waivers")[0].items("waivers") == [entry]:
            return edited
        raise RefusedError(f"{FILE} is written in a way that cannot be edited safely", "Write `waivers: []`.")
    return append(before, ["waivers"], lines, FILE)


def _text(key: str, value: str) -> str:
    """A value in YAML; dates in quotes, as every reader of the file must find them."""
    return f'"{value}"' if key in ("issued", "expires") else inline(value)
