"""Who asks the registry of models, and whether it answers: DP033 and DP034."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import words
from mlascent.rules.deployment import on_platform, places, scoring
from mlascent.rules.entries import Reached
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

#: Where SageMaker and Azure ML put a model, or say that they did.
_FOLDERS = ("/opt/ml/model", "AZUREML_MODEL_DIR", "SM_MODEL_DIR")
_ASKS_REGISTRY = (
    *("*.get_model_version_by_alias", "*.get_latest_versions", "*.get_model_version", "*.use_model"),
    *("*.models.get", "*.list_model_packages", "*.describe_model_package", "hsml.*.get_model"),
)


@rule("DP033")
def serving_asks_the_registry(facts: Facts) -> Verdict:
    """`models:/` in training or a test does not count, nor a file in the image that nobody exported."""
    found = scoring.wanted(facts)
    assets = [
        a
        for a in facts.platforms.assets
        if "deployment" in a.kind
        and re.match(r"azureml:[^:@]+[:@]\S+|azureml://", str(a.body.get("model", "")))
    ]
    if assets:
        return passed(
            "The deployment names a version of the registry.", Evidence(assets[0].path, assets[0].line)
        )
    for thing in facts.kubernetes.of("InferenceService", "SeldonDeployment"):
        if re.search(r"models:/|mlflow-artifacts:|model-registry://", str(thing.body)):
            return passed("The deployment names a version of the registry.", Evidence(thing.path, thing.line))
    if not found:
        return failed("There is no scoring entry point.")
    evidence: list[Evidence] = []
    for entry in found:
        asked = _asked(facts, entry.within) or _mounted(facts, entry.within)
        if asked is None:
            return failed(
                f"{entry.path} does not ask a registry for its model.", Evidence(entry.path, entry.line)
            )
        evidence.append(asked)
    return passed("Serving asks the registry for a version or an alias.", *evidence)


def _asked(facts: Facts, within: Reached) -> Evidence | None:
    for path in sorted({path for path, _ in within}):
        module = facts.python.modules[path]
        names = {name for place, name in within if place == path}
        for line, text in module.strings:
            # A bare file behind the scheme would still be a path; the registry's scheme is never one.
            if re.match(r"models:/\w?", text) or re.match(r"wandb-registry-\S+:\w", text):
                inside = [n for n, f in module.functions.items() if f.line <= line <= f.end]
                if not inside or set(inside) & names:
                    return Evidence(path, line, text[:60])
    calls = facts.python.calls(_ASKS_REGISTRY, within)
    return words.at(calls[0]) if calls else None


def _mounted(facts: Facts, within: Reached) -> Evidence | None:
    """Where a platform puts the model into the container: then who deploys there asks the registry."""
    if not any(text.startswith(_FOLDERS) for text in places.texts(facts, within)):
        return None
    return _asked(facts, on_platform.reach(facts, on_platform.DEPLOY_WORDS))


@rule("DP034")
def alias_resolves(facts: Facts) -> Verdict:
    """An alias in code says nothing of what the registry holds today."""
    registry = facts.host.get("registry")
    if not isinstance(registry, dict):
        return unknown("Only the registry shows where its aliases point: give a snapshot with `registry`.")
    aliases, versions = registry.get("aliases") or {}, {str(v) for v in registry.get("versions") or ()}
    for alias in ("champion", "production", "prod"):
        if alias in aliases:
            there = str(aliases[alias]) in versions
            said = f"The alias {alias} points to version {aliases[alias]}"
            return passed(f"{said}.") if there else failed(f"{said}, which does not exist.")
    return failed("The registry has no alias for production.")
