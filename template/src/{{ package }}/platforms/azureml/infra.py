"""`just infra [plan|apply|destroy]`: all that the project keeps in Azure, as infra/azureml says.

Bicep by the Azure CLI, as one deployment stack: Azure itself remembers what it made, so there is no
state to store or lock, and what leaves the files leaves Azure. For people with the rights of an
owner of the resource group; CI has them not, and needs none of this.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from .. import FailedError, settings
from . import session

FOLDER = Path("infra/azureml")
SETTINGS, CHOICES = FOLDER / "settings.yaml", FOLDER / "main.bicepparam"
ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
#: Keys of settings.yaml that the stack fills in, and empties when it goes.
MADE = ("workspace", "registry", "identity", "endpoint_identity", "storage", "tenant", "client")
KEPT = ("location", "compute")
#: Output of the stack → where it has to be written by hand; none is a secret.
TOLD = {
    "client": "variable AZURE_CLIENT_ID of CI",
    "tenant": "variable AZURE_TENANT_ID of CI",
    "data_client": "variable AZURE_DATA_CLIENT_ID of CI, which only reads data versions",
    "storage": "variable AZURE_STORAGE_ACCOUNT of CI, and of a shell that runs `just push`",
}
OPEN = (
    *("OWNER", "OWNER_ID", "REPOSITORY", "REPOSITORY_ID", "ISSUER", "SUBJECT", "JENKINS"),
    *("ORGANISATION", "ORGANISATION_ID", "PROJECT", "PIPELINE"),
)


def run(arguments: list[str]) -> None:
    """Show what would change, change it, or take everything down."""
    parser = argparse.ArgumentParser(prog="just infra", description=run.__doc__)
    parser.add_argument("what", nargs="?", default="plan", choices=("plan", "apply", "destroy"))
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    known = settings.need("subscription", "resource_group", "location")
    if options.what == "plan":
        plan(known)
    elif options.what == "apply":
        apply(known, options.yes)
    else:
        destroy(known, options.yes)


def plan(known: dict[str, Any]) -> None:
    """Print what would change; nothing does."""
    chosen()
    group = known["resource_group"]
    if not az(known, "group", "exists", "--name", group):
        raise FailedError(
            f"There is no resource group {group} yet, which a plan is compared with. Next:"
            f" `just infra apply` makes it, or: {made_by_hand(known)} (an empty one costs nothing)"
        )
    command = ["deployment", "group", "what-if", "--resource-group", group, "--no-prompt", "true"]
    az(known, *command, *files(), shown=True, endpoints=endpoints(known))


def apply(known: dict[str, Any], yes: bool) -> None:
    """Make what the files say, and write the names of what was made into settings.yaml."""
    chosen()
    project, group = known["project"], known["resource_group"]
    tags = ["--tags", f"project={project}", "environment=shared", "managed-by=bicep"]
    if az(known, "group", "exists", "--name", group):
        plan(known)
    agreed(f"make this in {group} of subscription {known['subscription']}; it bills", yes)
    if not az(known, "group", "exists", "--name", group):
        az(known, "group", "create", "--name", group, "--location", known["location"], *tags)
    command = ["stack", "group", "create", "--name", project, "--resource-group", group]
    command += ["--action-on-unmanage", "deleteResources", "--deny-settings-mode", "none"]
    command += ["--resources-without-delete-support", "detach", "--yes"]
    stack = az(known, *command, *tags, *files(), endpoints=endpoints(known))
    outputs = stack.get("outputs") or stack.get("properties", {}).get("outputs") or {}
    if not outputs:
        raise FailedError(
            f"Azure made the stack {project} but told no names. Next: `just infra apply` again"
        )
    write({name: str(outputs[name]["value"]) for name in (*MADE, *KEPT)})
    for name, where in TOLD.items():
        print(f"{where}: {outputs[name]['value']}")
    print(f"Made; {SETTINGS.as_posix()} has the names: commit it. Next: `just train`")


def destroy(known: dict[str, Any], yes: bool) -> None:
    """Delete all that `apply` made; the data and models in it too."""
    project, group = known["project"], known["resource_group"]
    if not az(known, "group", "exists", "--name", group):
        raise FailedError(f"There is no resource group {group}: nothing is left to delete")
    if running := endpoints(known):
        raise FailedError(
            f"Endpoints still run: {', '.join(running)}. Next: `just teardown`, then again"
        )
    agreed(f"delete {project} in {group}: data, models and images too", yes)
    purge(str(known.get("workspace") or ""))
    command = ["stack", "group", "delete", "--name", project, "--resource-group", group]
    command += ["--action-on-unmanage", "deleteResources", "--yes"]
    az(known, *command, "--resources-without-delete-support", "detach", empty=True)
    write(dict.fromkeys(MADE, ""))
    print(
        f"Deleted. The vault's name stays taken for seven days: for another life before, change"
        f" `generation` in {CHOICES.as_posix()}. What is left in {group}:"
    )
    for found in az(known, "resource", "list", "--resource-group", group):
        print(f"  {found['type']} {found['name']}")


def purge(workspace: str) -> None:
    """Delete the workspace for good: otherwise Azure keeps it, and its name, for two weeks."""
    if not workspace:
        return
    try:
        with session.explained(f"deleting the workspace {workspace}"):
            session.connect().workspaces.begin_delete(
                workspace, delete_dependent_resources=False, permanently_delete=True
            ).result()
    except session.CloudError as error:
        if not error.missing:
            raise


def chosen() -> None:
    """Tell all that is still to be filled in.

    Raises:
        FailedError: something is.
    """
    text = re.sub(r"(?m)^\s*//.*$", "", CHOICES.read_text(encoding="utf-8"))
    said = " ".join(re.findall(r"'([^'\n]*)'", text))
    absent = [name for name in OPEN if re.search(rf"(?<![A-Z_]){name}(?![A-Z_])", said)]
    if re.search(r"param emails = \[\s*\]", text):
        absent.append("emails: who is written to by alerts")
    if absent:
        raise FailedError(f"To be filled in, in {CHOICES.as_posix()}: {', '.join(absent)}")


def endpoints(known: dict[str, Any]) -> list[str]:
    """The online endpoints of the project that exist: only those can have alerts."""
    group, mine = known["resource_group"], {e["endpoint"] for e in known["environments"].values()}
    if not az(known, "group", "exists", "--name", group):
        return []
    listed = az(known, "resource", "list", "--resource-group", group, "--resource-type", ENDPOINTS)
    return sorted(mine & {found["name"].rpartition("/")[2] for found in listed})


def files() -> list[str]:
    """What to deploy: the parameters name their Bicep file."""
    return ["--parameters", str(CHOICES)]


def made_by_hand(known: dict[str, Any]) -> str:
    """The command that makes the group."""
    return f"az group create --name {known['resource_group']} --location {known['location']}"


def agreed(what: str, yes: bool) -> None:
    """Ask before it costs or deletes.

    Raises:
        FailedError: nobody can be asked, or the answer is not yes.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise FailedError(f"This would {what}. Next: again with --yes")
    if input(f"This would {what}. Type yes: ").strip() != "yes":
        raise FailedError("Nothing has changed")


