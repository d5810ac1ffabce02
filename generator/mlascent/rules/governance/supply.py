"""Updates, scans, pins, bills of materials, and models of others."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.ci import Step, Workflow
from mlascent.facts.tasks import Launch
from mlascent.rules import entries, words
from mlascent.rules.governance.review import inside
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule, unknown

_SCAN_ACTIONS = re.compile(
    r"(pypa/gh-action-pip-audit|aquasecurity/trivy-action|google/osv-scanner-action|anchore/scan-action|snyk/actions"
    r"|actions/dependency-review-action)"
)
_BOM = re.compile(r"cyclonedx|spdx|syft|sbom", re.IGNORECASE)
_BOM_ACTIONS = re.compile(r"(anchore/sbom-action|CycloneDX/|advanced-security/spdx)", re.IGNORECASE)
_RELEASE = re.compile(r"release|deploy|publish|promote|production", re.IGNORECASE)


@rule("GO130")
def updates_come(facts: Facts) -> Verdict:
    """A service that is switched on, for every kind of thing that the repository has.

    A Dependabot file for one ecosystem of four, or a Renovate file that is disabled, leaves the rest to age.
    """
    has = _has(facts)
    services = facts.hosting.updates
    if not services:
        if inside(facts):
            return unknown(
                "The project is part of a larger repository: its update service stands at the root."
            )
        return failed("No Renovate or Dependabot file is there.")
    covered = {kind for service in services for kind in service.covers}
    missing = sorted(has - covered)
    where = [Evidence(s.path, 1, f"{s.tool}: {', '.join(sorted(s.covers))}") for s in services]
    if missing:
        return failed(f"No update service covers: {', '.join(missing)}.", *where)
    return passed("Everything that ages is covered by an update service.", *where)


def _has(facts: Facts) -> set[str]:
    """The kinds that an update service could move on."""
    found = set()
    if facts.dependencies.declared:
        found.add("python")
    if facts.containers.dockerfiles or any(
        "image" in s for c in facts.containers.compose for s in c.services.values()
    ):
        found.add("images")
    for workflow in facts.ci.workflows:
        if any("@" in s.uses for j in workflow.jobs for s in j.steps) or any(j.image for j in workflow.jobs):
            found |= {"ci"} if workflow.system in ("github", "gitlab", "azure") else set()
    if ".copier-answers.yml" in facts.files:
        found.add("template")
    return found


def scans(launch: Launch) -> bool:
    """Whether a scan of dependencies runs and can fail."""
    name, given, text = words.program(launch), words.arguments(launch), " ".join(launch.argv)
    if not launch.counts:
        return False
    if name in ("pip-audit", "osv-scanner", "safety"):
        return "--dry-run" not in launch.argv
    if name == "uv":
        return given[:1] == ("audit",)
    if name == "trivy":
        return re.search(r"--exit-code[= ][1-9]", text) is not None
    if name == "grype":
        return "--fail-on" in text or " -f " in text
    if name == "snyk":
        return given[:1] == ("test",)
    return False


def _scanning_action(step: Step) -> bool:
    if not _SCAN_ACTIONS.match(step.uses) or not step.counts:
        return False
    return "trivy-action" not in step.uses or str(step.with_.get("exit-code", "0")) not in ("0", "")


@rule("GO131")
def dependencies_are_scanned(facts: Facts) -> Verdict:
    """A scan in a job that runs by itself, and whose findings fail it.

    `trivy` without an exit code, `pip-audit || true`, or a job that only a person starts, report to nobody.
    """
    for run in facts.ci.runs(scans, "push", "change", "schedule"):
        return passed(
            "CI scans the dependencies.", Evidence(run.workflow.path, run.step.line), words.seen(run.launch)
        )
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            if not job.disabled and job.counts and job.triggers & {"push", "change", "schedule"}:
                for step in filter(_scanning_action, job.steps):
                    return passed("CI scans the dependencies.", Evidence(workflow.path, step.line, step.uses))
    names = ("pip-audit", "osv-scanner", "safety", "trivy", "grype", "snyk", "uv")
    weak = facts.ci.runs(
        lambda launch: words.program(launch) in names and "audit" in " ".join(launch.argv), counting=False
    )
    said = "No job that runs by itself scans the dependencies, or its failure does not count."
    return failed(
        said, *(Evidence(r.workflow.path, r.step.line, " ".join(r.launch.argv)[:80]) for r in weak[:3])
    )


@rule("GO132")
def pinned_and_least(facts: Facts) -> Verdict:
    """A hash on everything of others, and rights on every workflow.

    A tag moves whenever its owner likes; a workflow without `permissions` has what the host gives by default.
    """
    loose = [e for workflow in facts.ci.workflows for e in _loose(workflow)]
    loose += [
        Evidence(file.path, base.line, f"{base.image}:{base.tag or 'latest'}")
        for file in facts.containers.dockerfiles
        for base in file.bases
        if not base.stage and not base.digest and base.image != "scratch"
    ]
    if loose:
        return failed("An action or image is not pinned by digest.", *loose[:10])
    open_ = [
        Evidence(w.path, 1, "no permissions")
        for w in facts.ci.workflows
        if w.system == "github" and w.permissions is None and any(job.permissions is None for job in w.jobs)
    ]
    if open_:
        return failed("A workflow does not set its permissions.", *open_)
    if not facts.ci.workflows and not facts.containers.dockerfiles:
        return not_applicable("There is neither a workflow nor an image.")
    return passed("Actions and images are pinned by digest, and rights are set.")


def _loose(workflow: Workflow) -> list[Evidence]:
    found = []
    for job in workflow.jobs:
        if job.image and "@sha256:" not in job.image and "$" not in job.image:
            found.append(Evidence(workflow.path, job.line, f"image {job.image}"))
        for step in job.steps:
            action, at, version = step.uses.partition("@")
            third = workflow.system == "github" and at and not action.startswith(("./", "docker://"))
            if third and not re.fullmatch(r"[0-9a-f]{40,64}", version.split()[0] if version else ""):
                found.append(Evidence(workflow.path, step.line, step.uses))
    return found


@rule("GO133")
def bill_of_materials(facts: Facts) -> Verdict:
    """A bill that a release writes, with data sets and base models.

    A bill of packages alone says nothing of what the model learned from.
    """
    runs = facts.ci.runs(
        lambda launch: bool(_BOM.search(" ".join(launch.argv))) or _writes_bom(facts, launch)
    )
    released = [r for r in runs if _RELEASE.search(f"{r.workflow.name} {r.workflow.path} {r.job.name}")]
    actions = [
        (w, s)
        for w in facts.ci.workflows
        for j in w.jobs
        for s in j.steps
        if _BOM_ACTIONS.match(s.uses) and not j.disabled and _RELEASE.search(f"{w.name} {w.path} {j.name}")
    ]
    if not released and not actions:
        return failed("No release job writes a CycloneDX or SPDX bill of materials.")
    place = (
        Evidence(released[0].workflow.path, released[0].step.line)
        if released
        else Evidence(actions[0][0].path, actions[0][1].line)
    )
    text = " ".join(" ".join(r.launch.argv) for r in released)
    named = re.search(r"ml-bom|mlbom|dataset|data-set", text, re.IGNORECASE) or any(
        _of_data(facts, r.launch) for r in released
    )
    if not named:
        return failed("The bill of materials lists neither data sets nor base models.", place)
    return passed("Each release has a bill of materials, with data sets and models.", place)


def _writes_bom(facts: Facts, launch: Launch) -> bool:
    entry = entries.of_launch(facts, launch)
    return bool(
        entry and facts.python.calls(("cyclonedx.*", "spdx_tools.*"), entries.reached(facts, [entry]))
    )


def _of_data(facts: Facts, launch: Launch) -> bool:
    entry = entries.of_launch(facts, launch)
    if entry is None:
        return False
    homes = {path for path, _ in entries.reached(facts, [entry])}
    return any(re.search(r"data|dataset", t) for p in homes for _, t in facts.python.modules[p].strings)
