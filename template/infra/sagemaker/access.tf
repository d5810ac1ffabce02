# Who may do what: one role that jobs and endpoints run as, and two policies for those who start them.
# Everything is allowed by name: what this project makes is called NAME or NAME-*. `*` stands only where AWS
# knows no resource for an action, or where it names jobs itself.

locals {
  # Jobs that a pipeline starts get their names from SageMaker: pipelines-RUN-STEP-...
  jobs  = [for job in ["training-job", "processing-job"] : "${local.sagemaker}:${job}/${local.name}-*"]
  steps = [for job in ["training-job", "processing-job"] : "${local.sagemaker}:${job}/pipelines-*"]

  # SageMaker puts the logs of all jobs of an account into the same groups.
  job_logs = ["${local.logs}:/aws/sagemaker/*", "${local.logs}:/aws/sagemaker/*:log-stream:*"]

  pipeline       = "${local.sagemaker}:pipeline/${local.name}"
  package_group  = "${local.sagemaker}:model-package-group/${local.name}"
  packages       = "${local.sagemaker}:model-package/${local.name}/*"
  models         = "${local.sagemaker}:model/${local.name}-*"
  endpoint       = "${local.sagemaker}:endpoint/${local.name}-*"
  configurations = "${local.sagemaker}:endpoint-config/${local.name}-*"

  # A tracking server of SageMaker's own, where settings.yaml names one.
  mlflow = try(startswith(local.settings.tracking, "arn:"), false) ? [local.settings.tracking] : []
}

# ------------------------------------------------------------ what jobs, the pipeline and endpoints may

data "aws_iam_policy_document" "sagemaker_assumes" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.name}-execution"
  description        = "Jobs, the pipeline and the endpoints of ${local.name}"
  assume_role_policy = data.aws_iam_policy_document.sagemaker_assumes.json
}

data "aws_iam_policy_document" "data" {
  statement {
    sid       = "Bucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
  }
  statement {
    sid       = "Files"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = [aws_kms_key.this.arn]
  }
  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.this.arn]
  }
  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # takes no resource
  }
}

