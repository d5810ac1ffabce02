# Jenkins: its agents take the roles from a role of their own (an instance profile, a task role, a service account of
# EKS). No key is stored, and Jenkins stays private: a plugin can make it an issuer of tokens, but then AWS must
# reach it from outside, and whoever configures Jenkins can issue any token. The price: every job on such an
# agent can take the roles, so give release agents of their own, with a label and people of their own.

variable "train_agents" {
  type        = list(string)
  description = "ARNs of the roles that agents for training run with."

  validation {
    condition     = length(var.train_agents) > 0 && alltrue([for arn in var.train_agents : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Write the ARNs of the agents' roles into infra/sagemaker/team.auto.tfvars."
  }
}

variable "release_agents" {
  type        = list(string)
  description = "ARNs of the roles that agents for releases run with."

  validation {
    condition     = length(var.release_agents) > 0 && alltrue([for arn in var.release_agents : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Write the ARNs of the agents' roles into infra/sagemaker/team.auto.tfvars."
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = { train = var.train_agents, release = var.release_agents }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = each.value
    }
  }
}
