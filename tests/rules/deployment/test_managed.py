"""DP180 to DP190: what is true of a project on a platform, and what only looks like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mlascent.rules import load
from mlascent.rules.model import Outcome

from tests.rules.deployment.managed_trees import AZUREML, SAGEMAKER
from tests.rules.deployment.trees import SERVICE, Case, Tree, changed, judge, table, without

RULES = [f"DP{number}" for number in range(180, 191)]
FLOW = ".github/workflows/retrain.yml"
ANSWERS = "package: churn\nplatform: {}\nworkload: {}\nlevel: 2\n_commit: v0.4.0\n_src_path: x\n"


def named(tree: Tree, platform: str, workload: str) -> Tree:
    """The same project, which says what it is for."""
    return {**tree, ".copier-answers.yml": ANSWERS.format(platform, workload)}


def both(rule: str, aws: dict[str, Tree], azure: dict[str, Tree]) -> list[Any]:
    """Cases of a rule on both platforms."""
    found = [*table(rule, SAGEMAKER, **aws)]
    return found + [
        pytest.param(*param.values, id=f"azureml-{param.id}") for param in table(rule, AZUREML, **azure)
    ]


def aws(path: str, old: str, new: str) -> Tree:
    """The project on SageMaker with one text replaced."""
    return changed(SAGEMAKER, path, old, new)


def azure(path: str, old: str, new: str) -> Tree:
    """The project on Azure ML with one text replaced."""
    return changed(AZUREML, path, old, new)


CALL = "src/churn/aws.py"
DEFINED = "src/churn/definition.py"
INFRA = "infra/main.tf"
BICEP = "infra/main.bicep"
GRAPH = "infra/pipeline.yml"
CONTRIBUTOR, OWNER = "b24988ac-6180-42a0-ab88-20f7382dd24c", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SCOPED = (
    "  properties: {\n    roleDefinitionId: 'f6c7c914-8db3-469d-8ca1-694a8f32e121'",
    f"  scope: store\n  properties: {{\n    roleDefinitionId: '{CONTRIBUTOR}'",
)
APPROVES = 'client().update_model_package(ModelApprovalStatus="Approved")'
KEYS = {
    "env": "\n        env: {AWS_ACCESS_KEY_ID: '${{ secrets.AWS_ACCESS_KEY_ID }}'}",
    "with": "\n        with: {creds: '${{ secrets.AZURE_CREDENTIALS }}'}",
}

CASES = [
    *both(
        "DP180",
        {
            "no_word": aws("justfile", "python -m churn.cloud train", "echo train"),
            "other_image": {
                **SAGEMAKER,
                CALL: SAGEMAKER[CALL]
                .replace('{"TrainingImage": "1.dkr', '[image_uris.retrieve("xgboost"), "1.dkr')
                .replace('churn:1"}', 'churn:1"]')
                .replace("import boto3", "import boto3\nfrom sagemaker.core import image_uris"),
            },
            "never_pushed": aws("justfile", "docker push", "echo docker push"),
            "no_image": without(SAGEMAKER, "Dockerfile"),
        },
        {
            "no_word": azure("justfile", "python -m churn.cloud", "echo"),
            "curated": azure(
                "infra/components/train.yml", "azureml:churn@latest", "azureml:AzureML-sklearn-1.5@latest"
            ),
        },
    ),
    *both(
        "DP181",
        {
            "it_only_lists": aws(CALL, "delete_endpoint(EndpointName", "list_endpoints(NameContains"),
            "infrastructure_stays": aws("justfile", "terraform -chdir=infra destroy", "echo see the console"),
            "no_word": aws("justfile", "teardown:", "bye:"),
        },
        {
            "it_forgets": {
                **azure("src/churn/azure_ml.py", "online_endpoints.begin_delete", "models.archive"),
                "justfile": AZUREML["justfile"].replace("az group delete", "az stack group delete"),
            },
            "infrastructure_stays": azure("justfile", "az group delete --name churn", "echo see the portal"),
        },
    ),
    *both(
        "DP182",
        {
            "no_page": without(SAGEMAKER, "docs/sagemaker.md"),
            "no_endpoint": aws("docs/sagemaker.md", "the endpoint on", "a machine called"),
            "no_amounts": aws("docs/sagemaker.md", "US$", "some"),
        },
        {
            "no_currency": azure("docs/azureml.md", "US$", "about"),
            "no_storage": azure("docs/azureml.md", "storage account", "rest"),
        },
    ),
    *both(
        "DP183",
        {
            "nothing_behind": aws(DEFINED, "if_steps=[register]", "if_steps=[]"),
            "no_condition": aws(DEFINED, "conditions=[passed]", "conditions=[]"),
            "beside_it": aws(
                DEFINED, "steps=[prepare, train, judge, gate]", "steps=[prepare, train, register, gate]"
            ),
            "no_gate": {
                **SAGEMAKER,
                DEFINED: SAGEMAKER[DEFINED]
                .replace("    gate = ConditionStep", "    print")
                .replace("judge, gate]", "judge, register]"),
            },
            "in_another_pipeline": {
                **SAGEMAKER,
                "src/churn/second.py": SAGEMAKER[DEFINED].replace("judge, gate]", "judge, register]"),
            },
            "never_started": {
                **SAGEMAKER,
                FLOW: "",
                "justfile": SAGEMAKER["justfile"].replace("churn.cloud", "churn.train"),
            },
        },
        {
            "beside_it": azure(
                GRAPH, "verdict: ${{parent.jobs.gate.outputs.verdict}}", "verdict: ${{parent.inputs.data}}"
            ),
            "it_goes_on": azure(GRAPH, "continue_on_step_failure: false", "continue_on_step_failure: true"),
            "it_never_refuses": azure(
                "src/churn/gate.py", 'sys.exit("the model is worse")', 'print("the model is worse")'
            ),
            "ignored": azure(
                "infra/components/gate.yml", "${{outputs.verdict}}", "${{outputs.verdict}} || true"
            ),
        },
    ),
    *both(
        "DP184",
        {
            "by_hand": aws(FLOW, "just pipeline", "just image"),
            "on_pulls": aws(FLOW, 'schedule:\n    - cron: "0 4 * * 1"', "pull_request:"),
            "only_trains": aws(FLOW, "just pipeline", "just train"),
        },
        {"by_hand": azure(FLOW, "just pipeline", "just image")},
    ),
    *both(
        "DP185",
        {
            "keys": aws(FLOW, "      - run: just pipeline", f"      - run: just pipeline{KEYS['env']}"),
            "no_permission": aws(FLOW, "  id-token: write\n", ""),
            "no_login": aws(
                FLOW,
                """      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::1:role/churn-train
          aws-region: eu-west-1
