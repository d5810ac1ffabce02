"""How CI reaches the platform: DP185."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Step
from mlascent.rules.deployment import on_platform, places, programs
from mlascent.rules.deployment.on_platform import Start
from mlascent.rules.deployment.values import walk
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule, unknown

_CLOUD = ("boto3.*", "sagemaker.*", "azure.ai.*", "azure.identity.*", "azure.mgmt.*")
_TOOLS = frozenset({"aws", "az", "terraform", "tofu", "sam", "cdk"})
#: Names of keys that do not expire, and of the secrets that people keep them in.
_KEYS = re.compile(
    r"\b(AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|aws[-_]access[-_]key[-_]id|aws[-_]secret[-_]access[-_]key"
    r"|AZURE_CREDENTIALS|AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET|AZURE_STORAGE_(KEY|CONNECTION_STRING)"
    r"|client[-_]secret|servicePrincipalKey|AZURE_PASSWORD)\b",
    re.IGNORECASE,
)
#: What code says that fetches a CI system's token and hands it on.
_FETCHES = (
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "SYSTEM_OIDCREQUESTURI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_FEDERATED_TOKEN_FILE",
)
_FEDERATED = re.compile(
    r"id_tokens?|ID_TOKEN|web[-_]identity|federated[-_]?token|assume-role-with-web-identity|SYSTEM_ACCESSTOKEN"
    r"|azureSubscription|awsCredentials|connectedServiceNameARM|withAWS|role-to-assume|credential_source",
    re.IGNORECASE,
)


@rule("DP185")
def ci_has_no_keys(facts: Facts) -> Verdict:
    """`id-token: write` beside a stored key hands out the key; a permission that no login uses is none."""
    if not on_platform.here(facts):
        return not_applicable("Nothing here runs on SageMaker or Azure ML.")
    stored = list(_stored(facts))
    if stored:
        return failed(f"CI is given {stored[0].said}, a key that does not expire.", *stored[:3])
    asking = [start for start in on_platform.starts(facts) if start.job and _reaches(facts, start)]
    if not asking:
        return failed("No job of CI reaches the platform.")
    for start in asking:
        job, workflow = start.job, start.workflow
        if job is None or workflow is None or _federated(facts, start, workflow.system, job):
            continue
        if workflow.system == "jenkins":
            return unknown("Only the Jenkins server shows by whose identity its agents ask.", start.evidence)
        return failed(f"The job {job.name} asks the platform without a short-lived identity.", start.evidence)
    seen = {start.evidence.path: start.evidence for start in reversed(asking)}
    return passed("CI reaches the platform by short-lived identities.", *seen.values())


def _stored(facts: Facts) -> Iterator[Evidence]:
    for place in places.steps(facts, counting=False):
        given: Mapping[str, object] = {**place.step.env, **place.step.with_}
        for key, value in given.items():
            if str(value).strip() and (found := _KEYS.search(f"{key} {value}")):
                yield place.evidence(found[0])


def _reaches(facts: Facts, start: Start) -> bool:
    if start.launch.argv and start.launch.argv[0] in _TOOLS and start.launch.argv[1:2] != ("--version",):
        return True
    return bool(start.within) and bool(facts.python.calls(_CLOUD, start.within))


def _federated(facts: Facts, start: Start, system: str, job: Job) -> bool:
    """Whether a job asks its CI system for a token, and something takes that to the platform."""
    fetched = bool(set(_FETCHES) & places.texts(facts, start.within)) if start.within else False
    login = any(programs.uses(step.uses, programs.USES_LOGIN) for step in job.steps if step.uses)
    if system == "github":
        return (job.permissions or {}).get("id-token") == "write" and (login or fetched)
    said = "\n".join(_said(step) for step in job.steps)
    if system == "gitlab":
        return _gitlab(facts, job) and (fetched or bool(_FEDERATED.search(said)))
    asked = (login or fetched) and bool(_FEDERATED.search(said))
    return asked or (system == "jenkins" and "withAWS" in said)


def _said(step: Step) -> str:
    told = [f"{key}={value}" for key, value in (*step.env.items(), *step.with_.items())]
    return "\n".join([step.uses, *told, *(" ".join(launch.argv) for launch in step.launches)])


def _gitlab(facts: Facts, job: Job) -> bool:
    """Whether the file of a job asks for a token."""
    setting = facts.settings.get(job.path) if job.path else None
    found = (
        [setting]
        if setting is not None
        else [s.data for s in facts.settings.match(".gitlab-ci.yml", ".gitlab/*.yml")]
    )
    return any(key == "id_tokens" and value for data in found for key, value in walk(data))
