# One topic for everything that somebody should know.

resource "aws_sns_topic" "this" {
  name              = "${local.name}-alarms"
  kms_master_key_id = aws_kms_key.this.id
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.mail)
  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.value
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Notices"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]
    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
  statement {
    sid       = "Events"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.topic.json
}

locals {
  notices = {
    pipeline-failed = {
      description = "A run of the pipeline failed, or the gate refused its model"
      pattern = {
        detail-type = ["SageMaker Model Building Pipeline Execution Status Change"]
        detail      = { currentPipelineExecutionStatus = ["Failed"], pipelineArn = [local.pipeline] }
      }
    }
    job-failed = {
      description = "A job that scores or trains failed"
      pattern = {
        detail-type = ["SageMaker Processing Job State Change"]
        detail      = { ProcessingJobStatus = ["Failed"], ProcessingJobName = [{ prefix = "${local.name}-" }] }
      }
    }
    model-waits = {
      description = "A version passed the gate and waits for somebody to approve it"
      pattern = {
        detail-type = ["SageMaker Model Package State Change"]
        detail      = { ModelApprovalStatus = ["PendingManualApproval"], ModelPackageGroupName = [local.name] }
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "notice" {
  for_each      = local.notices
  name          = "${local.name}-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(merge({ source = ["aws.sagemaker"] }, each.value.pattern))
}

resource "aws_cloudwatch_event_target" "notice" {
  for_each = local.notices
  rule     = aws_cloudwatch_event_rule.notice[each.key].name
  arn      = aws_sns_topic.this.arn
}
