"""DP030 to DP034, DP050 to DP053, DP060."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import SERVE, SERVICE, TRAIN, Case, changed, hosted, judge, table, without

REGISTER = """
import mlflow
import xgboost
from mlflow.models import infer_signature

from churn import versions


def train(frame):
    model = xgboost.XGBClassifier().fit(frame[["age"]], frame["label"])
    with mlflow.start_run():
        mlflow.log_metrics({"auc": 0.9})
        info = mlflow.xgboost.log_model(
            model,
            name="model",
            signature=infer_signature(frame[["age"]], model.predict(frame[["age"]])),
            input_example=frame[["age"]].head(2),
        )
        register(info.model_uri)


def register(uri):
    client = mlflow.MlflowClient()
    tags = {"owner": "Ana Lima", "git_commit": versions.code(), "data_version": versions.data()}
    client.create_model_version("churn", uri, tags=tags, description="churn of customers")


if __name__ == "__main__":
    train(versions.frame())
"""
VERSIONS = """
import subprocess

import pandas as pd


def code():
    return subprocess.check_output(["git", "rev-parse", "HEAD"], text=True)


def data():
    return "3"


def frame():
    return pd.read_csv("data/train.csv")
"""
REGISTERED = {
    **SERVICE,
    "src/churn/train.py": REGISTER,
    "src/churn/versions.py": VERSIONS,
    "Makefile": "train:\n\tpython -m churn.train\n",
}
ASKING = changed(SERVICE, "src/churn/serve.py", 'joblib.load("models/model.joblib")', "load()")
ASKING = changed(
    ASKING,
    "src/churn/serve.py",
    "import joblib\n",
    "import os\n\nimport mlflow\n",
)
ASKING = changed(
    ASKING,
    "src/churn/serve.py",
    'app = FastAPI(title="churn")\n',
    'app = FastAPI(title="churn")\n\n\ndef load():\n'
    "    return mlflow.pyfunc.load_model(f\"models:/churn@{os.environ['ALIAS']}\")\n\n\n",
)
SCORE = """
import json
import sys

import joblib
import pandas as pd


def main():
    model = joblib.load("models/model.joblib")
    frame = pd.read_csv(sys.argv[1]).astype({"age": "float64"})
    frame["label"] = model.predict(frame[["age"]])
    frame.to_csv("out.csv", index=False)
    record = {"model_version": "3", "input": sys.argv[1], "rows": len(frame)}
    with open("run.json", "w") as file:
        json.dump(record, file)


if __name__ == "__main__":
    main()
"""
TEST_SCORE = """
import pandas as pd

from churn import score


def test_main(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["score", "in.csv"])
    score.main()
    assert len(pd.read_csv("out.csv")) == 3
"""
BATCH = {
    **without(SERVICE, "src/churn/serve.py", "tests/test_serve.py", "Dockerfile"),
    "src/churn/score.py": SCORE,
    "tests/test_score.py": TEST_SCORE,
}
CONTRACT = """
{"$defs": {
  "input": {"type": "object", "properties": {"age": {"type": "number"}}},
  "output": {"type": "object", "properties": {"label": {"type": "integer"}}}
}}
"""
LOADED = """
import joblib
import pandas as pd


def test_saved_model():
    model = joblib.load("tests/model.joblib")
    assert set(model.predict(pd.DataFrame({"age": [1.0]}))) <= {0, 1}
