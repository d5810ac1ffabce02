"""Rules in Python, of packages installed beside mlascent: entry points of the group `mlascent.rules`.

A package is loaded where a policy names its entry point, and never because a repository holds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import entry_points

from mlascent.errors import RefusedError
from mlascent.policy.model import OwnRule

GROUP = "mlascent.rules"
_ID = re.compile(r"[A-Z]{3,12}[0-9]{3,4}")


def rules(names: Sequence[str], at: str) -> tuple[OwnRule, ...]:
    """The rules of plug-ins.

    Args:
        names: Entry points.
        at: The place that names them, for errors.

    Raises:
        RefusedError: One is not installed, breaks, or gives something else than rules.
    """
    found: list[OwnRule] = []
    for name in names:
        points = entry_points(group=GROUP, name=name)
        if not points:
            raise RefusedError(
                f"{at}: no installed package has an entry point {name} in {GROUP}",
                f"Install it beside mlascent: uvx --with PACKAGE mlascent check. Its group is {GROUP}.",
            )
        try:
            given = next(iter(points)).load()
            given = list(given() if callable(given) else given)
        except Exception as error:  # of somebody else's code: anything
            raise RefusedError(f"{at}: plug-in {name} broke: {type(error).__name__}: {error}") from error
        wrong = [one for one in given if not isinstance(one, OwnRule) or not _ID.fullmatch(one.rule.id)]
        if wrong:
            raise RefusedError(
                f"{at}: plug-in {name} gives {wrong[0]!r}, which is no rule",
                "Build rules with mlascent.policy.own.own_rule.",
            )
        found += given
    return tuple(found)
