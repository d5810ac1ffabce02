"""The registry on SageMaker: versions in a model package group, and who approved them.

What answers in production is the version that was approved last. To go back, that one is rejected,
with a note, and the one approved before it is the last again. Each change is one request.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import FailedError
from . import card, session, storage
from .session import CloudError

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
# Of the card. An archived one could not be changed again, nor so its version be approved again.
CARD = {PENDING: "Draft", APPROVED: "Approved", REJECTED: "Draft"}
LONGEST = 256  # characters of a value that the registry keeps with a version


@dataclass(frozen=True)
class Version:
    """A version in the registry."""

    told: dict[str, Any]

    @property
    def arn(self) -> str:
        """Its name for AWS."""
        return str(self.told["ModelPackageArn"])

    @property
    def number(self) -> str:
        """Its number in the group."""
        return str(self.told["ModelPackageVersion"])

    @property
    def status(self) -> str:
        """Whether it is approved."""
        return str(self.told["ModelApprovalStatus"])

    @property
    def image(self) -> str:
        """The image that answers with it."""
        return str(self.container["Image"])

    @property
    def model_data(self) -> str:
        """Where the archive of the model is."""
        return str(self.container["ModelDataUrl"])

    @property
    def container(self) -> dict[str, Any]:
        """Image and model."""
        found: dict[str, Any] = self.told["InferenceSpecification"]["Containers"][0]
        return found

    @property
    def kept(self) -> dict[str, str]:
        """What is kept with it: trigger, data, who approved it, when and why."""
        return dict(self.told.get("CustomerMetadataProperties") or {})

    @property
    def reports(self) -> str:
        """The folder of its reports in S3; empty where it was registered without."""
        quality = (self.told.get("ModelMetrics") or {}).get("ModelQuality") or {}
        return str((quality.get("Statistics") or {}).get("S3Uri", "")).rpartition("/")[0]

    @property
    def approved_at(self) -> str:
        """When it was approved: by `just promote`, else as the registry knows it."""
        changed = self.told.get("LastModifiedTime") or self.told["CreationTime"]
        return self.kept.get("approved_at") or stamp(changed)


def stamp(when: datetime) -> str:
    """A time in UTC; as text it sorts as it passes."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def plain(text: str) -> str:
    """Text that the registry takes: letters, numbers, spaces and _ . : / = + - @ alone."""
    return " ".join(re.sub(r"[^\w\s.:/=+\-@]", " ", text).split())[:LONGEST]


def prepare() -> None:
    """Make the group of versions and the champion's folder, where they are not there yet."""
    client, group = session.client("sagemaker"), session.project()
    try:
        client.describe_model_package_group(ModelPackageGroupName=group)
    except CloudError as error:
        if not error.missing:
            raise
        client.create_model_package_group(
            ModelPackageGroupName=group,
            ModelPackageGroupDescription=f"versions of {group}",
            Tags=session.tags(),
        )
    if not storage.keys(session.uri("champion/")):
        storage.replace(session.uri("champion"), [])


def versions() -> list[Version]:
    """Every version, the newest first; none where there is no group yet."""
    client = session.client("sagemaker")
    asked = {"ModelPackageGroupName": session.project(), "SortBy": "CreationTime"}
    try:
        found = list(
            session.pages(
                "sagemaker",
                "list_model_packages",
                "ModelPackageSummaryList",
                SortOrder="Descending",
                **asked,
            )
        )
    except CloudError as error:
        if error.missing:
            return []
        raise
    described = [
        Version(client.describe_model_package(ModelPackageName=told["ModelPackageArn"]))
        for told in found
    ]
    return sorted(described, key=lambda version: -int(version.number))


def champion(known: list[Version]) -> Version | None:
    """The version that was approved last."""
    approved = [version for version in known if version.status == APPROVED]
    return max(approved, key=lambda version: version.approved_at, default=None)


def deployable(environment: str) -> Version:
    """The version for an environment: the champion, or in staging the newest that is not rejected.

    Raises:
        FailedError: there is none.
    """
    known = versions()
    if environment == "production":
        found = champion(known)
    else:
        found = next((version for version in known if version.status != REJECTED), None)
    if found:
        return found
    if not any(version.status != REJECTED for version in known):
        raise FailedError(f"{session.project()} has no version: `just train` registers the first")
    raise FailedError("no version is approved: `just promote --approver NAME` approves the newest")


def find(known: list[Version], which: str) -> Version:
    """The version of a number; without one, the newest that waits for approval.

    Raises:
        FailedError: there is none.
    """
    for version in known:
        if (which and version.number == which) or (not which and version.status == PENDING):
            return version
    named = f"there is no version {which}" if which else "no version waits for approval"
    raise FailedError(f"{named}; `just models` lists them, `just train` registers one")


def complete(arn: str) -> Version:
    """Give a version its metrics, and the whole model card with the figures of its reports.

    Raises:
        FailedError: it has no metrics: nobody could tell what is approved.
    """
    client = session.client("sagemaker")
    version = Version(client.describe_model_package(ModelPackageName=arn))
    change(version, version.status, str(version.told.get("ApprovalDescription") or ""), {})
    return version


def change(version: Version, status: str, note: str, kept: dict[str, str]) -> None:
    """Set the status of a version, keep who did it, when and why, and write its card: one request.

    Raises:
        FailedError: it has no metrics.
    """
    found, known = figures(version), version.kept | {k: plain(v) for k, v in kept.items() if v}
    for name, value in found["metrics"].items():
        known[f"metric.{name}"] = f"{value:.6g}"
    commit = (version.told.get("MetadataProperties") or {}).get("CommitId")
    content = card.after(found, version.model_data, version.image, known | {"commit": commit})
    session.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus=status,
        ApprovalDescription=" ".join(note.split())[:1024],
        CustomerMetadataProperties=known,
        ModelCard={
            "ModelCardContent": card.text(content),
            "ModelCardStatus": CARD[status],
        },
    )


def figures(version: Version) -> dict[str, Any]:
    """What the reports of a version say, by their names.

    Raises:
        FailedError: there are no metrics.
    """
    found: dict[str, Any] = {}
    for name in ("metrics", "baseline", "slices", "gate"):
        file = f"{version.reports}/{name}.json"
        known = version.reports and storage.keys(file)
        found[name] = json.loads(storage.get(file)) if known else None
    if not found["metrics"]:
        where = version.reports or "the registry"
        raise FailedError(
            f"version {version.number} has no metrics in {where}, and is not fit to be approved: "
            "`just train` registers one that has"
        )
    return found


def place(version: Version | None) -> None:
    """Let the gate compare with this version from now on; with nothing, where there is none."""
    files = [version.model_data] if version else []
    if version and version.reports:  # one that people made by hand may have none
        files.append(f"{version.reports}/metrics.json")
    storage.replace(session.uri("champion"), files)
