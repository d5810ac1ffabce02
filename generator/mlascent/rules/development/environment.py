"""Reproducible, locked environment (DE030, DE031, DE033, DE034)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.dependencies import Dependency, Lock
from mlascent.facts.files import lines
from mlascent.rules import code
from mlascent.rules.entries import entries, reached, training
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule
from mlascent.rules.stages import of_kind, reach
from mlascent.rules.words import at

_SEED = ("seed", "random_state", "random_seed", "SEED", "RANDOM_SEED", "RANDOM_STATE")
#: Calls that draw at random unless they are given a seed, and which arguments give it.
_DRAWS = (
    "*.train_test_split",
    ".sample",
    "*ShuffleSplit",
    "numpy.random.default_rng",
    "numpy.random.RandomState",
)
#: Calls that seed everything that follows.
_SEEDS_ALL = (
    *("random.seed", "numpy.random.seed", "torch.manual_seed", "*.seed_everything", "*.set_seed"),
    *("tensorflow.random.set_seed", "*.set_random_seed", "keras.utils.set_random_seed"),
)


@rule("DE030")
def locked(facts: Facts) -> Verdict:
    """A lock of another day: every direct dependency must be in it, at a version that the manifest allows."""
    if not facts.dependencies.locks:
        return failed("Nothing locks the dependencies.", *_manifests(facts)[:1])
    wrong: list[Evidence] = []
    for lock in facts.dependencies.locks:
        declared = [
            d for d in facts.dependencies.declared if d.name not in ("python", "pip") and _same(lock, d)
        ]
        wrong = [
            Evidence(d.path, d.line, f"{d.name}{d.specifier}")
            for d in declared
            if not fulfils(lock.versions.get(d.name), d.specifier)
        ]
        if declared and not wrong:
            return passed(f"{lock.path} fixes {len(lock.versions)} packages.", Evidence(lock.path))
    if wrong:
        names = lines([e.said for e in wrong])
        return failed(f"{facts.dependencies.locks[-1].path} does not agree on {names}.", *wrong[:10])
    return failed("No manifest belongs to the lock.", Evidence(facts.dependencies.locks[0].path))


def _manifests(facts: Facts) -> list[Evidence]:
    return [Evidence(path) for path in sorted({d.path for d in facts.dependencies.declared})]


def _same(lock: Lock, dependency: Dependency) -> bool:
    """Whether a lock is about the manifest of a dependency: the same folder, and the same kind."""
    folder = lock.path.rpartition("/")[0]
    return dependency.path.rpartition("/")[0] == folder or lock.path == dependency.path


def fulfils(version: str | None, specifier: str) -> bool:
    """Whether a locked version is there and within a range, as far as its numbers tell."""
    if version is None:
        return False
    mine = _numbers(version)
    for clause in specifier.split(","):
        match = re.match(r"\s*(==|>=|<=|~=|!=|<|>)\s*v?(\d[\d.]*)(\.\*)?", clause)
        if not match or not mine:
            continue
        sign, wanted = match[1], _numbers(match[2])
        size = max(len(mine), len(wanted))
        left, right = mine + (0,) * (size - len(mine)), wanted + (0,) * (size - len(wanted))
        if match[3] or sign == "~=":
            keep = len(wanted) - (sign == "~=")
            if (left[:keep] == right[:keep]) == (sign == "!="):
                return False
            continue
        held = {
            "==": left == right,
            "!=": left != right,
            ">=": left >= right,
            "<=": left <= right,
            ">": left > right,
            "<": left < right,
        }
        if not held[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in match[1].split(".")) if match else ()


@rule("DE031")
def python_version(facts: Facts) -> Verdict:
    """`*`, or a name without a number, is no version."""
    said, path = facts.dependencies.requires_python, facts.dependencies.python_from
    if not re.search(r"\d", said):
        return failed(
            "Nothing says which Python versions are supported.", *([Evidence(path)] if path else [])
        )
    return passed(f"Python {said}.", Evidence(path, 0, said))


@rule("DE033")
def seeded(facts: Facts) -> Verdict:
    """A seed in a file that no code reads, or a number written where it should be passed, does not pass."""
    configured = [
        (setting, keys)
        for setting in code.config(facts)
        for keys, _ in code.numbers(setting, "(?i)(random_?)?(seed|state)")
    ]
    if not configured:
        return failed("No configuration file sets a seed.")
    tuning = [entry for entry in entries(facts) if "tune" in entry.kinds]
    within = training(facts) | reach(facts, of_kind(facts, "prepare")) | reached(facts, tuning)
    literal = [
        at(found, f"{key}={value}")
        for found in facts.python.calls(("*",), within)
        for key, value in found.call.keywords.items()
        if key in ("random_state", "seed", "random_seed")
        and isinstance(value, int)
        and not isinstance(value, bool)
    ]
    if literal:
        return failed("A seed is written into the code.", *literal[:10])
    read = code.mentions(facts, within, *_SEED)
    if read is None:
        where = configured[0][0]
        return failed(
            f"No code that trains reads the seed of {where.path}.",
            Evidence(where.path, where.line(*configured[0][1])),
        )
    free = [
        at(f)
        for f in facts.python.calls(_DRAWS, within)
        if _unseeded(f.call.name, f.call.keywords, f.call.args)
    ]
    if free and not any(
        f.call.args and f.call.args[0] is None for f in facts.python.calls(_SEEDS_ALL, within)
    ):
        return failed("Something is drawn at random without the seed.", *free[:10])
    setting, keys = configured[0]
    return passed(
        "One configured seed reaches training.",
        Evidence(setting.path, setting.line(*keys), ".".join(keys)),
        read,
    )


def _unseeded(name: str, keywords: object, args: tuple[object, ...]) -> bool:
    given = set(keywords) if isinstance(keywords, dict) else set()
    if name.startswith("numpy.random."):
        return not args and "seed" not in given
    if name == ".sample":  # of a frame; of anything else it has other arguments
        return bool(given & {"frac", "n"}) and "random_state" not in given
    return not given & {"random_state", "shuffle", "**"}


@rule("DE034")
def pinned_images(facts: Facts) -> Verdict:
    """A tag that looks like a version can be moved; only a digest cannot."""
    bases = [(image.path, base) for image in facts.containers.dockerfiles for base in image.bases]
    if not bases:
        return not_applicable("There is no Dockerfile.")
    loose = [
        Evidence(path, base.line, f"FROM {base.image}{':' if base.tag else ''}{base.tag}")
        for path, base in bases
        if not base.stage
        and base.image != "scratch"
        and not re.fullmatch(r"(sha256:)?[0-9a-f]{64}", base.digest)
    ]
    if loose:
        return failed(f"{len(loose)} of {len(bases)} base images are not pinned by digest.", *loose)
    return passed(
        "Every base image is pinned by digest.", *(Evidence(path, base.line) for path, base in bases)
    )
