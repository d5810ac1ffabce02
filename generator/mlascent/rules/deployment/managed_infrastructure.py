"""What the platform's resources may, how they are kept, and what they may cost: DP188 and DP189."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.platforms import Resource
from mlascent.rules.deployment import on_platform
from mlascent.rules.deployment.values import holds, walk
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule
from mlascent.rules.roles import broad, listed, statements

_NOWHERE = "Nothing here runs on SageMaker or Azure ML."
_ROLES = re.compile(
    r"aws_iam_(role|policy)|AWS::IAM::|roleAssignments$|roleDefinitions$|azurerm_role_", re.IGNORECASE
)
_POLICIES = re.compile(r"aws_iam_|aws_\w+_policy$|AWS::IAM::|AWS::\w+::\w*Policy$", re.IGNORECASE)
#: Actions that AWS lets nobody limit to a resource.
_UNLIMITED = re.compile(
    r"(sagemaker:(List\w+|Search)|ec2:Describe\w+|ecr:GetAuthorizationToken|tag:Get\w+|logs:Describe\w+"
    r"|cloudwatch:(Get\w+|List\w+|Describe\w+|PutMetricData)|sts:GetCallerIdentity|kms:List\w+"
    r"|s3:ListAllMyBuckets|iam:List\w+|ce:Get\w+|pricing:\w+|servicequotas:(Get|List)\w+"
    r"|(events|scheduler):List\w+|application-autoscaling:Describe\w+)"
)
_STORES = re.compile(
    r"^(aws_s3_bucket|aws_ecr_repository|AWS::S3::Bucket|AWS::ECR::Repository|Microsoft\.Storage/storageAccounts"
    r"|azurerm_storage_account)$"
)
_PAID = re.compile(
    r"^(aws_(s3_bucket|ecr_repository|kms_key|sagemaker_(endpoint|notebook_instance|domain|mlflow_tracking_server))"
    r"|AWS::(S3::Bucket|ECR::Repository|KMS::Key|SageMaker::(Endpoint|NotebookInstance|Domain))"
    r"|Microsoft\.(Storage/storageAccounts|KeyVault/vaults|ContainerRegistry/registries|Insights/components"
    r"|OperationalInsights/workspaces|MachineLearningServices/workspaces(/computes|/onlineEndpoints)?)"
    r"|azurerm_(storage_account|key_vault|container_registry|application_insights|machine_learning_\w+))$"
)
_BUDGETS = re.compile(
    r"aws_budgets_budget$|AWS::Budgets::Budget$|Consumption/budgets$|azurerm_consumption_budget_\w+$"
)
_TELLS = re.compile(r"notifications?|NotificationsWithSubscribers")
_KEPT = re.compile(
    r"kms|encryption|customer_managed_key|cmk|minimumTlsVersion|min_tls_version|keyVault", re.IGNORECASE
)


@rule("DP188")
def roles_name_what_they_may(facts: Facts) -> Verdict:
    """A wildcard in an action or a resource is a role for things that nobody has thought of yet."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    found = facts.platforms.resources
    roles = [r for r in found if _ROLES.search(r.type)]
    if not roles:
        return failed("No file declares the roles of jobs and of CI.")
    for resource in found:
        for problem in _wide(resource):
            return failed(problem, Evidence(resource.path, resource.line, f"{resource.type} {resource.name}"))
    given = next(broad(facts), None)
    if given:
        return failed(f"The role {given.said} is handed out, which may nearly everything.", given)
    return passed(
        "Roles name their actions and resources.", *(Evidence(r.path, r.line, r.name) for r in roles[:3])
    )


def _wide(resource: Resource) -> Iterator[str]:
    """Wildcards of what a policy allows; a policy that belongs to a resource names principals, not it."""
    if not _POLICIES.search(resource.type) and "policy" not in str(list(resource.body)).lower():
        return
    for told in statements(dict(resource.body)):
        actions = listed(told.get("action", told.get("actions")))
        resources = listed(told.get("resource", told.get("resources")))
        if told.get("effect", "Allow") == "Deny":
            continue
        wild = next((a for a in actions if a == "*" or a.endswith(":*")), "")
        if wild:
            yield f"A role may do `{wild}`."
        ours = "principals" not in told and "principal" not in told
        if ours and "*" in resources and (left := [a for a in actions if not _UNLIMITED.fullmatch(a)]):
            yield f"A role may {left[0]} on every resource."


@rule("DP189")
def resources_are_kept_and_counted(facts: Facts) -> Verdict:
    """A tag on one resource of many, a budget that tells nobody: neither says whose money it is."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    found = facts.platforms.resources
    stores = [r for r in found if _STORES.match(r.type)]
    if not stores:
        return failed("No store of data, models or images is declared as code.")
    beside = " ".join(str(dict(r.body)) for r in found if "encryption" in r.type)
    for store in stores:
        if not _KEPT.search(str(dict(store.body))) and f"{store.type}.{store.name}." not in beside:
            return failed(
                "A store declares no encryption.",
                Evidence(store.path, store.line, f"{store.type} {store.name}"),
            )
    bare = [
        r
        for r in found
        if _PAID.match(r.type) and not holds(dict(r.body), "tags") and not holds(dict(r.body), "Tags")
    ]
    by_default = any(r.type.startswith("provider.") and holds(dict(r.body), "default_tags") for r in found)
    if bare and not by_default:
        return failed(
            "What is billed has no tags.", *(Evidence(r.path, r.line, f"{r.type} {r.name}") for r in bare[:3])
        )
    budgets = [r for r in found if _BUDGETS.search(r.type)]
    telling = [b for b in budgets if any(_TELLS.fullmatch(key) for key, value in walk(dict(b.body)) if value)]
    if not telling:
        where = [Evidence(b.path, b.line, b.name) for b in budgets[:1]]
        return failed("The budget tells nobody." if budgets else "No budget is declared.", *where)
    return passed(
        "Stores are encrypted, what is billed is tagged, and a budget tells when too much is spent.",
        Evidence(stores[0].path, stores[0].line, stores[0].type),
        Evidence(telling[0].path, telling[0].line, telling[0].type),
    )
