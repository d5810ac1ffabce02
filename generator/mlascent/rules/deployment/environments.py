"""Several environments: DP110 to DP112."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlascent.facts import Facts
from mlascent.rules.deployment import delivery_jobs, places
from mlascent.rules.deployment.delivery_jobs import PRODUCTION, STAGING
from mlascent.rules.deployment.places import Place
from mlascent.rules.deployment.values import walk
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

_NAME = re.compile(r"\b(dev|develop|development|staging|stage|test|uat|qa|prod|production|local)\b")
_SAME = re.compile(
    r"needs\.[\w-]+\.outputs\.\w+|steps\.[\w-]+\.outputs\.(digest|version)|github\.sha|GITHUB_SHA|CI_COMMIT_(SHORT_)?SHA"
    r"|Build\.(SourceVersion|BuildId)|stageDependencies|GIT_COMMIT|@sha256:|IMAGE_DIGEST|MODEL_VERSION|IMAGE_TAG"
)
_OWN = re.compile(
    r"role_arn|role-to-assume|subscription_id|account_id|aws_account|azureSubscription|project_id|workspace"
    r"|service_account|client_id|client-id|tenant_id|namespace",
    re.IGNORECASE,
)


def files(facts: Facts) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Environment → file and settings: one file each, or one file for all."""
    for setting in facts.settings.named("environments.yaml", "environments.yml", "environments.json"):
        data = setting.data
        if isinstance(data, dict):
            blocks = {str(k): v for k, v in data.items() if isinstance(v, dict) and _NAME.search(str(k))}
            if len(blocks) > 1:
                return {name: (setting.path, block) for name, block in blocks.items()}
    folders: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {}
    for setting in facts.settings.own():
        folder, _, name = setting.path.rpartition("/")
        found = _NAME.search(name.replace("_", " ").replace("-", " "))
        inside = _NAME.fullmatch(folder.rpartition("/")[2])
        if isinstance(setting.data, dict) and (found or inside):
            which = found[0] if found else folder.rpartition("/")[2]
            home = f"{folder}/{_NAME.sub('*', name)}" if found else f"{folder.rpartition('/')[0]}/*/{name}"
            folders.setdefault(home, {})[which] = (setting.path, setting.data)
    many = {home: named for home, named in folders.items() if len(named) > 1}
    return many[min(many)] if many else {}


def _keys(value: Mapping[str, Any]) -> set[str]:
    return {str(key) for key in value}


@rule("DP110")
def same_keys(facts: Facts) -> Verdict:
    """A key that only production has is found out in production."""
    found = files(facts)
    if len(found) < 2:
        return failed("There are no configurations of two environments.")
    every = set().union(*(_keys(block) for _, block in found.values()))
    for name, (path, block) in sorted(found.items()):
        lacks = sorted(every - _keys(block))
        if lacks:
            return failed(f"The configuration of {name} lacks {', '.join(lacks[:3])}.", Evidence(path))
    return passed(
        f"{len(found)} environments have the same keys.",
        *(Evidence(path, 0, n) for n, (path, _) in found.items()),
    )


@rule("DP111")
def one_thing_passes_through(facts: Facts) -> Verdict:
    """Two jobs that each build deliver two things that have the same name."""
    deploying = delivery_jobs.all_steps(facts)
    staging = [p for p in deploying if delivery_jobs.about(p, STAGING)]
    production = [p for p in deploying if delivery_jobs.about(p, PRODUCTION)]
    if not staging or not production:
        return failed(
            "Delivery does not come through two environments.", *(p.evidence() for p in deploying[:2])
        )
    building = {p.job.name for p, _ in places.image_builds(facts)}
    if {p.job.name for p in (*staging, *production)} & building:
        return failed("A deploying job builds anew what it deploys.", *(p.evidence() for p in deploying[:2]))
    for one in staging:
        for other in production:
            shared = _handed(one) & _handed(other)
            if shared:
                return passed(
                    f"The same {sorted(shared)[0]} goes to staging and to production.",
                    *(one.evidence("staging"), other.evidence("production")),
                )
    return failed("No digest or version is handed from staging to production.", staging[0].evidence())


def _handed(place: Place) -> set[str]:
    said = [" ".join(launch.argv) for launch in place.step.launches]
    said += [str(value) for value in (*place.step.with_.values(), *place.step.env.values())]
    return {found[0] for text in said for found in _SAME.finditer(text)}


@rule("DP112")
def identities_are_apart(facts: Facts) -> Verdict:
    """Two names for one account keep nothing apart: the values must differ."""
    told: dict[str, dict[str, str]] = {}
    for name, (_, block) in files(facts).items():
        told[name] = {k: str(v) for k, v in walk(block) if _OWN.search(k) and isinstance(v, str | int)}
    for place in delivery_jobs.all_steps(facts):
        for which, pattern in (("staging", STAGING), ("production", PRODUCTION)):
            if delivery_jobs.about(place, pattern):
                given = (*place.step.with_.items(), *place.step.env.items())
                mine = {k: str(v) for k, v in given if _OWN.search(k)}
                for step in place.job.steps:
                    mine |= {k: str(v) for k, v in step.with_.items() if _OWN.search(k)}
                told.setdefault(which, {}).update(mine)
    names = [name for name in told if told[name]]
    for key in {key for name in names for key in told[name]}:
        values = [told[name][key] for name in names if key in told[name]]
        if len(values) > 1 and len(set(values)) == len(values):
            return passed(
                f"Each environment has a {key} of its own.", *(Evidence(p) for p, _ in files(facts).values())
            )
    if len(names) > 1:
        return failed("Environments share their identity.")
    return failed("Nothing gives each environment an identity of its own.")
