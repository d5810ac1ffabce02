"""Signatures and attestations, and what verifies them."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.ci import Run
from mlascent.facts.python import Found
from mlascent.rules import entries, practice, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown

_ATTESTS = re.compile(
    r"(actions/attest|slsa-framework/slsa-github-generator|actions/attest-build-provenance)", re.I
)
_SIGNS = ("model_signing.sign*", "model_signing.signing.*", "sigstore.sign.*", "*.sign_model", "*.sign_blob")
_VERIFIES = (
    "model_signing.verify*",
    "model_signing.verifying.*",
    "sigstore.verify.*",
    "*.verify_model",
    "*.verify_blob",
)


def _programs(facts: Facts, program: str, *firsts: str) -> list[Run]:
    return list(
        facts.ci.runs(
            lambda launch: words.program(launch) == program and bool(set(firsts) & set(launch.argv[1:4]))
        )
    )


@rule("GX060")
def provenance_is_attested(facts: Facts) -> Verdict:
    """An attestation in the job that builds, with the right to make one."""
    for workflow in facts.ci.workflows:
        for job in workflow.jobs:
            for step in job.steps:
                if _ATTESTS.match(step.uses) and step.counts and not job.disabled:
                    rights = job.permissions or workflow.permissions or {}
                    if rights.get("id-token") != "write" and "slsa" not in step.uses:
                        return failed(
                            "The attesting job has no right to an identity token.",
                            Evidence(workflow.path, step.line, step.uses),
                        )
                    return passed(
                        "What is built has a provenance attestation.",
                        Evidence(workflow.path, step.line, step.uses),
                    )
    if runs := _programs(facts, "cosign", "attest"):
        return passed(
            "What is built has a provenance attestation.", Evidence(runs[0].workflow.path, runs[0].step.line)
        )
    return failed("No job attests where image and package come from.")


def _signed(facts: Facts, calls: tuple[str, ...], verb: str) -> list[Found | Run]:
    reach = entries.reached(facts, entries.entries(facts))
    return [
        *facts.python.calls(calls, reach),
        *_programs(facts, "cosign", verb, f"{verb}-blob"),
        *_programs(facts, "model_signing", verb),
    ]


@rule("GX061")
def signature_is_verified(facts: Facts) -> Verdict:
    """Both ends: a signature where the model is registered, a verification that stops the deployment.

    A signature that nothing verifies is an ornament; so is `cosign verify || true`.
    """
    signs, verifies = _signed(facts, _SIGNS, "sign"), _signed(facts, _VERIFIES, "verify")
    if not signs:
        return failed("Nothing signs the model.")
    if not verifies:
        return failed("The model is signed, and nothing verifies the signature.", _place(signs[0]))
    deploying = {path for job in practice.releasing(facts) for path, _ in job.reach}
    for found in verifies:
        if isinstance(found, Run) or found.path in deploying:
            return passed("The model is signed, and deployment verifies it.", _place(signs[0]), _place(found))
    return failed("A verification exists, and no deployment reaches it.", _place(verifies[0]))


def _place(found: Found | Run) -> Evidence:
    return (
        Evidence(found.workflow.path, found.step.line, " ".join(found.launch.argv)[:80])
        if isinstance(found, Run)
        else words.at(found)
    )


@rule("GX062")
def production_verifies(facts: Facts) -> Verdict:
    """Whether the files that are served verify, only the place where they are served can say."""
    told = facts.host.get("production")
    verified = told.get("verified") if isinstance(told, dict) else None
    if verified is None:
        return unknown("Only production shows it: give a snapshot with `production.verified`.")
    return (
        passed("The served model verifies.")
        if verified is True
        else failed("The served model does not verify.")
    )
