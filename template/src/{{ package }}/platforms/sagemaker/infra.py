"""The word `infra`: all that the project keeps on AWS, as the .tf files of infra/sagemaker say.

Terraform does the work; what it made is noted in settings.yaml. For people who administer the
account: CI may neither make nor change what decides its own rights.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from .. import FailedError, settings

FOLDER = Path("infra/sagemaker")
SETTINGS, ANSWERS, PLAN = FOLDER / "settings.yaml", FOLDER / "team.auto.tfvars", "infra.tfplan"
#: Keys of settings.yaml that `apply` fills in, and `destroy` empties: Terraform's outputs.
MADE = ("role", "bucket", "image", "kms_key")
#: What holds data, which goes only when somebody says so.
STORES = ("aws_s3_bucket.this", "aws_ecr_repository.this")
#: What Terraform or AWS says, and what to do about it.
WAYS = {
    "No valid credential sources": "sign in: `aws sso login`, and name the profile in AWS_PROFILE",
    "ExpiredToken": "sign in again: `aws sso login`",
    "AWS account ID not allowed": "the role in settings.yaml is of another account: sign in there",
    "Invalid value for variable": f"write it into {ANSWERS.as_posix()}",
    "No value for required variable": f"write it into {ANSWERS.as_posix()}",
    "oidc-provider": f"another project made it: name its ARN as oidc_provider in {ANSWERS.name}",
    "AlreadyExists": "`terraform import` it, or delete it: docs/sagemaker.md",
    "already exists": "`terraform import` it, or delete it: docs/sagemaker.md",
    "AccessDenied": "ask an administrator of the account: roles and keys are made by this",
    "state lock": "somebody else is at it; wait, or `terraform force-unlock` what the error names",
    "provider packages": "the registry of providers must be reachable, or a mirror configured",
}


def infra(words: list[str]) -> None:
    """Show what would change on AWS, change it, or take it all down."""
    parser = argparse.ArgumentParser(prog="just infra", description=infra.__doc__)
    parser.add_argument("what", nargs="?", default="plan", choices=("plan", "apply", "destroy"))
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--with-data", action="store_true", help="with destroy: data, models and images too"
    )
    asked = parser.parse_args(words)
    if asked.with_data and asked.what != "destroy":
        raise FailedError("--with-data deletes data: it goes with `just infra destroy` alone")
    settings.need("project", "region")
    terraform("init", "-input=false")
    if asked.what == "plan":
        terraform("plan", "-input=false")
    elif asked.what == "apply":
        apply(asked.yes)
    else:
        destroy(asked.with_data, asked.yes)


def apply(yes: bool) -> None:
    """Make what the files say, and write the names of what was made into settings.yaml."""
    try:
        terraform("plan", "-input=false", f"-out={PLAN}")
        agreed("make this on AWS; it bills", yes)
        terraform("apply", "-input=false", PLAN)
    finally:
        (FOLDER / PLAN).unlink(missing_ok=True)  # it holds every value, secret ones too
    told = json.loads(terraform("output", "-json", shown=False))
    write({name: str(told[name]["value"]) for name in MADE})
    for name, arn in told.get("ci_variables", {}).get("value", {}).items():
        print(f"variable {name} of CI: {arn}")
    print(f"{SETTINGS.as_posix()} has the names: commit it. Next: `just platform-image`")


def destroy(with_data: bool, yes: bool) -> None:
    """Take down what `apply` made; data only if that was said."""
    if left := [*running(), *([] if with_data else held())]:
        advice = "`just teardown --yes`, then again; or `just infra destroy --with-data`"
        raise FailedError("\n  ".join(["There still are:", *left, f"Next: {advice}"]))
    agreed(f"delete all of it{' with data, models and images' if with_data else ''}", yes)
    if with_data:
        for arn in versions():
            forget(arn)
        only = [f"-target={store}" for store in STORES]
        terraform("apply", "-input=false", "-auto-approve", "-var=delete_data=true", *only)
    terraform("destroy", "-input=false", "-auto-approve")
    write(dict.fromkeys(MADE, ""))
    print("Gone. AWS keeps the key for seven days, unbilled, in case of second thoughts")


def running() -> list[str]:
    """Endpoints of this project: without their role and alarms they would still be billed."""
    begins = f"{settings.load()['project']}-"
    found = listed("sagemaker", "list_endpoints", "Endpoints", NameContains=begins)
    names = [str(each["EndpointName"]) for each in found]
    return [f"endpoint {name}, billed by the hour" for name in names if name.startswith(begins)]


def held() -> list[str]:
    """What keeps the bucket, the repository and the group of versions from being deleted."""
    told = settings.load()
    found = [f"model version {arn}" for arn in versions()]
    if told["bucket"] and listed("s3", "list_object_versions", "Versions", Bucket=told["bucket"]):
        found.append(f"objects in s3://{told['bucket']}")
    name = told["image"].partition("/")[2]
    if name and listed("ecr", "list_images", "imageIds", repositoryName=name):
        found.append(f"images in {told['image']}")
    return found


def versions() -> list[str]:
    """The model versions that are registered."""
    group, key = settings.load()["project"], "ModelPackageSummaryList"
    found = listed("sagemaker", "list_model_packages", key, ModelPackageGroupName=group)
    return [str(each["ModelPackageArn"]) for each in found]


def listed(service: str, operation: str, key: str, **asked: Any) -> list[Any]:
    """What is in something on AWS; nothing, where it does not exist."""
    from . import session  # Terraform alone needs no boto3

    try:
        return list(session.pages(service, operation, key, **asked))
    except session.CloudError as error:
        if error.missing:
            return []
        raise


def forget(arn: str) -> None:
    """Delete one model version."""
    from . import session

    session.client("sagemaker").delete_model_package(ModelPackageName=arn)


def agreed(what: str, yes: bool) -> None:
    """Ask before it costs or deletes.

    Raises:
        FailedError: nobody can be asked, or the answer is not yes.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise FailedError(f"this would {what}: say it again with --yes")
    if input(f"This would {what}. Type yes: ").strip() != "yes":
        raise FailedError("nothing has changed")