""",
                "",
            ),
            "no_job": aws(FLOW, "just pipeline", "echo pipeline"),
        },
        {
            "credentials": azure(
                FLOW,
                "login@v2\n        with:",
                "login@v2\n        with:\n          creds: ${{ secrets.AZURE_CREDENTIALS }}",
            ),
            "no_permission": azure(FLOW, "  id-token: write\n", ""),
        },
    ),
    *both(
        "DP186",
        {
            "approved_at_once": {
                **SAGEMAKER,
                DEFINED: SAGEMAKER[DEFINED].replace("PendingManualApproval", "Approved"),
            },
            "approved_by_the_run": aws(
                CALL, 'upsert(role_arn="arn")', f'upsert(role_arn="arn")\n    {APPROVES}'
            ),
            "unsaid": {
                **SAGEMAKER,
                CALL: SAGEMAKER[CALL].replace('PENDING = "PendingManualApproval"\n', ""),
                DEFINED: SAGEMAKER[DEFINED].replace(', approval_status="PendingManualApproval"', ""),
            },
        },
        {
            "unsaid": azure("src/churn/azure_ml.py", '"approval", "pending"', '"approval"'),
            "approved_by_the_run": azure(
                "src/churn/azure_ml.py",
                "    train()\n",
                '    train()\n    client().models.create_or_update({"approval": "approved"})\n',
            ),
        },
    ),
    *both(
        "DP187",
        {
            "no_alarm": aws(
                CALL, 'boto3.client("cloudwatch").put_metric_alarm(AlarmName=alarm)', "print(alarm)"
            ),
            "no_rollback": aws(
                CALL, '{"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}', "{}"
            ),
            "no_word": aws("justfile", "python -m churn.cloud deploy", "echo"),
        },
        {
            "no_action": azure(BICEP, "{ actionGroupId: team.id }", ""),
            "of_something_else": azure(BICEP, "resource errors", "resource jobs"),
            "no_alert": azure(BICEP, "Microsoft.Insights/metricAlerts", "Microsoft.Insights/components"),
            "no_way_back": azure("src/churn/azure_ml.py", "take_back", "shrug"),
        },
    ),
    *both(
        "DP188",
        {
            "every_action": aws(INFRA, '"s3:GetObject", "s3:PutObject"', '"s3:*"'),
            "every_resource": aws(INFRA, '"${aws_s3_bucket.this.arn}/*"', '"*"'),
            "no_role": {**SAGEMAKER, INFRA: 'resource "aws_s3_bucket" "b" {\n}\n'},
        },
        {
            "contributor_by_name": azure(
                BICEP,
                "roleDefinitionId: 'f6c7c914-8db3-469d-8ca1-694a8f32e121'",
                "roleDefinitionId: roles.Contributor",
            )
            | {"infra/roles.bicep": f"var roles = {{\n  Contributor: '{CONTRIBUTOR}'\n}}\n"},
            "owner_of_one": azure(BICEP, SCOPED[0], SCOPED[1].replace(CONTRIBUTOR, OWNER)),
            "contributor": azure(BICEP, "f6c7c914-8db3-469d-8ca1-694a8f32e121", CONTRIBUTOR),
            "no_role": azure(
                BICEP, "Microsoft.Authorization/roleAssignments", "Microsoft.Authorization/locks"
            ),
        },
    ),
    *both(
        "DP189",
        {
            "no_encryption": aws(INFRA, "bucket = aws_s3_bucket.this.id", 'bucket = "other"'),
            "no_tags": aws(INFRA, 'tags = { project = "churn" }', ""),
            "no_budget": aws(INFRA, "aws_budgets_budget", "aws_sns_topic"),
            "it_tells_nobody": aws(INFRA, "notification {", "planned_limit {"),
        },
        {
            "no_tags": azure(BICEP, "tags: { project: 'churn' }", ""),
            "no_encryption": azure(BICEP, "minimumTlsVersion: 'TLS1_2'", "accessTier: 'Hot'"),
            "no_budget": azure(BICEP, "Microsoft.Consumption/budgets", "Microsoft.Consumption/lots"),
        },
    ),
    *table(
        "DP190",
        AZUREML,
        unknown_input=azure(GRAPH, "${{parent.inputs.data}}", "${{parent.inputs.date}}"),
        unknown_job=azure(GRAPH, "parent.jobs.gate.outputs.verdict", "parent.jobs.judge.outputs.verdict"),
        unknown_output=azure(GRAPH, "parent.jobs.gate.outputs.verdict", "parent.jobs.gate.outputs.report"),
        not_of_the_component=azure(GRAPH, "      trials: ${{", "      tries: ${{"),
        required=azure(GRAPH, "      verdict: ${{parent.jobs.gate.outputs.verdict}}\n", ""),
        wrong_type=azure(GRAPH, "trials: ${{parent.inputs.trials}}", "trials: many"),
        no_file=azure(GRAPH, "components/register.yml", "components/registers.yml"),
        in_the_command=azure(
            "infra/components/train.yml", "--data ${{inputs.data}}", "--data ${{inputs.table}}"
        ),
        pipeline_output=azure(GRAPH, "${{parent.outputs.model}}", "${{parent.outputs.models}}"),
        schedule={
            **AZUREML,
            "infra/schedule.yml": "$schema: https://azuremlschemas.azureedge.net/latest/schedule.schema.json\n"
            "trigger: {type: cron, expression: '0 4 * * 1'}\ncreate_job: pipelines.yml\n",
        },
    ),
    # a batch workload asks for a job, and for somebody who is told
    *table(
        "DP187",
        named(SAGEMAKER, "sagemaker", "batch"),
        batch_no_target=named(
            aws(INFRA, "rule = aws_cloudwatch_event_rule.failed.name", 'rule = "other"'), "sagemaker", "batch"
        ),
        batch_no_word=named(aws("justfile", "python -m churn.cloud score", "echo"), "sagemaker", "batch"),
    ),
    *table(
        "DP187",
        named(AZUREML, "azureml", "batch"),
        azure_batch_no_action=named(azure(BICEP, "{ actionGroupId: team.id }", ""), "azureml", "batch"),
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


def test_contributor_of_one_resource_is_narrow(tmp_path: Path) -> None:
    tree = azure(BICEP, *SCOPED)
    judge(Case("DP188", "contributor of one", tree, Outcome.PASS), tmp_path)


@pytest.mark.parametrize("rule", RULES)
def test_a_laptop_is_no_platform(rule: str, tmp_path: Path) -> None:
    judge(Case(rule, "local", SERVICE, Outcome.NOT_APPLICABLE), tmp_path)


def test_only_the_server_knows_the_identity_of_jenkins(tmp_path: Path) -> None:
    stages = "stages { stage('train') { steps { sh 'just pipeline' } } }"
    tree = {**without(SAGEMAKER, FLOW), "Jenkinsfile": f"pipeline {{ agent any\n{stages}\n}}\n"}
    judge(Case("DP185", "jenkins", tree, Outcome.UNKNOWN), tmp_path)


def test_bindings_are_found_on_their_line(tmp_path: Path) -> None:
    from mlascent.facts import Facts

    from tests.rules.support import DAY, write

    tree = azure(GRAPH, "parent.jobs.gate.outputs.verdict", "parent.jobs.gate.outputs.report")
    found = load()["DP190"](Facts.of(write(tmp_path, tree), DAY)).evidence
    lines = tree[GRAPH].lstrip("\n").splitlines()
    assert [(e.path, "gate.outputs.report" in lines[e.line - 1]) for e in found] == [(GRAPH, True)]
