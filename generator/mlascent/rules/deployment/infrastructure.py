"""Infrastructure as code: DP120 to DP122."""

from __future__ import annotations

from mlascent.facts import Facts
from mlascent.rules import words
from mlascent.rules.deployment import places, programs
from mlascent.rules.deployment.places import Place
from mlascent.rules.deployment.values import holds, walk
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_TOOLS = (
    "Chart.yaml",
    "kustomization.yaml",
    "kustomization.yml",
    "Pulumi.yaml",
    "cdk.json",
    "serverless.yml",
)
_WORKLOADS = ("Deployment", "StatefulSet", "Rollout", "InferenceService", "CronJob", "Service")
_STRICT = ("--soft-fail", "--soft-fail-on", "-s")


@rule("DP120")
def it_is_in_code(facts: Facts) -> Verdict:
    """An empty folder called infra, or a chart without a template, defines nothing."""
    found = [Evidence(r.path, r.line, f"{r.type} {r.name}") for r in facts.platforms.resources]
    found += [Evidence(o.path, o.line, f"{o.kind} {o.name}") for o in facts.kubernetes.of(*_WORKLOADS)]
    found += [Evidence(c.path, 0, "Compose") for c in facts.containers.compose if c.services]
    for setting in facts.settings.named(*_TOOLS):
        folder = setting.path.rpartition("/")[0]
        if setting.data and (holds(setting.data, "resources") or facts.files.under(f"{folder}/templates")):
            found.append(Evidence(setting.path))
    if facts.python.calls(("aws_cdk.*", "pulumi_*.*", "pulumi.*")):
        found.append(words.at(facts.python.calls(("aws_cdk.*", "pulumi_*.*", "pulumi.*"))[0]))
    if found:
        return passed("Infrastructure is defined in code.", *found[:3])
    return failed("No file defines the infrastructure.")


@rule("DP121")
def planned_then_applied(facts: Facts) -> Verdict:
    """An apply that a pull request starts, or a plan whose failure is ignored, reviews nothing."""
    plans = places.launched(facts, lambda launch: programs.does(launch, programs.PLAN), "change")
    applies = places.launched(facts, lambda launch: programs.does(launch, programs.APPLY))
    early = [place for place, _ in applies if _by_change(place)]
    if early:
        return failed("A pull request starts an apply.", *(p.evidence() for p in early[:2]))
    if not plans:
        return failed("No job plans or validates on pull requests.", *(p.evidence() for p, _ in applies[:2]))
    if not applies:
        return failed("No delivery job applies what is planned.", words.seen(plans[0][1]))
    return passed(
        "CI plans on pull requests, and delivery applies.", words.seen(plans[0][1]), words.seen(applies[0][1])
    )


def _by_change(place: Place) -> bool:
    return "change" in (place.step.triggers or place.job.triggers)


@rule("DP122")
def scanned_and_locked(facts: Facts) -> Verdict:
    """A scan that only reports, and a state on somebody's disk."""
    scans = places.launched(
        facts,
        lambda x: programs.does(x, programs.POLICY_SCAN) and not words.has(x, *_STRICT),
    )
    used = [
        p
        for p in places.used(
            facts, ("bridgecrewio/checkov-action", "aquasecurity/tfsec-action", "checkmarx/kics")
        )
        if not programs.truthy(p.step.with_.get("soft_fail", ""))
    ]
    if not scans and not used:
        return failed("No job scans the infrastructure against a policy.")
    scan = words.seen(scans[0][1]) if scans else used[0].evidence()
    state = _state(facts)
    if state is None:
        return failed("The state is not remote and locked.", scan)
    return passed("A policy scan runs, and the state is remote and locked.", scan, state)


def _state(facts: Facts) -> Evidence | None:
    """A backend that locks; CloudFormation, Bicep and Kubernetes keep their state themselves."""
    terraform = [r for r in facts.platforms.resources if r.path.endswith((".tf", ".tf.json"))]
    for resource in terraform:
        if resource.type.startswith("backend") or (
            resource.type == "terraform" and holds(resource.body, "backend")
        ):
            text = f"{resource.type} {resource.name} {list(walk(resource.body))}"
            locks = any(word in text for word in ("dynamodb_table", "use_lockfile"))
            if locks or any(word in text for word in ("azurerm", "gcs", "remote", "cloud")):
                return Evidence(resource.path, resource.line, resource.name)
    if terraform:
        return None
    other = facts.platforms.resources or facts.kubernetes.of(*_WORKLOADS)
    return Evidence(other[0].path, other[0].line) if other else None
