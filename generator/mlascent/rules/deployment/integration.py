"""Tests of what was built: DP060 to DP062."""

from __future__ import annotations

from collections.abc import Iterator

from mlascent.facts import Facts
from mlascent.facts.ci import Job, Workflow
from mlascent.facts.python import Module
from mlascent.facts.tasks import Launch
from mlascent.rules import words
from mlascent.rules.deployment import calls, delivery_jobs, places, programs
from mlascent.rules.deployment.places import Place
from mlascent.rules.entries import Reached
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_CHECKS = frozenset(["jq", "grep", "test", "[", "python", "diff", "cmp"])


@rule("DP060")
def a_saved_model_predicts(facts: Facts) -> Verdict:
    """A test of a model that was just fitted, or one that asserts nothing, tests no saved model."""
    tried: list[Evidence] = []
    for module in facts.python.modules.values():
        if not module.test:
            continue
        for function in module.functions.values():
            if (
                function.kind != "function"
                or "test" not in words.parts(function.name)
                or not function.asserts
            ):
                continue
            within = _executed(facts, module, function.name)
            loads = facts.python.calls(calls.LOADS, within)
            predicts = facts.python.calls(calls.PREDICTS, within)
            where = Evidence(module.path, function.line, function.name)
            own = {path for path, _ in within if (m := facts.python.modules.get(path)) and m.test}
            if loads and any(found.path in own for found in predicts):
                return passed("A test loads a saved model and predicts with it.", where, words.at(loads[0]))
            if predicts:
                tried.append(where)
    if tried:
        return failed("Tests predict, but none with a model that was saved and loaded.", *tried[:3])
    return failed("No test loads a model and predicts with it.")


def _executed(facts: Facts, module: Module, name: str) -> Reached:
    """What a test executes: itself, its fixtures, and the module's own level."""
    homes = [module]
    folder = module.path
    while folder:
        folder = folder.rpartition("/")[0]
        conftest = facts.python.modules.get(f"{folder}/conftest.py" if folder else "conftest.py")
        homes += [conftest] if conftest else []
    entries, waiting, seen = [], [name], set()
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        for home in homes:
            if each in home.functions:
                entries.append(f"{home.path}::{each}")
                waiting += home.functions[each].fields
                waiting += [n for n in home.functions[each].names if n in home.functions]
                break
    return facts.python.reach([module.path, *entries])


@rule("DP061")
def the_image_is_tried(facts: Facts) -> Verdict:
    """`docker build` and unit tests in one job do not meet; curl without --fail is content with an error."""
    built = {(p.workflow.path, p.job.name) for p, _ in places.image_builds(facts)}
    if not built:
        return failed("No job builds an image that could be tested.")
    for workflow in facts.ci.workflows:
        jobs = {job.name: job for job in workflow.jobs}
        for job in workflow.jobs:
            before = [job, *_needed(jobs, job)]
            if not any((workflow.path, each.name) in built for each in before) or not job.counts:
                continue
            if job.triggers and job.triggers <= {"manual", "called"}:
                continue  # what somebody may start, or not, tries no image
            started, asked = _tries(facts, workflow, job)
            if started and asked:
                return passed("CI starts the built image and asks it for predictions.", started, asked)
    where = [place.evidence(said) for place, said in places.image_builds(facts)[:2]]
    return failed("CI builds the image, but nothing starts it and asks it for a prediction.", *where)


def _needed(jobs: dict[str, Job], job: Job) -> list[Job]:
    found: list[Job] = []
    waiting = list(job.needs)
    while waiting:
        each = jobs.get(waiting.pop())
        if each and each not in found:
            found.append(each)
            waiting += each.needs
    return found


