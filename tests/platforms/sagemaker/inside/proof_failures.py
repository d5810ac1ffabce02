"""What goes wrong with AWS ends in one clear message; what may pass is waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from churn.platforms import FailedError
from churn.platforms.sagemaker import execution, follow, pipeline, reasons, session, storage, training
from churn.platforms.sagemaker.session import CloudError
from conftest import ACCOUNT, BUCKET, KEYS, ROLE
from misbehaving import CUT, Cloud, refusal

JOB = "churn-train-20260101-000000-abcd"
ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline/churn/execution/abc123"
THROTTLED = refusal("ThrottlingException", "Rate exceeded")
BROKEN = refusal("InternalFailure", "oops", 500)
GOING = {"TrainingJobName": JOB, "TrainingJobStatus": "InProgress", "SecondaryStatus": "Training"}
DONE = GOING | {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}
BROKE = GOING | {
    "TrainingJobStatus": "Failed",
    "SecondaryStatus": "Failed",
    "FailureReason": "AlgorithmError: stages train fails, exit code: 1",
}
NO_LOGS = refusal("ResourceNotFoundException", "The specified log group does not exist.")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, fast: None) -> Iterator[Cloud]:
    """A cloud that misbehaves, and a clock that does not let a test wait."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    now = [time.monotonic()]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    # The pauses of botocore and of the words are told to this clock, and cost no time.
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(session.time, "monotonic", lambda: now[0])
    with misbehaving.running() as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        found.answers["DescribeLogStreams"] = [NO_LOGS]
        yield found


def caught(word: Any, *words: Any) -> str:
    """The message of a word that fails."""
    with pytest.raises(FailedError) as found:
        word(*words)
    said = str(found.value)
    assert "Traceback" not in said
    return said


def identity(account: str) -> str:
    return (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>arn:aws:iam::{account}:user/a</Arn><UserId>A</UserId><Account>{account}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


def test_nobody_is_signed_in() -> None:
    said = caught(session.check)
    assert "credentials" in said.lower()
    assert "aws sso login" in said


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "aws configure sso" in caught(session.check)


def test_what_is_not_decided_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGION", "ROLE", "BUCKET"):
        monkeypatch.delenv(f"SAGEMAKER_{name}")
    said = caught(session.check)
    assert all(name in said for name in ("region", "role", "bucket", "settings.yaml"))


@pytest.mark.parametrize("region", ["eu-west-1", "eu-nowhere-9"])
def test_a_region_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, region: str) -> None:
    monkeypatch.setenv("SAGEMAKER_REGION", region)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens there
    said = caught(session.check)
    assert region in said
    assert "Is there a network" in said


def test_sagemaker_s_own_mlflow_needs_its_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arn = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:mlflow-tracking-server/churn"
    monkeypatch.setenv("SAGEMAKER_TRACKING", arn)
    assert "uv add 'sagemaker-mlflow" in caught(session.check)
    # With it, and with the skinny MLflow that the project has, the address is understood.
    import mlflow

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(arn)
    try:
        assert "sagemaker_mlflow" in type(mlflow.MlflowClient()._tracking_client.store).__module__
    finally:
        mlflow.set_tracking_uri(before)


def test_a_region_that_is_none(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    monkeypatch.setenv("SAGEMAKER_REGION", "Ireland!")
    assert "one such as eu-west-1" in caught(session.check)


def test_a_page_in_place_of_aws(cloud: Cloud) -> None:
    cloud.answers["GetCallerIdentity"] = [(200, "<html>Sign in to the café's network<p></html>")]
    assert "a proxy, or the page where one signs in" in caught(session.check)


def test_the_account_of_somebody_else(cloud: Cloud) -> None:
    cloud.answers["GetCallerIdentity"] = [identity("999999999999")]
    said = caught(session.check)
    assert "999999999999" in said
    assert ROLE in said
    cloud.answers["GetCallerIdentity"] = [identity(ACCOUNT)]
    session.check()


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        ("ExpiredTokenException", "The security token is expired", "expired. Sign in first"),
        ("UnrecognizedClientException", "The security token is invalid", "does not know these credentials"),
        ("InvalidSignatureException", "Signature expired", "clock"),
        (
            "AccessDeniedException",
            "not authorized to perform: sagemaker:CreateTrainingJob",
            "get-caller-identity",
        ),
        ("AccessDeniedException", f"not authorized to perform: iam:PassRole on {ROLE}", "iam:PassRole on it"),
        ("ValidationException", f"Could not assume role {ROLE}.", "trust sagemaker.amazonaws.com"),
        ("ResourceLimitExceeded", "account-level limit 'ml.m5.large for training' is 0", "Service Quotas"),
        ("ValidationException", "Could not find the image", "does not exist in eu-west-1"),
        ("ValidationException", "1 validation error detected", "docs/sagemaker.md"),
    ],
)
def test_aws_refuses(cloud: Cloud, code: str, message: str, advice: str) -> None:
    cloud.answers["CreateTrainingJob"] = [refusal(code, message)]
    said = caught(lambda: session.client("sagemaker").create_training_job(**DATA))
    assert message in said
    assert code in said
    assert advice in said
    assert cloud.count("CreateTrainingJob") == 1  # asking again would not help


