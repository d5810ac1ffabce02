"""Terraform itself over the project's files: valid, planned, applied to moto's server, taken down again."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mlascent.answers import Wish
from mlascent.commands.new import new

from tests.baked.children import environment, run
from tests.baked.project import end, free_port

CHECKOV, MOTO, SENTRY = "checkov==3.3.30", "moto[server]==5.2.5", "policy-sentry==0.15.2"
HERE = Path(__file__).parent
ACCOUNT, REGION = "123456789012", "eu-west-1"
FOLDER = Path("infra/sagemaker")
#: What a team of each kind writes into team.auto.tfvars.
ANSWERS = {
    "github": {"repository": "acme@1/churn@2"},
    "gitlab": {"repository": "acme/models/churn"},
    "azure": {"repository": "acme/models", "organisation_id": "01234567-89ab-cdef-0123-456789abcdef"},
    "jenkins": {"issuer": "tokens.example.org/jenkins"},
    "none": {},
}
JENKINS = "https://jenkins.example.org/job"
#: Whom each role of CI trusts.
TRUSTED = {
    "github": {
        "train": ["repo:acme@1/churn@2:ref:refs/heads/trunk"],
        "release": [f"repo:acme@1/churn@2:environment:{name}" for name in ("production", "staging")],
        "read": ["repo:acme@1/churn@2:pull_request", "repo:acme@1/churn@2:ref:refs/heads/trunk"],
    },
    "gitlab": {
        "train": ["project_path:acme/models/churn:ref_type:branch:ref:trunk"],
        "release": ["project_path:acme/models/churn:ref_type:branch:ref:trunk"],
        "read": ["project_path:acme/models/churn:ref_type:branch:ref:*"],
    },
    "azure": {
        "train": ["sc://acme/models/churn-train"],
        "release": ["sc://acme/models/churn-release"],
        "read": ["p://acme/models/mlascent build", "p://acme/models/mlascent ci"],
    },
    "jenkins": {"train": [f"{JENKINS}/platform/job/trunk/"], "release": [f"{JENKINS}/release/"]},
    "none": {},
}
#: What moto keeps and does not tell again, so that Terraform wants to set it anew.
UNTOLD = {"aws_s3_bucket_notification"}


def mirrors() -> Iterator[Path]:
    """Folders of this machine in which Terraform's provider for AWS lies, so that none is downloaded."""
    home = Path.home()
    places = (Path("/opt"), Path("/usr/share"), Path("/usr/local/share"), home, home / ".terraform.d")
    for place in places:
        for found in place.glob("*/registry.terraform.io/hashicorp/aws/5.*"):
            yield found.parents[3]


@functools.cache
def installed() -> tuple[str, Path]:
    """Terraform, and where its provider is; the test is skipped where either is absent."""
    program, mirror = shutil.which("terraform"), next(mirrors(), None)
    if not program:
        pytest.skip("terraform is not installed")
    if not mirror:
        pytest.skip("no provider for AWS lies on this machine")
    return program, mirror


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """moto's server on loopback, and the variables that lead there."""
    installed()
    port = free_port()
    log = tmp_path_factory.mktemp("moto") / "log"
    command = [
        "uv",
        "run",
        "--no-project",
        "--quiet",
        "--with",
        MOTO,
        "python",
        str(HERE / "aws.py"),
        str(port),
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 120
        while not answers(port):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield surroundings(f"http://127.0.0.1:{port}")
    finally:
        end(server)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def surroundings(endpoint: str) -> dict[str, str]:
    """Variables for Terraform and the project: nothing of this machine's own, and no other address."""
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "3",
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_ARGS_init": f"-plugin-dir={installed()[1]}",
        "TF_CLI_ARGS": "-no-color",
    }


