# What starts the pipeline besides people and CI: the schedule of pipelines/retraining.yaml, and new data.
# `just pipeline` makes the pipeline itself; until then a start fails without cost.

locals {
  retraining = "${path.module}/../../pipelines/retraining.yaml"
  # five fields, UTC: minute hour day month weekday
  cron = try(split(" ", yamldecode(file(local.retraining)).triggers.schedule), [])
  # EventBridge counts weekdays from 1, wants `?` for one of the two days, and a year: names avoid the first.
  weekdays  = { "0" = "SUN", "1" = "MON", "2" = "TUE", "3" = "WED", "4" = "THU", "5" = "FRI", "6" = "SAT", "7" = "SUN" }
  weekday   = length(local.cron) == 5 ? join("", [for letter in split("", local.cron[4]) : lookup(local.weekdays, letter, letter)]) : ""
  day       = local.weekday == "*" ? (length(local.cron) == 5 ? local.cron[2] : "") : "?"
  scheduled = var.schedule && length(local.cron) == 5
}

data "aws_iam_policy_document" "triggers_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "triggers" {
  statement {
    actions   = ["sagemaker:StartPipelineExecution"]
    resources = [local.pipeline]
  }
}

resource "aws_iam_role" "triggers" {
  name               = "${local.name}-triggers"
  description        = "Schedule and events that start the pipeline of ${local.name}"
  assume_role_policy = data.aws_iam_policy_document.triggers_assume.json
}

resource "aws_iam_role_policy" "triggers" {
  name   = "start-the-pipeline"
  role   = aws_iam_role.triggers.id
  policy = data.aws_iam_policy_document.triggers.json
}

resource "aws_scheduler_schedule" "retrain" {
  #checkov:skip=CKV_AWS_297:It holds two words and no data; AWS encrypts it with a key of its own
  count                        = local.scheduled ? 1 : 0
  name                         = "${local.name}-retrain"
  description                  = "Trains ${local.name} again, as pipelines/retraining.yaml says"
  schedule_expression          = "cron(${local.cron[0]} ${local.cron[1]} ${local.day} ${local.cron[3]} ${local.weekday == "*" ? "?" : local.weekday} *)"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = local.pipeline
    role_arn = aws_iam_role.triggers.arn

    sagemaker_pipeline_parameters {
      pipeline_parameter {
        name  = "Trigger"
        value = "schedule"
      }
      pipeline_parameter {
        name  = "Why"
        value = "the schedule of pipelines/retraining.yaml"
      }
    }

    # A start that fails is told by no run at all; trying it again for a day would train twice.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }

  lifecycle {
    precondition {
      condition     = local.cron[2] == "*" || local.cron[4] == "*"
      error_message = "triggers.schedule in pipelines/retraining.yaml names a day of the month and a weekday; EventBridge takes one of them."
    }
  }
}

resource "aws_cloudwatch_event_rule" "data" {
  count       = var.event ? 1 : 0
  name        = "${local.name}-new-data"
  description = "New data of ${local.name}: one table, one start"
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [local.bucket] }, object = { key = ["${local.name}/incoming/data.csv"] } }
  })
}

resource "aws_cloudwatch_event_target" "data" {
  count    = var.event ? 1 : 0
  rule     = aws_cloudwatch_event_rule.data[0].name
  arn      = local.pipeline
  role_arn = aws_iam_role.triggers.arn

  sagemaker_pipeline_target {
    pipeline_parameter_list {
      name  = "Trigger"
      value = "event"
    }
    pipeline_parameter_list {
      name  = "Why"
      value = "new data: ${local.name}/incoming/data.csv"
    }
    pipeline_parameter_list {
      name  = "Data"
      value = "s3://${local.bucket}/${local.name}/incoming/"
    }
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 3
  }
}

# SageMaker writes all jobs of an account into the same groups: one project of the account may keep them.
resource "aws_cloudwatch_log_group" "jobs" {
  for_each          = toset(var.job_logs ? ["ProcessingJobs", "TrainingJobs", "TransformJobs"] : [])
  name              = "/aws/sagemaker/${each.value}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.this.arn
  depends_on        = [aws_kms_alias.this]
}
