# Jenkins: which job asks. Jenkins itself signs no tokens; its plugin OpenID Connect Provider does, by the credential
# `platform-oidc-token` (id token as file, for sts.amazonaws.com). AWS reads the public keys below the issuer's
# address: do not open Jenkins to the internet for that, but give the credential another issuer, and host there the
# two small files that it shows. Whoever may change such a job may do what it may: protect it as you would a key.
# Agents that run on AWS need none of this: give their own role the policies NAME-train, NAME-release, NAME-read.

variable "issuer" {
  type        = string
  description = "The issuer of the plugin's tokens, an https address that AWS reaches; without https://."

  validation {
    condition     = can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+(/[A-Za-z0-9._/-]*[A-Za-z0-9])?$", var.issuer))
    error_message = "Write the issuer of the plugin OpenID Connect Provider into infra/sagemaker/team.auto.tfvars, without https://."
  }
}

variable "jobs" {
  type        = object({ train = list(string), release = list(string), read = list(string) })
  description = "The addresses of the jobs that may take each role, as the plugin writes them into `sub`: platform and retrain train, platform and release release, ci and build read."

  validation {
    condition     = length(concat(var.jobs.train, var.jobs.release)) > 0
    error_message = "Write the addresses of Jenkins' jobs into infra/sagemaker/team.auto.tfvars."
  }
  validation {
    condition     = alltrue([for job in flatten(values(var.jobs)) : can(regex("^https://[^*?]+/job/[^*?]+$", job))])
    error_message = "jobs are addresses as Jenkins shows them: https://HOST/job/NAME/, without wildcards."
  }
}

locals {
  issuer   = var.issuer
  audience = "sts.amazonaws.com"
  subjects = var.jobs
}
