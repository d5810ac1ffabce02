"""Images: DP020 to DP023, and the Compose stack: DP170."""

from __future__ import annotations

import re
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.containers import Dockerfile
from mlascent.rules import words
from mlascent.rules.deployment import ignoring, images, places, programs
from mlascent.rules.deployment.places import Place
from mlascent.rules.deployment.values import at
from mlascent.rules.model import Evidence, Verdict, failed, not_applicable, passed, rule

_MOVING = re.compile(r"(latest|nightly|edge|stable|main|master|dev|develop)([-_.].*)?$", re.IGNORECASE)
#: What people write and git therefore keeps: an image that does not find it cannot be built.
_KEPT = re.compile(r"(\.py|requirements[^/]*\.(txt|in)|pyproject\.toml|setup\.(py|cfg)|environment\.ya?ml)$")
_BUILDPACKS = ("Procfile", "project.toml", "bentofile.yaml", "cog.yaml", "truss/config.yaml")


@rule("DP020")
def it_can_be_built(facts: Facts) -> Verdict:
    """A Dockerfile that runs `sleep` or a notebook, or copies files that are not there, releases nothing."""
    broken: list[Evidence] = []
    for dockerfile, which in images.released(facts):
        missing = _missing(facts, dockerfile)
        if missing:
            broken += missing
            continue
        line = max((i.line for i in dockerfile.of("CMD", "ENTRYPOINT")), default=1)
        said = "the service" if which == "online" else "the scoring job"
        return passed(
            f"An image starts {said}.", Evidence(dockerfile.path, line, " ".join(dockerfile.command))
        )
    if broken:
        return failed(f"{broken[0].path} copies {broken[0].said}, which is not there.", *broken)
    packs = [p for name in _BUILDPACKS for p in facts.files.named(name)]
    if packs and any(found.workflow for found in places.steps(facts)) and places.image_builds(facts):
        return passed("A buildpack makes the image.", *map(Evidence, packs[:2]))
    if facts.containers.dockerfiles:
        return failed(
            "No Dockerfile starts the service or the scoring job.",
            *(Evidence(d.path, 0, " ".join(d.command)) for d in facts.containers.dockerfiles[:3]),
        )
    return failed("There is no Dockerfile.")


def _missing(facts: Facts, dockerfile: Dockerfile) -> list[Evidence]:
    folder = dockerfile.path.rpartition("/")[0]
    found = []
    for instruction, source in ignoring.copied(dockerfile):
        if not _KEPT.search(source) or re.search(r"[*?$\[]", source):
            continue
        here = (source, f"{folder}/{source}" if folder else source)
        if not any(path in facts.files for path in here):
            found.append(Evidence(dockerfile.path, instruction.line, source))
    return found


@rule("DP021")
def built_with_care(facts: Facts) -> Verdict:
    """HEALTHCHECK CMD true asks nothing; `FROM x:latest` is another image tomorrow; USER root is no user."""
    released = images.released(facts)
    if not released:
        return failed("No Dockerfile starts the service or the scoring job.")
    wrong: list[Evidence] = []
    for dockerfile, which in released:
        wrong += _careless(facts, dockerfile, which)
    builds = places.image_builds(facts)
    if not builds:
        return failed("No CI job builds the image.", *wrong, *(Evidence(d.path) for d, _ in released))
    if wrong:
        return failed(f"{wrong[0].path}: {wrong[0].said}.", *wrong)
    return passed(
        "CI builds an image with a fixed base, a user of its own and a health check.",
        *(place.evidence(said) for place, said in builds[:2]),
        *(Evidence(d.path) for d, _ in released),
    )


def _careless(facts: Facts, dockerfile: Dockerfile, which: str) -> list[Evidence]:
    found: list[Evidence] = []
    for base in dockerfile.bases:
        if base.stage or base.digest or base.image == "scratch":
            continue
        if "$" in base.image + base.tag:
            found.append(Evidence(dockerfile.path, base.line, "the base is an argument without a default"))
        elif not base.tag or _MOVING.match(base.tag):
            said = f"the base {base.image} has no fixed tag"
            found.append(Evidence(dockerfile.path, base.line, said))
    if dockerfile.user.partition(":")[0] in ("", "root", "0"):
        lines = [i.line for i in dockerfile.of("USER")]
        found.append(Evidence(dockerfile.path, lines[-1] if lines else 0, "it runs as root"))
    if which == "online":
        last = max((i.stage for i in dockerfile.instructions), default=0)
        checks = [i for i in dockerfile.of("HEALTHCHECK") if i.stage == last]
        test = re.sub(r"--\S+\s*", "", checks[-1].value) if checks else ""
        if images.idle(test) and not images.probed(facts):
            line = checks[-1].line if checks else 0
            found.append(Evidence(dockerfile.path, line, "it has no health check that asks anything"))
    return found


