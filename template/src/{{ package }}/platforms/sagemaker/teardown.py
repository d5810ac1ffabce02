"""The word `teardown`: nothing that the words made stays, above all nothing that is billed.

What is deleted carries the tag `project` of this project: a name alone proves nothing, for another
project's may begin the same. What people put there, and what `infra` made, is listed and stays.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from .. import FailedError, settings
from . import releases, session, storage

PATIENCE, PAUSE = 3600.0, 10.0  # seconds until an endpoint is gone, and between two looks
MOVING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
OTHERS = ("incoming", "dvc")  # below the project's prefix, but nothing that the words wrote
PAGE = 1000  # objects that S3 deletes in one call
IMAGES = 100  # the same of ECR


@dataclass(frozen=True)
class Thing:
    """Something to delete: what it is, what it costs, and how it goes."""

    kind: str
    name: str
    cost: str
    delete: Callable[[], Any]


def teardown(words: list[str]) -> None:
    """Delete what the words made on SageMaker, after listing it: `just teardown [--yes]`."""
    parser = argparse.ArgumentParser(prog="just teardown", description=teardown.__doc__)
    parser.add_argument("--yes", action="store_true", help="yes, delete it")
    asked = parser.parse_args(words)
    found = list(things())
    for thing in found:
        print(f"{thing.kind:22} {thing.name}  ({thing.cost})")
    if found and not asked.yes:
        raise FailedError(
            f"these {len(found)} are there, nothing was deleted: `just teardown --yes`"
        )
    problems: list[str] = []
    stand: list[str] = []
    for thing in found:
        if thing.name.startswith(tuple(f"{name}-" for name in stand)):
            problems.append(f"{thing.kind} {thing.name}: an endpoint that is still there needs it")
            continue
        try:
            thing.delete()
        except FailedError as error:
            if not getattr(error, "missing", False):
                problems.append(f"{thing.kind} {thing.name} ({thing.cost}): {error}")
                stand += [thing.name] if thing.kind == "endpoint" else []
    print(f"{len(found) - len(problems)} deleted")
    rest(print)
    if problems:
        raise FailedError(
            "\n".join(["still there:", *problems, "Next: say `just teardown --yes` again"])
        )


def things() -> Iterator[Thing]:
    """All that the words made, in an order in which it can go: first what starts other things."""
    yield from pipelines()
    yield from running()
    sagemaker, project = releases.maker(), settings.load()["project"]
    for name in ours("list_endpoints", "Endpoints", "EndpointName", "EndpointArn"):
        yield Thing("endpoint", name, "billed by the hour", _call(end, name=name))
    for name in ours(
        "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", "EndpointConfigArn"
    ):
        gone = _call(sagemaker.delete_endpoint_config, EndpointConfigName=name)
        yield Thing("endpoint configuration", name, "free", gone)
    for name in ours("list_models", "Models", "ModelName", "ModelArn"):
        yield Thing("model", name, "free", _call(sagemaker.delete_model, ModelName=name))
    watch = session.client("cloudwatch")
    for alarm in session.pages(
        "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{project}-"
    ):
        tags = watch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        if made(tags):
            name = alarm["AlarmName"]
            yield Thing(
                "alarm",
                name,
                "about USD 0.10 a month",
                _call(watch.delete_alarms, AlarmNames=[name]),
            )
    yield from images()
    yield from objects()


def _call(function: Callable[..., Any], **asked: Any) -> Callable[[], Any]:
    return lambda: function(**asked)


def end(name: str) -> None:
    """Delete an endpoint, and wait until it is gone; one that is being updated ends that first."""
    sagemaker, until = releases.maker(), time.monotonic() + PATIENCE
    while True:
        try:
            told = session.steady(lambda: sagemaker.describe_endpoint(EndpointName=name))
            if told["EndpointStatus"] not in MOVING:
                sagemaker.delete_endpoint(EndpointName=name)
        except session.CloudError as error:
            if error.missing:
                return
            raise
        if time.monotonic() > until:
            status = told["EndpointStatus"]
            raise FailedError(f"{name} is still {status} after {PATIENCE / 60:.0f} minutes")
        time.sleep(PAUSE)


def made(tags: list[dict[str, str]]) -> bool:
    """Whether tags say that the words of this project made something."""
    told = {each["Key"]: each["Value"] for each in tags}
    return all(told.get(each["Key"]) == each["Value"] for each in session.tags())


def ours(operation: str, key: str, name: str, arn: str, **more: Any) -> Iterator[str]:
    """The names of what is listed, if the words of this project made it."""
    project = settings.load()["project"]
    for each in list(session.pages("sagemaker", operation, key, NameContains=project, **more)):
        if made(list(session.pages("sagemaker", "list_tags", "Tags", ResourceArn=each[arn]))):
            yield str(each[name])


def pipelines() -> Iterator[Thing]:
    """The pipeline and its executions that run."""
    sagemaker, project = releases.maker(), settings.load()["project"]
    listed = session.pages(
        "sagemaker", "list_pipelines", "PipelineSummaries", PipelineNamePrefix=project
    )
    for each in list(listed):
        name = str(each["PipelineName"])
        if not made(
            list(session.pages("sagemaker", "list_tags", "Tags", ResourceArn=each["PipelineArn"]))
        ):
            continue
        executions = session.pages(
            "sagemaker", "list_pipeline_executions", "PipelineExecutionSummaries", PipelineName=name
        )
        for run in executions:
            if run.get("PipelineExecutionStatus") == "Executing":
                arn = str(run["PipelineExecutionArn"])
                gone = _call(sagemaker.stop_pipeline_execution, PipelineExecutionArn=arn)
                yield Thing(
                    "pipeline execution", arn.rpartition("/")[2], "its jobs are billed", gone
                )
        gone = _call(sagemaker.delete_pipeline, PipelineName=name)
        yield Thing("pipeline", name, "free; what it starts is billed", gone)


def running() -> Iterator[Thing]:
    """The jobs that run."""
    sagemaker, cost = releases.maker(), "billed by the second while it runs"
    for kind in ("Training", "Processing"):
        low, key = kind.lower(), f"{kind}JobName"
        found = ours(
            f"list_{low}_jobs",
            f"{kind}JobSummaries",
            key,
            f"{kind}JobArn",
            StatusEquals="InProgress",
        )
        for name in found:
            gone = _call(getattr(sagemaker, f"stop_{low}_job"), **{key: name})
            yield Thing(f"{low} job", name, cost, gone)


def images() -> Iterator[Thing]:
    """The images that `platform-image` pushed, if the repository is this project's alone."""
    told = settings.load()
    name = told["image"].partition("/")[2]
    if name.rpartition("/")[2] != told["project"]:
        return
    try:
        found = list(session.pages("ecr", "list_images", "imageIds", repositoryName=name))
    except session.CloudError as error:
        if error.missing:
            return
        raise
    ids = [{"imageDigest": digest} for digest in sorted({each["imageDigest"] for each in found})]
    for start in range(0, len(ids), IMAGES):
        some = ids[start : start + IMAGES]
        gone = _call(session.client("ecr").batch_delete_image, repositoryName=name, imageIds=some)
        yield Thing("images", f"{len(some)} in {name}", "about USD 0.10 a GB and month", gone)


