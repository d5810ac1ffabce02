"""Versions that Azure ML makes of a pipeline's output, because the output has a name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlascent.facts import Facts
from mlascent.facts.platforms import Asset
from mlascent.rules.entries import once
from mlascent.rules.stages import Stage, stages

_MODELS = frozenset({"custom_model", "mlflow_model", "triton_model"})
_BOUND = re.compile(r"parent\.outputs\.([\w-]+)")


@once
def declared(facts: Facts) -> tuple[Stage, ...]:
    """Stages of pipelines in YAML whose output becomes a version of a model."""
    found: list[Stage] = []
    for asset in facts.platforms.assets:
        names = _makers(asset) if asset.kind == "pipeline" else set()
        found += [s for s in stages(facts) if s.path == asset.path and s.name in names]
    return tuple(found)


def _makers(asset: Asset) -> set[str]:
    """Jobs of a pipeline that write a model output with a name."""
    outputs, jobs = asset.body.get("outputs"), asset.body.get("jobs")
    named = {
        str(key)
        for key, told in (outputs.items() if isinstance(outputs, Mapping) else ())
        if isinstance(told, Mapping) and told.get("name") and told.get("type") in _MODELS
    }
    found = set()
    for name, job in jobs.items() if isinstance(jobs, Mapping) else ():
        written = job.get("outputs") if isinstance(job, Mapping) else None
        for told in written.values() if isinstance(written, Mapping) else ():
            itself = isinstance(told, Mapping) and told.get("name") and told.get("type") in _MODELS
            if itself or named & set(_BOUND.findall(str(told))):
                found.add(str(name))
    return found
