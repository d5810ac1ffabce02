"""Every rule, run once. A rule that breaks is a finding about that rule, never the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlascent.facts import Facts
from mlascent.rules.model import Verdict, unknown


@dataclass(frozen=True, slots=True)
class Looked:
    """A verdict, and whether the rule broke instead of giving one."""

    verdict: Verdict
    broken: bool = False


def look(check: Callable[[Facts], Verdict] | None, facts: Facts) -> Looked:
    """Run one rule.

    Args:
        check: What decides it; nothing where only people or a provider can.
        facts: The repository.
    """
    if check is None:
        return Looked(unknown("no repository alone can show it"))
    try:
        verdict = check(facts)
    except Exception as error:
        said = str(error).splitlines()[0][:200] if str(error) else ""
        return Looked(
            unknown(f"the rule broke: {type(error).__name__}{': ' if said else ''}{said}"), broken=True
        )
    if not isinstance(verdict, Verdict):
        return Looked(unknown(f"the rule broke: it gave {type(verdict).__name__}"), broken=True)
    return Looked(verdict)
