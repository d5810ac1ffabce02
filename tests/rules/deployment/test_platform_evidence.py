"""What older rules see of SageMaker and Azure ML in repositories that no template made."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.deployment.managed_trees import AZUREML, SAGEMAKER
from tests.rules.deployment.trees import Case, Tree, changed, judge, table

FLOW = ".github/workflows/retrain.yml"
GRAPH = "infra/pipeline.yml"
PREPARES = 'prepare = ProcessingStep(name="prepare", step_args=None)'
STEPS = f"""{PREPARES}
    evaluate = ProcessingStep(name="evaluate", step_args=None)"""
WHOLE = changed(SAGEMAKER, "src/churn/definition.py", PREPARES, STEPS)
#: A schedule of CI starts the pipeline, with data that go by their digest.
SENDING = """

def send(path):
    import hashlib

    digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
    boto3.client("s3").upload_file(path, "churn", f"data/{digest}")
"""
STARTED = {
    **SAGEMAKER,
    "src/churn/aws.py": SAGEMAKER["src/churn/aws.py"].replace(
        "def train():\n", 'def train():\n    send("data.csv")\n'
    )
    + SENDING,
    FLOW: SAGEMAKER[FLOW].replace("just pipeline", "just train"),
}
CARD = """
import json


def text():
    uses = {"purpose_of_model": "churn"}
    return json.dumps({"model_overview": {"model_creator": "Ana"}, "intended_uses": uses})
"""
PENDING = 'approval_status="PendingManualApproval"'
TOLD = f"""{PENDING},
        model_metrics=ModelMetrics(model_statistics="s3://m"),
        model_card=card.text(),
        customer_metadata_properties={{"git_commit": "1", "data_sha256": "2"}},"""
DESCRIBED = {
    **SAGEMAKER,
    "src/churn/card.py": CARD,
    "src/churn/definition.py": SAGEMAKER["src/churn/definition.py"]
    .replace("import aws", "import aws, card\nfrom sagemaker.core.model_metrics import ModelMetrics")
    .replace(PENDING, TOLD),
}
#: SageMaker puts the model into the container; the deployment has it from the registry.
SERVING = """
import joblib
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
MODEL = joblib.load("/opt/ml/model/model.joblib")


@app.post("/invocations")
def predict(rows: list[dict]):
    return {"labels": MODEL.predict(pd.DataFrame(rows)).tolist()}
"""
ASKED = "    client().list_model_packages(ModelPackageGroupName='churn')\n"
SERVED = {
    **changed(SAGEMAKER, "src/churn/aws.py", "def deploy():\n", f"def deploy():\n{ASKED}"),
    "src/churn/serve.py": SERVING,
}
UPLOADS = """

def upload():
    from azure.ai.ml.entities import Model

    client().models.create_or_update(Model(name="churn", path="models", tags={"approval": "pending"}))


def promote(version):
    found = client().models.get("churn", version)
    if found.tags.get("gate") == "refused":
        raise ValueError("the gate refused it")
    found.tags["approval"] = "approved"
    client().models.create_or_update(found)
"""
UPLOADED = changed(AZUREML, "src/churn/azure_ml.py", "\n\ndef teardown", f"{UPLOADS}\n\ndef teardown")
CLUSTER = """
resource cpu 'Microsoft.MachineLearningServices/workspaces/computes@2024-10-01' = {
  name: 'cpu'
  properties: {
    computeType: 'AmlCompute'
    properties: { scaleSettings: { nodeIdleTimeBeforeScaleDown: 'PT2M' } }
  }
}
"""
BOUNDED = {**AZUREML, "infra/cluster.bicep": CLUSTER, GRAPH: AZUREML[GRAPH] + "limits: {timeout: 3600}\n"}


def azure(path: str, old: str, new: str, tree: Tree = AZUREML) -> Tree:
    return changed(tree, path, old, new)


CASES = [
    *table(
        "DE111",
        WHOLE,
        no_evaluation=SAGEMAKER,
        no_training=changed(
            WHOLE, "src/churn/definition.py", 'TrainingStep(name="train"', 'ProcessingStep(name="copy"'
        ),
    ),
    *table(
        "DE072",
        STARTED,
        data_of_no_version=changed(STARTED, "src/churn/aws.py", "hashlib.sha256(", "print("),
        no_job=changed(STARTED, FLOW, "just train", "just image"),
    ),
    *table(
        "DE110",
        SAGEMAKER,
        it_echoes=changed(SAGEMAKER, "justfile", "python -m churn.cloud train", "echo train"),
        no_such_module=changed(
            SAGEMAKER, "justfile", "python -m churn.cloud train", "python -m churn.clouds train"
        ),
    ),
    *table(
        "DE141",
        AZUREML,
        beside_the_gate=azure(GRAPH, "${{parent.jobs.gate.outputs.verdict}}", "${{parent.inputs.data}}"),
        a_gate_that_prints=azure(
            "src/churn/gate.py", 'sys.exit("the model is worse")', 'print("the model is worse")'
        ),
    ),
    # an upload to an empty registry waits, and who approves refuses what the gate did
    *table(
        "DE141",
        UPLOADED,
        upload_that_does_not_wait=azure(
            "src/churn/azure_ml.py", '"approval": "pending"', '"approval": "approved"', UPLOADED
        ),
        approval_without_a_gate=azure(
            "src/churn/azure_ml.py", '"gate") == "refused"', '"owner") == ""', UPLOADED
        ),
    ),
    *table(
        "DE161",
        BOUNDED,
        machines_stay=azure(
            "infra/cluster.bicep", "nodeIdleTimeBeforeScaleDown: 'PT2M'", "maxNodeCount: 4", BOUNDED
        ),
        no_limit={**BOUNDED, GRAPH: AZUREML[GRAPH]},
    ),
    *table(
        "DP030",
        AZUREML,
        no_name=azure(GRAPH, "{type: custom_model, name: churn}", "{type: custom_model}"),
        never_started=azure("justfile", "python -m churn.cloud", "echo"),
    ),
    *table(
        "DP032",
        DESCRIBED,
        no_owner=changed(DESCRIBED, "src/churn/card.py", "model_creator", "model_name"),
        no_data=changed(DESCRIBED, "src/churn/definition.py", "data_sha256", "when"),
    ),
    *table(
        "DP033",
        SERVED,
        whatever_lies_there=changed(SERVED, "src/churn/aws.py", ASKED, ""),
        baked_in=changed(SERVED, "src/churn/serve.py", "/opt/ml/model/model.joblib", "models/model.joblib"),
    ),
    *table(
        "DP070",
        AZUREML,
        it_lists=azure(
            "src/churn/azure_ml.py",
            'raise ValueError("nobody approved it")\n    deploy()',
            'raise ValueError("nobody approved it")',
        ),
        it_echoes=azure("justfile", "python -m churn.cloud rollback", "echo rollback"),
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


def test_a_change_of_tags_registers_nothing(tmp_path: Path) -> None:
    tree = {
        "tags.py": "def tell(model):\n    model.tags = {}\n    client().models.create_or_update(model)\n",
    }
    judge(Case("DE141", "tags", tree, Outcome.NOT_APPLICABLE), tmp_path)
