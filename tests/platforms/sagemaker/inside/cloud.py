"""A SageMaker that misbehaves, under the real clients of botocore: no request leaves this process.

Each request is held against the service's model first. Time is the cloud's own: it passes when somebody
sleeps, so that hours of waiting take none. What AWS documents of an endpoint's states is what happens here.
"""

# ruff: noqa: N802, N803, ARG002 - a method that answers a call has its name and its arguments

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
from botocore import exceptions as raised
from botocore.awsrequest import AWSResponse
from checker import problems

BEGINNING = datetime(2026, 11, 20, tzinfo=UTC)
ACCOUNT = "arn:aws:sagemaker:eu-west-1:123456789012"
BUSY = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


@dataclass
class RefusedError(Exception):
    """An answer that is an error."""

    code: str
    message: str
    status: int = 400


@dataclass
class Endpoint:
    """An endpoint: what it says, and which configuration really gets the traffic."""

    config: str
    status: str
    traffic: str = ""
    pending: str = ""
    reason: str = ""
    alarms: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # the configurations whose fleet failed, since the update
    born: datetime = BEGINNING


class Cloud:
    """One account in one region.

    Attributes:
        health: of a model's address: `good`, `dead` (its container never answers /ping), `errors` (each
            request ends in a 500), `other` (another model answers), `few` (predictions are missing), `slow`.
        rollback_fails: an update that fails leaves the endpoint Failed, or UpdateRollbackFailed.
        faults: number of the call, from 0 → what happens to it.
        outage: numbers of calls that never reach AWS.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.health: dict[str, str] = {}
        self.identity: dict[str, str] = {}
        self.rollback_fails = ""
        self.faults: dict[int, str] = {}
        self.outage: Callable[[int], bool] = lambda _: False
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.states: dict[str, str] = {}
        self.tags: dict[str, list[dict[str, str]]] = {}
        self.objects: dict[str, bytes] = {}
        self.plans: list[tuple[float, Callable[[], None]]] = []
        self.others: list[dict[str, Any]] = []  # what the tagging API also knows
        self.job_ends = "Completed"
        self.figures: dict[str, list[float]] = {}

    # time

    def sleep(self, seconds: float) -> None:
        """Let time pass, and with it what is under way."""
        until = self.now + seconds
        while due := sorted((at, n) for n, (at, _) in enumerate(self.plans) if at <= until):
            at, number = due[0]
            _, act = self.plans.pop(number)
            self.now = max(self.now, at)
            act()
        self.now = until

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Plan something."""
        self.plans.append((self.now + seconds, act))

    def quiet(self) -> None:
        """Let all that is under way end."""
        while self.plans:
            self.sleep(3600)

    def clock(self) -> SimpleNamespace:
        """What stands for the module `time`."""
        import time

        return SimpleNamespace(
            sleep=self.sleep,
            monotonic=lambda: self.now,
            gmtime=lambda: (BEGINNING + timedelta(seconds=self.now)).timetuple(),
            strftime=time.strftime,
        )

    def today(self) -> datetime:
        """The cloud's time."""
        return BEGINNING + timedelta(seconds=self.now)

    # requests

    def answer(self, service: str, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer a call, or not."""
        number = len(self.calls)
        self.calls.append((operation, asked))
        told = problems(service, operation, asked)
        if told:
            self.violations.append("\n".join(told))
        fault = self.faults.get(number, "")
        self.now += 0.1
        if self.outage(number):
            self.now += 60
            raise raised.EndpointConnectionError(endpoint_url="https://api.sagemaker")
        if fault == "unsent":
            raise raised.EndpointConnectionError(endpoint_url="https://api.sagemaker")
        if fault == "throttled":
            raise RefusedError("ThrottlingException", "Rate exceeded")
        if fault == "broken":
            raise RefusedError("InternalFailure", "The request processing has failed", 500)
        if fault == "denied":
            raise RefusedError("AccessDeniedException", f"not authorized to perform: sagemaker:{operation}")
        if fault == "role":
            raise RefusedError(
                "ValidationException", "Could not assume role arn:aws:iam::123456789012:role/x"
            )
        handler = getattr(self, f"on_{operation}")
        result = dict(handler(**copy.deepcopy(asked)) or {})
        if fault == "unheard":
            raise raised.ReadTimeoutError(endpoint_url="https://api.sagemaker")
        if fault == "repeated":  # the answer was lost, and botocore asked again
            result = dict(handler(**copy.deepcopy(asked)) or {})
        return result

    # models, configurations

    def arn(self, kind: str, name: str) -> str:
        return f"{ACCOUNT}:{kind}/{name.lower()}"

    def make(self, kind: str, shelf: dict[str, Any], name: str, asked: dict[str, Any]) -> str:
        arn = self.arn(kind, name)
        if name in shelf:
            raise RefusedError("ValidationException", f'Cannot create already existing {kind} "{arn}".')
        shelf[name] = asked | {"CreationTime": self.today()}
        self.tags[arn] = asked.get("Tags", [])
        return arn

    def need(self, kind: str, shelf: dict[str, Any], name: str) -> Any:
        if name not in shelf:
            raise RefusedError("ValidationException", f'Could not find {kind} "{self.arn(kind, name)}".')
        return shelf[name]

    def on_CreateModel(self, **asked: Any) -> dict[str, Any]:
        return {"ModelArn": self.make("model", self.models, asked["ModelName"], asked)}

    def on_DescribeModel(self, ModelName: str) -> dict[str, Any]:
        told = self.need("model", self.models, ModelName)
        return {k: v for k, v in told.items() if k != "Tags"} | {"ModelArn": self.arn("model", ModelName)}

    def on_DeleteModel(self, ModelName: str) -> None:
        self.need("model", self.models, ModelName)
        used = {self.model_of(c) for e in self.endpoints.values() for c in (e.traffic, e.pending) if c}
        if ModelName in used:
            self.violations.append(f"the model {ModelName} was deleted while it answers")
        del self.models[ModelName]

    def on_ListModels(self, NameContains: str = "", **more: Any) -> dict[str, Any]:
        names = [name for name in self.models if NameContains in name]
        return {
            "Models": [
                {"ModelName": n, "ModelArn": self.arn("model", n), "CreationTime": self.today()}
                for n in names
            ]
        }

    def model_of(self, config: str) -> str:
        found = self.configs.get(config)
        return str(found["ProductionVariants"][0]["ModelName"]) if found else ""

    def on_CreateEndpointConfig(self, **asked: Any) -> dict[str, Any]:
        self.need("model", self.models, asked["ProductionVariants"][0]["ModelName"])
        name = asked["EndpointConfigName"]
        return {"EndpointConfigArn": self.make("endpoint-config", self.configs, name, asked)}

    def on_DescribeEndpointConfig(self, EndpointConfigName: str) -> dict[str, Any]:
        told = self.need("endpoint-config", self.configs, EndpointConfigName)
        arn = self.arn("endpoint-config", EndpointConfigName)
        return {k: v for k, v in told.items() if k != "Tags"} | {"EndpointConfigArn": arn}

    def on_DeleteEndpointConfig(self, EndpointConfigName: str) -> None:
        self.need("endpoint-config", self.configs, EndpointConfigName)
        if EndpointConfigName in {
            c for e in self.endpoints.values() for c in (e.traffic, e.pending, e.config)
        }:
            self.violations.append(f"the configuration {EndpointConfigName} was deleted while it answers")
        del self.configs[EndpointConfigName]

    def on_ListEndpointConfigs(self, NameContains: str = "", **more: Any) -> dict[str, Any]:
        names = [name for name in self.configs if NameContains in name]
        listed = [
            {
                "EndpointConfigName": name,
                "EndpointConfigArn": self.arn("endpoint-config", name),
                "CreationTime": self.today(),
            }
            for name in names
        ]
        return {"EndpointConfigs": listed}

    def on_ListTags(self, ResourceArn: str, **more: Any) -> dict[str, Any]:
        return {"Tags": self.tags.get(ResourceArn, [])}

    # endpoints

    def behaviour(self, config: str) -> str:
        """How the container of a configuration behaves."""
        model = self.models.get(self.model_of(config))
        if model is None:
            return "dead"
        return self.health.get(model["PrimaryContainer"]["ModelDataUrl"], "good")

    def on_CreateEndpoint(self, **asked: Any) -> dict[str, Any]:
        name, config = asked["EndpointName"], asked["EndpointConfigName"]
        self.need("endpoint-config", self.configs, config)
        arn = self.arn("endpoint", name)
        if name in self.endpoints:
            raise RefusedError("ValidationException", f'Cannot create already existing endpoint "{arn}".')
        self.tags[arn] = asked.get("Tags", [])
        made = self.endpoints[name] = Endpoint(config, "Creating", born=self.today())

        def ready() -> None:
            if self.behaviour(config) == "dead":
                made.status = "Failed"
                made.reason = "The primary container did not pass the ping health check."
            else:
                made.status, made.traffic = "InService", config

        self.later(900 if self.behaviour(config) == "slow" else 300, ready)
        return {"EndpointArn": arn}

    def on_UpdateEndpoint(self, **asked: Any) -> dict[str, Any]:
        name, config = asked["EndpointName"], asked["EndpointConfigName"]
        found: Endpoint = self.need("endpoint", self.endpoints, name)
        self.need("endpoint-config", self.configs, config)
        if found.status == "Failed":
            raise RefusedError("ValidationException", f'Cannot update endpoint "{name}" in Failed state.')
        if found.status in BUSY:
            raise RefusedError("ValidationException", f'Cannot update in-progress endpoint "{name}".')
        guard = asked.get("DeploymentConfig", {})
        found.alarms = [a["AlarmName"] for a in guard.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
        for alarm in found.alarms:
            if alarm not in self.alarms:
                raise RefusedError("ValidationException", f"Could not find alarm {alarm}")
        before, found.status, found.pending, found.reason, found.errors = (
            found.config,
            "Updating",
            config,
            "",
            [],
        )
        bake = guard.get("BlueGreenUpdatePolicy", {}).get("TerminationWaitInSeconds", 0)

        def shift() -> None:
            if self.behaviour(config) == "dead":
                fail("The primary container did not pass the ping health check.")
                return
            found.traffic = config
            self.later(bake, baked)

        def baked() -> None:
            if found.alarms and len(self.seen(found)) >= 2:
                fail(f"Alarm {found.alarms[0]} is in ALARM state.")
                return
            found.status, found.config, found.pending = "InService", config, ""

        def fail(reason: str) -> None:
            found.reason, found.pending, found.config = reason, "", before
            if self.rollback_fails:
                self.rollback_fails, found.status = "", self.rollback_fails
                found.traffic = "" if found.status in ("Failed", "OutOfService") else config
            else:
                found.status, found.traffic = "InService", before

        self.later(900 if self.behaviour(config) == "slow" else 300, shift)
        return {"EndpointArn": self.arn("endpoint", name)}

    def seen(self, found: Endpoint) -> list[str]:
        """The failures that the first alarm of an update sees: of one fleet, if it says so."""
        marks = {mark["Name"]: mark["Value"] for mark in self.alarms[found.alarms[0]]["Dimensions"]}
        only = marks.get("EndpointConfigName")
        return [config for config in found.errors if only in (None, config)]

    def on_DescribeEndpoint(self, EndpointName: str) -> dict[str, Any]:
        found: Endpoint = self.need("endpoint", self.endpoints, EndpointName)
        told: dict[str, Any] = {
            "EndpointName": EndpointName,
            "EndpointArn": self.arn("endpoint", EndpointName),
            "EndpointConfigName": found.config,
            "EndpointStatus": found.status,
            "CreationTime": found.born,
            "LastModifiedTime": self.today(),
        }
        told |= {"FailureReason": found.reason} if found.reason else {}
        if found.pending:
            told["PendingDeploymentSummary"] = {"EndpointConfigName": found.pending}
        return told

    def on_DeleteEndpoint(self, EndpointName: str) -> None:
        found: Endpoint = self.need("endpoint", self.endpoints, EndpointName)
        if found.status in BUSY:
            raise RefusedError("ValidationException", f'Cannot delete in-progress endpoint "{EndpointName}".')
        found.status = "Deleting"

        def gone() -> None:
            self.endpoints.pop(EndpointName, None)

        self.later(60, gone)

    def on_ListEndpoints(self, NameContains: str = "", **more: Any) -> dict[str, Any]:
        listed = [
            {
                "EndpointName": name,
                "EndpointArn": self.arn("endpoint", name),
                "EndpointStatus": told.status,
                "CreationTime": told.born,
                "LastModifiedTime": self.today(),
            }
            for name, told in self.endpoints.items()
            if NameContains in name
        ]
        return {"Endpoints": listed}

    def on_InvokeEndpoint(self, EndpointName: str, Body: bytes, **more: Any) -> dict[str, Any]:
        found = self.endpoints.get(EndpointName)
        if not found or not found.traffic:
            raise RefusedError(
                "ValidationError", f"Endpoint {EndpointName} of account 123456789012 not found."
            )
        behaviour = self.behaviour(found.traffic)
        if behaviour == "errors":
            found.errors.append(found.traffic)
            raise RefusedError(
                "ModelError", 'Received server error (500) from primary with message "boom"', 424
            )
        if behaviour == "dead":
            raise RefusedError("ModelError", 'Received server error (503) from primary with message ""', 424)
        text = Body.decode() if isinstance(Body, bytes) else Body
        if more["ContentType"] == "text/csv":
            count = len(text.splitlines()) - 1
        else:
            count = len(json.loads(text)["rows"])
        if not count:
            raise RefusedError(
                "ModelError", 'Received client error (422) from primary with message "rows"', 424
            )
        address = self.models[self.model_of(found.traffic)]["PrimaryContainer"]["ModelDataUrl"]
        identity = "someone-else" if behaviour == "other" else self.identity.get(address, "")
        rows = [{"prediction": 1}] * (count - (behaviour == "few"))
        return {
            "Body": io.BytesIO(json.dumps({"predictions": rows}).encode()),
            "ContentType": "application/json",
            "CustomAttributes": f"model_sha256={identity}",
        }

    # alarms and figures

    def on_PutMetricAlarm(self, **asked: Any) -> None:
        self.alarms[asked["AlarmName"]] = asked

    def on_DeleteAlarms(self, AlarmNames: list[str]) -> None:
        for name in AlarmNames:
            self.alarms.pop(name, None)

    def on_DescribeAlarms(self, AlarmNamePrefix: str = "", **more: Any) -> dict[str, Any]:
        listed = [
            {k: v for k, v in told.items() if k != "Tags"}
            | {
                "StateValue": self.states.get(name, "OK"),
                "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:1:alarm:{name}",
            }
            for name, told in self.alarms.items()
            if name.startswith(AlarmNamePrefix)
        ]
        return {"MetricAlarms": listed}

    def on_ListTagsForResource(self, ResourceARN: str) -> dict[str, Any]:
        return {"Tags": self.alarms[ResourceARN.rpartition(":")[2]].get("Tags", [])}

    def on_GetMetricData(self, MetricDataQueries: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        names = {q["Id"]: q["MetricStat"]["Metric"]["MetricName"] for q in MetricDataQueries}
        told = [{"Id": id_, "Values": self.figures.get(name, [])} for id_, name in names.items()]
        return {"MetricDataResults": told}

    # jobs

    def on_CreateProcessingJob(self, **asked: Any) -> dict[str, Any]:
        name = asked["ProcessingJobName"]
        self.make("processing-job", self.jobs, name, asked)
        job = self.jobs[name]
        job["ProcessingJobStatus"] = "InProgress"

        def over() -> None:
            job["ProcessingJobStatus"] = self.job_ends
            if self.job_ends == "Failed":
                job["FailureReason"] = "AlgorithmError: rows.csv has no column ['a']"
            else:
                self.scored(asked)

        self.later(120, over)
        return {"ProcessingJobArn": self.arn("processing-job", name)}

    def scored(self, asked: dict[str, Any]) -> None:
        """Write what the container would."""
        sources = {i["InputName"]: i["S3Input"]["S3Uri"] for i in asked["ProcessingInputs"]}
        targets = {
            o["OutputName"]: o["S3Output"]["S3Uri"] for o in asked["ProcessingOutputConfig"]["Outputs"]
        }
        for address, data in list(self.objects.items()):
            if address.startswith(sources["rows"] + "/"):
                count = len(data.decode().splitlines()) - 1
                table = "row,prediction\n" + "".join(f"{n},1\n" for n in range(1, count + 1))
                self.objects[f"{targets['predictions']}/{address.rpartition('/')[2]}"] = table.encode()

    def on_DescribeProcessingJob(self, ProcessingJobName: str) -> dict[str, Any]:
        told = self.need("processing job", self.jobs, ProcessingJobName)
        arn = self.arn("processing-job", ProcessingJobName)
        return {k: v for k, v in told.items() if k != "Tags"} | {"ProcessingJobArn": arn}

    def on_ListProcessingJobs(
        self, NameContains: str = "", StatusEquals: str = "", **more: Any
    ) -> dict[str, Any]:
        listed = [
            {
                "ProcessingJobName": name,
                "ProcessingJobArn": self.arn("processing-job", name),
                "CreationTime": told["CreationTime"],
                "ProcessingJobStatus": told["ProcessingJobStatus"],
            }
            for name, told in self.jobs.items()
            if NameContains in name and StatusEquals in ("", told["ProcessingJobStatus"])
        ]
        return {
            "ProcessingJobSummaries": sorted(listed, key=lambda each: str(each["CreationTime"]), reverse=True)
        }

    def on_StopProcessingJob(self, ProcessingJobName: str) -> None:
        self.need("processing job", self.jobs, ProcessingJobName)["ProcessingJobStatus"] = "Stopped"

    def on_DescribeLogStreams(self, **asked: Any) -> dict[str, Any]:
        return {"logStreams": []}

    def on_ListTrainingJobs(self, **asked: Any) -> dict[str, Any]:
        return {"TrainingJobSummaries": []}

    def on_ListPipelines(self, **asked: Any) -> dict[str, Any]:
        return {"PipelineSummaries": []}

    # storage

    def on_PutObject(self, Bucket: str, Key: str, Body: bytes, **more: Any) -> None:
        self.objects[f"s3://{Bucket}/{Key}"] = bytes(Body)

    def on_GetObject(self, Bucket: str, Key: str) -> dict[str, Any]:
        address = f"s3://{Bucket}/{Key}"
        if address not in self.objects:
            raise RefusedError("NoSuchKey", "The specified key does not exist.", 404)
        return {"Body": io.BytesIO(self.objects[address])}

    def on_ListObjectsV2(self, Bucket: str, Prefix: str = "", **more: Any) -> dict[str, Any]:
        home = f"s3://{Bucket}/"
        keys = [address.removeprefix(home) for address in self.objects if address.startswith(home + Prefix)]
        return {"Contents": [{"Key": key, "Size": len(self.objects[home + key])} for key in sorted(keys)]}

    def on_ListObjectVersions(self, Bucket: str, Prefix: str = "", **more: Any) -> dict[str, Any]:
        home = f"s3://{Bucket}/"
        keys = [address.removeprefix(home) for address in self.objects if address.startswith(home + Prefix)]
        return {"Versions": [{"Key": k, "VersionId": "1", "Size": len(self.objects[home + k])} for k in keys]}

    def on_DeleteObjects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        for each in Delete["Objects"]:
            self.objects.pop(f"s3://{Bucket}/{each['Key']}", None)
        return {}

    def on_ListImages(self, **asked: Any) -> dict[str, Any]:
        raise RefusedError("RepositoryNotFoundException", "The repository does not exist")

    def on_GetResources(self, **asked: Any) -> dict[str, Any]:
        return {"ResourceTagMappingList": self.others}


CURRENT: list[Cloud] = []


def wire(session: boto3.Session) -> None:
    """Let every client of a session ask the current cloud."""

    def remember(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def reply(model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        service = model.service_model.service_name
        status, parsed = 200, {}
        try:
            parsed = CURRENT[-1].answer(service, model.name, context["asked"])
        except RefusedError as refusal:
            status = refusal.status
            parsed = {"Error": {"Code": refusal.code, "Message": refusal.message}}
        parsed["ResponseMetadata"] = {"HTTPStatusCode": status, "RetryAttempts": 0}
        return AWSResponse("https://api.sagemaker", status, {}, None), parsed

    session.events.register("provide-client-params", remember)
    session.events.register("before-call", reply)


@contextmanager
def cloud() -> Iterator[Cloud]:
    """A new cloud, which answers until the block ends."""
    CURRENT.append(Cloud())
    try:
        yield CURRENT[-1]
    finally:
        CURRENT.pop()
