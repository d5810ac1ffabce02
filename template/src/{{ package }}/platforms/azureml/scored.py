"""The newest scoring jobs of an environment: did the last one end well, and lately?"""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ... import runs
from . import batch, follow, session

SHOWN = 5


def problems(environment: str) -> list[str] | None:
    """Show the last jobs; say what is wrong with the newest that has ended. None: not deployed."""
    if not batch.history(environment):
        return None
    found = newest(environment)
    for job in found:
        model = (job.tags or {}).get("model", "unknown")
        at, stands = began(job).isoformat(timespec="seconds"), follow.status(job)
        print(f"{at}  {stands:10} {model}  {job.name}")
    ended = [job for job in found if follow.status(job) in follow.ENDED]
    if not ended:
        return [f"{environment}: no scoring job has ended yet: `just predict FILE --environment`"]
    last, told = ended[0], []
    age = datetime.now(UTC) - began(last)
    if age > runs.OLDEST:
        hours = f"{age.total_seconds() / 3600:.0f} hours old"
        told.append(f"{environment}: the last job, {last.name}, is {hours}")
    if (stands := follow.status(last)) != "Completed":
        told.append(f"{environment}: the last job, {last.name}: {stands}")
    return told


def newest(environment: str) -> list[Any]:
    """The last jobs, the newest first."""
    with session.explained(f"listing the scoring jobs of {environment}"):
        each = session.client().jobs.list(tag=batch.mark(environment))
        return sorted(islice(each, 100), key=began, reverse=True)[:SHOWN]


def began(job: Any) -> datetime:
    """When a job was submitted."""
    at: datetime = job.creation_context.created_at
    return at if at.tzinfo else at.replace(tzinfo=UTC)
