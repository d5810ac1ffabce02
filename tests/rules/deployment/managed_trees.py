"""Small repositories on SageMaker and on Azure ML, in which everything is wired."""

from __future__ import annotations

from tests.rules.deployment.trees import DOCKERFILE, PYPROJECT, TRAIN, Tree

JUSTFILE = """
image:
    docker build -t 1.dkr.ecr.eu-west-1.amazonaws.com/churn:$(git rev-parse HEAD) .
    docker push 1.dkr.ecr.eu-west-1.amazonaws.com/churn:$(git rev-parse HEAD)

train:
    python -m churn.cloud train

pipeline:
    python -m churn.cloud pipeline

deploy environment:
    python -m churn.cloud deploy {{ environment }}

score:
    python -m churn.cloud score

rollback:
    python -m churn.cloud rollback

teardown:
    python -m churn.cloud teardown
    terraform -chdir=infra destroy
"""

MAIN = """
import sys

from churn import aws

WORDS = {
    "train": aws.train,
    "pipeline": aws.pipeline,
    "deploy": aws.deploy,
    "score": aws.score,
    "rollback": aws.rollback,
    "teardown": aws.teardown,
}

if __name__ == "__main__":
    WORDS[sys.argv[1]]()
"""

AWS = """
import boto3

from churn import definition

PENDING = "PendingManualApproval"


def client():
    return boto3.client("sagemaker")


def train():
    asked = {"TrainingImage": "1.dkr.ecr.eu-west-1.amazonaws.com/churn:1"}
    client().create_training_job(TrainingJobName="churn", AlgorithmSpecification=asked)


def pipeline():
    definition.build().upsert(role_arn="arn")


def deploy():
    alarm = "churn-errors"
    boto3.client("cloudwatch").put_metric_alarm(AlarmName=alarm)
    back = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}
    client().create_endpoint_config(EndpointConfigName="churn-2")
    client().create_endpoint(EndpointName="churn", EndpointConfigName="churn-2")
    client().update_endpoint(EndpointName="churn", EndpointConfigName="churn-2", DeploymentConfig=back)


def score():
    client().create_transform_job(TransformJobName="churn")


def rollback():
    client().update_endpoint(EndpointName="churn", EndpointConfigName="churn-1")


def teardown():
    client().delete_endpoint(EndpointName="churn")
"""

DEFINITION = """
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder

from churn import aws


def build():
    prepare = ProcessingStep(name="prepare", step_args=None)
    train = TrainingStep(name="train", step_args=None)
    judge = ProcessingStep(name="judge", step_args=None)
    made = ModelBuilder(image_uri="churn").register(
        model_package_group_name="churn", approval_status="PendingManualApproval"
    )
    register = ModelStep(name="register", step_args=made)
    passed = ConditionEquals(left=judge, right=True)
    gate = ConditionStep(name="gate", conditions=[passed], if_steps=[register], else_steps=[])
    return Pipeline(name="churn", steps=[prepare, train, judge, gate])
"""

WORKFLOW = """
name: retrain
on:
  schedule:
    - cron: "0 4 * * 1"
permissions:
  contents: read
  id-token: write
jobs:
  retrain:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::1:role/churn-train
          aws-region: eu-west-1
      - run: just pipeline
"""

TERRAFORM = """
provider "aws" {
  default_tags {
    tags = { project = "churn" }
  }
}

resource "aws_kms_key" "this" {
  enable_key_rotation = true
}

resource "aws_s3_bucket" "this" {
  bucket = "churn"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

data "aws_iam_policy_document" "jobs" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
  }
  statement {
    actions   = ["ecr:GetAuthorizationToken", "sagemaker:ListEndpoints"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:Decrypt", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::1:root"]
    }
  }
}

resource "aws_iam_role" "jobs" {
  name = "churn-jobs"
}

resource "aws_cloudwatch_event_rule" "failed" {
  name          = "churn-job-failed"
  event_pattern = jsonencode({ detail = { TransformJobStatus = ["Failed"] } })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = "arn:aws:sns:eu-west-1:1:churn"
}

resource "aws_budgets_budget" "this" {
  limit_amount = "100"
  notification {
    threshold                  = 80
    subscriber_email_addresses = ["ana@acme.org"]
  }
}
"""

COSTS = """
# On AWS

| what | costs |
| --- | --- |
| a training job on ml.m5.large | about US$ 0.12 an hour |
| the endpoint on ml.m5.large | about US$ 80 a month |
| the bucket | about US$ 0.02 for a GB and month |
| the key of KMS | US$ 1 a month |
"""

#: A project on SageMaker.
SAGEMAKER: Tree = {
    "pyproject.toml": PYPROJECT,
    "Dockerfile": DOCKERFILE,
    "justfile": JUSTFILE,
    "src/churn/__init__.py": "",
    "src/churn/train.py": TRAIN,
    "src/churn/cloud.py": MAIN,
    "src/churn/aws.py": AWS,
    "src/churn/definition.py": DEFINITION,
    ".github/workflows/retrain.yml": WORKFLOW,
    "infra/main.tf": TERRAFORM,
    "docs/sagemaker.md": COSTS,
}

