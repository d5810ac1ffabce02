"""The words that build, start and follow the pipeline on SageMaker."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .. import image, settings
from . import execution, images, reasons, registry, sending, session, steps, storage, training

REFUSED = 3  # the exit code of `retrain` when the gate refuses, as on a laptop


def pipeline(words: list[str]) -> None:
    """Build the pipeline, and create or update it; or print its definition, offline."""
    parser = argparse.ArgumentParser(prog="just pipeline", description=pipeline.__doc__)
    parser.add_argument(
        "--print", nargs="?", const="-", metavar="FILE", help="ask nobody, write the definition"
    )
    target = parser.parse_args(words).print
    if target:
        text = definition(f"{images.repository()}:{image.tag()}")
        if target == "-":
            print(text)
        else:
            Path(target).write_text(text + "\n", encoding="utf-8")
        return
    session.check()
    arn = upsert(image.ensure())
    print(f"{arn} is up to date; `just train` starts it")


def definition(full: str) -> str:
    """The pipeline's definition in JSON, for an image."""
    return json.dumps(json.loads(build(full, send=False).definition()), indent=2)


def build(full: str, send: bool) -> Any:
    """The pipeline as the SDK has it, for an image; its project files are sent or only named."""
    return steps.build(full, sending.commit() or "unknown", sending.project(send))


def upsert(full: str) -> str:
    """Create or update the pipeline, and what its executions expect to be there.

    Returns:
        its ARN.
    """
    built = build(full, send=True)
    registry.prepare()
    if not storage.keys(session.uri("data", "current/")):
        sending.data(sending.ingest(), current=True)
    with session.explained("the pipeline"):
        told = built.upsert(
            role_arn=session.role(),
            description=f"{session.project()}: trains, judges and registers",
            tags=session.tags(),
        )
    return str(told["PipelineArn"])


def exists() -> bool:
    """Whether the pipeline is there."""
    try:
        session.client("sagemaker").describe_pipeline(PipelineName=session.project())
    except session.CloudError as error:
        if error.missing:
            return False
        raise
    return True


def start(trigger: str, why: str, fresh: bool) -> str:
    """Start an execution with the code, parameters and data of this working copy.

    Args:
        trigger: schedule, event or manual.
        why: what has happened.
        fresh: fetch the data anew, and let scheduled executions take them too.

    Returns:
        its ARN.
    """
    session.check()
    full = image.ensure()
    if not exists():
        upsert(full)
    registry.prepare()
    registry.place(registry.champion(registry.versions()))  # somebody may have approved in Studio
    given = {
        "Image": full,
        "Project": sending.project(),
        "Data": sending.data(sending.ingest(fresh), current=fresh),
        "Commit": sending.commit() or "unknown",
        "Trigger": trigger,
        "Why": registry.plain(why) or "not said",
    }
    told = session.client("sagemaker").start_pipeline_execution(
        PipelineName=session.project(),
        PipelineParameters=[{"Name": name, "Value": value} for name, value in given.items()],
    )
    print(f"{told['PipelineExecutionArn']} is started, in {full}", flush=True)
    return str(told["PipelineExecutionArn"])


def train(words: list[str]) -> None:
    """Start the pipeline, follow it, and bring the model and its reports back."""
    parser = argparse.ArgumentParser(prog="just train", description=train.__doc__)
    parser.add_argument("--container", action="store_true", help="in Docker, on this machine")
    parser.add_argument("--no-wait", action="store_true", help="start it, and leave it alone")
    parser.add_argument("--follow", metavar="ARN", help="one that was started before")
    asked = parser.parse_args(words)
    if asked.container:
        training.show(training.container())
        return
    arn = asked.follow or start("manual", "just train", fresh=False)
    if not asked.no_wait:
        finish(arn)


def retrain(words: list[str]) -> None:
    """Start the pipeline with fresh data, and say what for; exit code 3 when the gate refuses."""
    parser = argparse.ArgumentParser(prog="just retrain", description=retrain.__doc__)
    parser.add_argument("--trigger", choices=("schedule", "event", "manual"), default="manual")
    parser.add_argument("--why", nargs="*", default=[], help="what has happened")
    parser.add_argument("--no-wait", action="store_true", help="start it, and leave it alone")
    asked = parser.parse_args(words)
    arn = start(asked.trigger, " ".join(asked.why), fresh=True)
    if asked.no_wait:
        return
    try:
        finish(arn)
    except execution.RefusedError as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(REFUSED)


def finish(arn: str) -> None:
    """Follow an execution; bring back what it made, and complete the card of what it registered.

    Raises:
        RefusedError: the gate refused the model.
        FailedError: a step failed.
    """
    done = execution.follow(arn)
    training.show(execution.fetch(done))
    number = done.registered.rpartition("/")[2]
    try:
        registry.complete(done.registered)
    except session.CloudError as error:
        if error.code not in reasons.DENIED:
            raise
        # A role that trains may not change versions, or it could approve its own.
        print(f"the model card of version {number} is completed by `just promote`")
    print(
        f"{session.project()} version {number} is registered and waits for approval: "
        "`just promote --approver NAME`"
    )
    if not (settings.load().get("environments") or {}):
        return
    print("`just deploy staging` puts it to work there before that")