def terraform(*arguments: str, shown: bool = True) -> str:
    """Run Terraform in its folder, and return what it prints where that is not shown.

    Raises:
        FailedError: it is absent, or it fails.
    """
    program = shutil.which("terraform")
    if not program:
        raise FailedError("terraform is not installed: https://developer.hashicorp.com/terraform")
    command = [program, f"-chdir={FOLDER}", *arguments]
    env = {**os.environ, "TF_VAR_region": str(settings.load()["region"]), "TF_IN_AUTOMATION": "1"}
    pipe = subprocess.PIPE
    done = subprocess.run(
        command, env=env, stdout=None if shown else pipe, stderr=pipe, encoding="utf-8", check=False
    )
    if done.returncode:
        # Without colours, and without the frame that Terraform draws around an error.
        said = re.sub(r"\x1b\[[0-9;]*m|[╷│╵]", "", done.stderr)
        said = "\n".join(line.strip() for line in said.splitlines() if line.strip())
        way = next((way for sign, way in WAYS.items() if sign in said), "mend it, then again")
        raise FailedError(f"`terraform {arguments[0]}` fails:\n{said}\nNext: {way}")
    return done.stdout or ""


def write(values: dict[str, str]) -> None:
    """Set keys of settings.yaml; comments and all else stay.

    Raises:
        FailedError: a key is absent there.
    """
    text = SETTINGS.read_text(encoding="utf-8")
    for key, value in values.items():
        line = re.compile(rf"^{key}:[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s#]*)", re.MULTILINE)
        told = f"{key}: {json.dumps(value)}"
        text, found = line.subn(told.replace("\\", r"\\"), text, count=1)
        if not found:
            raise FailedError(f"{SETTINGS.as_posix()} has no line `{key}:`; add it: {told}")
    SETTINGS.write_text(text, encoding="utf-8")
