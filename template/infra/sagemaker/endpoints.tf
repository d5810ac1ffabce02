# Alarms and logs of each environment's endpoint, NAME-ENVIRONMENT, whose words make and remove it. `just
# monitor ENVIRONMENT` reads the alarms; a new version that sets off its own alarms never takes over.

variable "latency_ms" {
  type        = number
  description = "The model answers 95 of 100 requests within this time."
  default     = 200
}

variable "error_percent" {
  type        = number
  description = "At most this part of the requests may end in an error of the service (5xx)."
  default     = 1
}

locals {
  endpoints = { for environment in keys(local.settings.environments) : environment => "${local.name}-${environment}" }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each            = local.endpoints
  alarm_name          = "${each.value}-errors"
  alarm_description   = "More than ${var.error_percent} % of the predictions end in an error: HighErrorRate in docs/runbook.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_percent
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching" # no requests, or no endpoint
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  metric_query {
    id          = "percent"
    expression  = "100 * errors / requests"
    label       = "errors, % of requests"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "Invocation5XXErrors", requests = "Invocations" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/SageMaker"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
        dimensions  = { EndpointName = each.value, VariantName = "AllTraffic" }
      }
    }
  }

  tags = { environment = each.key, severity = "critical" }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  for_each            = local.endpoints
  alarm_name          = "${each.value}-latency"
  alarm_description   = "One prediction in twenty takes longer than ${var.latency_ms} ms: HighLatency in docs/runbook.md"
  namespace           = "AWS/SageMaker"
  metric_name         = "ModelLatency"
  dimensions          = { EndpointName = each.value, VariantName = "AllTraffic" }
  extended_statistic  = "p95"
  period              = 60
  unit                = "Microseconds"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.latency_ms * 1000
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  tags = { environment = each.key, severity = "warning" }
}

# SageMaker reports processor and memory per endpoint under a namespace of its own.
resource "aws_cloudwatch_metric_alarm" "saturation" {
  for_each            = local.endpoints
  alarm_name          = "${each.value}-saturation"
  alarm_description   = "The machines' memory is nearly used up: Saturation in docs/runbook.md"
  namespace           = "/aws/sagemaker/Endpoints"
  metric_name         = "MemoryUtilization"
  dimensions          = { EndpointName = each.value, VariantName = "AllTraffic" }
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = 90
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  tags = { environment = each.key, severity = "warning" }
}

# Made here, so that they do not stay for ever and in the clear.
resource "aws_cloudwatch_log_group" "endpoint" {
  for_each          = local.endpoints
  name              = "/aws/sagemaker/Endpoints/${each.value}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.this.arn
  depends_on        = [aws_kms_alias.this]

  tags = { environment = each.key }
}
