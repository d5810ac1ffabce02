"""PX001 and PX002, and the versions behind them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from mlascent.catalogue import currency
from mlascent.rules.deployment.versions import all_below, lowest, version
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import SERVICE, Case, Tree, changed, github, judge, table

LATE = date(2026, 11, 20)


ESTIMATOR = {"train.py": "from sagemaker.estimator import Estimator\n"}
TRAINER = {"train.py": "from sagemaker.train import ModelTrainer\nfrom sagemaker.core import image_uris\n"}
ELASTIC = """
resource "aws_sagemaker_endpoint_configuration" "e" {
  production_variants {
    accelerator_type = "ml.eia2.medium"
  }
}
"""
COMPUTE = """
$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json
name: cpu
type: amlcompute
tier: {}
"""
CLUSTER = """
resource cpu 'Microsoft.MachineLearningServices/workspaces/computes@2024-10-01' = {{
  name: 'cpu'
  properties: {{
    computeType: 'AmlCompute'
    properties: {{
      vmPriority: '{}'
    }}
  }}
}}
"""
BATCH = """
resource e 'Microsoft.MachineLearningServices/workspaces/batchEndpoints@{}' = {{
  name: 'e'
}}
"""


def late(name: str, outcome: Outcome, tree: Tree, rule: str = "PX002") -> object:
    """A case on a day on which more has ended."""
    return pytest.param(Case(rule, name, tree, outcome, {}, LATE), id=f"{rule}-{name}")


CASES = [
    *table(
        "PX001",
        SERVICE,
        old_python=changed(SERVICE, "pyproject.toml", ">=3.11", ">=3.8"),
        old_image=changed(SERVICE, "Dockerfile", "python:3.12-slim", "python:3.7"),
        old_pin=changed(SERVICE, "pyproject.toml", "pandas>=2", "pandas==1.1.5"),
        old_range=changed(SERVICE, "pyproject.toml", "scikit-learn>=1.4", "tensorflow~=1.15"),
        requirements={"requirements.txt": "pandas==1.3.0\n", "train.py": "import pandas\n"},
    ),
    *table(
        "PX002",
        SERVICE,
        externals={**SERVICE, "src/churn/old.py": "from sklearn.externals import joblib\n"},
        old_action={
            ".github/workflows/ci.yml": github("pytest")[".github/workflows/ci.yml"]
            + "      - uses: actions/upload-artifact@v3\n"
        },
        old_call={
            "app.py": "import openai\n\n\ndef ask():\n    return openai.ChatCompletion.create(model='x')\n"
        },
        old_model={"app.py": "MODEL = 'text-davinci-003'\n"},
    ),
    late("ended", Outcome.FAIL, {"train.py": "from azureml.core import Workspace\n"}),
    late(
        "monitor",
        Outcome.FAIL,
        {"watch.py": "from sagemaker.model_monitor import DefaultModelMonitor as M\n"},
    ),
    late("ours", Outcome.PASS, SERVICE),
    # SageMaker's SDK 2 in a project that takes version 3, or whatever comes
    late("sdk-2-on-3", Outcome.FAIL, {**ESTIMATOR, "requirements.txt": "sagemaker>=3.27,<4\n"}),
    late("sdk-2-on-any", Outcome.FAIL, {**ESTIMATOR, "requirements.txt": "sagemaker>=2.200\n"}),
    late("sdk-2-kept", Outcome.PASS, {**ESTIMATOR, "requirements.txt": "sagemaker>=2.200,<3\n"}),
    late("sdk-2-locked", Outcome.PASS, {**ESTIMATOR, "requirements.txt": "sagemaker==2.257.7\n"}),
    late("sdk-3", Outcome.PASS, {**TRAINER, "requirements.txt": "sagemaker>=3.27,<4\n"}),
    late(
        "sdk-2-supported",
        Outcome.PASS,
        {"requirements.txt": "sagemaker<3\n", ".python-version": "3.12\n"},
        "PX001",
    ),
    pytest.param(
        Case(
            "PX001", "sdk-2-ended", {"requirements.txt": "sagemaker<3\n"}, Outcome.FAIL, {}, date(2027, 7, 6)
        ),
        id="PX001-sdk-2-ended",
    ),
    late(
        "quality-check", Outcome.FAIL, {"w.py": "from sagemaker.mlops.workflow import quality_check_step\n"}
    ),
    late(
        "capture",
        Outcome.PASS,
        {"w.py": "from sagemaker.core.model_monitor.data_capture_config import DataCaptureConfig\n"},
    ),
    late("edge", Outcome.FAIL, {"edge.tf": 'resource "aws_sagemaker_device_fleet" "f" {\n}\n'}),
    late("elastic", Outcome.FAIL, {"e.tf": ELASTIC}),
    late("elastic-setting", Outcome.FAIL, {"deploy.yaml": "accelerator: ml.eia2.medium\n"}),
    late("not-elastic", Outcome.PASS, {"e.tf": ELASTIC.replace("ml.eia2.medium", "ml.inf2.xlarge")}),
    late("cli-1", Outcome.FAIL, github("az ml model deploy -n churn -m churn:1", on="push:")),
    late("cli-1-extension", Outcome.FAIL, {"Makefile": "setup:\n\taz extension add -n azure-cli-ml\n"}),
    late("cli-2", Outcome.PASS, github("az ml model create -f model.yml", on="push:")),
    late("low-priority", Outcome.FAIL, {"compute.yml": COMPUTE.format("low_priority")}),
    late("dedicated", Outcome.PASS, {"compute.yml": COMPUTE.format("dedicated")}),
    late("low-priority-bicep", Outcome.FAIL, {"main.bicep": CLUSTER.format("LowPriority")}),
    late("dedicated-bicep", Outcome.PASS, {"main.bicep": CLUSTER.format("Dedicated")}),
    late("batch-preview", Outcome.FAIL, {"main.bicep": BATCH.format("2022-02-01-preview")}),
    late("batch-stable", Outcome.PASS, {"main.bicep": BATCH.format("2024-10-01")}),
    late(
        "labelling",
        Outcome.FAIL,
        {"main.bicep": BATCH.replace("batchEndpoints", "labelingJobs").format("2024-10-01")},
    ),
    late("python-310", Outcome.FAIL, changed(SERVICE, "pyproject.toml", ">=3.11", ">=3.10"), "PX001"),
    pytest.param(
        Case("PX002", "not-yet", {"train.py": "from azureml.core import Workspace\n"}, Outcome.PASS),
        id="PX002-not-yet",
    ),
    pytest.param(
        Case("PX001", "no-manifest", {"train.py": "print(1)\n"}, Outcome.UNKNOWN), id="PX001-no-manifest"
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


def test_every_entry_has_a_day_and_a_source() -> None:
    table = currency.table()
    for entry in (*table["libraries"], *table["retired"]):
        assert date.fromisoformat(entry["ended"])
        assert entry["source"].startswith("https://")
    assert all(version(limit["below"]) for limit in table["libraries"])


@pytest.mark.parametrize(
    ("specifier", "below"),
    [
        ("==1.5.3", True),
        ("<2", True),
        ("~=1.15", True),
        ("^1.2", True),
        ("==1.*", True),
        (">=1.3", False),
        ("", False),
        (">=2,<3", False),
        ("!=1.5", False),
        ("==2.0", False),
    ],
)
def test_ranges(specifier: str, below: bool) -> None:
    assert all_below(specifier, (2, 0)) is below


def test_lower_bounds() -> None:
    assert [lowest(text) for text in (">=3.8,<3.12", "^3.9", "<4", "")] == [(3, 8), (3, 9), (), ()]