def project(place: Path, ci: str = "github", workload: str = "online") -> Path:
    """A project of level 2 on SageMaker, with what a team fills in."""
    wish = Wish(
        level="2",
        platform="sagemaker",
        ci=ci,
        workload=workload,
        data=("default_branch=trunk", "email=team@example.org"),
    )
    made = new(place / "churn", wish).directory
    answers, settings = made / FOLDER / "team.auto.tfvars", made / FOLDER / "settings.yaml"
    text = answers.read_text(encoding="utf-8")
    for name, value in ANSWERS[ci].items():
        text, found = re.subn(rf"(?m)^({name} *=).*$", rf"\1 {json.dumps(value)}", text)
        assert found == 1, name
    for role, jobs in TRUSTED[ci].items() if ci == "jenkins" else ():
        text = text.replace(f"{role} = []", f"{role} = {json.dumps(jobs)}")
    answers.write_text(text, encoding="utf-8")
    text = settings.read_text(encoding="utf-8")
    if ci == "github":  # everything that settings.yaml can bring
        server = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:mlflow-tracking-server/churn"
        for key, given in (("subnets", ["subnet-1"]), ("security_groups", ["sg-1"]), ("tracking", server)):
            text, found = re.subn(rf"(?m)^{key}: (\[\]|\"\")", f"{key}: {json.dumps(given)}", text)
            assert found == 1, key
    settings.write_text(text.replace('region: ""', f'region: "{REGION}"'), encoding="utf-8")
    return made


def terraform(made: Path, *words: str, env: Mapping[str, str], fails: bool = False) -> str:
    return run(installed()[0], *words, cwd=made / FOLDER, env=env, fails=fails, seconds=300)


