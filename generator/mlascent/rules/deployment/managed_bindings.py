"""Whether the definitions of Azure ML hold together: DP190."""

from __future__ import annotations

from mlascent.facts import Facts
from mlascent.rules.deployment.bindings import Graph
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule

_BOUND = ("pipeline", "command", "sweep", "parallel", "schedule")


@rule("DP190")
def bindings_hold(facts: Facts) -> Verdict:
    """Azure ML takes a binding that leads nowhere; the job fails when somebody pays for it."""
    assets = [asset for asset in facts.platforms.assets if asset.kind in _BOUND]
    if not assets:
        return not_applicable("No pipeline, component or schedule of Azure ML is defined here.")
    found = list(dict.fromkeys(problem for asset in assets for problem in Graph(facts, asset).problems()))
    if found:
        return failed(f"{found[0].path}: {found[0].said}.", *found[:20])
    return passed(
        f"{len(assets)} definitions of Azure ML hold together.",
        *(Evidence(asset.path, asset.line, asset.kind) for asset in assets[:3]),
    )
