"""The way to production and back: `just models`, `just promote`, `just rollback`."""

import argparse
import getpass
import os
from datetime import UTC, datetime

from .. import FailedError
from . import deploy, registry

# Who a CI job acts for: GitHub, GitLab, Azure Pipelines, Jenkins.
ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "BUILD_USER_ID")
PRODUCTION = "production"


def models(words: list[str]) -> None:
    """List every version: what was decided on it, by whom and when, and how it scored."""
    argparse.ArgumentParser(prog="just models", description=models.__doc__).parse_args(words)
    known = registry.versions()
    best = registry.champion(known)
    for model in known:
        tags = model.tags or {}
        scores = {k.removeprefix("metric."): v for k, v in tags.items() if k.startswith("metric.")}
        told = "champion" if best is not None and best.version == model.version else ""
        event = "rolled_back" if registry.state(model) == "rejected" else "approved"
        by, at = (tags.get(f"{event}_{what}", "") for what in ("by", "at"))
        figures = ", ".join(f"{key} {value}" for key, value in sorted(scores.items())[:4])
        line = f"{registry.name()} {model.version:16} {told or registry.state(model):9}"
        print(f"{line} {by:12} {at:25} {figures}".rstrip())
    if not known:
        print(f"{registry.name()} has no versions yet. Next: `just train`")


def promote(words: list[str]) -> None:
    """Approve a version for production; the newest one that nobody has judged, or one by number."""
    parser = argparse.ArgumentParser(prog="just promote", description=promote.__doc__)
    parser.add_argument("which", nargs="?", default="", help="a version")
    asked = signed(parser, words)
    known = registry.versions()
    if asked.which:
        found = next((model for model in known if str(model.version) == asked.which), None)
    else:
        found = registry.challenger(known)
    if found is None:
        told = f"version {asked.which}" if asked.which else "version that waits for approval"
        raise FailedError(f"{registry.name()} has no {told}. Next: `just models` lists all")
    best = registry.champion(known)
    if best is not None and best.version == found.version:
        raise FailedError(f"version {found.version} is the champion already")
    if not asked.approver:
        raise FailedError("nobody approves. Next: `just promote --approver NAME`")
    found = registry.describe(found)
    if found.tags.get("gate") == "refused":
        raise FailedError(f"the gate refused version {found.version}. Next: `just train`")
    tags = {registry.APPROVAL: "approved", "approved_by": asked.approver, "approved_at": now()}
    tags |= {"approved_why": asked.why or "it passed the gate"}
    registry.place(registry.write(found, tags))
    told = f"{registry.name()} version {found.version} is approved"
    print(f"{told}. Next: `just deploy {PRODUCTION}`")


def rollback(words: list[str]) -> None:
    """Reject the champion, and deploy the version that was approved before it once more."""
    parser = argparse.ArgumentParser(prog="just rollback", description=rollback.__doc__)
    parser.add_argument("--no-deploy", action="store_true", help="only in the registry")
    asked = signed(parser, words)
    known = registry.versions()
    bad = registry.champion(known)
    back = registry.champion([model for model in known if model is not bad])
    if bad is None or back is None:
        told = "no champion" if bad is None else f"nothing approved before version {bad.version}"
        raise FailedError(f"{registry.name()} has {told} to go back from. Next: `just models`")
    tags = {registry.APPROVAL: "rejected", "rolled_back_by": asked.approver or getpass.getuser()}
    tags |= {"rolled_back_at": now(), "rolled_back_why": asked.why or "not said"}
    registry.write(bad, tags)
    registry.place(registry.describe(back))
    print(f"{registry.name()} version {back.version} is the champion", flush=True)
    if not asked.no_deploy:
        deploy.back(PRODUCTION, f"{registry.name()}:{back.version}")


def signed(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """Read who says so and why; in CI, by default, whom the job acts for."""
    parser.add_argument("--approver", nargs="+", default=[])
    parser.add_argument("--why", nargs="+", default=[])
    asked = parser.parse_args(words)
    acting = next((os.environ[key] for key in ACTORS if os.environ.get(key)), "")
    asked.approver, asked.why = " ".join(asked.approver) or acting, " ".join(asked.why)
    return asked


def now() -> str:
    """The time, in UTC, to the microsecond: the order of approvals."""
    return datetime.now(UTC).isoformat()
