"""A project on a platform: cut one wire, and exactly the rules that it carries fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlascent.facts.cache import Cache

from tests.rules.test_sensitivity import CI, GIVEN, Bench, Edit
from tests.template.matrix import Workshop

AWS, AZURE = "src/app/platforms/sagemaker/", "src/app/platforms/azureml/"
HCL, BICEP = "infra/sagemaker/", "infra/azureml/"


@dataclass(frozen=True)
class Cut:
    """One wire.

    Attributes:
        edits: What is changed in which files.
        rules: Rules that fail then.
        also: Rules of others that see the same wire, and may.
    """

    edits: tuple[Edit, ...]
    rules: str
    also: str = ""


NO_PUSH: Edit = ("src/app/platforms/image.py", r'\["docker", "push", full\]', '["docker", "pull", full]')
NO_TOKEN: Edit = (CI.format("retrain"), r"\n *id-token: write.*", "")
NO_INSTALL = (
    (CI.format("platform"), r"just pipeline", "just lint"),
    (CI.format("retrain"), r"just retrain.*", "just lint"),
)
#: Training by a schedule stands on the same job.
RETRAINS = "DE072 DE113 DE114 DP080 DP090 MO070"

CUTS: Mapping[str, Mapping[str, Cut]] = {
    "sagemaker": {
        "image": Cut((NO_PUSH,), "DP180"),
        "teardown": Cut(((AWS + "teardown.py", r"\bdelete_endpoint\(", "describe_endpoint("),), "DP181"),
        "costs": Cut((("docs/sagemaker.md", r"\d", "some"),), "DP182"),
        "nothing behind the gate": Cut(
            ((AWS + "steps.py", r"if_steps=\[register\(.*\)\]", "if_steps=[]"),), "DP183"
        ),
        "beside the gate": Cut(
            ((AWS + "steps.py", r"gate, decide\]", "gate, register(asked, 1, 2), decide]"),), "DP183"
        ),
        "delivery": Cut(NO_INSTALL, "DP184", RETRAINS),
        "identity": Cut((NO_TOKEN,), "DP185"),
        "key": Cut(
            (
                (
                    CI.format("retrain"),
                    r"(\n +)- run: just setup",
                    r"\1- run: just setup\1  env: {AWS_ACCESS_KEY_ID: x}",
                ),
            ),
            "DP185",
        ),
        "approval": Cut(((AWS + "steps.py", '"PendingManualApproval"', '"Approved"'),), "DP186"),
        "rollback on alarms": Cut(((AWS + "rollout.py", '"AutoRollbackConfiguration"', '"Tags"'),), "DP187"),
        "every action": Cut(
            ((HCL + "access.tf", r'"sagemaker:CreateTrainingJob"', '"sagemaker:*"'),), "DP188"
        ),
        "tags": Cut(((HCL + "main.tf", "default_tags", "ignore_tags"),), "DP189"),
        "budget": Cut(((HCL + "budget.tf", r"(?m)^  notification", "  planned_limit"),), "DP189"),
    },
    "azureml": {
        "image": Cut((NO_PUSH,), "DP180"),
        "teardown": Cut(
            ((AZURE + "teardown.py", r"online_endpoints\.begin_delete", "online_endpoints.get"),), "DP181"
        ),
        "costs": Cut((("docs/azureml.md", r"\d", "some"),), "DP182"),
        "beside the gate": Cut(
            (
                (
                    BICEP + "pipeline.yml",
                    r"parent\.jobs\.gate\.outputs\.\w+",
                    "parent.jobs.evaluate.outputs.reports",
                ),
            ),
            "DP183",
            "DE141",
        ),
        "delivery": Cut(NO_INSTALL, "DP184", RETRAINS),
        "identity": Cut((NO_TOKEN,), "DP185"),
        "approval": Cut(((AZURE + "registry.py", '"pending"', '"approved"'),), "DP186", "DE141"),
        "alerts": Cut(((BICEP + "alerts.bicep", r"\bactions: ", "tags: "),), "DP187"),
        "contributor of everything": Cut(((BICEP + "workspace.bicep", r"(?m)^  scope: \w+\n", ""),), "DP188"),
        "budget": Cut(
            ((BICEP + "watch.bicep", r"Microsoft\.Consumption/budgets@", "Microsoft.Consumption/lots@"),),
            "DP189",
        ),
        "binding": Cut(
            (
                (
                    BICEP + "pipeline.yml",
                    r"parent\.jobs\.prepare\.outputs\.prepared",
                    "parent.jobs.prepare.outputs.rows",
                ),
            ),
            "DP190",
        ),
        "input of a component": Cut(
            ((BICEP + "components/train.yml", r"(?m)^  prepared: .*\n", ""),), "DP190"
        ),
    },
}


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Bench]]:
    """A project on each platform."""
    cache, shop = Cache(tmp_path_factory.mktemp("cache")), Workshop()
    yield {
        platform: Bench(
            tmp_path_factory.mktemp("project"), cache, shop.project({**GIVEN, "platform": platform})
        )
        for platform in CUTS
    }
    cache.close()


@pytest.mark.parametrize("platform", sorted(CUTS))
def test_nothing_fails_before(platform: str, benches: Mapping[str, Bench]) -> None:
    assert benches[platform].before == frozenset()


@pytest.mark.parametrize(
    ("platform", "name"), [(platform, name) for platform, cuts in CUTS.items() for name in cuts]
)
def test_a_wire_that_is_cut_is_missed(platform: str, name: str, benches: Mapping[str, Bench]) -> None:
    cut = CUTS[platform][name]

    def unwire(root: Path) -> None:
        for path, pattern, text in cut.edits:
            before = (root / path).read_text(encoding="utf-8")
            after = re.sub(pattern, text, before)
            assert after != before, f"{path} has no {pattern}"
            (root / path).write_text(after, encoding="utf-8")

    lost = benches[platform].lost(unwire, *(path for path, _, _ in cut.edits))
    assert set(cut.rules.split()) <= lost
    assert lost <= {*cut.rules.split(), *cut.also.split()}


def test_every_rule_of_platforms_is_missed_once() -> None:
    missed = {rule for cuts in CUTS.values() for cut in cuts.values() for rule in cut.rules.split()}
    assert missed == {f"DP{number}" for number in range(180, 191)}
