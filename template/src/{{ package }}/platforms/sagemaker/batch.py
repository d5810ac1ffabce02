"""The batch kind of an environment: a job that scores a file with the environment's model.

What an environment scores with is its newest Model of SageMaker, which costs nothing: to deploy is
to make one, to go back is to make one of what was before. Between jobs nothing runs.
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from .. import FailedError, settings
from . import costs, follow, releases, session, storage
from .releases import Release

PACKAGE = __package__.split(".")[0]
INSIDE = "/opt/ml/processing"
OVER = {"Completed", "Failed", "Stopped"}
KIND, JOB = "batch", "score"  # in the names of models and of jobs
KEPT = 5  # models of an environment that one can go back to


def deploy(environment: str, release: Release) -> str:
    """Let the environment's next jobs score with a release."""
    known = models(environment)
    make(environment, release.image, release.model, release.version, known[0] if known else "")
    for old in models(environment)[KEPT:]:
        releases.maker().delete_model(ModelName=old)
    return f"{releases.place(environment)}: jobs score with version {release.version} from now on"


def make(environment: str, image: str, model: str, version: str, replaces: str) -> None:
    """Make the model that the next jobs use."""
    name = releases.stamped(environment, KIND)
    tags = session.tags(environment)
    tags += [{"Key": "version", "Value": version}, {"Key": "replaces", "Value": replaces}]
    asked = releases.model(name, Release(version, image, model, "", []), tags)
    releases.once(
        lambda: releases.maker().create_model(**asked),
        lambda: releases.maker().describe_model(ModelName=name),
    )


def models(environment: str) -> list[str]:
    """The models of an environment, the newest first."""
    place = releases.place(environment)
    listed = session.pages("sagemaker", "list_models", "Models", NameContains=place)
    names = [str(each["ModelName"]) for each in listed]
    own = [name for name in names if releases.belongs(name, environment, KIND)]
    return sorted(own, reverse=True)


def current(environment: str) -> dict[str, Any]:
    """The model that jobs score with: its name, image, model and version.

    Raises:
        FailedError: nothing was deployed yet.
    """
    known = models(environment)
    if not known:
        raise FailedError(
            f"nothing is deployed to {releases.place(environment)}: `just deploy {environment}`"
        )
    return read(known[0])


def read(name: str) -> dict[str, Any]:
    """What a model of SageMaker is made of."""
    told = releases.maker().describe_model(ModelName=name)
    inside = told["PrimaryContainer"]
    listed = session.pages("sagemaker", "list_tags", "Tags", ResourceArn=told["ModelArn"])
    tags = {each["Key"]: each["Value"] for each in listed}
    known = {"name": name, "image": inside["Image"], "model": inside["ModelDataUrl"]}
    return known | {"version": tags.get("version", "?"), "replaces": tags.get("replaces", "")}


def back(environment: str, version: str = "") -> str:
    """Return to the version before, or to one by number; empty where it is no longer kept."""
    known = [read(name) for name in models(environment)]
    if not known:
        raise FailedError(
            f"nothing is deployed to {releases.place(environment)}, so there is no way back: "
            f"`just deploy {environment}`"
        )
    now, older = known[0], known[1:]
    if version:
        wanted = [model for model in older if model["version"] == version]
    else:
        wanted = [model for model in older if model["name"] == now["replaces"]]
    if not wanted:
        return ""
    found = wanted[0]
    # Its own predecessor is the next to go back to; never the one that was just taken out.
    make(environment, found["image"], found["model"], found["version"], found["replaces"])
    return f"{releases.place(environment)}: jobs score with version {found['version']} again"


def stop(environment: str) -> str:
    """Stop the jobs that run; what scores next time stays."""
    place, count = releases.place(environment), 0
    for job in jobs(environment):
        if job["ProcessingJobStatus"] not in (*OVER, "Stopping"):
            releases.maker().stop_processing_job(ProcessingJobName=job["ProcessingJobName"])
            count += 1
    return f"{place}: {count} jobs are stopped; nothing else runs, nor is billed"


