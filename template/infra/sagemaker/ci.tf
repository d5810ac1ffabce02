# The two roles of CI, without a stored key: who may take them, the file trust_* says.

resource "aws_iam_role" "ci" {
  for_each = {
    train   = aws_iam_policy.train.arn
    release = aws_iam_policy.release.arn
  }
  name                 = "${local.name}-${each.key}"
  description          = "CI of ${local.name}: ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600 * 4 # a job that follows the pipeline
}

resource "aws_iam_role_policy_attachment" "ci" {
  for_each = {
    train   = aws_iam_policy.train.arn
    release = aws_iam_policy.release.arn
  }
  role       = aws_iam_role.ci[each.key].name
  policy_arn = each.value
}

# What CI is told: AWS_ROLE_ARN of its jobs.
output "ci_roles" {
  value = { for name, role in aws_iam_role.ci : name => role.arn }
}
