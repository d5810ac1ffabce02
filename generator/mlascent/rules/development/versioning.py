"""Data versioning (DE070 to DE073)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.files import lines
from mlascent.facts.tasks import Launch
from mlascent.rules import code
from mlascent.rules.entries import of_launch, reached, training
from mlascent.rules.jobs import STARTS, running, starts_pipeline
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.words import SETS_TAGS, arguments, at, foreign, program, seen

_SHARED = re.compile(
    r"(s3|gs|azure|ssh|https?|webdavs?|hdfs|webhdfs|oss|gdrive|remote|lakefs|abfss?)://", re.IGNORECASE
)
_ASSET = re.compile(
    r"azureml:[\w-]+:[\w.]+|lakefs://[\w-]+/[0-9a-f]{8,}|versionAsOf|version_as_of|timestampAsOf"
)
#: What names the version of data, as the key of a tag.
DATA_VERSION = (
    r"(.*[._-])?(data(set)?|dvc|input|train(ing)?_data)[._-]?\w*?"
    r"(sha256|sha|md5|version|rev|revision|digest|hash|id)\b.*"
)
REGISTERS = (
    *(
        "*.create_model_version",
        "*.register_model",
        "*.models.create_or_update",
        "*.RegisterModel",
        "*.ModelPackage",
    ),
    *("*.create_model_package", "*.Model.register", "*.log_model", "*.link_model", "*.set_model_version_tag"),
)


@rule("DE070")
def remote(facts: Facts) -> Verdict:
    """A remote on the maker's own disk is no remote that a team shares."""
    name = facts.dvc.default_remote
    url = facts.dvc.remotes.get(name, "") if name else ""
    if _SHARED.match(url):
        return passed(f"Data is pushed to {url}.", Evidence(".dvc/config", 0, name))
    for asset in facts.platforms.assets:
        if match := _ASSET.search(str(asset.body)):
            return passed("Data comes as a version of an asset.", Evidence(asset.path, asset.line, match[0]))
    for setting in code.config(facts):
        if match := _ASSET.search(setting.text):
            return passed("Data comes by version.", Evidence(setting.path, setting.find(match[0]), match[0]))
    if url:
        return failed(f"The default remote {name} is a path on one machine.", Evidence(".dvc/config", 0, url))
    return failed(
        "No remote for data is shared.", *([Evidence(".dvc/config")] if ".dvc/config" in facts.files else [])
    )


@rule("DE071")
def lock(facts: Facts) -> Verdict:
    """A lock of an earlier pipeline lacks the hashes of what was added since."""
    stages = [stage for stage in facts.dvc.stages if stage.outs and not stage.frozen]
    if not stages:
        return failed("No dvc.yaml declares an output.")
    missing: list[Evidence] = []
    for stage in stages:
        path = f"{stage.path.rpartition('/')[0]}/dvc.lock".lstrip("/")
        known = (facts.dvc.locked or {}).get(path, {}).get(stage.name, {})
        absent = [out for out in stage.outs if not known.get(out)]
        if absent:
            missing.append(Evidence(path, 0, f"{stage.name}: {lines(absent)}"))
    if missing:
        return failed("dvc.lock does not hold every output.", *missing[:10])
    return passed(f"dvc.lock holds the outputs of {len(stages)} stages.", Evidence(stages[0].path))


def takes_version(launch: Launch) -> bool:
    """Whether a command brings or makes data by version."""
    words = arguments(launch)
    if program(launch) == "dvc" and words[:1] in (
        ("pull",),
        ("repro",),
        ("fetch",),
        ("exp",),
        ("get",),
        ("update",),
    ):
        return words[:2] != ("get",) or "--rev" in launch.argv
    return any(_ASSET.search(word) for word in launch.argv)


@rule("DE072")
def by_version(facts: Facts) -> Verdict:
    """A job that trains on what lies on its runner has data of no version, whatever another job pulls."""
    trains = running(facts, lambda launch: starts_pipeline(facts, launch))
    if not trains:
        return failed("No job of CI trains.")
    wrong = []
    for run in trains:
        launches = [launch for step in run.job.steps for launch in step.launches]
        if (
            any(takes_version(launch) for launch in launches)
            or _asset_job(facts)
            or _repro(facts, run.launch)
            or _sent(facts, run.launch)
        ):
            return passed("The job that trains takes data by version.", seen(run.launch))
        wrong.append(seen(run.launch))
    return failed(
        "The job that trains neither pulls data nor runs the pipeline by its lock.", *dict.fromkeys(wrong)
    )


def _repro(facts: Facts, launch: Launch) -> bool:
    """Whether code that is launched runs DVC itself."""
    module = facts.python.modules.get(launch.entry)
    if module is None:
        return False
    said = [text for _, text in module.strings]
    return ("dvc" in said and "repro" in said) or any("dvc repro" in text for text in said)


def _sent(facts: Facts, launch: Launch) -> bool:
    """Whether code hands a platform's job data that it names by their content."""
    entry = of_launch(facts, launch) if launch.entry.endswith(".py") else None
    within = reached(facts, [entry]) if entry else frozenset()
    return bool(facts.python.calls(STARTS, within)) and bool(facts.python.calls(("hashlib.*",), within))


def _asset_job(facts: Facts) -> bool:
    return any(
        asset.kind in ("pipeline", "command") and _ASSET.search(str(asset.body))
        for asset in facts.platforms.assets
    )


@rule("DE073")
def recorded(facts: Facts) -> Verdict:
    """A digest that is computed and never recorded leaves the run without its data."""
    within = training(facts)
    tags = foreign(facts, facts.python.calls(SETS_TAGS, within))
    version = code.text_like(facts, within, DATA_VERSION)
    if not tags or not version:
        return failed("Training records no version of its data.")
    registering = [
        f for f in foreign(facts, facts.python.calls(REGISTERS)) if not facts.python.modules[f.path].test
    ]
    if not registering:
        return failed("No code registers a model version.", version)
    named = code.text_like(facts, [(f.path, "") for f in registering], DATA_VERSION)
    shared = {m for f in registering for m in facts.python.modules_reached([f.path])} & {version.path}
    if named or shared:
        return passed("Run and model version carry the version of the data.", version, at(registering[0]))
    return failed("The registered model does not carry the version of the data.", at(registering[0]))