def jobs(environment: str) -> Iterator[dict[str, Any]]:
    """The scoring jobs of an environment, the newest first."""
    beginning = f"{releases.place(environment)}-{JOB}-"
    listed = session.pages(
        "sagemaker",
        "list_processing_jobs",
        "ProcessingJobSummaries",
        NameContains=beginning,
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    return (job for job in listed if job["ProcessingJobName"].startswith(beginning))


def request(environment: str, name: str, used: dict[str, Any]) -> dict[str, Any]:
    """A job that scores what is in its input folder."""
    told = settings.need("role")
    size, home = told["processing"], folder(environment, name)
    words, inputs, outputs = ["score"], [], []
    for each in ("rows", "model"):
        path = f"{INSIDE}/input/{each}"
        words += ["--input", f"{each}={path}"]
        source = {"S3Uri": f"{home}/{each}", "LocalPath": path, "S3DataType": "S3Prefix"}
        inputs.append({"InputName": each, "S3Input": source | {"S3InputMode": "File"}})
    for each in ("predictions", "runs"):
        path = f"{INSIDE}/output/{each}"
        words += ["--output", f"{each}={path}"]
        target = {"S3Uri": f"{home}/{each}", "LocalPath": path, "S3UploadMode": "EndOfJob"}
        outputs.append({"OutputName": each, "S3Output": target})
    key, cluster = told["kms_key"], {"InstanceCount": 1, "InstanceType": size["instance_type"]}
    cluster |= {"VolumeSizeInGB": size["volume_gb"]} | ({"VolumeKmsKeyId": key} if key else {})
    network: dict[str, Any] = {"EnableNetworkIsolation": True}
    if told["subnets"]:
        groups = {"Subnets": told["subnets"], "SecurityGroupIds": told["security_groups"]}
        network["VpcConfig"] = groups
    return {
        "ProcessingJobName": name,
        "RoleArn": told["role"],
        "AppSpecification": {
            "ImageUri": used["image"],
            "ContainerEntrypoint": ["python", "-m", f"{PACKAGE}.platforms.job"],
            "ContainerArguments": words,
        },
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": {"Outputs": outputs} | ({"KmsKeyId": key} if key else {}),
        "ProcessingResources": {"ClusterConfig": cluster},
        "StoppingCondition": {"MaxRuntimeInSeconds": size["minutes"] * 60},
        "NetworkConfig": network,
        "Environment": {"OMP_WAIT_POLICY": "passive"},
        "Tags": [*session.tags(environment), {"Key": "version", "Value": used["version"]}],
    }


def folder(environment: str, name: str) -> str:
    """Where a job's files are in S3."""
    return session.uri("scores", environment, name)


def score(environment: str, path: Path, rows: bytes) -> dict[str, bytes]:
    """Score a table in a job, and bring back what it wrote.

    Args:
        environment: whose model scores.
        path: the name that the table has.
        rows: its content.

    Returns:
        the files of predictions, and the records of the run.
    """
    used = current(environment)
    name = releases.stamped(environment, JOB)
    home = folder(environment, name)
    storage.put(f"{home}/rows/{path.name}", rows)
    parts = releases.unpacked(storage.get(used["model"]), used["model"])
    parts["version.json"] = json.dumps({"version": used["version"]}).encode()
    for part, data in parts.items():
        storage.put(f"{home}/model/{part}", data)
    asked = request(environment, name, used)
    releases.once(
        lambda: releases.maker().create_processing_job(**asked),
        lambda: releases.maker().describe_processing_job(ProcessingJobName=name),
    )
    print(f"{name}: scores {path} with version {used['version']}", file=sys.stderr)
    follow.follow(follow.PROCESSING, name)
    return {key: storage.get(key) for key in found(home)}


def found(home: str) -> list[str]:
    """The addresses of what a job wrote."""
    bucket, _ = storage.split(home)
    parts = [key for each in ("predictions", "runs") for key in storage.keys(f"{home}/{each}")]
    return [f"s3://{bucket}/{key}" for key in parts]


def predict(environment: str, path: Path) -> pd.DataFrame:
    """Predict the rows of a file in a job."""
    written = score(environment, path, path.read_bytes())
    tables = [data for address, data in written.items() if address.endswith(".csv")]
    if len(tables) != 1:
        raise FailedError(f"the job wrote {len(tables)} tables, not one: {', '.join(written)}")
    return pd.read_csv(io.BytesIO(tables[0]))


def rehearse(environment: str, release: Release) -> int:
    """Score the example rows of a release in a job; say how many it predicted."""
    rows = pd.DataFrame(release.example).to_csv(index=False).encode()
    written = score(environment, Path("example.csv"), rows)
    tables = [data for address, data in written.items() if address.endswith(".csv")]
    return sum(len(pd.read_csv(io.BytesIO(table))) for table in tables)


def stands(environment: str) -> bool:
    """Whether a trial may leave it as it is: between jobs nothing costs anything."""
    return True


def cost(environment: str) -> str:
    """What it costs, in orders of magnitude."""
    size = settings.load()["processing"]["instance_type"]
    return f"a scoring job on {size}, by the second: {costs.hourly(size)}; nothing between jobs"
