"""Continuous integration: DP001 to DP004."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.tasks import Launch
from mlascent.rules import words
from mlascent.rules.deployment import places, programs
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

#: Where CI systems look for their files.
_FILES = re.compile(
    r"(^|/)(\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab/.+\.ya?ml|Jenkinsfile[^/]*"
    r"|[^/]*\.jenkinsfile|\.?azure[-_]?pipelines?[^/]*\.ya?ml|\.azure/.+\.ya?ml|\.travis\.ya?ml"
    r"|\.circleci/config\.ya?ml|bitbucket-pipelines\.ya?ml)$"
)
#: A default branch whose last success is older than this says little of today.
RECENT_DAYS = 30


@rule("DP001")
def it_parses(facts: Facts) -> Verdict:
    """A file in the wrong folder, one that does not parse, or one without a step is no CI."""
    working = [
        (workflow, job)
        for workflow in facts.ci.workflows
        if workflow.rooted
        for job in workflow.jobs
        if any(step.launches or step.uses for step in job.steps)
    ]
    broken = sorted(p for p in facts.files.problems if _FILES.search(p.path))
    if broken:
        return failed(
            f"{broken[0].path} is not valid: {broken[0].said}.",
            *(Evidence(p.path, p.line, p.said) for p in broken),
        )
    if working:
        seen = {w.path: Evidence(w.path, j.line, f"job {j.name}") for w, j in reversed(working)}
        return passed("The CI configuration parses and has jobs with steps.", *sorted(seen.values()))
    strays = [w.path for w in facts.ci.workflows if not w.rooted]
    if strays:
        return failed(f"No CI system reads {strays[0]} where it stands.", *map(Evidence, strays))
    idle = [Evidence(w.path, 0, "no job with steps") for w in facts.ci.workflows]
    return failed("There is no CI configuration that has a job with steps.", *idle)


@rule("DP002")
def change_is_tested(facts: Facts) -> Verdict:
    """A job that is off, whose failure is ignored, or that only pushes start; tests that assert nothing."""
    found = [(p, run) for p, run in places.launched(facts, words.tests, "change") if words.suite(facts, run)]
    asserting = [(launch, _asserting(facts, launch)) for _, launch in found]
    every = {path for path, module in facts.python.modules.items() if _asserts(path, facts) and module.test}
    collected = {path for _, paths in asserting for path in paths}
    if every and 2 * len(collected & every) >= len(every):
        seen = [words.seen(launch) for launch, paths in asserting if paths]
        return passed("Pull requests run the tests.", *seen[:3])
    if collected:
        return failed(
            f"Pull requests run {len(collected)} of {len(every)} modules of tests.",
            *(words.seen(launch) for launch, paths in asserting[:3] if paths),
        )
    if found:
        return failed(
            "Pull requests start a test run, but no test in it asserts anything.",
            *(words.seen(launch) for _, launch in found[:3]),
        )
    other = facts.ci.runs(words.tests, counting=False)
    if other:
        return failed(
            "Tests run in CI, but not on pull requests, or their failure is ignored.",
            *(words.seen(run.launch) for run in other[:3]),
        )
    return failed("No job that pull requests start runs the tests.")


def _asserting(facts: Facts, launch: Launch) -> frozenset[str]:
    """Modules with assertions that a test run collects."""
    return frozenset(m.path for m in places.tested(facts, launch) if _asserts(m.path, facts))


def _asserts(path: str, facts: Facts) -> bool:
    functions = facts.python.modules[path].functions.values()
    return any(f.asserts and "test" in words.parts(f.name) for f in functions)


@rule("DP003")
def it_builds(facts: Facts) -> Verdict:
    """A build in a comment or in a job that nothing starts; a Dockerfile that no job builds."""
    images = places.image_builds(facts)
    packages = places.launched(facts, programs.builds_package)
    evidence = [place.evidence(said) for place, said in images[:2]]
    evidence += [words.seen(launch) for _, launch in packages[:2]]
    dockerfiles = [d for d in facts.containers.dockerfiles if not d.path.startswith(".devcontainer/")]
    packaged = "build-system" in facts.dependencies.pyproject or "setup.py" in facts.files
    inside = any(
        re.search(r"pip3? install .*\.( |$|\[)|uv sync|poetry (install|build)|uv pip install .*\.", i.value)
        for d in dockerfiles
        for i in d.of("RUN")
    )
    if not dockerfiles and not packaged:
        return failed("There is neither a package nor an image that CI could build.")
    if dockerfiles and not images:
        return failed(
            f"No job builds the image of {dockerfiles[0].path}.",
            Evidence(dockerfiles[0].path),
            *evidence,
        )
    if packaged and not packages and not (images and inside):
        return failed("No job builds the package.", *evidence)
    return passed("CI builds what is released.", *evidence)


@rule("DP004")
def last_run(facts: Facts) -> Verdict:
    """A badge in the README is no run: only the code host knows."""
    runs = facts.host.get("runs")
    if not isinstance(runs, list):
        return unknown("Only the code host shows its last run: give a snapshot with `runs`.")
    branch = str(facts.host.get("default_branch", "main"))
    mine = [r for r in runs if isinstance(r, dict) and str(r.get("branch")) == branch and day(r)]
    if not mine:
        return failed(f"The snapshot has no run on {branch}.")
    last = max(mine, key=lambda r: str(r["finished_at"]))
    age = (facts.as_of - (day(last) or facts.as_of)).days
    if str(last.get("conclusion")).lower() not in ("success", "succeeded", "passed"):
        return failed(f"The last run on {branch} ended with {last.get('conclusion')}.")
    if age > RECENT_DAYS:
        return failed(f"The last run on {branch} succeeded {age} days ago.")
    return passed(f"The last run on {branch} succeeded {age} days ago.")


def day(run: dict[str, Any]) -> date | None:
    """The day on which a run of the snapshot ended."""
    try:
        return date.fromisoformat(str(run.get("finished_at", ""))[:10])
    except ValueError:
        return None
