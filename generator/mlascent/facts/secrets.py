"""Text that looks like a secret, in files that git tracks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlascent.facts.files import Files

#: What a secret's form alone gives away; nothing is guessed from a variable's name or from entropy.
_KINDS = {
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{50,100}\b",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20}\b",
    "Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{20,100}\b",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "private key": r"-----BEGIN (?:[A-Z]{1,10} )?PRIVATE KEY(?: BLOCK)?-----",
    "Stripe key": r"\b[sr]k_live_[0-9A-Za-z]{20,100}\b",
    "Azure storage key": r"AccountKey=[A-Za-z0-9+/]{80,90}={0,2}",
    "Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "PyPI token": r"\bpypi-AgEI[A-Za-z0-9_-]{50,300}",
    "Anthropic key": r"\bsk-ant-[A-Za-z0-9_-]{30,200}",
    "OpenAI key": r"\bsk-(?:proj-)?[A-Za-z0-9]{40,200}\b",
    "Databricks token": r"\bdapi[0-9a-f]{32}\b",
}
_ANY = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(_KINDS.values())))
#: What scanners know as meant, and what vendors print in their manuals.
_ALLOWED = re.compile(r"allowlist secret|gitleaks:allow|nosec|EXAMPLE|xxxxx|\.\.\.", re.IGNORECASE)
#: A file that holds none of these is not looked through.
_SIGNS = (
    *(
        b"AKIA",
        b"ASIA",
        b"ghp_",
        b"gho_",
        b"ghu_",
        b"ghs_",
        b"ghr_",
        b"github_pat_",
        b"glpat-",
        b"xox",
        b"AIza",
    ),
    *(b"PRIVATE", b"k_live_", b"AccountKey=", b"hf_", b"npm_", b"pypi-AgEI", b"sk-", b"dapi"),
)
_UNREAD = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".pdf",
    ".zip",
    ".gz",
    ".parquet",
    ".pkl",
    ".onnx",
    ".lock",
    ".svg",
)


@dataclass(frozen=True, slots=True)
class Secret:
    """One that was found; its text is kept nowhere."""

    path: str
    line: int
    kind: str


def read(files: Files) -> tuple[Secret, ...]:
    """Look through every tracked text."""
    found = []
    for path, file in files.all.items():
        if not path.endswith(_UNREAD) and file.size < 1_000_000:
            content = files.bytes(path)
            if any(sign in content for sign in _SIGNS):
                found += [Secret(path, line, kind) for line, kind in _secrets(files.text(path))]
    return tuple(found)


def _secrets(text: str) -> list[tuple[int, str]]:
    found, kinds = [], list(_KINDS)
    for match in _ANY.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        if not _ALLOWED.search(text[start : end if end >= 0 else len(text)][:2000]):
            number = int((match.lastgroup or "k0")[1:])
            found.append((text.count("\n", 0, match.start()) + 1, kinds[number]))
    return found
