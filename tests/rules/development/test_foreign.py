"""Repositories that no template made: what holds in them, and what does not, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules import load

from tests.rules.development.good import Tree
from tests.rules.support import facts

CHECKS = load()

#: Scripts beside each other, a Makefile, Jenkins, pinned requirements, an MLproject.
FLAT: Tree = {
    "requirements.txt": "pandas==2.2.3\nscikit-learn==1.5.0\nmlflow==2.20.1\n",
    "runtime.txt": "python-3.11\n",
    "Makefile": "train: data.csv\n\tpython train.py --rows 10\n\ndata.csv:\n\tpython fetch.py\n",
    "MLproject": "name: churn\nentry_points:\n  main:\n    command: python train.py\n",
    "Jenkinsfile": """
        pipeline {
          agent any
          stages {
            stage('test') {
              steps {
                sh 'pip install -r requirements.txt'
                sh 'pytest'
              }
            }
          }
        }
        """,
    "fetch.py": """
        import pandas as pd
        pd.read_sql("select 1", "postgresql://ana:hunter2@db/x").to_csv("data.csv")
        """,
    "train.py": """
        import mlflow
        import pandas as pd
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split

        frame = pd.read_csv("data.csv")
        train, test = train_test_split(frame, test_size=0.2, random_state=42)
        with mlflow.start_run():
            model = LogisticRegression().fit(train, train["y"])
            mlflow.log_metric("accuracy", model.score(test, test["y"]))
        """,
    "test_train.py": "def test_nothing():\n    pass\n",
    "explore.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
}

#: A pipeline in Python for Kubeflow, GitLab, poetry.
KUBEFLOW: Tree = {
    "pyproject.toml": """
        [tool.poetry]
        name = "churn"
        version = "1"
        [tool.poetry.dependencies]
        python = "^3.11"
        pandas = "^2.2"
        kfp = "^2.9"
        [build-system]
        requires = ["poetry-core"]
        build-backend = "poetry.core.masonry.api"
        """,
    "poetry.lock": """
        [[package]]
        name = "pandas"
        version = "2.2.3"
        [[package]]
        name = "kfp"
        version = "2.9.0"
        """,
    ".gitlab-ci.yml": """
        test:
          script:
            - poetry install
            - poetry run ruff check .
            - poetry run pytest
          rules:
            - if: $CI_PIPELINE_SOURCE == "merge_request_event"
        train:
          script:
            - poetry install
            - poetry run python pipeline.py
          rules:
            - if: $CI_PIPELINE_SOURCE == "schedule"
        """,
    "pipeline.py": """
        import kfp
        from kfp import dsl

        @dsl.component
        def ingest_data():
            import pandas as pd
            pd.read_csv("gs://acme/raw.csv")

        @dsl.component
        def prepare_data():
            from sklearn.preprocessing import StandardScaler
            StandardScaler().fit_transform([[1]])

        @dsl.component
        def train_model():
            from sklearn.svm import SVC
            SVC().fit([[1]], [1])

        @dsl.component
        def evaluate_model():
            import mlflow
            from sklearn.metrics import accuracy_score
            mlflow.log_metric("accuracy", accuracy_score([1], [1]))

        @dsl.pipeline
        def whole():
            raw = ingest_data()
            rows = prepare_data().after(raw)
            model = train_model().after(rows)
            evaluate_model().after(model)

        if __name__ == "__main__":
            kfp.Client().create_run_from_pipeline_func(whole)
        """,
}

#: Jobs of Azure ML, with data of a version.
AZURE: Tree = {
    "pipeline.yml": """
        $schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
        type: pipeline
        inputs:
          raw: {type: uri_file, path: "azureml:churn:3"}
        jobs:
          validate:
            type: command
            code: src
            command: python validate.py
            inputs: {raw: "${{parent.inputs.raw}}"}
            outputs: {rows: {type: uri_folder}}
          prepare:
            type: command
            code: src
            command: python prepare.py
            inputs: {rows: "${{parent.jobs.validate.outputs.rows}}"}
            outputs: {train: {type: uri_folder}}
          train:
            type: command
            code: src
            command: python train.py
            inputs: {rows: "${{parent.jobs.prepare.outputs.train}}"}
            outputs: {model: {type: uri_folder}}
          evaluate:
            type: command
            code: src
            command: python evaluate.py
            inputs: {model: "${{parent.jobs.train.outputs.model}}"}
        """,
    "azure-pipelines.yml": """
        trigger: none
        schedules:
          - cron: "0 4 * * 1"
            branches: {include: [main]}
        jobs:
          - job: train
            steps:
              - script: az ml job create --file pipeline.yml
        """,
    "src/validate.py": """
        import jsonschema
        jsonschema.validate({}, {})
        """,
    "src/prepare.py": "import pandas as pd\npd.read_csv('x').to_csv('y')\n",
    "src/train.py": "from sklearn.svm import SVC\nSVC().fit([[1]], [1])\n",
    "src/evaluate.py": "import mlflow\nmlflow.log_metric('accuracy', 1)\n",
}

TRUTH: list[tuple[str, Tree, dict[str, str]]] = [
    (
        "flat",
        FLAT,
        {
            **dict.fromkeys(("DE030", "DE032", "DE100", "DE101", "DE110", "DE011"), "pass"),
            **dict.fromkeys(
                ("DE001", "DE020", "DE021", "DE033", "DE040", "DE041", "DE042", "DE050", "DE053"), "fail"
            ),
            **dict.fromkeys(("DE060", "DE062", "DE081", "DE102", "DE103", "DE111", "DE113", "DE120"), "fail"),
            "DE141": "not_applicable",
        },
    ),
    (
        "kubeflow",
        KUBEFLOW,
        {
            **dict.fromkeys(
                ("DE030", "DE031", "DE032", "DE041", "DE051", "DE111", "DE112", "DE113", "DE130"), "pass"
            ),
            **dict.fromkeys(("DE061",), "unknown"),
            **dict.fromkeys(("DE021", "DE033", "DE071", "DE081", "DE100", "DE110"), "fail"),
        },
    ),
    (
        "azure",
        AZURE,
        {
            **dict.fromkeys(("DE061", "DE070", "DE072", "DE081", "DE111", "DE112", "DE113", "DE130"), "pass"),
            **dict.fromkeys(("DE030", "DE041", "DE080", "DE100", "DE132"), "fail"),
        },
    ),
]


@pytest.mark.parametrize(("name", "tree", "truth"), TRUTH, ids=[row[0] for row in TRUTH])
def test_what_holds_in_it(name: str, tree: Tree, truth: dict[str, str], tmp_path: Path) -> None:
    found = facts(tmp_path, tree)
    told = {rule: CHECKS[rule](found) for rule in truth}
    wrong = {rule: (v.outcome.value, v.said) for rule, v in told.items() if v.outcome != truth[rule]}
    assert wrong == {}


@pytest.mark.parametrize(
    "tree", [{}, {"README.md": "# x\n"}, {"train.py": "x = ("}], ids=["empty", "one", "broken"]
)
def test_nothing_holds_by_absence(tree: Tree, tmp_path: Path) -> None:
    """No rule passes, and none stumbles, where there is nothing."""
    found = facts(tmp_path, tree)
    passing = {
        i
        for i, check in CHECKS.items()
        if ".development." in check.__module__ and check(found).outcome == "pass"
    }
    assert passing <= {"DE011"}
