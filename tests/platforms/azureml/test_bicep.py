"""The Bicep of a project: read by its grammar, held against what must be so, and scanned."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlascent.answers import Wish
from mlascent.commands.new import new

from . import infrastructure
from .bicep import read
from .infrastructure import CHECKS, resources

CHECKOV, AZ = "checkov==3.3.30", "azure-cli==2.91.0"
SYSTEMS = ("github", "gitlab", "azure", "jenkins", "none")
BRANCH = {"github": "repo:${repository}:ref:refs/heads/trunk"}
BRANCH["gitlab"] = "project_path:${repository}:ref_type:branch:ref:trunk"
TRUSTED = {
    "github": {
        BRANCH["github"],
        *(f"repo:${{repository}}:environment:{one}" for one in ("staging", "production")),
    },
    "gitlab": {BRANCH["gitlab"]},
    "azure": {"SUBJECT"},
    "jenkins": {f"https://JENKINS/job/mlascent-{one}/" for one in ("build", "retrain", "release")},
    "none": set(),
}
READERS = {
    "github": {BRANCH["github"], "repo:${repository}:pull_request"},
    "gitlab": {BRANCH["gitlab"]},
    "azure": {"p://ORGANISATION/PROJECT/PIPELINE"},
    "jenkins": {"https://JENKINS/job/mlascent-ci/"},
    "none": set(),
}
ISSUERS = {
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.com",
    "jenkins": "ISSUER",
}
#: Type → how the project's page names what it bills.
BILLED = {
    "Microsoft.ContainerRegistry/registries": "container registry",
    "Microsoft.EventGrid/systemTopics": "Event Grid",
    "Microsoft.Insights/components": "Application Insights",
    "Microsoft.Insights/metricAlerts": "alerts",
    "Microsoft.KeyVault/vaults": "key vault",
    "Microsoft.Logic/workflows": "Logic App",
    "Microsoft.MachineLearningServices/workspaces/computes": "machines of the cluster",
    "Microsoft.OperationalInsights/workspaces": "Log Analytics",
    "Microsoft.Storage/storageAccounts": "storage",
}
FREE = {
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Consumption/budgets",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
    "Microsoft.Insights/actionGroups",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
}
#: What somebody could break → the check that says so.
MISTAKES = [
    ("main.bicep", "var unique =", "vr unique =", "grammar"),
    ("main.bicep", "param project string", "param project string\nparam other string", "unused"),
    ("watch.bicep", "output logsId", "output another string = logs.id\noutput logsId", "unused"),
    ("main.bicep", "    vaultName: store.outputs.vaultName\n", "", "modules"),
    ("main.bicep", "    trusted: trusted", "    trusted: trusted\n    extra: trusted", "modules"),
    ("main.bicep", "store.outputs.storageName", "store.outputs.storage", "modules"),
    ("main.bicepparam", "param budget = 100", "", "choices"),
    ("main.bicepparam", "param latency", "param latencies", "choices"),
    ("main.bicepparam", "param computeNodes = 2", "param computeNodes 2", "grammar"),
    ("store.bicep", "vaults@2024-11-01' = {", "vaults@latest' = {", "versions"),
    ("workspace.bicep", "computes@2025-06-01", "computes@2025-07-01-preview", "versions"),
    ("watch.bicep", "  tags: tags\n  kind: 'web'", "  kind: 'web'", "tags"),
    ("main.bicep", "  'managed-by': 'bicep'\n", "", "tags"),
    ("workspace.bicep", "7f951dda", "8f951dda", "roles"),
    ("access.bicep", "  scope: workspace\n", "", "roles"),
    ("access.bicep", "roles.AcrPush)\n  }", "roles['Managed Identity Operator'])\n  }", "roles"),
    ("workspace.bicep", "  scope: insights\n", "  scope: resourceGroup()\n", "roles"),
    ("main.bicepparam", "heads/trunk", "heads/*", "wide"),
    (
        "store.bicep",
        "output vaultName string = vault.name",
        "output key string = storage.listKeys().keys[0].value",
        "wide",
    ),
    ("store.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "hardened"),
    ("store.bicep", "    enablePurgeProtection: true\n", "", "hardened"),
    ("store.bicep", "adminUserEnabled: false", "adminUserEnabled: true", "hardened"),
    ("workspace.bicep", "minNodeCount: 0", "minNodeCount: 1", "hardened"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A project of level 2 on Azure ML, one of a kind."""
    made: dict[tuple[str, ...], Path] = {}

    def build(ci: str = "github", *data: str) -> Path:
        if (ci, *data) not in made:
            place = tmp_path_factory.mktemp("azure") / "churn"
            wish = Wish(level="2", platform="azureml", ci=ci, data=("default_branch=trunk", *data))
            made[ci, *data] = new(place, wish).directory
        return made[ci, *data]

    return build


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("ci", SYSTEMS)
def test_nothing_is_wrong(project: Callable[..., Path], ci: str, check: Callable[[Path], list[str]]) -> None:
    assert not check(project(ci) / "infra/azureml")