def az(
    known: dict[str, Any],
    *arguments: str,
    shown: bool = False,
    empty: bool = False,
    endpoints: list[str] | None = None,
) -> Any:
    """Run the Azure CLI.

    Args:
        known: the settings.
        *arguments: its command.
        shown: what it prints is for people.
        empty: it prints nothing.
        endpoints: for main.bicepparam, which reads them from the environment.

    Returns:
        What it prints, as JSON; None where it is shown or nothing.

    Raises:
        FailedError: it is absent, or it fails.
    """
    program = shutil.which("az")
    if not program:
        raise FailedError("No Azure CLI. Next: https://aka.ms/azure-cli, then `az login`")
    command = [program, *arguments, "--subscription", known["subscription"], "--only-show-errors"]
    command += [] if shown else ["--output", "json"]
    env = {**os.environ, "AZUREML_ENDPOINTS": ",".join(endpoints or [])}
    pipe = subprocess.PIPE
    done = subprocess.run(
        command, env=env, stdout=None if shown else pipe, stderr=pipe, encoding="utf-8", check=False
    )
    if done.returncode:
        named = [word for word in arguments[:3] if not word.startswith("-")]
        raise FailedError(refused(" ".join(named), done.stderr))
    return None if shown or empty else json.loads(done.stdout)


def refused(command: str, said: str) -> str:
    """What the Azure CLI says, and what to do about the known cases."""
    text = " ".join(said.split())[-600:].rstrip(".")
    ways = {
        "az login": "`az login`",
        "AuthorizationFailed": "ask an owner of the resource group: roles are assigned by this",
        "RequestDisallowedByPolicy": "ask who set the policy of the subscription for an exemption",
        "soft": f"another `generation` in {CHOICES.as_posix()}: a deleted one still has the name",
        "resources-without-delete-support": "`az upgrade`",
        "Quota": "another `computeSize`, or ask for more: `az ml compute list-usage`",
    }
    way = next((way for sign, way in ways.items() if sign in said), "mend it, then again")
    return f"`az {command}` fails: {text}. Next: {way}"


def write(values: dict[str, str]) -> None:
    """Set keys of settings.yaml; comments and all else stay.

    Raises:
        FailedError: a key is absent there.
    """
    text = SETTINGS.read_text(encoding="utf-8")
    for key, value in values.items():
        line = rf"(?m)^{key}:[ \t]*(?:\"[^\"\n]*\"|[^\s#]*)"
        told = f"{key}: {json.dumps(value)}".replace("\\", r"\\")
        text, found = re.subn(line, told, text, count=1)
        if not found:
            raise FailedError(f"{SETTINGS.as_posix()} has no line `{key}:`. Next: add `{told}`")
    SETTINGS.write_text(text, encoding="utf-8")