DATA: dict[str, Any] = {
    "TrainingJobName": JOB,
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/x"},
    "ResourceConfig": {"VolumeSizeInGB": 10, "InstanceType": "ml.m5.large", "InstanceCount": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


@pytest.mark.parametrize("bad", [THROTTLED, BROKEN, CUT], ids=["throttled", "broken", "cut"])
def test_what_may_pass_is_tried_again(cloud: Cloud, bad: Any) -> None:
    """As AWS documents for the standard mode, up to eight times in all."""
    cloud.answers["DescribeTrainingJob"] = [bad] * 7 + [DONE]
    assert follow.describe(follow.TRAINING, JOB)["TrainingJobStatus"] == "Completed"
    assert cloud.count("DescribeTrainingJob") == 8


def test_throttling_that_does_not_end(cloud: Cloud) -> None:
    cloud.answers["DescribeTrainingJob"] = [THROTTLED]
    said = caught(follow.describe, follow.TRAINING, JOB)
    assert "tried 8 times" in said
    assert "wait a minute" in said


def test_following_goes_on_when_the_connection_is_back(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three calls in vain are twenty-four broken connections: more than botocore itself would bear."""
    cloud.answers["DescribeTrainingJob"] = [GOING, *[CUT] * 24, GOING, DONE]
    told = follow.follow(follow.TRAINING, JOB)
    assert told["TrainingJobStatus"] == "Completed"
    heard = capsys.readouterr()
    assert "what was started goes on" in heard.err
    assert "AWS answers again" in heard.err
    assert f"{JOB}: Training" in heard.out


def test_a_connection_that_never_comes_back(cloud: Cloud) -> None:
    cloud.answers["DescribeTrainingJob"] = [GOING, CUT]
    assert "The connection was lost" in caught(follow.follow, follow.TRAINING, JOB)


def test_a_failed_job_tells_why(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.answers["DescribeTrainingJob"] = [GOING, BROKE]
    streams = {"logStreams": [{"logStreamName": f"{JOB}/algo-1-1"}]}
    lines = [{"message": f"line {number}", "timestamp": 1, "ingestionTime": 1} for number in range(50)]
    page = {"events": lines, "nextForwardToken": "f/1", "nextBackwardToken": "b/1"}
    cloud.answers["DescribeLogStreams"] = [NO_LOGS, streams]
    cloud.answers["GetLogEvents"] = [page, page | {"events": []}]
    said = caught(follow.follow, follow.TRAINING, JOB)
    assert "AlgorithmError: stages train fails" in said
    assert "| line 49" in said
    assert "| line 29" not in said  # the tail alone
    assert "/aws/sagemaker/TrainingJobs" in said
    assert "just train --container" in said
    assert capsys.readouterr().out.count("| line 29") == 1  # it was shown as it came, once


def test_a_log_that_may_not_be_read_fails_nothing(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.answers["DescribeTrainingJob"] = [GOING, GOING, DONE]
    cloud.answers["DescribeLogStreams"] = [refusal("AccessDeniedException", "logs:DescribeLogStreams")]
    follow.follow(follow.TRAINING, JOB)
    assert capsys.readouterr().out.count("the log cannot be read") == 1


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("ClientError: No S3 objects found under S3 URL", "say the word again, which uploads anew"),
        ("CapacityError: Unable to provision requested ML compute capacity", "no such machine free"),
        ("MaxRuntimeExceeded", "`minutes`"),
        ("ClientError: AccessDenied when calling GetObject", "`role`"),
        ("ClientError: exec format error", "linux/amd64"),
        ("AlgorithmError: , exit code: 1", "just train --container"),
    ],
)
def test_reasons_of_failed_jobs(reason: str, advice: str) -> None:
    assert advice in reasons.of_job(reason)


def test_an_impatient_person(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.answers["DescribeTrainingJob"] = [GOING]

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    said = caught(follow.follow, follow.TRAINING, JOB)
    assert "goes on, and is paid for" in said
    assert f"just train --follow {JOB}" in said


def steps(**status: str) -> dict[str, Any]:
    """What SageMaker says of steps."""
    found: list[dict[str, Any]] = [{"StepName": name, "StepStatus": how} for name, how in status.items()]
    for step in found:
        if step["StepName"] == "Train":
            step["Metadata"] = {
                "TrainingJob": {"Arn": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/{JOB}"}
            }
        if step["StepStatus"] == "Failed":
            step["FailureReason"] = f"{step['StepName']} went wrong"
    return {"PipelineExecutionSteps": found}


def state(status: str, **more: str) -> dict[str, Any]:
    return {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": status, **more}


def test_an_execution_is_followed_to_its_end(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.answers["DescribePipelineExecution"] = [state("Executing"), *[CUT] * 10, state("Succeeded")]
    cloud.answers["ListPipelineExecutionSteps"] = [steps(Train="Executing"), steps(Train="Succeeded")]
    execution.follow(ARN)
    said = capsys.readouterr().out
    assert "Train      Executing" in said
    assert "Train      Succeeded" in said


def test_a_step_that_failed_tells_why(cloud: Cloud) -> None:
    cloud.answers["DescribePipelineExecution"] = [state("Failed", FailureReason="Step failure")]
    cloud.answers["ListPipelineExecutionSteps"] = [steps(Validate="Succeeded", Train="Failed")]
    cloud.answers["DescribeTrainingJob"] = [BROKE]
    said = caught(execution.follow, ARN)
    assert "Step failure" in said
    assert "step Train: Train went wrong" in said
    assert "AlgorithmError: stages train fails" in said


def test_what_the_gate_refuses(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "bucket", lambda: BUCKET)
    monkeypatch.setattr(session, "project", lambda: "churn")
    monkeypatch.setattr(session.settings, "load", lambda: {"region": "eu-west-1"})

    def brought(uri: str, folder: Path) -> list[Path]:
        assert uri == f"s3://{BUCKET}/churn/runs/abc123/judge/reports/"
        folder.mkdir()
        (folder / "gate.json").write_text(
            '{"passed": false, "criteria": ['
            '{"criterion": "roc_auc", "value": 0.6, "limit": ">= 0.7", "passed": false},'
            '{"criterion": "size_mb", "value": 1.0, "limit": "<= 100", "passed": true}]}'
        )
        return []

    monkeypatch.setattr(storage, "download", brought)
    monkeypatch.setattr(pipeline, "start", lambda *_, **__: ARN)
    cloud.answers["DescribePipelineExecution"] = [state("Failed")]
    cloud.answers["ListPipelineExecutionSteps"] = [steps(Gate="Succeeded", Refuse="Failed")]
    said = caught(pipeline.finish, ARN)
    assert "FAIL  roc_auc: 0.6 against >= 0.7" in said
    assert "size_mb" not in said
    # As on a laptop, `just retrain` ends with a code of its own, that a schedule can tell from an error.
    monkeypatch.setattr(execution, "bring_reports", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        pipeline.retrain([])
    assert ended.value.code == 3


def test_an_upload_that_s3_refuses(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 wraps that error in one of its own."""
    monkeypatch.setenv("SAGEMAKER_BUCKET", "somebody-elses")
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    said = caught(storage.upload, [file], session.uri("data"), tmp_path)
    assert "NoSuchBucket" in said
    assert "is `region`" in said


def test_errors_can_be_told_apart(cloud: Cloud) -> None:
    found: dict[str, CloudError] = {}
    for code, message in (
        ("ValidationException", "Could not find training job"),
        ("ThrottlingException", "slow"),
        ("AccessDeniedException", "no"),
    ):
        cloud.answers["DescribeTrainingJob"] = [refusal(code, message)]
        with pytest.raises(CloudError) as caught_:
            follow.describe(follow.TRAINING, JOB)
        found[code] = caught_.value
    assert {code: (error.missing, error.lost) for code, error in found.items()} == {
        "ValidationException": (True, False),
        "ThrottlingException": (False, True),
        "AccessDeniedException": (False, False),
    }


def test_a_level_1_word_that_fails_starts_nothing(cloud: Cloud) -> None:
    expired = (
        "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it is old</Message></Error></ErrorResponse>"
    )
    cloud.answers["GetCallerIdentity"] = [(403, expired)]
    assert "expired. Sign in first" in caught(training.train, [])
    assert cloud.count("CreateTrainingJob") == 0
