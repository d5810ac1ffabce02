"""Programs that only start another program: what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SETTING = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(
    r"(?:.*/)?(?:python[\d.]*w?|pypy3?)(?:\.exe)?\Z|\$\{?PY(?:THON)?[\w]*\}?\Z|sys\.executable\Z"
)

#: Program → options of it that take a value.
_PLAIN: dict[str, tuple[str, ...]] = {
    "sudo": ("-u", "-g"),
    "time": (),
    "nice": ("-n",),
    "nohup": (),
    "exec": (),
    "command": (),
    "env": ("-u", "-C", "-S"),
    "stdbuf": ("-o", "-e", "-i"),
    "xvfb-run": ("-s", "-n"),
    "ionice": ("-c", "-n"),
    "tini": (),
    "dumb-init": (),
    "winpty": (),
}
_UV = (
    "--with", "--extra", "--group", "--only-group", "--no-group", "--python", "-p", "--package", "--project",
    "--env-file",
    "--directory", "--index", "--index-url", "--default-index", "--with-editable", "--with-requirements",
    "--from",
    "--exclude-newer", "--cache-dir", "--config-file", "-w", "--constraints", "-c", "--resolution",
)  # fmt: skip
#: (program, verb) → options that take a value.
_VERBS: dict[tuple[str, str], tuple[str, ...]] = {
    ("uv", "run"): _UV,
    ("poetry", "run"): (),
    ("pipenv", "run"): (),
    ("rye", "run"): (),
    ("conda", "run"): ("-n", "--name", "-p", "--prefix"),
    ("mamba", "run"): ("-n", "--name", "-p", "--prefix"),
    ("micromamba", "run"): ("-n", "--name", "-p", "--prefix"),
    ("dotenv", "run"): (),
}
_TOOLS = {("uv", "tool", "run"), ("pipx", "run"), ("uvx",)}


def _options(words: Sequence[str], valued: tuple[str, ...]) -> int:
    """How many words are options, with their values."""
    at = 0
    while at < len(words) and words[at].startswith("-") and len(words[at]) > 1:
        if words[at] == "--":
            return at + 1
        at += 2 if words[at] in valued else 1
    return at


def unwrapped(words: Sequence[str]) -> tuple[str, ...]:
    """The program that is started in the end, and its words."""
    left = list(words)
    for _ in range(20):
        while left and _SETTING.match(left[0]):
            left = left[1:]
        if not left:
            return ()
        name = left[0].rpartition("/")[2]
        if name in _PLAIN:
            left = left[1 + _options(left[1:], _PLAIN[name]) :]
        elif name == "timeout":
            left = left[1 + _options(left[1:], ("-s", "-k")) + 1 :]
        elif name == "uv" and len(left) > 2 and left[1].startswith("-") and "run" in left:
            left = ["uv", *left[left.index("run") :]]
        elif tool := next((tool for tool in _TOOLS if (name, *left[1 : len(tool)]) == tool), None):
            rest = left[len(tool) :]
            left = rest[_options(rest, (*_UV, "--spec")) :]
            if left:
                left[0] = re.split(r"[@\[=<>~!]", left[0], maxsplit=1)[0]
        elif len(left) > 1 and (name, left[1]) in _VERBS:
            rest = left[2:]
            module = name == "uv" and next(
                (n for n in ("-m", "--module") if n in rest[: _options(rest, _UV) + 1]), ""
            )
            if module:
                left = ["python", "-m", *rest[rest.index(module) + 1 :]]
            else:
                left = rest[_options(rest, _VERBS[name, left[1]]) :]
                if name == "uv" and left and left[0].endswith(".py"):
                    left = ["python", *left]
        elif name == "coverage" and left[1:2] == ["run"]:
            left = ["python", *left[2 + _run_options(left[2:]) :]]
        elif name == "torchrun" or (name == "accelerate" and left[1:2] == ["launch"]):
            rest = left[1:] if name == "torchrun" else left[2:]
            script = next((at for at, word in enumerate(rest) if word.endswith(".py") or word == "-m"), None)
            return tuple(left) if script is None else tuple(unwrapped(["python", *rest[script:]]))
        else:
            break
    return plain_python(left)


def _run_options(words: Sequence[str]) -> int:
    """Options of `coverage run` before the script or `-m`."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-m":
        at += 1
    return at


def plain_python(words: Sequence[str]) -> tuple[str, ...]:
    """`python3 -u -m x` as `python -m x`; another program without its folder."""
    if not words:
        return ()
    if not _PYTHON.match(words[0]):
        name = (
            words[0]
            if words[0].startswith(("./", "../")) or words[0].endswith(".sh")
            else words[0].rpartition("/")[2]
        )
        name = name if not re.search(r"(?:^|/)(?:bin|Scripts)/", words[0]) else words[0].rpartition("/")[2]
        return (name.removesuffix(".exe") or words[0], *words[1:])
    at = 1
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-m", "-c", "-"):
        if words[at][:2] == "-m" and words[at][2:3].isalpha():
            return ("python", "-m", words[at][2:], *words[at + 1 :])
        at += 2 if words[at] in ("-W", "-X") else 1
    return ("python", *words[at:])
