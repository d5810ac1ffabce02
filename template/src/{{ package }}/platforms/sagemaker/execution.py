"""Follow an execution of the pipeline, and bring back what it made."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import FailedError, results
from ..archives import unpack
from . import follow as jobs
from . import reasons, sending, session, storage
from .steps import REFUSED, REGISTERED, VERDICT

SCRATCH = Path("build/sagemaker")
GOING = ("Executing", "Stopping")
KINDS = {"TrainingJob": jobs.TRAINING, "ProcessingJob": jobs.PROCESSING}
Steps = dict[str, dict[str, Any]]


class RefusedError(FailedError):
    """The gate refused the model; nothing is registered."""


@dataclass(frozen=True)
class Done:
    """An execution that went well."""

    arn: str
    steps: Steps

    @property
    def registered(self) -> str:
        """The ARN of the version that it registered."""
        return str(self.steps[REGISTERED]["Metadata"]["RegisterModel"]["Arn"])


def read(arn: str) -> tuple[dict[str, Any], Steps]:
    """What SageMaker says of an execution and of its steps."""
    told = session.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    found = session.pages(
        "sagemaker",
        "list_pipeline_execution_steps",
        "PipelineExecutionSteps",
        PipelineExecutionArn=arn,
        SortOrder="Ascending",
    )
    return told, {step["StepName"]: step for step in found}


def follow(arn: str) -> Done:
    """Wait until an execution ends; print each step as it changes.

    Raises:
        RefusedError: the gate refused the model.
        FailedError: a step failed, or somebody stopped it; or this word was interrupted.
    """
    before: dict[str, str] = {}
    try:
        while True:
            told, steps = session.steady(lambda: read(arn))
            for name, step in steps.items():
                if before.get(name) != step["StepStatus"]:
                    before[name] = step["StepStatus"]
                    print(f"  {name:10} {step['StepStatus']}", flush=True)
            status = told["PipelineExecutionStatus"]
            if status == "Succeeded":
                return Done(arn, steps)
            if status not in GOING:
                raise failed(arn, told, steps)
            time.sleep(session.PAUSE)
    except KeyboardInterrupt:
        raise FailedError(
            f"{arn} goes on, and is paid for: `aws sagemaker stop-pipeline-execution "
            f"--pipeline-execution-arn {arn}` ends it, `just train --follow {arn}` follows it again"
        ) from None


def failed(arn: str, told: dict[str, Any], steps: Steps) -> FailedError:
    """Why an execution did not succeed, and what to do next."""
    bad = {name: step for name, step in steps.items() if step["StepStatus"] == "Failed"}
    if REFUSED in bad:
        return refused(arn)
    lines = [f"{arn} {told['PipelineExecutionStatus'].lower()}"]
    if reason := told.get("FailureReason"):
        lines[0] += f": {reason}"
    for name, step in bad.items():
        reason = str(step.get("FailureReason", "no reason is given"))
        lines.append(f"step {name}: {reason}")
        lines += [explain(step) or f"  {reasons.of_job(reason)}"]
    return FailedError("\n".join(lines))


def explain(step: dict[str, Any]) -> str:
    """Why the job of a step failed, with the end of its log; empty where it had none."""
    for key, kind in KINDS.items():
        if arn := step.get("Metadata", {}).get(key, {}).get("Arn"):
            job = arn.rpartition("/")[2]
            return jobs.failure(kind, job, jobs.describe(kind, job))
    return ""


def refused(arn: str) -> RefusedError:
    """Which limits the model did not keep; the reports are brought here all the same."""
    bring_reports(arn, Path("reports"))
    report = Path("reports", VERDICT)
    criteria = json.loads(report.read_text(encoding="utf-8"))["criteria"]
    rows = [row for row in criteria if not row["passed"]]
    lines = ["the gate refuses the model, nothing is registered; what answers today stays"]
    lines += [f"  FAIL  {row['criterion']}: {row['value']} against {row['limit']}" for row in rows]
    lines.append(
        f"  {report} has it all. Next: better data or parameters, or other limits in mlascent.yaml"
    )
    return RefusedError("\n".join(lines))


def reports(arn: str) -> str:
    """Where in S3 the reports of an execution are."""
    return session.uri("runs", arn.rpartition("/")[2], "judge", "reports")


def bring_reports(arn: str, folder: Path) -> None:
    """Copy the reports of an execution to a folder."""
    storage.download(f"{reports(arn)}/", folder)


def fetch(done: Done) -> dict[str, Any]:
    """Bring the model and the reports of an execution into the project.

    Returns:
        the metrics.
    """
    folder = SCRATCH / done.arn.rpartition("/")[2]
    shutil.rmtree(folder, ignore_errors=True)
    job = done.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    archive = jobs.describe(jobs.TRAINING, job)["ModelArtifacts"]["S3ModelArtifacts"]
    for path in storage.download(archive, folder / "archives"):
        unpack(path, folder / "model")
    bring_reports(done.arn, folder / "reports")
    return results.bring_back(folder, done.arn, sending.tracked_by_server())
