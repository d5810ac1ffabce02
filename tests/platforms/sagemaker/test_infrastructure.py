"""The project's Terraform, read without Terraform: what must hold, and that each mistake is seen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlascent.answers import Wish
from mlascent.commands.new import new
from mlascent.facts.platforms.iac import terraform

from . import infrastructure
from .infrastructure import CHECKS, texts

SYSTEMS = ("github", "gitlab", "azure", "jenkins", "none")
#: Type → how the project's page names what it bills.
BILLED = {
    "aws_cloudwatch_log_group": "logs",
    "aws_cloudwatch_metric_alarm": "alarms",
    "aws_ecr_repository": "image repository",
    "aws_kms_key": "key",
    "aws_s3_bucket": "bucket",
    "aws_scheduler_schedule": "schedule, events",
    "aws_sns_topic": "notices by mail",
}
FREE = (
    "aws_budgets_budget",
    "aws_cloudwatch_event_",
    "aws_ecr_lifecycle_policy",
    "aws_iam_",
    "aws_kms_alias",
    "aws_s3_bucket_",
    "aws_sagemaker_model_package_group",
    "aws_sns_topic_",
)
#: What somebody could break → the check that says so.
MISTAKES = [
    ("main.tf", "default_tags {", "default_tags {{", "grammar"),
    ("budget.tf", "aws_sns_topic.this.arn", "aws_sns_topic.other.arn", "names"),
    ("access.tf", "local.pipeline]", "local.pipelines]", "names"),
    ("variables.tf", 'variable "log_days"', 'variable "days"', "names"),
    ("notices.tf", "locals {", "locals {\n  idle = 1", "names"),
    ("team.auto.tfvars", "monthly_budget = 50", "", "answers"),
    ("team.auto.tfvars", "monthly_budget", "budget", "answers"),
    ("variables.tf", 'description = "How long', 'comment = "How long', "answers"),
    ("outputs.tf", 'output "bucket"', 'output "store"', "settings"),
    ("main.tf", "local.settings.region", "local.settings.place", "settings"),
    ("main.tf", "project     = local.name", "owner = local.name", "tags"),
    ("endpoints.tf", "tags = { environment = each.key }", "", "tags"),
    ("access.tf", '"sagemaker:InvokeEndpoint", ', '"sagemaker:*", ', "wide"),
    ("access.tf", '["sts:AssumeRole"]', '["*"]', "wide"),
    ("trust_github.tf", "train   = [local.branch]", 'train   = ["repo:acme/*"]', "wide"),
    ("main.tf", "local.partition}:sagemaker:${local.region}:${local.account}", "x:123456789012", "wide"),
    ("storage.tf", "block_public_policy     = true", "block_public_policy     = false", "hardened"),
    ("registry.tf", "IMMUTABLE", "MUTABLE", "hardened"),
    (
        "storage.tf",
        "Access logs need a bucket of the organisation's; CloudTrail's data events say more",
        "no",
        "reasons",
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A project of level 2 on SageMaker, one of a kind."""
    made: dict[tuple[str, str, str], Path] = {}

    def build(ci: str = "github", workload: str = "both", language: str = "en") -> Path:
        if (ci, workload, language) not in made:
            place = tmp_path_factory.mktemp("aws") / "churn"
            wish = Wish(
                level="2",
                platform="sagemaker",
                ci=ci,
                workload=workload,
                data=(f"language={language}",),
            )
            made[ci, workload, language] = new(place, wish).directory
        return made[ci, workload, language]

    return build


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
@pytest.mark.parametrize("ci", SYSTEMS)
def test_nothing_is_wrong(project: Callable[..., Path], ci: str, check: Callable[[Path], list[str]]) -> None:
    assert not check(project(ci) / "infra/sagemaker")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_nothing_is_wrong_without_an_endpoint(
    project: Callable[..., Path], check: Callable[[Path], list[str]]
) -> None:
    folder = project("gitlab", "batch") / "infra/sagemaker"
    assert not (folder / "endpoints.tf").exists()
    assert not check(folder)


@pytest.mark.parametrize(("file", "old", "by", "check"), MISTAKES)
def test_each_mistake_is_seen(
    project: Callable[..., Path], tmp_path: Path, file: str, old: str, by: str, check: str
) -> None:
    made = shutil.copytree(project(), tmp_path / "churn")
    folder = made / "infra/sagemaker"
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, by, 1), encoding="utf-8")
    assert getattr(infrastructure, check)(folder)


def test_a_name_that_the_code_changes_is_seen(project: Callable[..., Path], tmp_path: Path) -> None:
    made = shutil.copytree(project(), tmp_path / "churn")
    steps = made / "src/churn/platforms/sagemaker/steps.py"
    steps.write_text(steps.read_text().replace('"Trigger"', '"Reason"'))
    assert infrastructure.shared(made / "infra/sagemaker") == ['steps.py lacks "Trigger"']


def test_a_page_lists_what_bills(project: Callable[..., Path]) -> None:
    page = (project() / "docs/sagemaker.md").read_text(encoding="utf-8")
    bills = page.partition("## What bills")[2].partition("\n## ")[0]
    kinds = {
        kind for text in texts(project() / "infra/sagemaker").values() for _, kind, *_ in terraform(text)
    }
    for kind in sorted(kind for kind in kinds if kind.startswith("aws_")):
        if kind in BILLED:
            assert f"\n| {BILLED[kind]}" in bills, kind
        else:
            assert kind.startswith(FREE), f"{kind}: does it bill? Say so in docs/sagemaker.md"


@pytest.mark.parametrize("ci", SYSTEMS)
@pytest.mark.parametrize("workload", ["online", "batch"])
def test_a_page_names_files_and_words_that_are_there(
    project: Callable[..., Path], ci: str, workload: str
) -> None:
    made = project(ci, workload)
    page = (made / "docs/sagemaker.md").read_text(encoding="utf-8")
    folder = made / "infra/sagemaker"
    made_later = {"backend.tf", "terraform.tfstate"}
    for name in set(re.findall(r"[\w./]+\.(?:tf|yaml|tfvars|tfstate)\b", page)) - {
        "infra/sagemaker/backend.tf"
    }:
        file = Path(name).name
        assert (folder / file).exists() or (made / name).exists() or file in made_later, name
    tables = [path.read_text(encoding="utf-8") for path in (made / "justfile", *made.glob("*/*.just"))]
    words = {word for text in tables for word in re.findall(r"(?m)^([a-z][\w-]*)(?: [^:\n]*)?:(?!=)", text)}
    named = set(re.findall(r"`just ([a-z-]+)", page))
    assert named <= words, named - words
    assert {"infra", "teardown", "smoke-test", "train"} <= named


@pytest.mark.parametrize("ci", SYSTEMS)
@pytest.mark.parametrize("workload", ["online", "batch"])
def test_a_page_says_the_same_in_both_languages(project: Callable[..., Path], ci: str, workload: str) -> None:
    shapes = []
    for language in ("en", "pt"):
        page = (project(ci, workload, language) / "docs/sagemaker.md").read_text(encoding="utf-8")
        spans = sorted(re.findall(r"`[^`\n]+`", page.replace("AMBIENTE", "ENV")))
        shapes.append((spans, page.count("\n| "), page.count("\n## "), page.count("```")))
    assert shapes[0] == shapes[1]


def test_one_platform_has_one_language_of_infrastructure(project: Callable[..., Path]) -> None:
    assert {path.name for path in (project() / "infra").iterdir()} == {"sagemaker"}
