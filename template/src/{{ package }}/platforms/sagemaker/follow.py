"""Follow a job until it ends, through lost connections, and tell why it failed."""

import time
from dataclasses import dataclass, field
from typing import Any

from .. import FailedError
from . import reasons, session
from .session import CloudError

TAIL = 20  # lines of a failed job's log
DONE, ENDED = ("Completed",), ("Failed", "Stopped")


@dataclass(frozen=True)
class Kind:
    """How SageMaker names what concerns a kind of job."""

    name: str
    describe: str
    key: str
    status: str
    logs: str
    stop: str


TRAINING = Kind(
    "training job",
    "describe_training_job",
    "TrainingJobName",
    "TrainingJobStatus",
    "/aws/sagemaker/TrainingJobs",
    "stop-training-job --training-job-name",
)
PROCESSING = Kind(
    "processing job",
    "describe_processing_job",
    "ProcessingJobName",
    "ProcessingJobStatus",
    "/aws/sagemaker/ProcessingJobs",
    "stop-processing-job --processing-job-name",
)


@dataclass
class Logs:
    """The log of a job, as it grows; that it cannot be read is told once, and fails nothing."""

    kind: Kind
    job: str
    tokens: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    told: bool = False

    def show(self) -> None:
        """Print what has come since the last time."""
        try:
            self.read()
        except CloudError as error:
            if not (error.missing or error.lost or self.told):
                print(f"the log cannot be read, the job goes on: {error}")
                self.told = True

    def read(self) -> None:
        """Read what has come; a job without a stream has not begun to write."""
        client, group = session.client("logs"), self.kind.logs
        found = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{self.job}/")
        for stream in (told["logStreamName"] for told in found["logStreams"]):
            while True:
                before = self.tokens.get(stream)
                more = {"nextToken": before} if before else {"startFromHead": True}
                page = client.get_log_events(logGroupName=group, logStreamName=stream, **more)
                self.tokens[stream] = page["nextForwardToken"]
                for event in page["events"]:
                    self.lines.append(event["message"].rstrip())
                    print(f"  | {self.lines[-1]}")
                if page["nextForwardToken"] == before or not page["events"]:
                    break

    def where(self) -> str:
        """Where all of it can be read."""
        return f"CloudWatch, log group {self.kind.logs}, streams {self.job}/…"


def describe(kind: Kind, job: str) -> dict[str, Any]:
    """What SageMaker says of a job."""
    client = session.client("sagemaker")
    told: dict[str, Any] = getattr(client, kind.describe)(**{kind.key: job})
    return told


def follow(kind: Kind, job: str) -> dict[str, Any]:
    """Wait until a job ends; print its states and its log.

    Returns:
        what SageMaker says of it in the end.

    Raises:
        FailedError: it failed or was stopped; or this word was interrupted, and the job goes on.
    """
    logs, state = Logs(kind, job), ""
    try:
        while True:
            told: dict[str, Any] = session.steady(lambda: describe(kind, job))
            now = told.get("SecondaryStatus") or told[kind.status]
            if now != state:
                print(f"{job}: {now}", flush=True)
                state = now
            logs.show()
            if told[kind.status] in DONE:
                return told
            if told[kind.status] in ENDED:
                raise FailedError(failure(kind, job, told, logs))
            time.sleep(session.PAUSE)
    except KeyboardInterrupt:
        raise FailedError(
            f"{job} goes on, and is paid for: `aws sagemaker {kind.stop} {job}` ends it, "
            f"`just train --follow {job}` follows it again"
        ) from None


def failure(kind: Kind, job: str, told: dict[str, Any], logs: Logs | None = None) -> str:
    """Why a job failed, the end of its log, and what to do next."""
    if logs is None:
        logs = Logs(kind, job)
        logs.show()
    reason = told.get("FailureReason") or told.get("ExitMessage") or "no reason is given"
    lines = [f"{kind.name} {job} {told[kind.status].lower()}: {reason}"]
    if logs.lines:
        lines += ["  its log ends so:", *(f"  | {line}" for line in logs.lines[-TAIL:])]
    lines += [f"  the whole log: {logs.where()}", f"  {reasons.of_job(str(reason))}"]
    return "\n".join(lines)
