# Images and model versions.

resource "aws_ecr_repository" "this" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE" # a tag is a commit: what ran can be run again
  force_delete         = var.delete_data

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.this.arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "what lost its tag"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        # An endpoint needs its image when it starts another machine: keep more than anybody goes back.
        rulePriority = 2
        description  = "but for the last hundred"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}

# The pipeline registers versions here; people approve them (`just promote`).
resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = local.name
  model_package_group_description = "Versions of ${local.name}: registered by its pipeline, approved by people"
}