def shown(made: Path, *words: str, env: Mapping[str, str]) -> Any:
    """Terraform's plan or state, as JSON."""
    done = subprocess.run(
        [installed()[0], "show", "-json", *words],
        cwd=made / FOLDER,
        env=environment(env),
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def word(made: Path, *words: str, env: Mapping[str, str], fails: bool = False) -> str:
    """The project's own word `infra`; of its environment it needs boto3 and PyYAML alone."""
    needs = ["uv", "run", "--no-project", "--quiet", "--with", "boto3", "--with", "pyyaml"]
    command = [*needs, "python", "-m", "churn.platforms", "infra", *words]
    return run(*command, cwd=made, env={**env, "PYTHONPATH": str(made / "src")}, fails=fails, seconds=600)


@pytest.mark.full
@pytest.mark.parametrize("ci", sorted({*ANSWERS} - {"github"}))  # which the test below applies
def test_planned(tmp_path: Path, aws: dict[str, str], ci: str) -> None:
    made = project(tmp_path, ci, "batch" if ci == "none" else "online")
    terraform(made, "fmt", "-check", "-diff", env=aws)
    terraform(made, "init", "-input=false", env=aws)
    # With a provider that is there already, the plan knows all that it will be.
    there = f"arn:aws:iam::{ACCOUNT}:oidc-provider/one"
    known = [f"-var=oidc_provider={there}"] if ci != "none" else []
    terraform(made, "plan", "-input=false", "-out=it.tfplan", *known, env=aws)
    planned = shown(made, "it.tfplan", env=aws)
    resources = [
        one for one in planned["planned_values"]["root_module"]["resources"] if one["mode"] == "managed"
    ]
    untagged = [
        one["address"]
        for one in resources
        if "tags_all" in one.get("values", {})
        and not {"project", "environment", "managed-by"} <= (one["values"]["tags_all"] or {}).keys()
    ]
    assert not untagged
    assert trust(resources) == TRUSTED[ci]
    assert not wide(resources), "who writes is told in full"
    endpoints = {one["type"] for one in resources} & {
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_log_group",
    }
    assert bool(endpoints) == (ci != "none")


def trust(resources: list[Any]) -> dict[str, list[str]]:
    """Role of CI → whom it trusts, where the plan knows it already."""
    found = {}
    for one in resources:
        if one["address"].startswith("aws_iam_role.ci"):
            policy = one["values"].get("assume_role_policy")
            assert policy, f"{one['address']}: nobody knows yet whom it trusts"
            found[one["index"]] = sorted(subjects(json.loads(policy)))
    return found


def wide(resources: list[Any]) -> list[str]:
    """Roles of CI that take what is only like a subject, though they write."""
    return [
        one["address"]
        for one in resources
        if one["address"].startswith("aws_iam_role.ci")
        and one["index"] != "read"
        and "StringLike" in one["values"]["assume_role_policy"]
    ]


def subjects(policy: Any) -> Iterator[str]:
    """Whom a policy trusts; a subject is told in full, but for one that only reads."""
    (statement,) = policy["Statement"]
    condition = statement["Condition"]
    (issuer,) = {key.rpartition(":")[0] for test in condition.values() for key in test}
    assert condition["StringEquals"][f"{issuer}:aud"] in ("sts.amazonaws.com", "api://AzureADTokenExchange")
    (named,) = (test[f"{issuer}:sub"] for test in condition.values() if f"{issuer}:sub" in test)
    found = [named] if isinstance(named, str) else named
    assert "StringLike" in condition or not [one for one in found if "*" in one]
    yield from found


@pytest.mark.full
def test_missing_answers_are_named(tmp_path: Path, aws: dict[str, str]) -> None:
    made = project(tmp_path)
    answers = made / FOLDER / "team.auto.tfvars"
    answers.write_text(answers.read_text().replace("acme@1/churn@2", "").replace("= 50", "= 0"))
    told = word(made, "plan", env=aws, fails=True)
    assert "OWNER@ID/NAME@ID" in told
    assert "monthly_budget is an amount" in told
    assert "Next: write it into infra/sagemaker/team.auto.tfvars" in told


@pytest.mark.full
def test_applied_and_taken_down_by_the_word(tmp_path: Path, aws: dict[str, str]) -> None:
    made = project(tmp_path)
    # On loopback a bucket is part of the path, not of the host's name.
    (made / FOLDER / "override.tf").write_text('provider "aws" {\n  s3_use_path_style = true\n}\n')
    word(made, "apply", "--yes", env=aws)
    settings = (made / FOLDER / "settings.yaml").read_text()
    for line in (
        f'role: "arn:aws:iam::{ACCOUNT}:role/churn-execution"',
        f'bucket: "churn-{ACCOUNT}-{REGION}"',
        f'image: "{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn"',
    ):
        assert line in settings
    state = shown(made, env=aws)
    assert not judged(state, made / "src/churn/platforms/sagemaker")
    fits(state)
    assert trust(state["values"]["root_module"]["resources"]) == TRUSTED["github"]
    # A second plan wants nothing more.
    terraform(made, "plan", "-input=false", "-out=it.tfplan", env=aws)
    changes = shown(made, "it.tfplan", env=aws)["resource_changes"]
    changed = {one["type"] for one in changes if one["change"]["actions"] not in (["no-op"], ["read"])}
    assert changed <= UNTOLD
    # What people put there keeps it; saying so removes all of it.
    fill(aws)
    told_off = word(made, "destroy", "--yes", env=aws, fails=True)
    assert "model version arn:" in told_off
    assert "objects in s3://churn-" in told_off
    word(made, "destroy", "--yes", "--with-data", env=aws)
    assert not shown(made, env=aws).get("values")
    assert 'bucket: ""' in (made / FOLDER / "settings.yaml").read_text()


def fits(state: Any) -> None:
    """Policies are within what IAM takes: 6144 characters as their own, 10240 within a role."""
    for one in state["values"]["root_module"]["resources"]:
        if one["type"] in ("aws_iam_policy", "aws_iam_role_policy"):
            text = json.dumps(json.loads(one["values"]["policy"]), separators=(",", ":"))
            assert len(text) < (6144 if one["type"] == "aws_iam_policy" else 10240), one["address"]


def fill(aws: Mapping[str, str]) -> None:
    """Put an object into the bucket, and a version into the registry."""
    code = f"""
import boto3
s3 = boto3.client("s3")
s3.delete_bucket_policy(Bucket="churn-{ACCOUNT}-{REGION}")  # which refuses all but TLS
s3.put_object(Bucket="churn-{ACCOUNT}-{REGION}", Key="churn/data/x", Body=b"1")
boto3.client("sagemaker").create_model_package(
    ModelPackageGroupName="churn",
    InferenceSpecification={{"Containers": [{{"Image": "i"}}], "SupportedContentTypes": ["text/csv"]}},
)
"""
    command = ["uv", "run", "--no-project", "--quiet", "--with", "boto3", "python", "-c", code]
    run(*command, cwd=HERE, env={**aws, "AWS_DEFAULT_REGION": REGION})


@pytest.mark.full
def test_checkov_finds_nothing_and_every_skip_has_a_reason(tmp_path: Path) -> None:
    made = project(tmp_path)
    found = checkov(made / FOLDER)
    failed = [f"{one['check_id']} {one['resource']}" for one in found["results"]["failed_checks"]]
    assert not failed
    skipped = {one["check_id"] for one in found["results"]["skipped_checks"]}
    text = "".join(path.read_text() for path in sorted((made / FOLDER).glob("*.tf")))
    reasons = re.findall(r"checkov:skip=(CKV\w+):(.+)", text)
    assert {check for check, _ in reasons} == skipped, "a skip that skips nothing"
    assert all(len(reason) > 30 for _, reason in reasons)
    assert found["summary"]["passed"] > 100, "it did not read these files"


@pytest.mark.full
def test_checkov_sees_a_bucket_that_everybody_reads(tmp_path: Path) -> None:
    made = project(tmp_path)
    file = made / FOLDER / "storage.tf"
    file.write_text(
        file.read_text().replace("block_public_policy     = true", "block_public_policy     = false")
    )
    failed = {one["check_id"] for one in checkov(made / FOLDER)["results"]["failed_checks"]}
    assert "CKV_AWS_54" in failed


def checkov(folder: Path) -> Any:
    options = ["--skip-download", "--framework", "terraform", "--compact", "--output", "json", "--soft-fail"]
    done = subprocess.run(
        ["uvx", "--quiet", "--from", CHECKOV, "checkov", *options, "--directory", folder],
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def judged(state: Any, *code: Path) -> str:
    """What the checker of policies finds."""
    command = [
        "uv",
        "run",
        "--no-project",
        "--quiet",
        "--with",
        SENTRY,
        "python",
        str(HERE / "iam.py"),
        "churn",
        *map(str, code),
    ]
    done = subprocess.run(
        command, input=json.dumps(state), env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.full
def test_the_checker_of_policies_sees_each_fault(tmp_path: Path) -> None:
    resource = {"mode": "managed", "type": "aws_iam_policy", "address": "aws_iam_policy.x"}
    wrong = {
        "is a wildcard": {"Action": "s3:*", "Resource": "arn:aws:s3:::churn"},
        "is no action of AWS": {"Action": "sagemaker:CreateMagic", "Resource": "*"},
        "could name a resource": {"Action": "sagemaker:DeleteEndpoint", "Resource": "*"},
        "cannot be about": {"Action": "sagemaker:DeleteEndpoint", "Resource": "arn:aws:s3:::churn"},
        "names nothing of this project": {
            "Action": "sagemaker:DeleteEndpoint",
            "Resource": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/*",
        },
    }
    for fault, statement in wrong.items():
        policy = json.dumps({"Statement": [{"Effect": "Allow", **statement}]})
        state = {"values": {"root_module": {"resources": [{**resource, "values": {"policy": policy}}]}}}
        assert fault in judged(state)
    (tmp_path / "calls.py").write_text("client.delete_flow_definition()")
    assert "calls DeleteFlowDefinition, which no policy allows" in judged(state, tmp_path)
