"""This project on Amazon SageMaker; `infra/sagemaker/settings.yaml` says where."""