def _tries(facts: Facts, workflow: Workflow, job: Job) -> tuple[Evidence | None, Evidence | None]:
    started = asked = None
    for place in (p for p in places.steps(facts) if p.job is job and p.workflow is workflow):
        for launch in place.step.launches:
            if not launch.counts:
                continue
            if programs.does(launch, programs.START):
                started = started or words.seen(launch)
                if _scores(launch):
                    asked = asked or words.seen(launch)
            if _fails_on_answer(place, launch):
                asked = asked or words.seen(launch)
            within = places.code(facts, launch) if words.tests(launch) or launch.entry else frozenset()
            if within and words.tests(launch) and not _any_assert(facts, within):
                continue
            if within and (places.starts(facts, within, "docker", "run") or _testcontainers(facts, within)):
                started = started or words.seen(launch)
                if places.texts(facts, within) & {"run"} and words.tests(launch):
                    asked = asked or (words.seen(launch) if _reads_output(facts, within) else None)
            if within and facts.python.calls(calls.ASKS, within):
                asked = asked or words.seen(launch)
    return started, asked


def _scores(launch: Launch) -> bool:
    """Whether a container is told to score something, so that its exit code is the answer."""
    return any("score" in words.kinds(word.rpartition("/")[2]) for word in launch.argv[3:])


def _fails_on_answer(place: Place, launch: Launch) -> bool:
    if programs.asks(launch):
        return True
    after = [words.program(each) for each in place.step.launches if each.line >= launch.line]
    return words.program(launch) == "curl" and bool(_CHECKS & set(after))


def _any_assert(facts: Facts, within: Reached) -> bool:
    return any(
        function.asserts
        for path, name in within
        if (module := facts.python.modules.get(path)) and (function := module.functions.get(name))
    )


def _testcontainers(facts: Facts, within: Reached) -> bool:
    return bool(facts.python.imported(("testcontainers",), within))


def _reads_output(facts: Facts, within: Reached) -> bool:
    return bool(facts.python.calls(("pandas.read_*", "*.read_text", "csv.*", "json.load*"), within))


@rule("DP062")
def smoke_decides(facts: Facts) -> Verdict:
    """A smoke test after the promotion, or one whose failure is ignored, decides nothing."""
    for place in delivery_jobs.all_steps(facts):
        for smoke in _after(facts, place):
            for later in _promotions(facts):
                if _stands_after(later, smoke):
                    return passed(
                        "The promotion waits for a smoke test of what was deployed.",
                        *(
                            place.evidence("deploys"),
                            smoke.evidence("smoke test"),
                            later.evidence("promotes"),
                        ),
                    )
    if not delivery_jobs.all_steps(facts):
        return failed("No CI job deploys.")
    where = [place.evidence() for place in delivery_jobs.all_steps(facts)[:2]]
    return failed("No smoke test stands between a deployment and the promotion.", *where)


def _after(facts: Facts, deployed: Place) -> Iterator[Place]:
    """Steps behind a deployment that ask what was deployed."""
    for place in places.steps(facts):
        if place.workflow is not deployed.workflow or not _stands_after(place, deployed):
            continue
        for launch in place.step.launches:
            within = places.code(facts, launch) if words.tests(launch) or launch.entry else frozenset()
            asks = _fails_on_answer(place, launch) or bool(within and facts.python.calls(calls.ASKS, within))
            if asks and launch.counts and not delivery_jobs.deploys(facts, launch):
                yield place
                break


def _promotions(facts: Facts) -> Iterator[Place]:
    """Steps that promote: move an alias, or deploy to production."""
    for place in places.steps(facts):
        for launch in place.step.launches:
            within = places.code(facts, launch) if launch.entry else frozenset()
            if within and facts.python.calls(calls.MOVES_ALIAS, within):
                yield place
                break
    for place in delivery_jobs.all_steps(facts):
        if delivery_jobs.about(place, delivery_jobs.PRODUCTION):
            yield place


def _stands_after(later: Place, earlier: Place) -> bool:
    """Whether a step comes after another: later in its job, or in a job that needs that one."""
    if later.workflow is not earlier.workflow:
        return False
    if later.job is earlier.job:
        steps = list(later.job.steps)
        return steps.index(later.step) > steps.index(earlier.step)
    jobs = {job.name: job for job in later.workflow.jobs}
    return earlier.job in _needed(jobs, later.job)
