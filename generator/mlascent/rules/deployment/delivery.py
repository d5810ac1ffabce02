"""Delivery of models and of the pipeline: DP090, DP091, DP100 to DP102."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.rules import words
from mlascent.rules.deployment import delivery_jobs, images, places, programs
from mlascent.rules.deployment.places import Place
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

#: Calls and commands that install a pipeline where it will run.
UPSERTS = (
    *("*.upsert", "kfp.Client", "*.upload_pipeline", "*.upload_pipeline_version", "*.create_pipeline"),
    *("*.update_pipeline", "*.create_run_from_pipeline_*", "*.jobs.create_or_update", "*.submit_job"),
    *("*.components.create_or_update", "*.PipelineJob", "prefect.deploy", "*.deploy_flow"),
)
UPSERTING = (
    *(("aws", "sagemaker", "create-pipeline"), ("aws", "sagemaker", "update-pipeline")),
    *(("az", "ml", "job"), ("az", "ml", "component"), ("az", "ml", "schedule"), ("kfp", "pipeline")),
    *(("argo", "template"), ("databricks", "bundle"), ("prefect", "deploy"), ("zenml", "pipeline")),
    *(("gcloud", "ai", "pipelines"), ("dagster-cloud", "workspace")),
)
_COMMIT = re.compile(
    r"github\.(sha|ref_name)|GITHUB_(SHA|REF_NAME)|CI_COMMIT_(SHORT_SHA|SHA|TAG)|Build\.(SourceVersion|BuildId)"
    r"|BUILD_SOURCEVERSION|GIT_COMMIT|git (rev-parse|describe)|TRAVIS_COMMIT|CIRCLE_SHA1|BITBUCKET_COMMIT"
)
_LONG_LIVED = re.compile(
    r"AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|AZURE_CREDENTIALS|AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET"
    r"|GCP_SA_KEY|GOOGLE_CREDENTIALS|credentials_json|KUBECONFIG|KUBE_CONFIG|SERVICE_ACCOUNT_KEY|SSH_PRIVATE_KEY",
    re.IGNORECASE,
)
_SHELL = ("ssh", "scp", "rsync", "sshpass")
_STARTED = frozenset(("push", "tag", "release", "event", "after"))


@rule("DP090")
def the_pipeline_is_delivered(facts: Facts) -> Verdict:
    """A job that starts a training installs no pipeline; one environment is not two in order."""
    found = list(installs(facts))
    if not found:
        return failed("No job installs the pipeline where it will run.")
    tested = places.launched(facts, words.tests)
    if not tested:
        return failed("No job tests the pipeline's components.", found[0].evidence())
    for later in found:
        for earlier in found:
            first, then = delivery_jobs.about(earlier, delivery_jobs.STAGING), delivery_jobs.about
            if first and then(later, delivery_jobs.PRODUCTION) and _follows(later, earlier):
                return passed(
                    "The pipeline is tested, and installed in staging, then in production.",
                    *(words.seen(tested[0][1]), earlier.evidence("staging"), later.evidence("production")),
                )
    return failed(
        "The pipeline is installed, but not in staging and then in production.",
        *(p.evidence() for p in found[:3]),
    )


def installs(facts: Facts) -> Iterator[Place]:
    """Steps that install a pipeline where it will run."""
    for place in places.steps(facts):
        for launch in place.step.launches:
            within = places.code(facts, launch) if launch.entry else frozenset()
            named = any(launch.argv[: len(start)] == start for start in UPSERTING)
            if launch.counts and (named or (within and facts.python.calls(UPSERTS, within))):
                yield place
                break


def _follows(later: Place, earlier: Place) -> bool:
    if later.workflow is not earlier.workflow:
        return False
    if later.job is earlier.job:
        steps = list(later.job.steps)
        return steps.index(later.step) > steps.index(earlier.step)
    jobs = {job.name: job for job in later.workflow.jobs}
    waiting, seen = list(later.job.needs), set()
    while waiting:
        name = waiting.pop()
        if name == earlier.job.name:
            return True
        if name in jobs and name not in seen:
            seen.add(name)
            waiting += jobs[name].needs
    return False


@rule("DP091")
def versions_come_from_git(facts: Facts) -> Verdict:
    """A tag that somebody types is forgotten once; `latest` names nothing."""
    found: list[Place] = []
    typed: list[Place] = []
    for place, _ in places.image_builds(facts):
        text = _said(place)
        (found if _COMMIT.search(text) else typed).append(place)
    found += [place for place in installs(facts) if _COMMIT.search(_said(place))]
    by_hand = _typed_elsewhere(facts)
    if by_hand:
        return failed("What runs names a version of the image that somebody typed.", by_hand)
    if found and not typed:
        return passed("Versions come from the commit.", *(p.evidence() for p in found[:3]))
    if typed:
        return failed("An image's tag does not come from the commit.", *(p.evidence() for p in typed[:3]))
    return failed("No job computes a version from the commit.")


def _typed_elsewhere(facts: Facts) -> Evidence | None:
    """A manifest or a pipeline that runs an image which CI builds, by a version that is written there."""
    named = {
        word.partition(":")[0]
        for place, _ in places.image_builds(facts)
        for launch in place.step.launches
        for word in launch.argv
        if "/" in word.partition(":")[0] and ":" in word
    }
    wanted = [re.compile(rf"{re.escape(name)}:v?\d[\w.-]*$") for name in sorted(named)]
    for module in facts.python.package() if wanted else ():
        for line, text in module.strings:
            if any(pattern.match(text) for pattern in wanted):
                return Evidence(module.path, line, text)
    for thing in facts.kubernetes.of("Deployment", "StatefulSet", "CronJob", "Rollout") if wanted else ():
        for container in images.containers(thing.body):
            image = str(container.get("image", ""))
            if any(pattern.match(image) for pattern in wanted):
                return Evidence(thing.path, thing.line, image)
    return None


def _said(place: Place) -> str:
    """All that a step and its job's other steps hand on: tags may be computed one step before."""
    words_: list[str] = []
    for step in place.job.steps:
        words_ += [" ".join(launch.argv) for launch in step.launches]
        words_ += [str(value) for value in (*step.with_.values(), *step.env.values())]
        if step.uses.startswith("docker/metadata-action"):
            words_.append("github.sha")
    return "\n".join(words_)


