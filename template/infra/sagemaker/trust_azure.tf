# Azure Pipelines: a job proves by a token which service connection it was let use. The connections NAME-train and
# NAME-release carry the checks: branch control on both, an approval on the second (Project settings > Service
# connections > Approvals and checks). A token without a connection names no branch, so it is not trusted.

variable "repository" {
  type        = string
  description = "Organisation and project on Azure DevOps, ORGANISATION/PROJECT."

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[^/]+$", var.repository))
    error_message = "Write ORGANISATION/PROJECT into infra/sagemaker/team.auto.tfvars."
  }
}

variable "organisation_id" {
  type        = string
  description = "The organisation's id, which its tokens come from: Organisation settings > Microsoft Entra > Download, or _apis/connectionData."

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.organisation_id))
    error_message = "Write the id of the Azure DevOps organisation into infra/sagemaker/team.auto.tfvars."
  }
}

variable "oidc_provider" {
  type        = string
  description = "ARN of the account's provider for this organisation's tokens, where another project made it; empty: made here."
  default     = ""
}

locals {
  issuer        = "vstoken.dev.azure.com/${var.organisation_id}"
  oidc_provider = var.oidc_provider == "" ? aws_iam_openid_connect_provider.ci[0].arn : var.oidc_provider
  subjects      = { for role in ["train", "release"] : role => ["sc://${var.repository}/${local.name}-${role}"] }
}

# An account has one provider per issuer.
resource "aws_iam_openid_connect_provider" "ci" {
  count          = var.oidc_provider == "" ? 1 : 0
  url            = "https://${local.issuer}"
  client_id_list = ["api://AzureADTokenExchange"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["api://AzureADTokenExchange"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}
