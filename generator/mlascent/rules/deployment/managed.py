"""The project on a managed platform, its jobs, its end and its bill: DP180 to DP182."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlascent.facts import Facts
from mlascent.facts.python.match import matcher
from mlascent.rules import code, texts, words
from mlascent.rules.deployment import on_platform, places, programs
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule

_NOWHERE = "Nothing here runs on SageMaker or Azure ML."
_PUSHES = programs.PUSH
#: What is paid for until it is deleted: how it is made → how it ends.
_LASTING: Mapping[str, str] = {
    "*.create_endpoint": "*.delete_endpoint",
    "*.create_notebook_instance": "*.delete_notebook_instance",
    "*.create_mlflow_tracking_server": "*.delete_mlflow_tracking_server",
    "*.online_endpoints.begin_create_or_update": "*.online_endpoints.begin_delete",
    "*.batch_endpoints.begin_create_or_update": "*.batch_endpoints.begin_delete",
    "*.compute.begin_create_or_update": "*.compute.begin_delete",
}
_ENDS = (
    *("*.delete_*", "*.stop_*", "*.begin_delete", "*.begin_cancel", "*.archive", "*.begin_stop"),
    *("sagemaker.*.delete", "sagemaker.*.stop", "*.batch_delete_image"),
)
_ENDING: on_platform.Verbs = (
    *(("aws", "sagemaker", "delete-endpoint"), ("az", "ml", "online-endpoint", "delete")),
    *(("az", "group", "delete"), ("az", "stack", "group", "delete"), ("terraform", "destroy")),
    *(("az", "ml", "batch-endpoint", "delete"), ("az", "ml", "compute", "delete"), ("tofu", "destroy")),
)
#: Commands that leave nothing of what words made, and those that remove what files declare.
_WHOLE: on_platform.Verbs = (
    *(("az", "group", "delete"), ("aws", "sagemaker", "delete-endpoint")),
    *(("az", "ml", "online-endpoint", "delete"), ("az", "ml", "batch-endpoint", "delete")),
)
_REMOVING: on_platform.Verbs = (
    *(("terraform", "destroy"), ("tofu", "destroy"), ("az", "group", "delete"), ("pulumi", "destroy")),
    *(("az", "stack", "group", "delete"), ("aws", "cloudformation", "delete-stack"), ("cdk", "destroy")),
)
_END_WORDS = frozenset(("teardown", "destroy", "cleanup", "purge", "decommission", "undeploy"))
_AMOUNT = re.compile(
    r"(?:US\$|R\$|[$€£])\s?\d|\d(?:[.,]\d+)?\s?(?:US\$|R\$|[$€£]|USD|EUR|BRL|dollars?|euros?|cents?|reais|d[óo]lares)",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"US\$|R\$|[$€£]|\b(USD|EUR|BRL|dollars?|euros?|reais|d[óo]lares)\b", re.IGNORECASE)
_FREE = re.compile(
    r"\b(free|nothing|cents?|centavos|no charge|not billed|grátis|gratuit\w+|nada|sem custo)\b", re.IGNORECASE
)
#: What is billed: how a document calls it, the calls that make it, and the resources of it.
_BILLED: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "the machines of jobs": (
        r"\bjobs?\b|train|trein|cluster|instance|instância|compute",
        (*on_platform.TRAINS, *on_platform.SCORES),
        r"workspaces/computes|compute_cluster",
    ),
    "endpoints": (
        r"endpoint",
        on_platform.ANSWERS,
        r"sagemaker_endpoint$|SageMaker::Endpoint$|onlineEndpoints$",
    ),
    "storage": (
        r"\bS3\b|bucket|storage|blob|armazenamento|\bstore\b",
        (),
        r"s3_bucket$|S3::Bucket$|storageAccounts$|storage_account$",
    ),
    "the registry of images": (
        r"\bECR\b|\bACR\b|registry|registro|imagens?\b|images?\b",
        (),
        r"ecr_repository$|ECR::Repository$|ContainerRegistry/registries$|container_registry$",
    ),
    "keys": (
        r"\bKMS\b|\bkeys?\b|key vault|chaves?\b|cofre",
        (),
        r"kms_key$|KMS::Key$|KeyVault/vaults$|key_vault$",
    ),
    "logs": (
        r"\blogs?\b|CloudWatch|Insights|Monitor",
        (),
        r"log_group$|LogGroup$|OperationalInsights/workspaces$|Insights/components$",
    ),
}


@rule("DP180")
def training_is_a_job(facts: Facts) -> Verdict:
    """Code that no word comes to starts nothing; a job in the platform's image has other libraries."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    done = next(on_platform.training(facts), None)
    if done is None:
        idle = words.foreign(facts, facts.python.calls(on_platform.TRAINS))
        package = {module.path for module in facts.python.package()}
        unused = [words.at(call) for call in idle if call.path in package]
        if unused:
            return failed("Code starts a training on the platform, but no word comes to it.", *unused[:2])
        return failed("No word starts a training on the platform.")
    if foreign := on_platform.prebuilt(facts, done.start.within):
        return failed("The job runs in an image that is not the project's.", *done.evidence, foreign)
    images = [d for d in facts.containers.dockerfiles if not d.path.startswith(".devcontainer/")]
    if not images:
        return failed("The job runs in no image of the project: there is no Dockerfile.", *done.evidence)
    pushed = _pushed(facts)
    if pushed is None:
        return failed(f"Nothing brings the image of {images[0].path} to the platform.", *done.evidence)
    return passed("Training runs on the platform, in the project's own image.", *done.evidence, pushed)


