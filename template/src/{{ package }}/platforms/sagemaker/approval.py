"""The words of the registry on SageMaker: `just models`, `promote` and `rollback`."""

import argparse
import getpass
import os
from datetime import UTC, datetime

from .. import FailedError
from . import deploy, registry, session
from .registry import APPROVED, REJECTED

# Whom a CI job acts for: GitHub, GitLab, Azure Pipelines, Jenkins.
ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "BUILD_USER_ID")


def actor() -> str:
    """Whom a CI job acts for; nobody elsewhere."""
    return next((os.environ[key] for key in ACTORS if os.environ.get(key)), "")


def models(words: list[str]) -> None:
    """List every version: its number, its status, its figures, and who did what with it."""
    argparse.ArgumentParser(prog="just models", description=models.__doc__).parse_args(words)
    known = registry.versions()
    answers = registry.champion(known)
    if not known:
        print(f"{session.project()} has no version yet: `just train` registers the first")
    for version in known:
        kept = version.kept
        mark = "champion" if version == answers else version.status
        figures = [
            f"{key.removeprefix('metric.')} {value}"
            for key, value in sorted(kept.items())
            if key.startswith("metric.") and not key.endswith(("_low", "_high", ".rows"))
        ]
        print(f"{session.project()} {version.number:>3}  {mark:22} {', '.join(figures)}")
        for event in ("approved", "rolled_back"):
            if by := kept.get(f"{event}_by"):
                when, why = kept.get(f"{event}_at", ""), kept.get(f"{event}_why", "")
                print(f"      {event.replace('_', ' ')} by {by} at {when}: {why}")


def promote(words: list[str]) -> None:
    """Approve the newest version that waits (or the number named): it is the champion then."""
    parser = argparse.ArgumentParser(prog="just promote", description=promote.__doc__)
    parser.add_argument("version", nargs="?", default="", help="its number")
    parser.add_argument("--approver", nargs="+", default=[], help="in CI, whom the job acts for")
    parser.add_argument("--why", nargs="+", default=[])
    said = parser.parse_args(words)
    approver, why = " ".join(said.approver) or actor(), " ".join(said.why) or "it passed the gate"
    if not approver:
        raise FailedError("nobody approves: `just promote --approver NAME`")
    known = registry.versions()
    before, version = registry.champion(known), registry.find(known, said.version)
    if version != before:
        registry.change(
            version,
            APPROVED,
            f"approved by {approver}: {why}",
            {
                "approved_by": approver,
                "approved_at": registry.stamp(datetime.now(UTC)),
                "approved_why": why,
                "replaces": before.number if before else "",
            },
        )
    registry.place(version)  # again too: the first time may have been cut short
    print(
        f"{session.project()} version {version.number} is the champion"
        f"{' already' if version == before else ''}; `just deploy production` puts it to work"
    )


def rollback(words: list[str]) -> None:
    """Reject the champion, and put the version that was approved before it to work again."""
    parser = argparse.ArgumentParser(prog="just rollback", description=rollback.__doc__)
    parser.add_argument("--approver", nargs="+", default=[], help="who says so")
    parser.add_argument("--why", nargs="+", default=[])
    said = parser.parse_args(words)
    by = " ".join(said.approver) or actor() or getpass.getuser()
    why, known = " ".join(said.why) or "not said", registry.versions()
    bad = registry.champion(known)
    if not bad:
        raise FailedError("no version is approved: there is nothing to take back")
    back = registry.champion([version for version in known if version != bad])
    if not back:
        raise FailedError(
            f"no version was approved before {bad.number}: `just promote NUMBER --approver NAME` "
            "approves another one, `just stop production` takes this one out"
        )
    at = registry.stamp(datetime.now(UTC))
    kept = {"rolled_back_by": by, "rolled_back_at": at, "rolled_back_why": why}
    registry.change(bad, REJECTED, f"rolled back by {by}: {why}", kept)
    registry.place(back)
    print(f"{session.project()} version {back.number} is the champion again", flush=True)
    deploy.back("production", back.number)
