"""Feature management (DE120 to DE123)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules.development.quality import PREPARES
from mlascent.rules.entries import entries_of_serving, serving, training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.words import at, parts

_NAMES = frozenset(
    {
        "features",
        "feature",
        "featurize",
        "preprocess",
        "preprocessing",
        "preprocessor",
        "transform",
        "transforms",
    }
)
_VIEWS = ("feast.FeatureView", "feast.*FeatureView", "feast.on_demand_feature_view", "*.feature_view")
_SOURCES = ("feast.*Source", "feast.*.*Source")
_GROUPS = ("sagemaker.*.FeatureGroup", "*.create_feature_group", "*.FeatureSetSpec", "*.create_table")
_AS_OF = (
    *(
        "*.get_historical_features",
        "pandas.merge_asof",
        "*.merge_asof",
        "*.join_asof",
        "*.asof",
        "*.asofJoin",
    ),
    *("*.create_training_set", "*.get_offline_features", "*.point_in_time_join"),
)
_FRESH = re.compile(r"(?i).*(feature\w*_?(age|fresh|stale|lag)|materiali[sz]|fresh\w*_?feature|feast).*")


@rule("DE120")
def same(facts: Facts) -> Verdict:
    """The same lines twice, or a shared module of constants, leave two ways to make a feature."""
    if not entries_of_serving(facts):
        return failed("No entry point serves or scores.")
    both = training(facts) & serving(facts)
    package = {module.path for module in facts.python.package()}
    used = {path for path, name in both if name} & package
    named = [path for path in sorted(used) if set(parts(path.removesuffix(".py"))) & _NAMES]
    if named:
        return passed(f"Training and serving build features with {named[0]}.", Evidence(named[0]))
    functions = [(path, name) for path, name in sorted(both) if path in package and set(parts(name)) & _NAMES]
    if functions:
        path, name = functions[0]
        line = facts.python.modules[path].functions[name].line
        return passed(f"Training and serving build features with {path}.", Evidence(path, line, name))
    shared = [
        f for f in facts.python.calls((*PREPARES, "*.assign", "*.get_dummies"), both) if f.path in package
    ]
    built = [f for f in shared if not f.call.name.rpartition(".")[2].startswith(("read_", "scan_", "load_"))]
    if built:
        return passed(f"Training and serving build features with {built[0].path}.", at(built[0]))
    return failed(
        "Training and serving share no module that builds features.", *(Evidence(p) for p in sorted(used)[:3])
    )


@rule("DE121")
def defined(facts: Facts) -> Verdict:
    """A view without entity, time or owner is a table by another name."""
    views = facts.python.calls(_VIEWS)
    sources = facts.python.calls(_SOURCES)
    for view in views:
        told = view.call.keywords
        owner = "owner" in told or "tags" in told
        timed = any({"timestamp_field", "event_timestamp_column"} & set(s.call.keywords) for s in sources)
        if "entities" in told and owner and timed:
            return passed("Shared features have entity, timestamp and owner.", at(view))
    for group in facts.python.calls(_GROUPS):
        told = group.call.keywords
        if {"record_identifier_name", "event_time_feature_name"} <= set(told) and {
            "tags",
            "description",
        } & set(told):
            return passed("A feature group has identifier, event time and owner.", at(group))
    for asset in facts.platforms.assets:
        body = str(asset.body)
        if asset.kind in ("feature_set", "feature_store_entity") and "owner" in body and "timestamp" in body:
            return passed("A feature set has entity, timestamp and owner.", Evidence(asset.path, asset.line))
    if views:
        return failed("Feature views lack entity, timestamp or owner.", *(at(view) for view in views[:5]))
    return failed("No shared feature is defined.")


@rule("DE122")
def as_of(facts: Facts) -> Verdict:
    """A join as of a time in a notebook makes no training set."""
    found = facts.python.calls(_AS_OF, training(facts))
    if found:
        return passed("Training joins features as of each event.", at(found[0]))
    return failed("Training makes no join as of the time of each event.")


@rule("DE123")
def fresh(facts: Facts) -> Verdict:
    """A panel that nobody is called by watches nothing: an alert must name the age or the job."""
    for alert in facts.prometheus.rules:
        if alert.name and _FRESH.match(f"{alert.name} {alert.expr}"):
            return passed("An alert watches the features' age.", Evidence(alert.path, alert.line, alert.name))
    for asset in facts.platforms.assets:
        if asset.kind in ("monitor", "schedule") and _FRESH.match(str(asset.body).replace("\n", " ")):
            return passed("A monitor watches the features.", Evidence(asset.path, asset.line))
    return failed("No alert or monitor watches materialised features.")
