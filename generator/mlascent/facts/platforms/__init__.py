"""Definitions of SageMaker and Azure ML, and infrastructure as code."""

from __future__ import annotations

from mlascent.facts.files import Files
from mlascent.facts.platforms.azureml import assets
from mlascent.facts.platforms.composed import composed
from mlascent.facts.platforms.iac import resources
from mlascent.facts.platforms.model import Asset, Made, Platforms, Resource
from mlascent.facts.python import Found, Python

__all__ = ["Asset", "Made", "Platforms", "Resource", "read"]

#: Methods of a client of SageMaker, whatever the variable is called.
_METHODS = (
    *("*.create_*", "*.update_*", "*.delete_*", "*.start_*", "*.stop_*", "*.describe_*", "*.list_*"),
    *("*.put_*", "*.invoke_*", "*.add_tags"),
)


def read(files: Files, python: Python) -> Platforms:
    """Read what defines something on a platform."""
    return Platforms(
        *(tuple(assets(files)), tuple(resources(files)), _sagemaker(python)),
        *(python.calls(["azure.ai.ml.*"]), tuple(composed(files, python))),
    )


def _sagemaker(python: Python) -> tuple[Found, ...]:
    """Calls of the SDK, and of clients of boto3 in the modules that make one for SageMaker."""
    found = list(python.calls(["sagemaker.*", "sagemaker_core.*"]))
    clients = [
        call
        for call in python.calls(["boto3.client", "boto3.*.client", "*.client"])
        if call.call.args and str(call.call.args[0]).startswith("sagemaker")
    ]
    paths = {client.path for client in clients}
    methods = [call for call in python.calls(_METHODS) if call.path in paths] if paths else []
    every = [*found, *(call for call in (*clients, *methods) if call not in found)]
    return tuple(sorted(every, key=lambda call: (call.path, call.call.line, call.call.name)))
