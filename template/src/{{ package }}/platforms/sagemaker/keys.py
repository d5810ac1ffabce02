"""The shape of infra/sagemaker/settings.yaml: what `settings.py` holds the file against."""

from typing import Any

KEYS: dict[str, Any] = {
    "project": str,
    "region": str,
    "role": str,
    "bucket": str,
    "image": str,
    "kms_key": str,
    "subnets": [str],
    "security_groups": [str],
    "tracking": str,
    "training": {
        "instance_type": str,
        "minutes": int,
        "volume_gb": int,
        "spot": bool,
        "trials": int,
    },
    "processing": {"instance_type": str, "minutes": int, "volume_gb": int},
    "endpoint": {"bake_seconds": int, "minutes": int},
    "environments": {"*": {"instance_type": str, "instance_count": int}},
}
