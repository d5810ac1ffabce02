"""moto's server on loopback, with the few calls that terraform's provider makes and moto lacks.

Run by a Python that has `moto[server]`: `python aws.py PORT`.
"""

import json
import sys
from typing import Any

from moto.budgets.responses import BudgetsResponse
from moto.core.responses import EmptyResult
from moto.sagemaker.responses import SageMakerResponse
from moto.server import main


def describe_subscribers_for_notification(self: Any) -> str:
    """Whom a budget tells: moto keeps them, and only does not say."""
    account, name = self._get_param("AccountId"), self._get_param("BudgetName")
    wanted = self._get_param("Notification")
    found = [
        one.subscribers
        for one in self.backend.budgets[account][name].notifications
        if all(one.details.get(key, value) == value for key, value in wanted.items())
    ]
    return json.dumps({"Subscribers": found[0]})


def create_budget(self: Any) -> str:
    """Make a budget, and keep its tags, which moto throws away."""
    tags[self._get_param("Budget")["BudgetName"]] = self._get_param("ResourceTags", [])
    return str(created(self))


def list_tags_for_resource(self: Any) -> str:
    """The tags of a budget."""
    return json.dumps({"ResourceTags": tags[self._get_param("ResourceARN").rpartition("/")[2]]})


def delete_model_package(self: Any) -> EmptyResult:
    """Remove a version."""
    del self.sagemaker_backend.model_packages[self._get_param("ModelPackageName")]
    return EmptyResult()


def delete_model_package_group(self: Any) -> EmptyResult:
    """Remove a group; one with versions is refused, as AWS does."""
    name = self._get_param("ModelPackageGroupName")
    backend = self.sagemaker_backend
    held = [one for one in backend.model_packages.values() if one.model_package_group_name == name]
    if held:
        raise ValueError(f"{name} still holds versions")
    del backend.model_package_groups[name]
    return EmptyResult()


def describe_model_package_group(self: Any) -> Any:
    """moto fails where a group does not exist; AWS refuses it in these words."""
    name = self._get_param("ModelPackageGroupName")
    if name not in self.sagemaker_backend.model_package_groups:
        told = {"__type": "ValidationException", "message": f"ModelPackageGroup {name} does not exist."}
        return 400, {"status": 400}, json.dumps(told)
    return described(self)


tags: dict[str, list[dict[str, str]]] = {}
created = BudgetsResponse.create_budget
described = SageMakerResponse.describe_model_package_group
lacking: list[tuple[Any, Any]] = [
    (BudgetsResponse, create_budget),
    (BudgetsResponse, describe_subscribers_for_notification),
    (BudgetsResponse, list_tags_for_resource),
    (SageMakerResponse, delete_model_package),
    (SageMakerResponse, delete_model_package_group),
    (SageMakerResponse, describe_model_package_group),
]
for kind, call in lacking:
    setattr(kind, call.__name__, call)

if __name__ == "__main__":
    main(["--host", "127.0.0.1", "--port", sys.argv[1]])
