"""Code owners, branch rules as files, and what the host demands."""

from __future__ import annotations

from mlascent.facts import Facts
from mlascent.facts.hosting import BranchRules
from mlascent.rules import texts
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown


def inside(facts: Facts) -> str:
    """The directory of a larger repository that the project says it is; empty for a repository of its own."""
    return str(facts.answers.given.get("subdirectory") or "")


def _elsewhere(facts: Facts, what: str) -> Verdict:
    return unknown(f"The project is {inside(facts)}/ of a larger repository: {what} stand at its root.")


@rule("GO010")
def owners_are_real(facts: Facts) -> Verdict:
    """The last line that covers a path, and a name that is somebody's.

    Lines in comments, `@your-org/your-team`, or an owner of the documentation alone, ask nobody.
    """
    hosting = facts.hosting
    if not hosting.owners:
        if inside(facts) and not hosting.owners_path:
            return _elsewhere(facts, "code owners")
        where = (Evidence(hosting.owners_path, 1, "every line is a comment"),) if hosting.owners_path else ()
        return failed("No code owner is named.", *where)
    wrong = []
    for path in _owned(facts):
        owner = hosting.owner(path)
        if owner is None or not owner.owners:
            wrong.append(Evidence(hosting.owners_path, owner.line if owner else 0, f"{path} has no owner"))
        elif owner.example:
            wrong.append(Evidence(owner.path, owner.line, f"{' '.join(owner.owners)} is an example"))
    if wrong:
        return failed("Source, pipelines or policy have no real owner.", *dict.fromkeys(wrong))
    first = hosting.owners[0]
    return passed("Source, pipelines and policy have owners.", Evidence(first.path, first.line))


def _owned(facts: Facts) -> list[str]:
    """What must have an owner, of what the repository has."""
    folders = ["src/", "pipelines/", "pipeline/", "dags/"]
    found = [folder for folder in folders if facts.files.under(folder)]
    if "src/" not in found:
        tops = sorted({m.path.split("/")[0] + ("/" if "/" in m.path else "") for m in facts.python.package()})
        found += [top for top in tops if top not in found]
    found += [name for name in ("mlascent.yaml", "dvc.yaml", "MLproject") if name in facts.files]
    return found or ["src/"]


@rule("GO011")
def rules_are_declared(facts: Facts) -> Verdict:
    """A file that asks for at least one review and for checks that really exist.

    A ruleset that is disabled, that asks for no approval, or waits for a check that no job reports.
    """
    files = facts.hosting.branches
    if not files:
        if inside(facts):
            return _elsewhere(facts, "branch rules")
        return failed("No file declares the rules of the branch.")
    wrong: list[Evidence] = []
    for rules in files:
        if why := _weak(facts, rules):
            wrong.append(Evidence(rules.path, 0, why))
        else:
            said = f"{rules.reviews} review, checks: {', '.join(rules.checks)}"
            return passed(
                "The branch rules ask for a review and for the checks.", Evidence(rules.path, 0, said)
            )
    return failed("The declared branch rules do not hold a change to review and checks.", *wrong)


def _weak(facts: Facts, rules: BranchRules) -> str:
    if not rules.enforced:
        return "is not enforced"
    if rules.reviews < 1:
        return "asks for no review"
    if not rules.checks:
        return "asks for no check"
    strange = [check for check in rules.checks if check != "*" and not _reported(facts, check)]
    return (
        f"waits for checks that no job reports: {', '.join(strange)}"
        if len(strange) == len(rules.checks)
        else ""
    )


def _reported(facts: Facts, check: str) -> bool:
    """Whether some job or workflow has this name."""
    names: set[str] = set()
    for workflow in facts.ci.workflows:
        stem = workflow.path.rpartition("/")[2].rpartition(".")[0]
        jobs = [job for job in workflow.jobs if not job.disabled]
        names |= {workflow.name, stem, *(job.name for job in jobs)} if jobs else set()
        names |= {f"{workflow.name} / {job.name}" for job in jobs}
    wanted = _plain(check)
    return any(_plain(name) == wanted for name in names)


def _plain(name: str) -> str:
    return " ".join(texts.folded(name).replace("-", " ").replace("_", " ").split())


@rule("GO012")
def host_demands(facts: Facts) -> Verdict:
    """What the host really enforces; files in the repository say only what somebody meant to."""
    told = facts.host.get("protection")
    if not isinstance(told, dict):
        return unknown(
            "Only the host's settings show it: give a snapshot with `protection.approvals` and `.checks`."
        )
    approvals, checks = told.get("approvals"), told.get("checks")
    if not isinstance(approvals, int) or approvals < 1:
        return failed("The host demands no approval on the default branch.")
    if not checks:
        return failed("The host demands no check on the default branch.")
    return passed(f"The host demands {approvals} approval and the checks {', '.join(map(str, checks))}.")