@pytest.mark.parametrize(("file", "old", "by", "check"), MISTAKES)
def test_each_mistake_is_seen(
    project: Callable[..., Path], tmp_path: Path, file: str, old: str, by: str, check: str
) -> None:
    folder = shutil.copytree(project() / "infra/azureml", tmp_path / "infra")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, by, 1), encoding="utf-8")
    assert getattr(infrastructure, check)(folder)


def test_every_output_is_read_and_every_setting_that_is_made_is_an_output(
    project: Callable[..., Path],
) -> None:
    settings = yaml.safe_load((project() / "infra/azureml/settings.yaml").read_text(encoding="utf-8"))
    code = (project() / "src/churn/platforms/azureml/infra.py").read_text(encoding="utf-8")
    outputs = set(read(project() / "infra/azureml/main.bicep").outputs)
    told = set(re.findall(r'(?m)^    "(\w+)": "variable AZURE_', code))
    assert outputs - set(settings) <= told
    empty = {key for key, value in settings.items() if value == ""}
    assert empty - outputs == {"subscription", "resource_group", "tracking"}, "nobody else fills them in"


@pytest.mark.parametrize("ci", SYSTEMS)
def test_only_what_is_named_is_trusted(project: Callable[..., Path], ci: str) -> None:
    chosen = read(project(ci) / "infra/azureml/main.bicepparam")
    for name, subjects in (("trusted", TRUSTED[ci]), ("readers", READERS[ci])):
        given = chosen.parameters[name]
        plain = [getattr(one["subject"], "text", one["subject"]).strip("'") for one in given]
        assert set(plain) == subjects
        assert len({one["name"] for one in given}) == len(plain)
    assert chosen.variables.get("issuer") == ISSUERS.get(ci)


def test_a_pull_request_may_only_read_data() -> None:
    for ci in SYSTEMS:
        assert not [one for one in TRUSTED[ci] if "pull" in one or one.startswith("p://")]
    grants = {role for who, role, _ in infrastructure.GRANTS if who == "reader"}
    assert grants == {"Storage Blob Data Reader"}


@pytest.mark.parametrize("email", ["", "a.b+c@example.org"])
def test_who_is_told(project: Callable[..., Path], email: str) -> None:
    folder = project("github", f"email={email}") / "infra/azureml"
    assert not infrastructure.grammar(folder)
    assert read(folder / "main.bicepparam").parameters["emails"] == [email] * bool(email)


def test_everything_that_bills_is_told(project: Callable[..., Path]) -> None:
    kinds = {one.type for _, one in resources(project() / "infra/azureml")}
    assert kinds == BILLED.keys() | FREE
    page = (project() / "docs/azureml.md").read_text(encoding="utf-8")
    table = page.partition("## What bills")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in table.splitlines() if " USD " in row and row.startswith("| ")]
    for phrase in BILLED.values():
        assert any(phrase in row[1] and row[5].strip() for row in rows), phrase


@pytest.mark.parametrize("ci", SYSTEMS)
def test_the_page_says_the_same_in_both_languages(project: Callable[..., Path], ci: str) -> None:
    pages = [
        (project(ci, f"language={language}") / "docs/azureml.md").read_text(encoding="utf-8")
        for language in ("en", "pt")
    ]
    for page in pages:
        assert re.match(r"# .*[^\n]\n\Z", page, re.DOTALL)
        assert "\n\n\n" not in page
        assert all(role in page for role in infrastructure.ROLES.values())
    kinds = ("# ", "##", "| ", "1.", "2.", "3.", "- ")
    told = [[line[:2] for line in page.splitlines() if line[:2] in kinds] for page in pages]
    assert told[0] == told[1]
    said = [re.findall(r"`(just [^`]+|az [^`]+)`", page.replace("AMBIENTE", "ENV")) for page in pages]
    assert said[0] == said[1]


@pytest.mark.full
def test_checkov_finds_nothing_but_what_has_a_reason(project: Callable[..., Path]) -> None:
    folder = project() / "infra/azureml"
    found = checkov(folder)
    assert not found["summary"]["parsing_errors"]
    assert not [(one["check_id"], one["resource"]) for one in found["results"]["failed_checks"]]
    skipped = {one["check_id"] for one in found["results"]["skipped_checks"]}
    reasons = re.findall(
        r"checkov:skip=(CKV\w+): (.+)", "".join(path.read_text() for path in folder.glob("*.bicep"))
    )
    assert {check for check, _ in reasons} == skipped, "a skip that skips nothing"
    assert all(len(reason) > 30 for _, reason in reasons)


