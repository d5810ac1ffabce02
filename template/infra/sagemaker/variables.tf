# The team's answers stand in team.auto.tfvars; where and as what things run, in settings.yaml.

variable "region" {
  type        = string
  description = "Where, if not as settings.yaml says; `just infra` passes SAGEMAKER_REGION."
  default     = ""
}

variable "mail" {
  type        = list(string)
  description = "Who is told of alarms, failed pipelines and spending. Each confirms a mail from AWS first."

  validation {
    condition     = alltrue([for address in var.mail : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", address))])
    error_message = "Write e-mail addresses into mail, in infra/sagemaker/team.auto.tfvars."
  }
}

variable "monthly_budget" {
  type        = number
  description = "US dollars a month; mail goes out at 80 % spent, and when the month is forecast to pass 100 %."

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget is an amount of US dollars above 0."
  }
}

variable "log_days" {
  type        = number
  description = "How long logs of endpoints are kept."
  default     = 365
}

variable "job_logs" {
  type        = bool
  description = "Whether this project sets the retention of SageMaker's job logs, which the whole account shares."
  default     = false
}

variable "schedule" {
  type        = bool
  description = "Whether the schedule of pipelines/retraining.yaml starts the pipeline."
}

variable "event" {
  type        = bool
  description = "Whether a new NAME/incoming/data.csv in the bucket starts the pipeline."
}

variable "delete_data" {
  type        = bool
  description = "Lets `destroy` remove the bucket and the image repository with what is in them; set by `just infra destroy --with-data`."
  default     = false
}
