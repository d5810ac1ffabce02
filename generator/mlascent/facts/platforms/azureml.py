"""YAML of Azure ML: jobs, components, endpoints, deployments, schedules, data, environments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, yaml_docs
from mlascent.facts.platforms.model import Asset

_LOOKS = re.compile(
    r"azuremlschemas|azureml:|^\s*type\s*:\s*[\"']?(?:pipeline|command|sweep|parallel)\b|^endpoint_name\s*:",
    re.MULTILINE,
)
_SCHEMA = re.compile(r"azuremlschemas.*/([A-Za-z]+)\.schema\.json")
_KINDS = {
    "pipelinejob": "pipeline",
    "pipelinecomponent": "pipeline",
    "commandjob": "command",
    "commandcomponent": "command",
    "sweepjob": "sweep",
    "paralleljob": "parallel",
    "parallelcomponent": "parallel",
    "managedonlineendpoint": "online_endpoint",
    "kubernetesonlineendpoint": "online_endpoint",
    "managedonlinedeployment": "online_deployment",
    "kubernetesonlinedeployment": "online_deployment",
    "batchendpoint": "batch_endpoint",
    "batchdeployment": "batch_deployment",
    "modelbatchdeployment": "batch_deployment",
    "pipelinecomponentbatchdeployment": "batch_deployment",
    "monitorschedule": "monitor",
    "amlcompute": "compute",
    "computeinstance": "compute",
}
#: Keys without which a mapping with the same `type` is something else.
_OF_JOBS = frozenset({"code", "environment", "compute", "trial", "task"})
_OF_SERVERS = frozenset({"instance_count", "instance_type"})


def assets(files: Files) -> Iterator[Asset]:
    """Every asset."""
    for path in files.ending(".yaml", ".yml"):
        if not path.startswith((".github/", ".gitlab/")) and _LOOKS.search(files.text(path)):
            for doc in yaml_docs(files, path):
                kind = _kind(doc)
                if kind:
                    yield Asset(path, doc.line("$schema"), kind, doc.table())


def _kind(doc: Doc) -> str:
    """What an asset is: by its schema, or by the keys that only it has; empty for anything else."""
    body = doc.table()
    found = _SCHEMA.search(str(body.get("$schema", "")))
    if "create_monitor" in body:
        return "monitor"
    if found:
        name = found[1]
        return _KINDS.get(name.lower(), re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    type_ = body.get("type")
    if type_ == "pipeline" and isinstance(body.get("jobs"), dict):
        return "pipeline"
    if type_ in ("command", "sweep", "parallel") and _OF_JOBS & set(body):
        return str(type_)
    if "endpoint_name" in body and "model" in body:
        return "online_deployment" if _OF_SERVERS & set(body) else "batch_deployment"
    if "create_job" in body and "trigger" in body:
        return "schedule"
    return ""
