"""The pipeline on SageMaker: validate, prepare, tune, train, evaluate, gate, register.

Each step is a step of `platforms.job` in the project's image. What the gate refuses ends in a Fail
step: the execution fails, and nothing is registered. No step is cached: SageMaker would compare
addresses, and the data behind an address change.
"""

from dataclasses import dataclass
from typing import Any

from .. import settings
from . import card, definitions, session

VERDICT = "gate.json"
NAMES = {"judge": "Gate"}
REFUSED = "Refuse"  # the step that an execution fails in when the gate refuses
REGISTERED = "Register"
ONLINE, BATCH = ["application/json", "text/csv"], ["text/csv"]


@dataclass(frozen=True)
class Parameters:
    """What may differ from one execution to the next; the schedule and events set them too."""

    data: Any  # the folder of the table
    project: Any  # the folder of params.yaml, mlascent.yaml and pipelines/
    image: Any
    commit: Any
    trigger: Any
    why: Any

    def all(self) -> list[Any]:
        """Every parameter."""
        return list(vars(self).values())


def parameters(image: str, commit: str, project: str) -> Parameters:
    """The parameters, with what an execution gets when nobody says otherwise."""
    from sagemaker.core.workflow.parameters import ParameterString

    def text(name: str, value: str) -> Any:
        return ParameterString(name=name, default_value=value)

    return Parameters(
        data=text("Data", session.uri("data", "current")),
        project=text("Project", project),
        image=text("Image", image),
        commit=text("Commit", commit),
        trigger=text("Trigger", "manual"),
        why=text("Why", "not said"),
    )


def build(image: str, commit: str, project: str) -> Any:
    """The whole pipeline.

    Args:
        image: the image with its tag.
        commit: the commit that it was built from.
        project: the address of the project's files.

    Returns:
        the SDK's `Pipeline`.
    """
    definitions.sdk()
    from sagemaker.core.workflow.conditions import ConditionEquals
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    asked, tried = parameters(image, commit, project), retries()
    told = {"GIT_COMMIT": asked.commit, "TRIGGER": asked.trigger} | definitions.tracked()

    def at(*parts: str) -> Any:
        base = [session.uri("runs"), ExecutionVariables.PIPELINE_EXECUTION_ID]
        return Join(on="/", values=[*base, *parts])

    def step(words: list[str], outputs: list[str], files: Any = None, **fed: Any) -> Any:
        name, targets = (
            NAMES.get(words[0], words[0].title()),
            {out: at(words[0], out) for out in outputs},
        )
        arguments = definitions.processing(words, fed, targets, asked.image, told)
        return definitions.processing_step(
            name, arguments, retry_policies=tried, property_files=files
        )

    def output(made: Any, name: str) -> Any:
        return made.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    verdict = PropertyFile(name="Verdict", output_name="reports", path=VERDICT)
    trials = str(settings.load()["training"]["trials"])
    # What a step is fed with, by the names that job.py gives to folders.
    given = {"project": asked.project}
    validate = step(["validate"], ["validated", "reports"], data=asked.data, **given)
    prepare = step(["prepare"], ["prepared"], validated=output(validate, "validated"), **given)
    given["prepared"] = output(prepare, "prepared")
    tune = step(["tune", "--trials", trials, "--apply"], ["project"], **given)
    given["project"] = output(tune, "project")
    train = definitions.training_step(
        "Train",
        definitions.training(given, asked.image, session.uri("models"), told, "train"),
        retry_policies=tried,
    )
    given["model"] = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = step(["evaluate"], ["reports"], **given)
    given |= {"reports": output(evaluate, "reports"), "champion": session.uri("champion")}
    gate = step(["judge", "metadata", "--report"], ["reports"], [verdict], **given)
    reports = output(gate, "reports")
    refuse = FailStep(
        name=REFUSED,
        error_message=Join(
            on="", values=["the gate refuses the model: ", reports, f"/{VERDICT} says why"]
        ),
    )
    decide = ConditionStep(
        name="Decide",
        conditions=[
            ConditionEquals(
                left=JsonGet(step_name=gate.name, property_file=verdict, json_path="passed"),
                right=True,
            )
        ],
        if_steps=[register(asked, given["model"], reports)],
        else_steps=[refuse],
    )
    return Pipeline(
        name=session.project(),
        parameters=asked.all(),
        steps=[validate, prepare, tune, train, evaluate, gate, decide],
        sagemaker_session=definitions.sdk(),
    )


def register(asked: Parameters, model: Any, reports: Any) -> Any:
    """The step that makes a version: to be approved, with metrics and what it came from."""
    from sagemaker.core.metadata_properties import MetadataProperties
    from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
    from sagemaker.core.shapes import ModelPackageModelCard
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.serve.model_builder import ModelBuilder

    def report(name: str) -> Any:
        where = Join(on="/", values=[reports, name])
        return MetricsSource(s3_uri=where, content_type="application/json")

    builder = ModelBuilder(
        image_uri=asked.image,
        s3_model_data_url=model,
        role_arn=session.role(),
        dependencies={},  # its default would look for code to upload, and so for the bucket
        sagemaker_session=definitions.sdk(),
    )
    arguments = builder.register(
        model_package_group_name=session.project(),
        approval_status="PendingManualApproval",
        content_types=ONLINE,
        response_types=ONLINE,
        inference_instances=instances(),
        transform_instances=[settings.load()["processing"]["instance_type"]],
        model_metrics=ModelMetrics(
            model_statistics=report("metrics.json"),
            model_constraints=report(VERDICT),
        ),
        metadata_properties=MetadataProperties(
            commit_id=asked.commit, generated_by=ExecutionVariables.PIPELINE_EXECUTION_ARN
        ),
        customer_metadata_properties={
            "trigger": asked.trigger,
            "why": asked.why,
            "data_uri": asked.data,
            "project": asked.project,
            "execution": ExecutionVariables.PIPELINE_EXECUTION_ID,
        },
        model_card=ModelPackageModelCard(
            model_card_content=card.text(card.before()), model_card_status="Draft"
        ),
    )
    return ModelStep(name=REGISTERED, step_args=arguments, retry_policies=retries(job=False))


def instances() -> list[str]:
    """The machines that environments answer on."""
    places = settings.load().get("environments") or {}
    found = {str(place["instance_type"]) for place in places.values() if "instance_type" in place}
    return sorted(found) or [str(settings.load()["training"]["instance_type"])]


def retries(job: bool = True) -> list[Any]:
    """What SageMaker tries again by itself: its own faults, throttling, and no free machine."""
    from sagemaker.mlops.workflow import retry

    fault = retry.StepExceptionTypeEnum
    found: list[Any] = [
        retry.StepRetryPolicy(
            [fault.SERVICE_FAULT, fault.THROTTLING], interval_seconds=10, max_attempts=5
        )
    ]
    if job:
        kind = retry.SageMakerJobExceptionTypeEnum
        found.append(
            retry.SageMakerJobStepRetryPolicy(
                failure_reason_types=[kind.INTERNAL_ERROR, kind.CAPACITY_ERROR],
                interval_seconds=60,
                max_attempts=3,
            )
        )
    return found
