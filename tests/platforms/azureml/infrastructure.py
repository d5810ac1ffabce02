"""What must hold of the Bicep of a project: each check returns what is wrong, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .bicep import Expression, File, Resource, read

#: Type → api-version: stable ones, each found with its type in Azure/bicep-types-az of August 2026.
VERSIONS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.Consumption/budgets": "2024-08-01",
    "Microsoft.ContainerRegistry/registries": "2025-04-01",
    "Microsoft.EventGrid/systemTopics": "2025-02-15",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": "2025-02-15",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    # Azure never made a stable one.
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",
    "Microsoft.Insights/metricAlerts": "2018-03-01",
    "Microsoft.KeyVault/vaults": "2024-11-01",
    "Microsoft.Logic/workflows": "2019-05-01",
    "Microsoft.MachineLearningServices/workspaces": "2025-06-01",
    "Microsoft.MachineLearningServices/workspaces/computes": "2025-06-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": "2024-11-30",
    "Microsoft.OperationalInsights/workspaces": "2025-02-01",
    "Microsoft.Storage/storageAccounts": "2025-01-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2025-01-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2025-01-01",
}
#: Those that have no `tags` in Azure's own types.
UNTAGGED = {
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Consumption/budgets",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
}
#: Built-in roles: learn.microsoft.com/azure/role-based-access-control/built-in-roles
ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "f6c7c914-8db3-469d-8ca1-694a8f32e121": "AzureML Data Scientist",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": "Monitoring Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
}
#: Who may have which role where; nobody has another. `None` is the whole resource group.
GRANTS = {
    ("own", "Contributor", "storage"),
    ("own", "Contributor", "vault"),
    ("own", "Contributor", "registry"),
    ("own", "Contributor", "insights"),
    ("own", "Contributor", "workspace"),
    ("own", "Storage Blob Data Contributor", "storage"),
    ("own", "Key Vault Administrator", "vault"),
    ("jobs", "Storage Blob Data Contributor", "storage"),
    ("jobs", "AcrPull", "registry"),
    ("serving", "Storage Blob Data Reader", "storage"),
    ("serving", "AcrPull", "registry"),
    ("principal", "AzureML Data Scientist", "workspace"),
    ("principal", "Storage Blob Data Contributor", "storage"),
    ("principal", "AcrPush", "registry"),
    ("principal", "Managed Identity Operator", "endpointIdentity"),
    ("principal", "Monitoring Reader", None),
    ("reader", "Storage Blob Data Reader", "dvc"),
    ("starter", "AzureML Data Scientist", "workspace"),
}
#: What a resource of a type must say, by path.
MUST: dict[str, dict[str, Any]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowBlobPublicAccess": False,
        "properties.allowSharedKeyAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.supportsHttpsTrafficOnly": True,
        "properties.minimumTlsVersion": "TLS1_2",
        "properties.encryption.requireInfrastructureEncryption": True,
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.KeyVault/vaults": {
        "properties.enablePurgeProtection": True,
        "properties.enableSoftDelete": True,
        "properties.enableRbacAuthorization": True,
    },
    "Microsoft.ContainerRegistry/registries": {
        "properties.adminUserEnabled": False,
        "properties.anonymousPullEnabled": False,
    },
    "Microsoft.MachineLearningServices/workspaces": {
        "properties.systemDatastoresAuthMode": "Identity",
        "identity.type": "UserAssigned",
    },
    "Microsoft.MachineLearningServices/workspaces/computes": {
        "properties.properties.scaleSettings.minNodeCount": 0,
        "properties.properties.remoteLoginPortPublicAccess": "Disabled",
        "properties.disableLocalAuth": True,
        "identity.type": "UserAssigned",
    },
    "Microsoft.OperationalInsights/workspaces": {"properties.workspaceCapping.dailyQuotaGb": 1},
}


def files(folder: Path) -> dict[str, File]:
    """Every Bicep file of a project."""
    return {path.name: read(path) for path in sorted(folder.glob("*.bicep"))}


def resources(folder: Path) -> Iterator[tuple[File, Resource]]:
    for file in files(folder).values():
        for one in file.resources:
            if not one.existing:
                yield file, one


def grammar(folder: Path) -> list[str]:
    """Lines that Bicep's grammar does not know."""
    found = [read(path) for path in (*folder.glob("*.bicep"), folder / "main.bicepparam")]
    return [f"{file.path.name}, line {line}: no Bicep" for file in found for line in file.errors]


def unused(folder: Path) -> list[str]:
    """Parameters, variables and outputs that nothing reads."""
    everything = files(folder)
    text = "\n".join(file.path.read_text(encoding="utf-8") for file in everything.values())
    wrong = []
    for name, file in everything.items():
        declared = {*file.parameters, *file.variables}
        wrong += [f"{name}: {one} is not used" for one in sorted(declared - file.used)]
        if name != "main.bicep":
            read_ = set(re.findall(r"\.outputs\.(\w+)", text))
            wrong += [f"{name}: output {one} is not read" for one in sorted(set(file.outputs) - read_)]
    return wrong


