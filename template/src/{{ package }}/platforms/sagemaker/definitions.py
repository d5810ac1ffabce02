"""Jobs as SageMaker's own SDK defines them; nothing here asks AWS.

A definition serves twice: as the request of one job (level 1), and as a step of the pipeline.
"""

import functools
import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from .. import settings
from . import session

PACKAGE = __package__.split(".")[0]
JOB = ["python", "-m", f"{PACKAGE}.platforms.job"]
HERE = "/opt/ml/processing"  # where a processing job finds and leaves folders
# What the SDK would tell its makers, and the file of an organisation that it would look for.
QUIET = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}
Values = Mapping[str, Any]  # plain ones, or variables of a pipeline


@functools.cache
def sdk() -> Any:
    """The SDK's session that collects requests and sends none."""
    # Two of its modules ask AWS while they are imported or built, unless these say otherwise.
    os.environ.setdefault("AWS_DEFAULT_REGION", settings.need("region")["region"])
    os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")
    from sagemaker.core.config.config_manager import SageMakerConfig
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    # It warns that a definition starts no job, and that the service gives names: both are meant.
    for name in ("sagemaker", "sagemaker.config", "sagemaker.core.utils.utils"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"sagemaker\..*")
    found = PipelineSession(
        boto_session=session.boto(), default_bucket=session.bucket(), sagemaker_config=QUIET
    )
    # It has validated QUIET now, and would do so at each of a hundred looks: that takes 15 s.
    SageMakerConfig.validate_sagemaker_config = staticmethod(lambda _=None: None)
    return found


def tracked() -> dict[str, str]:
    """Where jobs record their runs: the environment's MLflow server first, then the settings'."""
    server = os.environ.get("MLFLOW_TRACKING_URI") or settings.load().get("tracking") or ""
    return {"MLFLOW_TRACKING_URI": server} if server and not server.startswith("sqlite") else {}


def processing(
    words: Sequence[Any], inputs: Values, outputs: Values, image: Any, told: Values
) -> Any:
    """Steps of `platforms.job` as a processing job.

    Args:
        words: the steps and their options.
        inputs: of each input folder, where in S3 it comes from.
        outputs: of each output folder, where in S3 it goes to.
        image: the image with its tag.
        told: environment variables.

    Returns:
        what a `ProcessingStep` takes.
    """
    from sagemaker.core import shapes
    from sagemaker.core.network import NetworkConfig
    from sagemaker.core.processing import Processor

    session_, asked = sdk(), settings.load()
    size, key = asked["processing"], asked.get("kms_key") or None
    network = NetworkConfig(
        enable_network_isolation=not tracked(),
        subnets=asked.get("subnets") or None,
        security_group_ids=asked.get("security_groups") or None,
    )
    processor = Processor(
        role=session.role(),
        image_uri=image,
        entrypoint=JOB,
        instance_count=1,
        instance_type=size["instance_type"],
        volume_size_in_gb=size["volume_gb"],
        volume_kms_key=key,
        output_kms_key=key,
        max_runtime_in_seconds=size["minutes"] * 60,
        env=dict(told),
        tags=session.tags(),
        network_config=network,
        sagemaker_session=session_,
    )
    arguments = list(words)
    for name in inputs:
        arguments += ["--input", f"{name}={HERE}/input/{name}"]
    for name in outputs:
        arguments += ["--output", f"{name}={HERE}/output/{name}"]
    return processor.run(
        arguments=arguments,
        inputs=[
            shapes.ProcessingInput(
                input_name=name,
                s3_input=shapes.ProcessingS3Input(
                    s3_uri=source,
                    local_path=f"{HERE}/input/{name}",
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
            for name, source in inputs.items()
        ],
        outputs=[
            shapes.ProcessingOutput(
                output_name=name,
                s3_output=shapes.ProcessingS3Output(
                    s3_uri=target, local_path=f"{HERE}/output/{name}", s3_upload_mode="EndOfJob"
                ),
            )
            for name, target in outputs.items()
        ],
    )


def trainer(image: Any, target: str, told: Values, steps: str) -> Any:
    """The training of `platforms.job`, by the program `train` of the image.

    Args:
        image: the image with its tag.
        target: the folder in S3 for model.tar.gz and output.tar.gz.
        told: environment variables.
        steps: which steps the container runs, with spaces between them.
    """
    from sagemaker.core.shapes import Tag
    from sagemaker.train import ModelTrainer, configs

    session_, asked = sdk(), settings.load()
    size, key = asked["training"], asked.get("kms_key") or None
    seconds, spot = size["minutes"] * 60, bool(size["spot"])
    return ModelTrainer(
        training_image=image,
        role=session.role(),
        base_job_name=session.project(),
        compute=configs.Compute(
            instance_type=size["instance_type"],
            instance_count=1,
            volume_size_in_gb=size["volume_gb"],
            volume_kms_key_id=key,
            enable_managed_spot_training=spot,
        ),
        # A spot instance may be long in coming: it is waited for as long again.
        stopping_condition=configs.StoppingCondition(
            max_runtime_in_seconds=seconds, max_wait_time_in_seconds=2 * seconds if spot else None
        ),
        output_data_config=configs.OutputDataConfig(s3_output_path=target, kms_key_id=key),
        networking=configs.Networking(
            enable_network_isolation=not tracked(),
            subnets=asked.get("subnets") or None,
            security_group_ids=asked.get("security_groups") or None,
        ),
        environment=dict(told),
        hyperparameters={"steps": steps},
        tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in session.tags()],
        sagemaker_session=session_,
    )


def training(channels: Values, image: Any, target: str, told: Values, steps: str) -> Any:
    """A training job: what a `TrainingStep` takes.

    Args:
        channels: of each input folder, where in S3 it comes from.
        image: as `target`, `told` and `steps`, see `trainer`.
        target: see `trainer`.
        told: see `trainer`.
        steps: see `trainer`.
    """
    from sagemaker.train.configs import InputData

    fed = [InputData(channel_name=name, data_source=source) for name, source in channels.items()]
    return trainer(image, target, told, steps).train(input_data_config=fed)


def training_step(name: str, arguments: Any, **more: Any) -> Any:
    """A `TrainingStep` whose container starts with `train`, whatever the image's entrypoint."""
    from sagemaker.mlops.workflow.steps import TrainingStep

    class Step(TrainingStep):  # type: ignore[misc]
        @property
        def arguments(self) -> Any:
            asked = super().arguments
            asked["AlgorithmSpecification"]["ContainerEntrypoint"] = ["train"]
            return asked

    return Step(name=name, step_args=arguments, **more)


def processing_step(name: str, arguments: Any, **more: Any) -> Any:
    """A `ProcessingStep`."""
    from sagemaker.mlops.workflow.steps import ProcessingStep

    return ProcessingStep(name=name, step_args=arguments, **more)


def request(step: Any, name: str) -> dict[str, Any]:
    """The request of a step as that of a job of its own."""
    key = {"Training": "TrainingJobName", "Processing": "ProcessingJobName"}[step.step_type.value]
    asked: dict[str, Any] = {key: name} | step.arguments
    return asked
