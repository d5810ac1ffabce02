"""Wait for a job, tell what becomes of it, and bring its files back.

A job goes on in the cloud whatever happens here: a connection that is lost is waited for, and who
stops waiting is told how to take it up again.
"""

import time
from pathlib import Path
from typing import Any

from .. import FailedError
from . import session, store
from .session import CloudError

ENDED = ("Completed", "Failed", "Canceled")
SCOPE = "https://ml.azure.com/.default"  # of the history of runs
PAUSE = 15.0  # seconds between two looks
PATIENCE = 1800.0  # seconds without an answer from Azure
LINES = 25  # of the log of a step that failed
LOGS = Path("build/platform/logs")


def wait(name: str, again: str) -> None:
    """Look at a job until it has ended; say which of its steps begins and ends.

    Args:
        name: of the job.
        again: the words that take it up once more: "just train --follow NAME".

    Raises:
        FailedError: it failed or was ended, or Azure does not answer for a long time.
    """
    told: dict[str, str] = {}
    lost = 0.0
    try:
        while True:
            try:
                now = look(name)
            except CloudError as error:
                lost = lost or time.monotonic()
                if not error.lost:
                    raise
                if time.monotonic() - lost > PATIENCE:
                    late = f"{error}\n{name} goes on in the cloud. Next: {again}"
                    raise FailedError(late) from None
                print(f"  {error}; {name} goes on, and is looked at again", flush=True)
                time.sleep(PAUSE)
                continue
            lost = 0.0
            for step, stands in now.items():
                if told.get(step) != stands:
                    print(f"  {step}: {stands}", flush=True)
            told = now
            if now[name] in ENDED:
                break
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        stop = f"{again}; `az ml job cancel --name {name}` ends it"
        raise FailedError(f"{name} goes on in the cloud, and costs. Next: {stop}") from None
    if now[name] != "Completed":
        raise FailedError(why(name, now, again))


def look(name: str) -> dict[str, str]:
    """The status of a job, and of each of its steps by their display names."""
    with session.explained(f"looking at the job {name}"):
        jobs = session.client().jobs
        found = {}
        for step in steps(name):
            found[str(step.display_name or step.name)] = status(step)
        return found | {name: status(jobs.get(name))}


def steps(name: str) -> list[Any]:
    """The steps of a job that are known so far; none where it has none."""
    found = session.client().jobs.list(parent_job_name=name)
    return [step for step in found if step is not None]  # None: one that the SDK cannot read


def status(job: Any) -> str:
    """The status of a job, as text: the SDK has it as a member of an enumeration."""
    return str(getattr(job.status, "value", job.status))


def why(name: str, told: dict[str, str], again: str) -> str:
    """What a job that did not complete says: its error, and the end of the log of what failed."""
    failed = [step for step, stands in told.items() if stands == "Failed" and step != name]
    lines = [f"{name}: {told[name]}" + (f", in {', '.join(failed)}" if failed else "")]
    with session.explained(f"asking why {name} failed"):
        jobs = session.client().jobs
        for job in [step for step in steps(name) if status(step) == "Failed"] or [jobs.get(name)]:
            if said := reason(job.name):
                lines.append(f"  {said}")
            if log := fetched(job.name):
                end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
                lines += [f"  the end of {log}:", *(f"    {line}" for line in end)]
        if url := studio(jobs.get(name)):
            lines.append(f"  {url}")
    word = again.split(" --follow")[0].strip("`")
    return "\n".join([*lines, f"Next: mend what it says, and `{word}` again"])


def reason(name: str) -> str:
    """The error that Azure ML keeps of a failed job; steps of a pipeline have it there alone."""
    client = session.client()
    space = client.workspaces.get(client.workspace_name)
    api = session.call("GET", space.discovery_url)["api"]
    url = f"{api}/history/v1.0{space.id}/runs/{name}/details"
    error = session.call("GET", url, scope=SCOPE).get("error") or {}
    error = error.get("error", error)
    return f"{error.get('code', '')}: {error.get('message', '')}".strip(": ")[:800]


def fetched(name: str) -> Path | None:
    """Download the logs of a job, and find the one that its program wrote."""
    found = store.get(f"ExperimentRun/dcid.{name}/user_logs/", LOGS / name, store.ARTIFACTS)
    return next((file for file in found if file.name == "std_log.txt"), next(iter(found), None))


def studio(job: Any) -> str:
    """Where a person sees the job in a browser."""
    service = (job.services or {}).get("Studio")
    return str(service.endpoint) if service else ""


def bring(outputs: dict[str, Path], *parts: str) -> None:
    """Bring outputs of a job back from its folder in the store, each over the one here.

    Raises:
        FailedError: the job has left nothing there.
    """
    for output, folder in outputs.items():
        if not store.get(store.path(*parts, output), folder):
            where = store.uri(*parts, output)
            raise FailedError(f"the job completed, but left nothing in {where}. Next: look there")
        print(f"  {output}: {folder}")
