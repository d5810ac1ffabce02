# What the project needs on AWS, but for what its words make and remove (jobs, models, endpoints).
# `just infra plan` shows it, `just infra apply` makes it and notes it in settings.yaml, `just infra destroy`
# removes it. What it costs, and where the state is kept: docs/sagemaker.md.

terraform {
  required_version = ">= 1.10, < 2"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6"
    }
  }
}

provider "aws" {
  region = coalesce(var.region, local.settings.region, "write-it-into-settings.yaml")
  # Once settings.yaml names the role, and with it the account, nothing is ever made in another one.
  allowed_account_ids = local.settings.role == "" ? null : [split(":", local.settings.role)[4]]

  default_tags {
    tags = {
      project     = local.name
      environment = "shared" # what belongs to one environment says so itself
      managed-by  = "terraform"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  settings = yamldecode(file("${path.module}/settings.yaml"))
  name     = local.settings.project

  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  bucket    = "${local.name}-${local.account}-${local.region}"

  sagemaker = "arn:${local.partition}:sagemaker:${local.region}:${local.account}"
  logs      = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group"
  alarms    = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${local.name}-*"
}
