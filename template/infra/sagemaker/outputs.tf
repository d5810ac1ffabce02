# `just infra apply` writes these into settings.yaml, under the same names.

output "role" {
  value = aws_iam_role.execution.arn
}

output "bucket" {
  value = aws_s3_bucket.this.id
}

output "image" {
  value = aws_ecr_repository.this.repository_url
}

output "kms_key" {
  value = aws_kms_key.this.arn
}
