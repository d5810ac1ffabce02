# The roles of CI, without a stored key: a job proves by a token of its CI system what it is (OpenID Connect), and
# takes the role that trusts this. Whom each trusts, the file trust_* says; the CI files say which jobs take which.

variable "oidc_provider" {
  type        = string
  description = "ARN of the account's provider for these tokens, where another project made it; empty: made here."
  default     = ""
}

locals {
  policies = {
    train   = aws_iam_policy.train.arn
    release = aws_iam_policy.release.arn
    read    = aws_iam_policy.read.arn
  }
  roles         = { for role, subjects in local.subjects : role => subjects if length(subjects) > 0 }
  oidc_provider = var.oidc_provider == "" ? aws_iam_openid_connect_provider.ci[0].arn : var.oidc_provider
}

# An account has one provider per issuer.
resource "aws_iam_openid_connect_provider" "ci" {
  count          = var.oidc_provider == "" ? 1 : 0
  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [local.audience]
    }
    condition {
      # Who may write is named in full; only who reads the data of pull requests may come from any branch.
      test     = each.key == "read" ? "StringLike" : "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "ci" {
  for_each             = local.roles
  name                 = "${local.name}-${each.key}"
  description          = "CI of ${local.name}: ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600 * 4 # a job that follows the pipeline
}

resource "aws_iam_role_policy_attachment" "ci" {
  for_each   = local.roles
  role       = aws_iam_role.ci[each.key].name
  policy_arn = local.policies[each.key]
}

# What CI is told, by variables of the repository.
output "ci_variables" {
  value = {
    for role, variable in { train = "AWS_ROLE_ARN", release = "AWS_RELEASE_ROLE_ARN", read = "AWS_DATA_ROLE_ARN" } :
    variable => aws_iam_role.ci[role].arn if contains(keys(local.roles), role)
  }
}