def _pushed(facts: Facts) -> Evidence | None:
    """What builds the image and pushes it, from a word or a job."""
    for start in on_platform.starts(facts):
        if programs.does(start.launch, _PUSHES) or "--push" in start.launch.argv:
            return words.seen(start.launch)
        if start.within and places.starts(facts, start.within, "docker", "push"):
            return start.evidence
    pushes = places.used(facts, programs.USES_BUILD)
    return pushes[0].evidence(pushes[0].step.uses) if pushes else None


@rule("DP181")
def it_can_be_taken_down(facts: Facts) -> Verdict:
    """A word that only lists, or one that forgets what another word makes, leaves something billed."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    ends = list(on_platform.doing(facts, _ENDS, _ENDING, _END_WORDS))
    if not ends:
        named = [s.evidence for s in on_platform.starts(facts) if _END_WORDS & s.parts]
        told = "The word that takes down deletes nothing." if named else "No word takes down what is billed."
        return failed(told, *named[:1])
    within = on_platform.reach(facts, _END_WORDS)
    package = {module.path for module in facts.python.package()}
    said = {*code.names(facts, within), *(call.call.name for call in facts.python.calls((*_ENDS,), within))}
    commanded = any(done.call is None and on_platform.told(done.start.launch, _WHOLE) for done in ends)
    for made, ended in _LASTING.items():
        left = [call for call in facts.python.calls((made,)) if call.path in package]
        if left and not commanded and not any(map(matcher((ended,)), said)):
            return failed(
                f"`{ends[0].start.name}` leaves what {left[0].call.name.lstrip('.')}() makes.",
                words.at(left[0]),
                ends[0].start.evidence,
            )
    declared = [r for r in facts.platforms.resources if r.path.endswith((".tf", ".bicep"))]
    if declared and not _destroys(facts):
        where = Evidence(declared[0].path, declared[0].line, declared[0].type)
        return failed("No word removes what infrastructure as code made.", ends[0].start.evidence, where)
    return passed("A word deletes all that words make.", *ends[0].evidence)


def _destroys(facts: Facts) -> bool:
    """Whether a word comes to a tool that removes what files declare."""
    for start in on_platform.starts(facts):
        if on_platform.told(start.launch, _REMOVING):
            return True
        said = places.texts(facts, start.within) if start.within else frozenset()
        tools = {"terraform", "tofu", "az", "pulumi"} & {text.split(" ")[0] for text in said if text}
        if tools and {"destroy", "delete"} & {word for text in said for word in text.split()}:
            return True
    return False


@rule("DP182")
def the_bill_is_known(facts: Facts) -> Verdict:
    """A page that says `watch your costs` names no resource; a list without amounts is no bill."""
    if not on_platform.here(facts):
        return not_applicable(_NOWHERE)
    used = list(_billed(facts))
    if not used:
        return not_applicable("Nothing here makes anything that is billed.")
    told = [found for path in sorted(facts.documents.all) for found in _rows(facts, path)]
    if not told:
        return failed("No document says what is billed, and about how much it is.", used[0][1])
    missing = [(what, where) for what, where in used if not any(_about(what, row) for _, row in told)]
    if missing:
        return failed(
            f"The list of what is billed does not name {missing[0][0]}.",
            told[0][0],
            *(w for _, w in missing[:3]),
        )
    return passed("What is billed is listed, with an order of its cost.", *_first(told))


def _billed(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    package = {module.path for module in facts.python.package()}
    for what, (_, calls, kinds) in _BILLED.items():
        made = [
            r
            for r in facts.platforms.resources
            if re.search(kinds, r.type) and not r.type.startswith("data.")
        ]
        called = [c for c in facts.python.calls(calls) if c.path in package] if calls else []
        if made:
            yield what, Evidence(made[0].path, made[0].line, made[0].type)
        elif called:
            yield what, words.at(called[0])


def _rows(facts: Facts, path: str) -> Iterator[tuple[Evidence, str]]:
    """Lines of a page that name an amount, and rows with a number in a column of costs of some currency."""
    document = facts.documents.all[path]
    for number, text in texts.lines(document):
        if _AMOUNT.search(text):
            yield Evidence(path, number, text.strip()[:80]), text
    for section in document.sections if _CURRENCY.search(texts.whole(document)) else ():
        for row in texts.rows(section):
            cost = row.get("cost", "price", "custo", "preco")
            if re.search(r"\d", cost) or _FREE.search(cost):
                said = " | ".join(row.cells.values())
                yield Evidence(path, row.line, said[:80]), said


def _about(what: str, row: str) -> bool:
    return bool(re.search(_BILLED[what][0], row, re.IGNORECASE))


def _first(told: list[tuple[Evidence, str]]) -> list[Evidence]:
    return [where for where, _ in told[:3]]
