"""What must hold of the project's Terraform, told without Terraform: each check takes the folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from mlascent.facts.parsing import MalformedError
from mlascent.facts.platforms.iac import terraform

TAGS = ("project", "environment", "managed-by")
#: What must stand in a file, whatever else does.
HARDENED = {
    "storage.tf": (
        "enable_key_rotation     = true",
        'status = "Enabled"',
        'sse_algorithm     = "aws:kms"',
        "block_public_acls       = true",
        "block_public_policy     = true",
        "ignore_public_acls      = true",
        "restrict_public_buckets = true",
        '"aws:SecureTransport"',
    ),
    "registry.tf": ('image_tag_mutability = "IMMUTABLE"', "scan_on_push = true", 'encryption_type = "KMS"'),
    "notices.tf": ("kms_master_key_id = aws_kms_key.this.id",),
    "main.tf": ("allowed_account_ids",),
}
#: Where the code makes what Terraform only names: file of the code → what must stand in it.
SHARED = {
    "steps.py": ('"Trigger"', '"Why"', '"Data"'),
    "alarms.py": ("AllTraffic",),
}


def texts(folder: Path) -> dict[str, str]:
    """Every file of Terraform, without comments."""
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))}
    return {name: re.sub(r"(?m)(^|\s)#[^\n]*$", r"\1", text) for name, text in found.items()}


def grammar(folder: Path) -> list[str]:
    """Every file can be read."""
    problems = []
    for name, text in texts(folder).items():
        try:
            terraform(text)
        except MalformedError as error:
            problems.append(f"{name}: {error}")
        if text.count("{") != text.count("}"):
            problems.append(f"{name}: a brace is open")
    return problems


def names(folder: Path) -> list[str]:
    """What is used is declared, and what is declared is used."""
    whole = "\n".join(texts(folder).values())
    declared = {
        *(f"var.{name}" for name in re.findall(r'(?m)^variable "(\w+)"', whole)),
        *(f"data.{kind}.{name}" for kind, name in re.findall(r'(?m)^data "(\w+)" "(\w+)"', whole)),
        *(f"{kind}.{name}" for kind, name in re.findall(r'(?m)^resource "(\w+)" "(\w+)"', whole)),
        *(
            f"local.{name}"
            for block in re.findall(r"(?ms)^locals \{\n(.*?)^\}", whole)
            for name in re.findall(r"(?m)^  (\w+) +?=", block)
        ),
    }
    used = set(re.findall(r"\b(var\.\w+|local\.\w+|data\.aws_\w+\.\w+|(?<![.\"])aws_\w+\.\w+)\b", whole))
    idle = {name for name in declared - used if not name.startswith("aws_")}
    return [f"{name} is not declared" for name in sorted(used - declared)] + [
        f"{name} is not used" for name in sorted(idle)
    ]


def answers(folder: Path) -> list[str]:
    """What the team answers is asked for, and what must be answered is there to be."""
    whole = "\n".join(texts(folder).values())
    variables = dict(re.findall(r'(?ms)^variable "(\w+)" \{\n(.*?)^\}', whole))
    told = set(re.findall(r"(?m)^(\w+) *=", (folder / "team.auto.tfvars").read_text(encoding="utf-8")))
    open_ = {name for name, body in variables.items() if not re.search(r"(?m)^  default ", body)}
    mute = [
        name for name, body in variables.items() if not re.search(r'(?m)^  description = "[^"]{10,}', body)
    ]
    return [
        *(f"nobody asks for {name}" for name in sorted(told - variables.keys())),
        *(f"{name} cannot be answered" for name in sorted(open_ - told)),
        *(f"{name} says nothing of itself" for name in mute),
    ]


def settings(folder: Path) -> list[str]:
    """Terraform and the words read and write the same keys."""
    told: Any = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))
    whole = "\n".join(texts(folder).values())
    read = set(re.findall(r"local\.settings\.(\w+)", whole))
    written = set(re.findall(r'(?m)^output "(\w+)"', whole)) - {"ci_variables"}
    return [f"settings.yaml has no {key}" for key in sorted((read | written) - told.keys())]


def tags(folder: Path) -> list[str]:
    """Everything says whose it is; what belongs to an environment, to which."""
    parts = texts(folder)
    defaults = re.search(r"default_tags \{\s+tags = \{(.*?)\}", parts["main.tf"], re.DOTALL)
    told = re.findall(r"(?m)^\s+([\w-]+) +=", defaults[1]) if defaults else []
    return [f"no default tag {tag}" for tag in TAGS if tag not in told] + [
        f"endpoints.tf, line {line}: {kind}.{name} does not say its environment"
        for line, kind, name, body in terraform(parts.get("endpoints.tf", ""))
        if "environment" not in str(body.get("tags", ""))
    ]


def wide(folder: Path) -> list[str]:
    """Nothing is allowed by a wildcard, nobody is trusted by one, and no account is named."""
    problems = []
    for name, text in texts(folder).items():
        for statement in re.findall(r"(?ms)^  statement \{\n(.*?)^  \}", text):
            wild = re.findall(
                r'"(?:[a-z0-9-]+:[^"]*\*|\*)"', "".join(re.findall(r"(?s)actions +=.*?\]", statement))
            )
            if wild and 'effect    = "Deny"' not in statement:
                problems.append(f"{name}: {', '.join(wild)} is allowed")
        problems += [f"{name}: account {found} is named" for found in re.findall(r"\b\d{12}\b", text)]
        problems += [
            f"{name}: {key} is a key" for key in re.findall(r"(?:access_key|secret_key|token) *= *\"", text)
        ]
    for name, text in texts(folder).items():
        # Whom roles that write trust; the one that reads may name any branch.
        for role, named in re.findall(r"(?m)^    (train|release) += (.*)$", text):
            if name.startswith("trust_") and "*" in named:
                problems.append(f"{name}: {role} trusts {named}")
    return problems


def hardened(folder: Path) -> list[str]:
    """What protects data is there."""
    parts = texts(folder)
    return [
        f"{name} lacks {needed}"
        for name, all_needed in HARDENED.items()
        for needed in all_needed
        if needed not in parts[name]
    ]


def shared(folder: Path) -> list[str]:
    """What Terraform names and the code makes has one name in both."""
    code = next((folder.parents[1] / "src").glob("*/platforms/sagemaker"))
    return [
        f"{name} lacks {needed}"
        for name, all_needed in SHARED.items()
        for needed in all_needed
        if (code / name).exists() and needed not in (code / name).read_text(encoding="utf-8")
    ]


def reasons(folder: Path) -> list[str]:
    """A check of checkov's is left out for a reason."""
    whole = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf")))
    skips = re.findall(r"checkov:skip=(\w+)(.*)", whole)
    return [f"{check} is skipped without a reason" for check, reason in skips if len(reason) < 30]


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    grammar,
    names,
    answers,
    settings,
    tags,
    wide,
    hardened,
    shared,
    reasons,
)
