"""The shape of infra/azureml/settings.yaml: what `settings.py` holds the file against."""

from typing import Any

KEYS: dict[str, Any] = {
    "project": str,
    "subscription": str,
    "resource_group": str,
    "workspace": str,
    "location": str,
    "registry": str,
    "image": str,
    "compute": str,
    "tracking": str,
    "training": {"minutes": int},
    "environments": {"*": {"endpoint": str, "instance_type": str, "instance_count": int}},
}