PIPELINE = """
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
settings:
  continue_on_step_failure: false
inputs:
  data: {type: uri_folder, path: azureml:churn@latest}
  trials: 3
outputs:
  model: {type: custom_model, name: churn}
jobs:
  train:
    type: command
    component: components/train.yml
    inputs:
      data: ${{parent.inputs.data}}
      trials: ${{parent.inputs.trials}}
  gate:
    type: command
    component: ./components/gate.yml
    inputs:
      model: ${{parent.jobs.train.outputs.model}}
  register:
    type: command
    component: components/register.yml
    inputs:
      model: ${{parent.jobs.train.outputs.model}}
      verdict: ${{parent.jobs.gate.outputs.verdict}}
    outputs:
      registered: ${{parent.outputs.model}}
"""

HEAD = "$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\ntype: command\n"
TRAINS = (
    HEAD
    + """name: train
environment: azureml:churn@latest
inputs:
  data: {type: uri_folder}
  trials: {type: integer, default: 0}
outputs:
  model: {type: custom_model}
command: python -m churn.train --data ${{inputs.data}} --trials ${{inputs.trials}} --model ${{outputs.model}}
"""
)
JUDGES = (
    HEAD
    + """name: gate
environment: azureml:churn@latest
inputs:
  model: {type: custom_model}
outputs:
  verdict: {type: uri_folder}
command: python -m churn.gate ${{inputs.model}} ${{outputs.verdict}}
"""
)
REGISTERS = (
    HEAD
    + """name: register
environment: azureml:churn@latest
inputs:
  model: {type: custom_model}
  verdict: {type: uri_folder}
outputs:
  registered: {type: custom_model}
command: cp -r ${{inputs.model}} ${{outputs.registered}}
"""
)
GATE = """
import sys


def main():
    if not sys.argv[1]:
        sys.exit("the model is worse")


if __name__ == "__main__":
    main()
"""

AZURE = """
from azure.ai.ml import MLClient, load_job
from azure.identity import DefaultAzureCredential


def client():
    return MLClient(DefaultAzureCredential(), "s", "g", "w")


def train():
    client().jobs.create_or_update(load_job("infra/pipeline.yml"))


def pipeline():
    client().schedules.begin_create_or_update(None)
    train()


def deploy():
    client().online_deployments.begin_create_or_update(None)
    try:
        client().online_endpoints.invoke("churn")
    except Exception:
        take_back()
        raise


def take_back():
    route = {"blue": 100}
    client().online_endpoints.begin_create_or_update(route)


def score():
    client().jobs.create_or_update(None)


def rollback():
    if client().models.get("churn").tags.get("approval", "pending") != "approved":
        raise ValueError("nobody approved it")
    deploy()


def teardown():
    client().online_endpoints.begin_delete("churn")
"""

BICEP = """
param owner string

resource store 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'churn'
  tags: { project: 'churn' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
  }
}

resource scientist 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: 'churn'
  properties: {
    roleDefinitionId: 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
  }
}

resource errors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'churn-job-failed'
  properties: {
    criteria: { metricName: 'Failed Runs' }
    actions: [
      { actionGroupId: team.id }
    ]
  }
}

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'churn'
  properties: {
    amount: 100
    notifications: {
      most: { enabled: true, threshold: 80, contactEmails: [owner] }
    }
  }
}
"""

#: A project on Azure ML.
AZUREML: Tree = {
    **{
        path: SAGEMAKER[path]
        for path in ("pyproject.toml", "Dockerfile", "src/churn/__init__.py", "src/churn/train.py")
    },
    "justfile": JUSTFILE.replace("1.dkr.ecr.eu-west-1.amazonaws.com", "churn.azurecr.io").replace(
        "terraform -chdir=infra destroy", "az group delete --name churn"
    ),
    "src/churn/cloud.py": MAIN.replace("aws", "azure_ml"),
    "src/churn/azure_ml.py": AZURE,
    "src/churn/gate.py": GATE,
    ".github/workflows/retrain.yml": WORKFLOW.replace(
        "aws-actions/configure-aws-credentials@v4", "azure/login@v2"
    ).replace("role-to-assume: arn:aws:iam::1:role/churn-train", "client-id: ${{ vars.AZURE_CLIENT_ID }}"),
    "infra/main.bicep": BICEP,
    "infra/pipeline.yml": PIPELINE,
    "infra/components/train.yml": TRAINS,
    "infra/components/gate.yml": JUDGES,
    "infra/components/register.yml": REGISTERS,
    "docs/azureml.md": COSTS.replace("KMS", "the vault").replace("bucket", "storage account"),
}