data "aws_iam_policy_document" "execution" {
  source_policy_documents = [data.aws_iam_policy_document.data.json]

  statement {
    sid       = "DisksOfMachines"
    actions   = ["kms:CreateGrant"]
    resources = [aws_kms_key.this.arn]
    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = local.job_logs
  }
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # takes no resource; the namespace limits it
    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/*", "aws/sagemaker/*", local.name]
    }
  }
  statement {
    sid       = "AlarmsThatRollBack"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = [local.alarms]
  }
  statement {
    sid = "StepsOfThePipeline"
    actions = [
      "sagemaker:AddTags", "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob", "sagemaker:DescribeProcessingJob",
      "sagemaker:DescribeTrainingJob", "sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob",
    ]
    resources = concat(local.jobs, local.steps)
  }
  statement {
    sid       = "Registration"
    actions   = ["sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"]
    resources = [local.package_group, local.packages]
  }
  statement {
    sid       = "PassItselfToItsSteps"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
  dynamic "statement" {
    for_each = local.mlflow
    content {
      sid = "Tracking"
      actions = [
        "sagemaker-mlflow:CreateExperiment", "sagemaker-mlflow:CreateRun", "sagemaker-mlflow:GetExperiment",
        "sagemaker-mlflow:GetExperimentByName", "sagemaker-mlflow:GetRun", "sagemaker-mlflow:ListArtifacts",
        "sagemaker-mlflow:LogBatch", "sagemaker-mlflow:LogInputs", "sagemaker-mlflow:LogMetric", "sagemaker-mlflow:LogModel",
        "sagemaker-mlflow:LogParam", "sagemaker-mlflow:SearchExperiments", "sagemaker-mlflow:SearchRuns",
        "sagemaker-mlflow:SetExperimentTag", "sagemaker-mlflow:SetTag", "sagemaker-mlflow:UpdateRun",
      ]
      resources = [statement.value]
    }
  }
  dynamic "statement" {
    for_each = length(local.settings.subnets) > 0 ? [1] : []
    content {
      sid = "NetworkOfMachines"
      actions = [
        "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets", "ec2:DescribeVpcs",
      ]
      resources = ["*"] # take no resource
    }
  }
  dynamic "statement" {
    for_each = length(local.settings.subnets) > 0 ? [1] : []
    content {
      sid     = "InterfacesOfMachines"
      actions = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
      resources = concat(
        ["arn:${local.partition}:ec2:${local.region}:${local.account}:network-interface/*"], # AWS names them
        [for id in local.settings.subnets : "arn:${local.partition}:ec2:${local.region}:${local.account}:subnet/${id}"],
        [for id in local.settings.security_groups : "arn:${local.partition}:ec2:${local.region}:${local.account}:security-group/${id}"],
      )
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# ------------------------------------------------------------ what those who start them may

# Both: see what runs and what it costs, hand the role to SageMaker.
data "aws_iam_policy_document" "start" {
  source_policy_documents = [data.aws_iam_policy_document.data.json]

  statement {
    sid       = "RemoveFiles"
    actions   = ["s3:DeleteObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
  }
  statement {
    sid       = "RoleOfJobs"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
  statement {
    sid       = "ReadLogs"
    actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = local.job_logs
  }
  statement {
    sid       = "WhatThereIs"
    actions   = ["sagemaker:ListEndpointConfigs", "sagemaker:ListEndpoints", "sagemaker:ListModels", "sagemaker:ListProcessingJobs", "sagemaker:ListTrainingJobs"]
    resources = ["*"] # take no resource
  }
  statement {
    sid = "Jobs"
    actions = [
      "sagemaker:AddTags", "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob", "sagemaker:DescribeProcessingJob",
      "sagemaker:DescribeTrainingJob", "sagemaker:ListTags", "sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob",
    ]
    resources = local.jobs
  }
  statement {
    sid       = "StepsOfThePipeline"
    actions   = ["sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob"]
    resources = local.steps
  }
  statement {
    sid       = "ReadVersions"
    actions   = ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages", "sagemaker:ListTags"]
    resources = [local.package_group, local.packages]
  }
}

# `just train`, `retrain`, `pipeline`, `platform-image`.
data "aws_iam_policy_document" "train" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  statement {
    sid       = "PushImages"
    actions   = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    resources = [aws_ecr_repository.this.arn]
  }
  statement {
    sid = "Pipeline"
    actions = [
      "sagemaker:AddTags", "sagemaker:CreatePipeline", "sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions",
      "sagemaker:ListTags", "sagemaker:StartPipelineExecution", "sagemaker:UpdatePipeline",
    ]
    resources = [local.pipeline]
  }
  statement {
    sid       = "RunsOfThePipeline"
    actions   = ["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps", "sagemaker:StopPipelineExecution"]
    resources = ["${local.pipeline}/execution/*"]
  }
}

# `just promote`, `rollback`, `models`, `deploy`, `stop`, `predict`, `smoke-test`, `monitor`; `teardown`.
data "aws_iam_policy_document" "release" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  statement {
    sid       = "ApproveVersions"
    actions   = ["sagemaker:AddTags", "sagemaker:UpdateModelPackage"]
    resources = [local.packages]
  }
  statement {
    sid = "Endpoints"
    actions = [
      "sagemaker:AddTags", "sagemaker:CreateEndpoint", "sagemaker:CreateEndpointConfig", "sagemaker:CreateModel",
      "sagemaker:DeleteEndpoint", "sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel", "sagemaker:DescribeEndpoint",
      "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel", "sagemaker:InvokeEndpoint", "sagemaker:ListTags",
      "sagemaker:UpdateEndpoint",
    ]
    resources = [local.models, local.configurations, local.endpoint]
  }
  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"]
    resources = [local.alarms]
  }
  statement {
    sid       = "Measurements"
    actions   = ["cloudwatch:GetMetricData"]
    resources = ["*"] # takes no resource
  }
}

data "aws_iam_policy_document" "teardown" {
  source_policy_documents = [data.aws_iam_policy_document.release.json]

  statement {
    sid       = "OldVersionsOfFiles"
    actions   = ["s3:DeleteObjectVersion"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
  }
  statement {
    sid       = "ListOldVersionsOfFiles"
    actions   = ["s3:ListBucketVersions"]
    resources = [aws_s3_bucket.this.arn]
  }
  statement {
    sid       = "RemoveImages"
    actions   = ["ecr:BatchDeleteImage", "ecr:ListImages"]
    resources = [aws_ecr_repository.this.arn]
  }
  statement {
    sid       = "RemoveThePipeline"
    actions   = ["sagemaker:DeletePipeline", "sagemaker:ListPipelineExecutions", "sagemaker:ListTags"]
    resources = [local.pipeline]
  }
  statement {
    sid       = "StopRunsOfThePipeline"
    actions   = ["sagemaker:StopPipelineExecution"]
    resources = ["${local.pipeline}/execution/*"]
  }
  statement {
    sid       = "WhatIsLeft"
    actions   = ["sagemaker:ListPipelines", "tag:GetResources"]
    resources = ["*"] # take no resource
  }
}

# `just data` in the checks of pull requests: the versions of data that DVC keeps, and nothing else.
data "aws_iam_policy_document" "read" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.name}/dvc", "${local.name}/dvc/*"]
    }
  }
  statement {
    sid       = "Files"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/${local.name}/dvc/*"]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]
  }
}

resource "aws_iam_policy" "read" {
  name        = "${local.name}-read"
  description = "Read the data of ${local.name} that DVC keeps"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy" "train" {
  name        = "${local.name}-train"
  description = "Build, train and register models of ${local.name}"
  policy      = data.aws_iam_policy_document.train.json
}

resource "aws_iam_policy" "release" {
  name        = "${local.name}-release"
  description = "Approve, deploy and watch models of ${local.name}"
  policy      = data.aws_iam_policy_document.teardown.json
}
