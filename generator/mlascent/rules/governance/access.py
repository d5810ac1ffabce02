"""Secrets, roles and encryption."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.platforms import Resource
from mlascent.facts.tasks import Launch
from mlascent.rules import texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.roles import broad, statements

SCANNERS = frozenset(
    {
        "detect-secrets-hook",
        "detect-secrets",
        "gitleaks",
        "trufflehog",
        "trufflehog3",
        "ggshield",
        "git-secrets",
        "secretlint",
        "whispers",
    }
)
_ACTION = re.compile(
    r"(gitleaks/gitleaks-action|trufflesecurity/trufflehog|GitGuardian/ggshield)", re.IGNORECASE
)
_TOOTHLESS = re.compile(r"(--exit-code[= ]0|--no-fail|--only-verified-never|--exit-zero|scan --no-verify$)")
_ROLES = re.compile(
    r"aws_iam_|AWS::IAM|azurerm_role_|Microsoft.Authorization/role|google_.*_iam_|databricks_(permissions|grants)",
    re.IGNORECASE,
)
_STORES = re.compile(
    r"aws_(s3_bucket|ebs_volume|sagemaker_\w+|efs_file_system|db_instance)|AWS::(S3::Bucket|SageMaker::\w+|EC2::Volume|EFS)|"
    r"azurerm_(storage_account|machine_learning_workspace|managed_disk)|Microsoft.(Storage/storageAccounts|MachineLearning)",
)
_KEY = re.compile(r"kms|customer_managed_key|encryption|cmk|keyVault", re.IGNORECASE)
_NETWORK = re.compile(
    r"vpc_config|VpcConfig|enable_network_isolation|EnableNetworkIsolation|subnet|private_endpoint|publicNetworkAccess"
    r"|public_network_access",
)


def scans(launch: Launch) -> bool:
    """Whether a secret scanner runs and can fail."""
    name = words.program(launch)
    if name == "detect-secrets" and words.arguments(launch)[:1] == ("scan",):
        return False  # it writes what it finds into a baseline, and ends well
    return name in SCANNERS and launch.counts and not _TOOTHLESS.search(" ".join(launch.argv))


@rule("GO050")
def secrets_are_looked_for(facts: Facts) -> Verdict:
    """A scanner where each commit or change passes, and no key in what git tracks.

    `detect-secrets scan` alone ends well whatever it finds; a hook at the stage `manual` runs for
    nobody who does not ask.
    """
    place = _scanner(facts)
    if facts.secrets:
        found = (Evidence(s.path, s.line, f"looks like: {s.kind}") for s in facts.secrets[:10])
        return failed("A tracked file holds what looks like a secret.", *found)
    if place is None:
        return failed("No secret scanner runs before commits or in CI.")
    return passed("A secret scanner runs, and no tracked file holds what looks like a secret.", place)


def _scanner(facts: Facts) -> Evidence | None:
    for run in facts.ci.runs(scans, "push", "change", "schedule"):
        return Evidence(run.workflow.path, run.step.line, " ".join(run.launch.argv)[:80])
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            if job.disabled or not job.counts or not job.triggers & {"push", "change", "schedule"}:
                continue
            for step in job.steps:
                if _ACTION.match(step.uses) and step.counts:
                    return Evidence(workflow.path, step.line, step.uses)
    return _hook(facts)


def _hook(facts: Facts) -> Evidence | None:
    for hook in facts.tooling.hooks:
        if hook.runs(*SCANNERS):
            return Evidence(hook.path, hook.line, f"hook {hook.id}")
    return None


def _any(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return any(item in ("*", "*:*") for item in listed)


@rule("GO051")
def roles_are_narrow(facts: Facts) -> Verdict:
    """Roles as code without a wildcard over everything, and a token instead of a key in CI.

    An administrator's role in a file is still an administrator's role; a long-lived key in CI is one
    however well it is named.
    """
    found = [r for r in facts.platforms.resources if _ROLES.search(r.type)]
    objects = facts.kubernetes.of("Role", "ClusterRole")
    if not found and not objects:
        return failed("No role is kept as code.")
    wide = [Evidence(r.path, r.line, f"{r.type} {r.name}") for r in found if _wide(r)]
    wide += [
        Evidence(o.path, o.line, f"{o.kind} {o.name}")
        for o in objects
        for told in texts.items(o.body.get("rules"))
        if isinstance(told, dict) and _any(told.get("verbs")) and _any(told.get("resources"))
    ]
    wide += broad(facts)
    if wide:
        return failed("A role grants every action on everything.", *wide)
    keys = [
        Evidence(w.path, s.line, key)
        for w in facts.ci.workflows
        for j in w.jobs
        for s in j.steps
        for key in (*s.env, *map(str, s.with_), *map(str, s.with_.values()))
        if re.search(
            r"AWS_SECRET_ACCESS_KEY|aws-secret-access-key|AZURE_CREDENTIALS|AZURE_CLIENT_SECRET|credentials_json",
            key,
        )
    ]
    if keys:
        return failed("A CI job uses a long-lived key.", *keys[:3])
    if place := _federated(facts):
        return passed("Roles are code and narrow, and CI uses federation.", place)
    return failed("No CI job asks for an OIDC token.", Evidence(*_first(found, objects)))


def _first(found: list[Resource], objects: Any) -> tuple[str, int]:
    one = found[0] if found else objects[0]
    return one.path, one.line


def _wide(resource: Resource) -> bool:
    if resource.body.get("role_definition_name") == "Owner":
        return True
    return any(
        _any(s.get("action", s.get("actions")))
        and _any(s.get("resource", s.get("resources")))
        and s.get("effect", "Allow") != "Deny"
        for s in statements(dict(resource.body))
    )


def _federated(facts: Facts) -> Evidence | None:
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            rights = job.permissions or {}
            if rights.get("id-token") == "write" and any(
                "login" in s.uses or "credentials" in s.uses or "auth" in s.uses for s in job.steps
            ):
                return Evidence(workflow.path, job.line, "id-token: write")
            if any(step.uses.startswith(("AzureCLI@", "AWSShellScript@")) for step in job.steps):
                return Evidence(workflow.path, job.line, "service connection")
    for setting in facts.settings.match(".gitlab-ci.yml", ".gitlab/*.yml"):
        for keys, told in setting.mappings():
            if isinstance(told.get("id_tokens"), dict):
                return Evidence(setting.path, setting.line(*keys, "id_tokens"), "id_tokens")
    return None


@rule("GO052")
def stores_are_encrypted(facts: Facts) -> Verdict:
    """A key on each store, and a closed network or a waiver.

    Encryption that a provider does by default, with a key that nobody chose, is not a set key.
    """
    stores = [
        r for r in facts.platforms.resources if _STORES.match(r.type) and "public_access_block" not in r.type
    ]
    data = [
        r
        for r in stores
        if not re.search(r"encryption|policy|versioning|lifecycle|logging|ownership|acl|notification", r.type)
    ]
    if not data:
        return failed("No store of data or models is declared as code.")
    apart = " ".join(str(dict(r.body)) for r in stores if "encryption" in r.type)
    bare = [r for r in data if not _KEY.search(str(dict(r.body))) and r.name not in apart]
    if bare:
        return failed(
            "A store has no key of its own.",
            *(Evidence(r.path, r.line, f"{r.type} {r.name}") for r in bare[:5]),
        )
    closed = next((r for r in facts.platforms.resources if _NETWORK.search(str(dict(r.body)))), None)
    if closed:
        return passed(
            "Stores have set keys, in a private network.", Evidence(closed.path, closed.line, closed.type)
        )
    waived = next((s for s in facts.settings.named("waivers.yml", "waivers.yaml") if "GO052" in s.text), None)
    if waived:
        return passed(
            "Stores have set keys, and the open network has a waiver.",
            Evidence(waived.path, waived.find("GO052")),
        )
    return failed(
        "No private network is declared, and no waiver says why.", Evidence(data[0].path, data[0].line)
    )


@rule("GO053")
def access_is_as_declared(facts: Facts) -> Verdict:
    """Who may really reach registry and endpoint stands in the platform's access lists."""
    told = facts.host.get("access")
    if not isinstance(told, dict):
        return unknown(
            "The platform's access lists show it: give a snapshot with `access.granted` and `.declared`."
        )
    extra = sorted(
        set(map(str, texts.items(told.get("granted")))) - set(map(str, texts.items(told.get("declared"))))
    )
    if extra:
        return failed(f"Access is granted that no role declares: {', '.join(extra[:5])}.")
    return passed("Access is what the roles declare.")