@rule("DP100")
def delivery_starts_by_itself(facts: Facts) -> Verdict:
    """A form that somebody fills in, or a job that logs in by ssh, is a person with a longer keyboard."""
    jobs = delivery_jobs.production(facts)
    if not jobs:
        return failed("No CI job deploys to production.")
    for workflow, job in jobs:
        by_shell = [
            launch for step in job.steps for launch in step.launches if words.program(launch) in _SHELL
        ]
        where = Evidence(job.path or workflow.path, job.line, f"job {job.name}")
        if job.triggers & _STARTED and not by_shell:
            return passed("Delivery starts from an event of the registry, a tag or a merge.", where)
    workflow, job = jobs[0]
    where = Evidence(job.path or workflow.path, job.line, f"job {job.name}")
    return failed("Delivery is started by hand, or goes through a shell.", where)


@rule("DP101")
def identity_is_short_lived(facts: Facts) -> Verdict:
    """`id-token: write` beside a stored key still hands out the key."""
    jobs = delivery_jobs.production(facts)
    if not jobs:
        return failed("No CI job deploys to production.")
    for workflow, job in jobs:
        where = Evidence(job.path or workflow.path, job.line, f"job {job.name}")
        said = "\n".join(
            f"{key}={value}" for s in job.steps for key, value in (*s.with_.items(), *s.env.items())
        )
        stored = _LONG_LIVED.search(said)
        if stored:
            return failed(f"The delivery job is given {stored[0]}, a key that does not expire.", where)
        if not _federated(workflow.system, dict(job.permissions or {}), said, job.steps):
            return failed("The delivery job asks for no short-lived identity.", where)
    return passed("Delivery uses a short-lived identity.", where)


def _federated(system: str, permissions: dict[str, str], said: str, steps: tuple[object, ...]) -> bool:
    uses = [getattr(step, "uses", "") for step in steps]
    logs_in = any(programs.uses(name, programs.USES_LOGIN) for name in uses if name)
    if system == "github":
        return permissions.get("id-token") == "write" and logs_in
    if system == "azure":
        return logs_in and bool(
            re.search(r"azureSubscription|connectedServiceNameARM|awsCredentials", said, re.IGNORECASE)
        )
    if system == "gitlab":
        return bool(re.search(r"id_tokens|ID_TOKEN|assume-role-with-web-identity|federated-token", said))
    return "withAWS" in said or "assume-role-with-web-identity" in said


@rule("DP102")
def made_by_the_identity(facts: Facts) -> Verdict:
    """Who may deploy is not who did: only a record of the deployment shows that."""
    told = facts.host.get("deployments")
    deployments = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    if not deployments:
        return unknown("Only the host's record of deployments shows by whom the last one was made.")
    last = max(deployments, key=lambda each: str(each.get("at")))
    if str(last.get("by", "")).endswith(("[bot]", "-ci", "-bot")) or last.get("identity") == "job":
        return passed(f"The last release was made by {last.get('by')}.")
    return failed(f"The last release was made by {last.get('by')}, not by the delivery job.")
