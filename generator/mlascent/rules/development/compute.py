"""Managed compute and development containers (DE160 to DE162, DE180)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.tasks import Command
from mlascent.rules.development.environment import fulfils
from mlascent.rules.entries import training
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule
from mlascent.rules.words import arguments, at, program

_JOBS = ("sagemaker.*", "azure.ai.ml.command", "azure.ai.ml.*Job", "*.create_training_job")
#: How Azure ML's clusters are told to let idle machines go: Bicep, Terraform, the SDK.
_IDLE = re.compile(
    r"nodeIdleTimeBeforeScaleDown|scale_down_nodes_after_idle_duration|idle_time_before_scale_down"
)
_INSTANCE = re.compile(r"ml\.[a-z0-9]+\.\w+|Standard_[A-Z]\w+")
_DISTRIBUTED = (
    *("torch.distributed.*", "horovod.*", "deepspeed.*", "ray.train.*", "accelerate.Accelerator"),
    *("tensorflow.distribute.*", "*.DistributedDataParallel", "lightning.Fabric", "pyspark.ml.torch.*"),
)
_CHECKPOINTS = (
    "torch.save",
    "*.save_checkpoint",
    "*.ModelCheckpoint",
    "*.save_state",
    "*.CheckpointConfig",
    "*.Checkpoint*",
)
_INSTALLS = frozenset({"uv", "pip", "pip3", "poetry", "pdm", "conda", "pixi", "pipenv"})


@rule("DE160")
def configured(facts: Facts) -> Verdict:
    """An instance type in the code cannot be changed without a change of code."""
    for found in facts.python.calls(_JOBS):
        for key, value in found.call.keywords.items():
            if isinstance(value, str) and _INSTANCE.fullmatch(value):
                return failed("An instance type is written into code.", at(found, f"{key}={value}"))
    for module in facts.python.package():
        for line, text in module.strings:
            if _INSTANCE.fullmatch(text):
                return failed("An instance type is written into code.", Evidence(module.path, line, text))
    serving = {asset.path for asset in facts.platforms.assets if "deployment" in asset.kind}
    for setting in facts.settings.own():
        if setting.path not in serving and (match := _INSTANCE.search(setting.text)):
            return passed(
                "The instance type is configuration.",
                Evidence(setting.path, setting.find(match[0]), match[0]),
            )
    for asset in facts.platforms.assets:
        if str(asset.body.get("compute") or "").startswith("azureml:"):
            return passed("The job names its compute.", Evidence(asset.path, asset.line, "compute"))
    return failed("No configuration names the machine that trains.")


@rule("DE161")
def bounded(facts: Facts) -> Verdict:
    """A limit on serving, or of nothing at all, does not end a training that hangs."""
    limited = [
        at(f, "max_run")
        for f in facts.python.calls(_JOBS)
        if {"max_run", "max_runtime_in_seconds"} & set(f.call.keywords)
    ]
    limited += [
        at(f, "timeout")
        for f in facts.python.calls(("azure.ai.ml.*Limits", "*.set_limits"))
        if f.call.keywords.get("timeout", 0) != 0
    ]
    idle: list[Evidence] = []
    for asset in facts.platforms.assets:
        limits = asset.body.get("limits")
        if isinstance(limits, dict) and limits.get("timeout"):
            limited.append(Evidence(asset.path, asset.line, "limits.timeout"))
        if asset.body.get("idle_time_before_scale_down"):
            idle.append(Evidence(asset.path, asset.line, "idle_time_before_scale_down"))
    limited += [
        Evidence(setting.path, 0, "maximum run time")
        for setting in facts.settings.own()
        if re.search(r"(?i)\bmax_?run(_?time)?(_?in)?(_?seconds)?\b", setting.text)
    ]
    idle += [
        Evidence(r.path, r.line, r.type)
        for r in facts.platforms.resources
        if _IDLE.search(str(dict(r.body))) and "machinelearning" in r.type.lower().replace("_", "")
    ]
    managed = facts.platforms.sagemaker  # its training machines live as long as their job
    if limited and (idle or managed):
        return passed("Training has a maximum run time, and idle machines go.", limited[0], *idle[:1])
    return failed("Training has no maximum run time, or idle machines stay.", *limited[:1], *idle[:1])


@rule("DE162")
def distributed(facts: Facts) -> Verdict:
    """A library that is imported and never asked to distribute makes no demand."""
    found = facts.python.calls(_DISTRIBUTED, training(facts))
    layouts = [Evidence(a.path, a.line) for a in facts.platforms.assets if a.body.get("distribution")]
    layouts += [
        at(f, "distribution")
        for f in facts.python.calls(_JOBS)
        if f.call.keywords.get("distribution", 0) != 0
    ]
    layouts += [
        Evidence(o.path, o.line, o.kind)
        for o in facts.kubernetes.of("PyTorchJob", "TFJob", "MPIJob", "RayJob", "TrainJob")
    ]
    if not found and not layouts:
        return not_applicable("Training is not distributed.")
    saves = facts.python.calls(_CHECKPOINTS, training(facts))
    if layouts and saves:
        return passed(
            "Distributed training states its layout and saves checkpoints.", layouts[0], at(saves[0])
        )
    what = "checkpoints" if layouts else "layout"
    return failed(f"Distributed training states no {what}.", *(at(f) for f in found[:1]), *layouts[:1])


@rule("DE180")
def container(facts: Facts) -> Verdict:
    """An image without Python, of a version that the project does not support, or that sets nothing up."""
    found = facts.settings.match(
        ".devcontainer/devcontainer.json", ".devcontainer.json", ".devcontainer/*/devcontainer.json"
    )
    if not found:
        chosen = facts.answers.given.get("with") or ()
        if isinstance(chosen, list) and "development-container" in chosen:
            return failed("There is no .devcontainer/devcontainer.json.")
        return not_applicable("The project has no development container.")
    setting = found[0]
    data = setting.data if isinstance(setting.data, dict) else {}
    where = Evidence(setting.path, 1)
    version = _python(facts, data)
    if not data or not version:
        return failed("The development container does not parse, or names no Python.", where)
    if not _supported(version, facts.dependencies.requires_python):
        return failed(
            f"The development container has Python {version}, which the project does not support.", where
        )
    for key in ("postCreateCommand", "onCreateCommand", "updateContentCommand"):
        value = data.get(key)
        commands = value.values() if isinstance(value, dict) else [value]
        for command in commands:
            text = " ".join(map(str, command)) if isinstance(command, list) else str(command or "")
            for launch in facts.tasks.launches((Command(text, setting.path, setting.line(key)),)):
                if program(launch) in _INSTALLS and {"sync", "install", "create"} & set(arguments(launch)):
                    return passed(
                        "The development container sets the project up.",
                        Evidence(setting.path, setting.line(key), key),
                    )
    return failed("No command of the development container sets the project up.", where)


def _python(facts: Facts, data: dict[str, object]) -> str:
    said = [str(data.get("image") or "")]
    build = data.get("build")
    name = (
        str(build.get("dockerfile") or "") if isinstance(build, dict) else str(data.get("dockerFile") or "")
    )
    for image in facts.containers.dockerfiles:
        if name and image.path.endswith(name.removeprefix("./").removeprefix("../")):
            said += [f"{base.image}:{base.tag}" for base in image.bases]
    features = data.get("features")
    for key, value in features.items() if isinstance(features, dict) else ():
        if "/python:" in str(key) and isinstance(value, dict):
            said.append(f"python:{value.get('version', '')}")
    for text in said:
        if match := re.search(r"python.*?:(?:\d+-)?(3\.\d+)", text):
            return match[1]
    return ""


def _supported(version: str, wanted: str) -> bool:
    return not wanted or fulfils(f"{version}.99", wanted)