@rule("DP022")
def nothing_else_inside(facts: Facts) -> Verdict:
    """An ignore file beside another Dockerfile, or one that a later `!` undoes, keeps nothing out."""
    dockerfiles = [d for d, _ in images.released(facts)] or list(facts.containers.dockerfiles)
    dockerfiles = [d for d in dockerfiles if not d.path.startswith(".devcontainer/")]
    if not dockerfiles:
        return failed("There is no Dockerfile.")
    wrong = []
    for dockerfile in dockerfiles:
        for instruction, source in ignoring.copied(dockerfile):
            for name, path in ignoring.OUTSIDE.items():
                if ignoring.brings(source, path) and not ignoring.ignored(dockerfile.ignored, path):
                    said = f"copies {name} into the image"
                    wrong.append(Evidence(dockerfile.path, instruction.line, said))
    if wrong:
        names = ", ".join(dict.fromkeys(e.said.split()[1] for e in wrong))
        return failed(f"Nothing keeps {names} out of the image.", *wrong)
    kept = [Evidence(d.ignore_path or d.path) for d in dockerfiles]
    return passed("Data, secrets and .git stay out of the image.", *kept)


@rule("DP023")
def scanned_and_named_by_digest(facts: Facts) -> Verdict:
    """A scanner that reports and lets pass, or one in another workflow than the push, guards nothing."""
    pushes = [
        (p, " ".join(x.argv)) for p, x in places.launched(facts, lambda x: programs.does(x, programs.PUSH))
    ]
    pushes += [
        (place, place.step.uses)
        for place in places.used(facts, programs.USES_BUILD)
        if programs.truthy(place.step.with_.get("push", "")) or _azure_pushes(place)
    ]
    if not pushes:
        return failed("No job pushes an image.")
    for place, said in pushes:
        scans = [s for s in _scans(facts) if s.workflow.path == place.workflow.path]
        digests = [d for d in _digests(facts) if d.workflow.path == place.workflow.path]
        if scans and digests:
            return passed(
                "The image is scanned, and its digest is kept.",
                *(place.evidence(said), scans[0].evidence("scan"), digests[0].evidence("digest")),
            )
    lacks = "its digest is not kept" if _scans(facts) else "no scanner that fails stands beside the push"
    return failed(f"An image is pushed, but {lacks}.", *(p.evidence(said) for p, said in pushes[:2]))


def _azure_pushes(place: Place) -> bool:
    command = str(place.step.with_.get("command", "buildAndPush")).lower()
    return place.step.uses.startswith("Docker@") and command in ("push", "buildandpush")


def _scans(facts: Facts) -> list[Place]:
    def strict(launch: Any) -> bool:
        if not programs.does(launch, programs.SCAN):
            return False
        name = words.program(launch)
        if name in ("trivy", "docker"):
            codes = re.findall(r"--exit-code[= ](\S+)", " ".join(launch.argv))
            return bool(codes) and "0" not in codes
        return name != "grype" or words.has(launch, "--fail-on", "-f")

    found = [place for place, _ in places.launched(facts, strict)]
    for place in places.used(facts, programs.USES_SCAN):
        given = place.step.with_
        if "trivy" in place.step.uses and str(given.get("exit-code", "0")) == "0":
            continue
        if "scout" in place.step.uses and not programs.truthy(given.get("exit-code", "")):
            continue
        if str(given.get("fail-build", "true")).lower() != "false":
            found.append(place)
    return found


def _digests(facts: Facts) -> list[Place]:
    wanted = re.compile(r"digest|RepoDigests|--metadata-file|@sha256:", re.IGNORECASE)
    found = []
    for place in places.steps(facts):
        said = [" ".join(launch.argv) for launch in place.step.launches]
        said += [str(v) for v in (*place.step.with_.values(), *place.step.env.values())]
        if any(wanted.search(text) for text in said):
            found.append(place)
    return found


@rule("DP170")
def stack_is_sound(facts: Facts) -> Verdict:
    """A service whose health check is `exit 0`, or an image without a tag, is not a sound one."""
    if not facts.containers.compose:
        asked = "compose-stack" in str(facts.answers.given.get("with"))
        return failed("There is no Compose file.") if asked else not_applicable("There is no Compose file.")
    checked = {d.path for d in facts.containers.dockerfiles if d.of("HEALTHCHECK")}
    wrong: list[Evidence] = []
    for compose in facts.containers.compose:
        if not compose.services:
            return failed(f"{compose.path} has no services.", Evidence(compose.path))
        for name, service in compose.services.items():
            line = compose.lines.get(name, 0)
            image, build = str(service.get("image", "")), service.get("build")
            if not build and not _fixed(image):
                wrong.append(Evidence(compose.path, line, f"{name} has neither a build nor a fixed image"))
            test = at(service, "healthcheck", "test")
            if (not test or images.idle(test)) and not (build and checked):
                wrong.append(Evidence(compose.path, line, f"{name} has no health check"))
    if wrong:
        return failed(f"{wrong[0].path}: {wrong[0].said}.", *wrong)
    return passed(
        "Every service has a health check, and a build or a fixed image.",
        *(Evidence(c.path) for c in facts.containers.compose),
    )


def _fixed(image: str) -> bool:
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", image)
    if "@sha256:" in image:
        return True
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return bool(colon and tag and "$" not in tag and not _MOVING.match(tag))