@pytest.mark.full
def test_checkov_reads_these_files(project: Callable[..., Path], tmp_path: Path) -> None:
    folder = shutil.copytree(project() / "infra/azureml", tmp_path / "infra")
    text = (folder / "store.bicep").read_text(encoding="utf-8")
    for old, by in (
        ("publicAccess: 'None'", "publicAccess: 'Blob'"),
        ("enablePurgeProtection: true", "enablePurgeProtection: false"),
        ("adminUserEnabled: false", "adminUserEnabled: true"),
    ):
        assert old in text
        text = text.replace(old, by)
    (folder / "store.bicep").write_text(text, encoding="utf-8")
    found = {one["check_id"] for one in checkov(folder)["results"]["failed_checks"]}
    assert {"CKV_AZURE_34", "CKV_AZURE_110", "CKV_AZURE_137"} <= found


#: Stands in for the Azure CLI: notes what it is asked, and answers.
FAKE = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], os.environ["AZUREML_ENDPOINTS"]]) + "\\n")
said = " ".join(sys.argv[1:])
if said.startswith("group exists"):
    print("true")
elif said.startswith("resource list --resource-group g --resource-type"):
    print({listed!r})
elif said.startswith("stack group create"):
    print({made!r})
else:
    print("[]")
"""


@pytest.mark.full
def test_the_azure_cli_knows_every_argument(project: Callable[..., Path], tmp_path: Path) -> None:
    """Without an account it ends at its sign-in, with 1; where it does not know an argument, with 2."""
    words = ("plan", "apply", "destroy")
    each = {" ".join(command): command for word in words for command in heard(project(), tmp_path, word)}
    asked = list(each.values())
    starts = {" ".join(command[:3]) for command in asked}
    assert {"deployment group what-if", "stack group create", "stack group delete"} <= starts
    for command in asked:
        assert ended(command, project(), tmp_path) == 1, command
    assert ended([*asked[0], "--never-heard-of", "x"], project(), tmp_path) == 2


def heard(project: Path, place: Path, word: str) -> list[list[str]]:
    """What `just infra` asks of the Azure CLI, in a copy of a project that is filled in."""
    copy, log, az = place / word, place / f"{word}.log", place / f"{word}-programs" / "az"
    shutil.copytree(project / "infra", copy / "infra")
    settings, chosen = copy / "infra/azureml/settings.yaml", copy / "infra/azureml/main.bicepparam"
    text = settings.read_text(encoding="utf-8")
    for key, value in {"subscription": "s", "resource_group": "g", "location": "l"}.items():
        text = re.sub(rf'(?m)^{key}: ""', f"{key}: {value}", text)
    settings.write_text(text, encoding="utf-8")
    names = r"(OWNER|REPOSITORY)(_ID)?"
    chosen.write_text(re.sub(names, "x", chosen.read_text(encoding="utf-8")), encoding="utf-8")
    outputs = read(project / "infra/azureml/main.bicep").outputs
    made = json.dumps({"properties": {"outputs": {name: {"value": name} for name in outputs}}})
    listed = "[]" if word == "destroy" else json.dumps([{"name": "w/churn-staging"}, {"name": "w/other"}])
    az.parent.mkdir()
    az.write_text(
        FAKE.format(python=sys.executable, log=str(log), listed=listed, made=made), encoding="utf-8"
    )
    az.chmod(0o755)
    env = {**os.environ, "PATH": f"{az.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "churn.platforms", "infra", word, "--yes"]
    env["PYTHONPATH"] = str(project / "src")
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    told = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    if word == "apply":
        assert yaml.safe_load(settings.read_text(encoding="utf-8"))["workspace"] == "workspace"
        assert told[-1][1] == "churn-staging", "alerts are for endpoints that exist and are ours"
    return [words for words, _ in told]


def ended(command: list[str], project: Path, place: Path) -> int:
    env = {
        **os.environ,
        "AZURE_CONFIG_DIR": str(place / "config"),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
        "AZURE_BICEP_USE_BINARY_FROM_PATH": "true",
    }
    az = ["uvx", "--quiet", "--from", AZ, "az", *command]
    return subprocess.run(az, cwd=project, env=env, capture_output=True, check=False).returncode


def checkov(folder: Path) -> dict[str, Any]:
    options = ["--skip-download", "--framework", "bicep", "--compact", "--output", "json", "--soft-fail"]
    done = subprocess.run(
        ["uvx", "--quiet", "--from", CHECKOV, "checkov", *options, "--directory", folder],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return dict(json.loads(done.stdout))
