import time
from pathlib import Path

import pytest
from mlascent.facts import platforms
from mlascent.facts import python as python_room
from mlascent.facts.files import Files
from mlascent.facts.platforms import Platforms
from mlascent.facts.python import Python

from tests.rules.support import write


def read(root: Path, tree: dict[str, str | bytes]) -> Platforms:
    return platforms.read(Files(write(root, tree)), Python({}, {}))


def test_terraform(tmp_path: Path) -> None:
    text = r"""
    terraform {
      backend "s3" { encrypt = true }
    }
    provider "aws" {
      default_tags { tags = { owner = "ana", cost-center = "ml" } }
    }
    # resource "fake" "one" {}
    /* resource "fake" "two" {} */
    variable "x" { default = 3 }
    resource "aws_sagemaker_endpoint" "churn" {
      name  = "churn-${var.stage == "x" ? "a" : "b"}"
      count = 2
      ratio = 0.5
      tags  = merge(var.tags, { a = "b" })
      list  = ["a", 1, var.b,
               { c = true }]
      rule { a = 1 }
      rule { a = 2 }
      policy = <<-EOF
        resource "fake" "three" {}
      EOF
      json = <<EOF
    {"Statement": [{"Action": "*"}]}
    EOF
      encoded = jsonencode({
        Statement = [{ Action = "*", Resource = ["*"] }]
      })
      broken = "{x"
      ok = null
    }
    data "aws_region" "here" {}
    """
    found = read(tmp_path, {"infra/main.tf": text}).resources
    assert [(r.type, r.name, r.line) for r in found] == [
        ("terraform", "", 1),
        ("provider.aws", "aws", 4),
        ("aws_sagemaker_endpoint", "churn", 10),
        ("data.aws_region", "here", 31),
    ]
    assert found[0].body == {"backend": {"s3": {"encrypt": True}}}
    assert found[1].body == {"default_tags": {"tags": {"owner": "ana", "cost-center": "ml"}}}
    body = found[2].body
    assert body["name"] == 'churn-${var.stage == "x" ? "a" : "b"}'
    assert (body["count"], body["ratio"], body["ok"]) == (2, 0.5, None)
    assert body["tags"] == 'merge ( var.tags , { a = "b" } )'
    assert body["list"] == ["a", 1, "var.b", {"c": True}]
    assert body["rule"] == [{"a": 1}, {"a": 2}]
    assert "three" in body["policy"]
    assert body["json"] == {"Statement": [{"Action": "*"}]}
    assert body["encoded"] == {"Statement": [{"Action": "*", "Resource": ["*"]}]}
    assert body["broken"] == "{x"


def test_bicep(tmp_path: Path) -> None:
    text = """
    param name string = 'x'
    // resource fake 'Microsoft.Fake/x@1' = {}
    resource ws 'Microsoft.MachineLearningServices/workspaces@2024-04-01' = if (deploy) {
      name: '${name}-ws'
      tags: {
        owner: 'ana'
      }
      list: [
        'a'
        'b'
      ]
    }
    module net './net.bicep' = { name: 'net' }
    resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
      name: 'v'
      resource secret 'secrets' = { name: 's' }
    }
    resource store 'Microsoft.Storage/storageAccounts@2023-05-01' = {
      name: 's'
      resource blobs 'blobServices' = {
        name: 'default'
        resource data 'containers@2023-01-01' = { name: 'data' }
      }
    }
    """
    found = read(tmp_path, {"infra/main.bicep": text}).resources
    assert [(r.type, r.name, r.line, r.version) for r in found] == [
        ("Microsoft.MachineLearningServices/workspaces", "ws", 3, "2024-04-01"),
        ("module", "net", 13, ""),
        ("Microsoft.KeyVault/vaults/secrets", "secret", 16, ""),
        ("Microsoft.Storage/storageAccounts", "store", 18, "2023-05-01"),
        ("Microsoft.Storage/storageAccounts/blobServices", "blobs", 20, ""),
        ("Microsoft.Storage/storageAccounts/blobServices/containers", "data", 22, "2023-01-01"),
    ]
    assert found[0].body["tags"] == {"owner": "ana"}
    assert found[0].body["list"] == ["a", "b"]