def modules(folder: Path) -> list[str]:
    """Modules that get too few or too many parameters, and outputs that a module has not."""
    everything, wrong = files(folder), []
    called = set()
    for name, file in everything.items():
        kinds = {module.symbol: module.type for module in file.modules}
        called |= set(kinds.values())
        for module in file.modules:
            given, wanted = set(module.body["params"]), everything[module.type].parameters
            needed = {key for key, default in wanted.items() if default is None}
            wrong += [f"{name}: {module.symbol} gets no {key}" for key in sorted(needed - given)]
            wrong += [f"{name}: {module.symbol} knows no {key}" for key in sorted(given - set(wanted))]
        for symbol, output in re.findall(r"(\w+)\.outputs\.(\w+)", file.path.read_text(encoding="utf-8")):
            if output not in everything[kinds[symbol]].outputs:
                wrong.append(f"{name}: {symbol} has no output {output}")
    return wrong + [f"{name}: no module" for name in sorted(set(everything) - called - {"main.bicep"})]


def choices(folder: Path) -> list[str]:
    """Parameters of main.bicep that main.bicepparam leaves open, and what it sets in vain."""
    main, given = read(folder / "main.bicep").parameters, set(read(folder / "main.bicepparam").parameters)
    needed = {key for key, default in main.items() if default is None}
    wrong = [f"main.bicepparam: {key} is not set" for key in sorted(needed - given)]
    return wrong + [f"main.bicepparam: there is no {key}" for key in sorted(given - set(main))]


def versions(folder: Path) -> list[str]:
    """Resources whose api-version is not pinned to the one that was looked up."""
    return [
        f"{file.path.name}, line {one.line}: {one.type}@{one.version}"
        for file in files(folder).values()
        for one in file.resources
        if VERSIONS.get(one.type) != one.version
    ]


def tags(folder: Path) -> list[str]:
    """Resources without the tags of the project, by which a teardown finds them."""
    wrong = [
        f"{file.path.name}, line {one.line}: {one.symbol} has no tags"
        for file, one in resources(folder)
        if one.type not in UNTAGGED and one.body.get("tags") != Expression("tags")
    ]
    main = read(folder / "main.bicep")
    said = main.variables.get("tags", {})
    if set(said) != {"project", "environment", "managed-by"}:
        wrong.append(f"main.bicep: tags are {sorted(said)}")
    for module in main.modules:
        takes = "tags" in files(folder)[module.type].parameters
        if takes and module.body["params"].get("tags") != Expression("tags"):
            wrong.append(f"main.bicep: {module.symbol} gets other tags")
    return wrong


def roles(folder: Path) -> list[str]:
    """Roles by another id or name, and grants to anybody, or anywhere, that are not known."""
    wrong, found = [], set()
    for name, file in files(folder).items():
        for role, id_ in file.variables.get("roles", {}).items():
            if ROLES.get(id_) != role:
                wrong.append(f"{name}: {role} is not {id_}")
        used = set()
        for one in file.resources:
            if one.type != "Microsoft.Authorization/roleAssignments" or one.existing:
                continue
            where = f"{name}, line {one.line}"
            who = re.match(r"\w+", one.body["properties"]["principalId"].text)
            which = re.search(
                r"roles(?:\.(\w+)|\['([^']+)'\])", one.body["properties"]["roleDefinitionId"].text
            )
            if not which or not who:
                wrong.append(f"{where}: a role by its id")
                continue
            role = which[1] or which[2]
            used.add(role)
            scope = one.body.get("scope")
            grant = (who[0], role, scope.text if scope else None)
            found.add(grant)
            if grant not in GRANTS:
                wrong.append(f"{where}: {grant[0]} gets {role} on {grant[2] or 'the whole group'}")
            if which[0] not in one.body["name"].text:
                wrong.append(f"{where}: its name is another role's")
        wrong += [f"{name}: nobody has {role}" for role in set(file.variables.get("roles", {})) - used]
    return wrong + [f"nobody grants {grant}" for grant in GRANTS - found]


def wide(folder: Path) -> list[str]:
    """Wildcards, keys that are listed, and what leaves a secret in an output."""
    wrong = []
    for path in (*folder.glob("*.bicep"), folder / "main.bicepparam"):
        code = re.sub(r"(?m)//(?!schema|[\w.]+/).*$", "", path.read_text(encoding="utf-8"))
        wrong += [f"{path.name}: wildcard in {text}" for text in re.findall(r"'[^'\n]*\*[^'\n]*'", code)]
        wrong += [
            f"{path.name}: {call} reads a key" for call in re.findall(r"\blist(?:Keys|AccountSas)\b", code)
        ]
        wrong += [f"{path.name}: {out}" for out in re.findall(r"(?m)^output .*list\w+\(.*", code)]
    return wrong


def hardened(folder: Path) -> list[str]:
    """Resources that say less than they must."""
    wrong, seen = [], set()
    for file, one in resources(folder):
        seen.add(one.type)
        for path, wanted in MUST.get(one.type, {}).items():
            said: Any = one.body
            for key in path.split("."):
                said = said.get(key) if isinstance(said, dict) else None
            if said != wanted or type(said) is not type(wanted):
                wrong.append(f"{file.path.name}, line {one.line}: {path} is {said}, not {wanted}")
    return wrong + [f"no {kind}" for kind in sorted(set(MUST) - seen)]


CHECKS = (grammar, unused, modules, choices, versions, tags, roles, wide, hardened)