"""

CASES = [
    *table(
        "DP030",
        REGISTERED,
        nothing=SERVICE,
        unreached=changed(
            REGISTERED, "src/churn/train.py", "        register(info.model_uri)\n", "        print(info)\n"
        ),
        in_a_test={
            **SERVICE,
            "tests/test_register.py": "import mlflow\n\n\ndef test_it():\n"
            "    mlflow.register_model('a', 'b')\n",
        },
    ),
    *table(
        "DP031",
        REGISTERED,
        no_example=changed(
            REGISTERED, "src/churn/train.py", '            input_example=frame[["age"]].head(2),\n', ""
        ),
        inferred_and_dropped=changed(REGISTERED, "src/churn/train.py", "signature=infer", "metadata=infer"),
        pickled=changed(
            REGISTERED, "src/churn/train.py", "mlflow.xgboost.log_model", "mlflow.pytorch.log_model"
        ),
    ),
    *table(
        "DP032",
        REGISTERED,
        no_owner=changed(REGISTERED, "src/churn/train.py", '"owner": "Ana Lima", ', ""),
        no_data=changed(REGISTERED, "src/churn/train.py", ', "data_version": versions.data()', ""),
        commented=changed(
            REGISTERED,
            "src/churn/train.py",
            ', description="churn of customers"',
            ")  # description=(",
        ),
    ),
    *table(
        "DP033",
        ASKING,
        a_file=SERVICE,
        in_training=changed(
            SERVICE,
            "src/churn/train.py",
            "    train()\n",
            '    train()\n    print("models:/churn@champion")\n',
        ),
        in_a_comment=changed(SERVICE, "src/churn/serve.py", "MODEL = ", "# models:/churn@champion\nMODEL = "),
    ),
    hosted("DP034", Outcome.UNKNOWN, "no-snapshot", REGISTERED),
    hosted("DP034", Outcome.PASS, "there", registry={"aliases": {"champion": 3}, "versions": [1, 2, 3]}),
    hosted("DP034", Outcome.FAIL, "gone", registry={"aliases": {"champion": 4}, "versions": [1, 2, 3]}),
    hosted("DP034", Outcome.FAIL, "none", registry={"aliases": {}, "versions": [1]}),
    *table(
        "DP050",
        SERVICE,
        framework_alone=changed(
            SERVICE, "src/churn/serve.py", "MODEL.predict(pd.DataFrame([row.model_dump()]))[0]", "1"
        ),
        nothing=without(SERVICE, "src/churn/serve.py"),
        in_tests={"tests/serve.py": SERVE},
    ),
    *table("DP050", BATCH),
    *table(
        "DP051",
        SERVICE,
        untyped=changed(
            changed(SERVICE, "src/churn/serve.py", "row: Row", "row: dict"),
            "src/churn/serve.py",
            "class Row(BaseModel):\n    age: float\n\n\nclass Answer(BaseModel):\n    label: int\n",
            "Answer = dict\n",
        ),
        untested=without(SERVICE, "tests/test_serve.py"),
        asserts_nothing=changed(
            SERVICE, "tests/test_serve.py", 'assert answer.json()["label"] in (0, 1)', "print(answer)"
        ),
    ),
    *table("DP051", BATCH, untested=without(BATCH, "tests/test_score.py")),
    *table(
        "DP052",
        SERVICE,
        no_health=changed(SERVICE, "src/churn/serve.py", '"/health"', '"/hello"'),
        no_version=changed(
            SERVICE,
            "src/churn/serve.py",
            '@app.get("/version")\ndef version():\n    return {"version": "3"}\n',
            "",
        ),
        client=changed(
            changed(SERVICE, "src/churn/serve.py", '@app.get("/health")\n', ""),
            "src/churn/serve.py",
            'return {"status": "ok"}',
            'return requests.get("http://other/health")',
        ),
    ),
    *table(
        "DP052",
        BATCH,
        no_rows=changed(BATCH, "src/churn/score.py", ', "rows": len(frame)', ""),
        no_record=changed(BATCH, "src/churn/score.py", "json.dump(record, file)", "print(record)"),
    ),
    *table(
        "DP053",
        SERVICE,
        any_mapping=changed(
            changed(SERVICE, "src/churn/serve.py", "row: Row", "row: dict"),
            "src/churn/serve.py",
            "class Row(BaseModel):\n    age: float\n\n\nclass Answer(BaseModel):\n    label: int\n",
            "Answer = dict\n",
        ),
        batch_without=BATCH,
        empty_schema={**BATCH, "reports/contract.json": '{"type": "object", "properties": {}}'},
    ),
    *table("DP053", {**BATCH, "reports/contract.json": CONTRACT}),
    *table(
        "DP060",
        {**SERVICE, "tests/test_model.py": LOADED},
        just_fitted={
            "src/churn/train.py": TRAIN,
            "tests/test_model.py": "from sklearn.dummy import DummyClassifier\n\n\ndef test_fit():\n"
            "    model = DummyClassifier().fit([[1]], [1])\n    assert model.predict([[1]])[0] == 1\n",
        },
        asserts_nothing={
            **SERVICE,
            "tests/test_model.py": LOADED.replace("    assert set(", "    print(").replace(" <= {0, 1}", ""),
            "tests/test_serve.py": "def test_nothing():\n    assert True\n",
        },
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)