def objects() -> Iterator[Thing]:
    """What the words wrote to S3, with all its versions."""
    told = settings.load()
    bucket, home = told["bucket"], f"{told['project']}/"
    if not bucket:
        return
    found: list[dict[str, str]] = []
    size = 0
    for key in ("Versions", "DeleteMarkers"):
        for each in session.pages("s3", "list_object_versions", key, Bucket=bucket, Prefix=home):
            if each["Key"].removeprefix(home).split("/")[0] not in OTHERS:
                found.append({"Key": each["Key"], "VersionId": each["VersionId"]})
                size += each.get("Size", 0)
    if found:
        what = f"{len(found)} in s3://{bucket}/{home}, {size / 1e6:.1f} MB"
        yield Thing("objects", what, "about USD 0.02 a GB and month", lambda: erase(bucket, found))


def erase(bucket: str, found: list[dict[str, str]]) -> None:
    """Delete objects, and see that S3 did."""
    for start in range(0, len(found), PAGE):
        asked = {"Objects": found[start : start + PAGE], "Quiet": True}
        told = session.client("s3").delete_objects(Bucket=bucket, Delete=asked)
        if errors := told.get("Errors"):
            raise FailedError(
                f"{len(errors)} objects stay, such as {errors[0]['Key']}: {errors[0]['Message']}"
            )


def rest(tell: Callable[[str], None]) -> None:
    """List what is left: what people keep in the bucket, and what `infra` or somebody else made."""
    told = settings.load()
    project, bucket = told["project"], told["bucket"]
    for name in OTHERS if bucket else ():
        address = f"s3://{bucket}/{project}/{name}/"
        if count := len(storage.keys(address)):
            tell(f"left: {count} objects in {address}: `aws s3 rm --recursive {address}`")
    tell("left: logs in CloudWatch, /aws/sagemaker/…: about USD 0.03 a GB and month")
    asked = {"TagFilters": [{"Key": "project", "Values": [project]}]}
    listed = session.pages(
        "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", **asked
    )
    arns = sorted(each["ResourceARN"] for each in listed if not made(each["Tags"]))
    for arn in arns:
        tell(f"left: {arn}")
    if arns:
        way = "`just infra destroy`" if find_spec(f"{__package__}.infra") else "whoever made them"
        tell(f"  {way} removes these {len(arns)}")
