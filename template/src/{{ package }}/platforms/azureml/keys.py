"""The keys of infra/azureml/settings.yaml, each with the shape of its value."""

from ..settings import ANY, Settings

KEYS: Settings = {
    "project": str,
    "subscription": str,
    "resource_group": str,
    "workspace": str,
    "location": str,
    "registry": str,
    "image": str,
    "compute": str,
    "identity": str,
    "endpoint_identity": str,
    "storage": str,
    "tenant": str,
    "client": str,
    "tracking": str,
    "training": {"minutes": int},
    "schedule": {"enabled": bool},
    "environments": {ANY: {"endpoint": str, "instance_type": str, "instance_count": int}},
}