def test_cloudformation_and_arm(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {
        "stack.yaml": """
        Resources:
          Endpoint:
            Type: AWS::SageMaker::Endpoint
            Properties: {EndpointName: !Sub "${X}-e"}
        """,
        "stack.json": '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "C": 3}}',
        "arm.json": """
        {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
         "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "s"}, 4]}
        """,
        "other.yaml": "Type: AWS::Nothing\nResources: [a]\n",
    }
    found = read(tmp_path, tree).resources
    assert [(r.path, r.type, r.name, r.line) for r in found] == [
        ("arm.json", "Microsoft.Storage/storageAccounts", "s", 2),
        ("stack.json", "AWS::S3::Bucket", "B", 1),
        ("stack.yaml", "AWS::SageMaker::Endpoint", "Endpoint", 2),
    ]


def test_azure_ml(tmp_path: Path) -> None:
    schema = "$schema: https://azuremlschemas.azureedge.net/latest/{}.schema.json\n"
    names = (
        "pipelineJob",
        "commandComponent",
        "managedOnlineDeployment",
        "schedule",
        "monitorSchedule",
        "environment",
    )
    tree: dict[str, str | bytes] = {f"ml/{name}.yml": schema.format(name) + "name: x\n" for name in names}
    tree["ml/plain.yml"] = "type: pipeline\njobs: {train: {type: command, command: python train.py}}\n"
    tree["ml/watch.yml"] = schema.format("schedule") + "create_monitor: {}\n"
    tree["ml/word.yml"] = "type: command\nname: no job\n"
    found = {asset.path.rpartition("/")[2]: asset.kind for asset in read(tmp_path, tree).assets}
    assert found == {
        "pipelineJob.yml": "pipeline",
        "commandComponent.yml": "command",
        "managedOnlineDeployment.yml": "online_deployment",
        "schedule.yml": "schedule",
        "monitorSchedule.yml": "monitor",
        "environment.yml": "environment",
        "plain.yml": "pipeline",
        "watch.yml": "monitor",
    }


def test_sagemaker(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {
        "a.py": """
        import boto3
        from sagemaker.estimator import Estimator
        Estimator(image_uri="x").fit()
        client = boto3.client("sagemaker")
        client.create_endpoint(EndpointName="e")
        """,
        "b.py": "import boto3\ns3 = boto3.client('s3')\ns3.create_bucket()\n",
    }
    files = Files(write(tmp_path, tree))
    found = platforms.read(files, python_room.read(files)).sagemaker
    assert {call.path for call in found} == {"a.py"}
    names = [call.call.name for call in found]
    assert "sagemaker.estimator.Estimator" in names
    assert any(name.endswith(".create_endpoint") for name in names)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a = "x\n', 1),
        ("a {\n b = [\n", 2),
        ("a {\n", 1),
        ("/* x", 1),
        ("a {\n x = <<EOF\n y\n", 2),
        ("a {\n b = [ ) ]\n}", 2),
        ("{" * 5000, 1),
        ("a { b = " + "[" * 5000, 1),
        ("a { b = " + "x(" * 5000, 1),
        ("a {" * 5000, 1),
        ("a {\n x = " + "jsonencode(" * 5000, 2),
        ("a\n" * 400_000, 150_001),
    ],
)
def test_malformed_files_are_problems(tmp_path: Path, text: str, line: int) -> None:
    files = Files(write(tmp_path, {"main.tf": text.encode()}))
    begun = time.perf_counter()
    assert platforms.read(files, Python({}, {})).resources == ()
    assert time.perf_counter() - begun < 4
    assert [p.line for p in files.problems] == [line]


@pytest.mark.parametrize(
    "text", ["", "=", "a b c d {}", "a " * 9000 + "{}", "}{", "a {" + " x {}\n" * 20_000 + "}"]
)
@pytest.mark.parametrize("ending", ["tf", "bicep"])
def test_odd_files_end(tmp_path: Path, text: str, ending: str) -> None:
    begun = time.perf_counter()
    read(tmp_path, {f"main.{ending}": text})
    assert time.perf_counter() - begun < 4
