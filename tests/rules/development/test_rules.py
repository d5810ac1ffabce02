"""Each rule of the area: it holds where the thing is real, and not where it is only shown."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import Files
from mlascent.rules import load
from mlascent.rules.model import Verdict

from tests.rules.development.good import GOOD, OURS, Change, change, gone, notebook, tree
from tests.rules.support import DAY, facts, write

CHECKS = load()
Say = Callable[[str, Change], Verdict]
CI, RETRAIN, DVC = ".github/workflows/ci.yml", ".github/workflows/retrain.yml", "dvc.yaml"
S = "src/churn/"
DEPLOYED = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: a}}
    spec: {{image: "{image}", env: MODEL_VERSION}}
    """
ALERT = "groups:\n- name: a\n  rules:\n  - alert: {name}\n    expr: {expr}\n"
VIEWS = """
    from feast import FeatureView, FileSource
    source = FileSource(timestamp_field="t")
    view = FeatureView(name="x", entities=[1], owner="ana")
    """
PROMPTED = """
    from openai import OpenAI
    from churn import settings
    def ask(text):
        return OpenAI().chat.completions.create(model=settings.load()["model"], messages=text)
    """
INDEXED = """
    stages:
      index:
        cmd: python -m churn.index
        deps: [docs]
        params: [chunk_size, embedding_model]
        outs: [data/index]
    """
INDEX = """
    import faiss
    def main():
        faiss.write_index(faiss.IndexFlat(3), "data/index")
    if __name__ == "__main__":
        main()
    """
JUDGE = """
    import sys
    from ragas import evaluate
    def main():
        if evaluate("data")["groundedness"] < 0.8:
            sys.exit("worse")
    if __name__ == "__main__":
        main()
    """
LOGGED = "import mlflow\ndef go(digest):\n    mlflow.set_tag('prompt_digest', digest)\n"
JOB = """
    $schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
    type: command
    command: python train.py
    compute: azureml:cpu
    limits: {timeout: 3600}
    """
CLUSTER = """
    $schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json
    type: amlcompute
    idle_time_before_scale_down: 120
    """
DEVICE = """
    {"image": "mcr.microsoft.com/devcontainers/python:1-3.12", "postCreateCommand": "make setup"}
    """
SETUP: Change = {"Makefile": str(GOOD["Makefile"]) + "\nsetup:\n\tuv sync --locked\n"}
TORCH = "import joblib\nimport torch.distributed\ntorch.distributed.init_process_group()\n"

#: Rules that hold in the project as it is; `git` is needed for DE010 alone.
HOLD = (
    *(
        "DE001",
        "DE002",
        "DE011",
        "DE012",
        "DE020",
        "DE021",
        "DE022",
        "DE030",
        "DE031",
        "DE032",
        "DE033",
        "DE034",
    ),
    *(
        "DE040",
        "DE041",
        "DE042",
        "DE043",
        "DE044",
        "DE050",
        "DE051",
        "DE053",
        "DE060",
        "DE061",
        "DE062",
        "DE063",
    ),
    *("DE070", "DE071", "DE072", "DE080", "DE081", "DE083", "DE090", "DE091", "DE092", "DE093"),
    *(
        "DE100",
        "DE101",
        "DE102",
        "DE103",
        "DE110",
        "DE111",
        "DE112",
        "DE113",
        "DE120",
        "DE130",
        "DE131",
        "DE132",
    ),
    *("DE140", "DE141", "DE142", "DE143"),
)

CASES: list[tuple[str, str, Change]] = [
    ("DE001", "the template's example", change("mlascent.yaml", "problem:\n", "problem:\n  example: true\n")),
    ("DE001", "no owner", change("mlascent.yaml", "Ana Souza", "")),
    ("DE001", "placeholders", change("mlascent.yaml", "Keep customers who are about to leave", "TODO")),
    ("DE002", "a KPI that nothing computes", change("mlascent.yaml", "[roc_auc]", "[revenue]")),
    (
        "DE002",
        "the KPI in a comment",
        change(S + "evaluate.py", '"roc_auc"', '"auc"', "import json", "import json  # roc_auc"),
    ),
    ("DE002", "a metrics file without it", {"metrics.json": '{"accuracy": 0.9}'}),
    ("DE011", "a model", {"model.pkl": b"x"}),
    ("DE011", "a large file", {"dump.txt": b"x" * 1_200_000}),
    ("DE012", "outputs in spite of the hook", {"notebooks/explore.ipynb": notebook("1")}),
    (
        "DE012",
        "a hook that runs by hand",
        change(".pre-commit-config.yaml", "id: nbstripout", "id: nbstripout\n        stages: [manual]"),
    ),
    ("DE020", "another template's answers", {".copier-answers.yml": "_src_path: gh:x/y\n_commit: v1\n"}),
    ("DE020", "an empty file", {".copier-answers.yml": ""}),
    (
        "DE021",
        "a shell around a notebook",
        change(S + "features.py", "from sklearn.compose", "import papermill\nfrom sklearn.compose"),
    ),
    (
        "DE021",
        "an empty package beside a script",
        {
            **gone(*(path for path in GOOD if path.startswith(S) and path != S + "__init__.py")),
            "train.py": "from sklearn.svm import SVC\nSVC().fit(1, 2)\n",
        },
    ),
    (
        "DE022",
        "an old version",
        change(".copier-answers.yml", OURS, "v0.0.0"),
    ),
    ("DE022", "no template", gone(".copier-answers.yml")),
    ("DE023", "no template", gone(".copier-answers.yml")),
    ("DE030", "a lock of another day", change("uv.lock", 'name = "optuna"', 'name = "other"')),
    ("DE030", "a version out of range", change("uv.lock", "2.2.3", "1.5.3")),
    ("DE030", "no lock", gone("uv.lock")),
    (
        "DE031",
        "any version",
        change("pyproject.toml", 'requires-python = ">=3.11,<3.14"\n', "") | gone(".python-version"),
    ),
    ("DE031", "a star", change("pyproject.toml", ">=3.11,<3.14", "*") | gone(".python-version")),
    ("DE032", "past the lock", change(CI, "uv sync --locked", "pip install -e .")),
    (
        "DE032",
        "tools at versions",
        change(CI, "uv sync --locked", "pip install uv ruff==0.8.4")
        | change(RETRAIN, "      - run: uv sync --locked\n", ""),
    ),
    ("DE032", "one of two jobs", change(RETRAIN, "uv sync --locked", "uv sync")),
    ("DE033", "a literal in code", change(S + "train.py", 'params["seed"]', "42")),
    (
        "DE033",
        "a seed that nothing reads",
        change(S + "train.py", 'random_state=params["seed"], ', "")
        | change(S + "prepare.py", ', random_state=params["seed"]', "")
        | change(S + "tune.py", 'sampler=optuna.samplers.TPESampler(seed=settings.load()["seed"])', ""),
    ),
    (
        "DE033",
        "a split without it",
        change(
            S + "prepare.py",
            'test_size=params["split"]["test"], random_state=params["seed"]',
            'test_size=params["split"]["test"]',
        ),
    ),
    ("DE034", "a tag", change("Dockerfile", f"@sha256:{'0' * 64}", "")),
    ("DE034", "a digest that is none", change("Dockerfile", "0" * 64, "latest")),
    ("DE040", "no type checker", change("pyproject.toml", "[tool.mypy]\nstrict = true\n", "")),
    ("DE040", "no hook in the file", {".pre-commit-config.yaml": "repos: []\n"}),
    ("DE040", "errors ignored", change("pyproject.toml", "strict = true", "ignore_errors = true")),
    ("DE041", "failures ignored", change(CI, "run: make test", "run: make test || true")),
    ("DE041", "on a branch alone", change(CI, "  pull_request:\n", "")),
    ("DE041", "switched off", change(CI, "runs-on", "if: false\n    runs-on")),
    ("DE041", "tests in a comment", change(CI, "- run: make test", "# - run: make test")),
    ("DE042", "a test that asserts nothing", change("tests/test_data.py", "assert ", "")),
    (
        "DE042",
        "a test that never calls",
        {"tests/test_data.py": "from churn import features, prepare\ndef test_x():\n    assert features\n"},
    ),
    ("DE043", "a floor of zero", change("pyproject.toml", "under=80", "under=0")),
    (
        "DE043",
        "nothing measures",
        change("pyproject.toml", "--cov=churn --cov-fail-under=80", "-q")
        | {".coveragerc": "[report]\nfail_under = 80\n"},
    ),
    (
        "DE044",
        "a module without a test",
        change("tests/test_data.py", "tracking, train,", "train,").copy()
        | change(
            S + "train.py",
            "from churn import features, settings, tracking",
            "from churn import features, settings, tracking, extra\nextra.go()",
        )
        | {S + "extra.py": "def go():\n    pass\n", "tests/test_data.py": "def test_x():\n    assert 1\n"},
    ),
    ("DE044", "no test", gone("tests/test_data.py", "tests/test_gate.py", "tests/test_api.py")),
    ("DE050", "an empty owner", change("sources.yaml", "Data Platform", '""')),
    ("DE050", "no entry", {"sources.yaml": "sources: []\n"}),
    ("DE051", "a stage that echoes", change(DVC, "uv run python -m churn.ingest", "echo ingest")),
    (
        "DE051",
        "not by the declaration",
        change(DVC, "deps: [sources.yaml, src/churn/ingest.py]", "deps: [src/churn/ingest.py]"),
    ),
    ("DE051", "written into git", change(".gitignore", "/data/\n", "")),
    ("DE052", "a schedule that lints", change(RETRAIN, "make train", "make lint")),
    ("DE052", "by hand", change(RETRAIN, 'schedule:\n    - cron: "0 4 * * 1"', "workflow_dispatch:")),
    ("DE053", "a path of one machine", change(S + "ingest.py", '"data/raw.csv"', '"/home/ana/raw.csv"')),
    (
        "DE053",
        "a credential",
        change(S + "ingest.py", 'os.environ["WAREHOUSE_URL"]', '"postgresql://ana:hunter2@db/x"'),
    ),
    ("DE060", "a notebook among the code", {S + "train.ipynb": notebook()}),
    ("DE060", "no place", gone("notebooks/explore.ipynb")),
    (
        "DE061",
        "a stage at the side",
        change(DVC, "deps: [data/train.csv, data/validation.csv]", "deps: [data/raw.csv]"),
    ),
    ("DE061", "a stage that echoes", change(DVC, "uv run python -m churn.prepare", "echo prepare")),
    (
        "DE062",
        "a literal in code",
        change(S + "prepare.py", 'test_size=params["split"]["test"]', "test_size=0.2"),
    ),
    (
        "DE062",
        "no code reads it",
        change(S + "prepare.py", 'params["split"]["test"]', "SIZE", 'params["split"]["validation"]', "SIZE"),
    ),
    (
        "DE063",
        "one folder",
        change(
            DVC,
            "data/train.csv, data/validation.csv, data/test.csv",
            "data/parts",
            "[data/train.csv, data/validation.csv]",
            "[data/parts]",
        ),
    ),
    (
        "DE063",
        "a scaler thrown away",
        change(
            S + "features.py",
            "ColumnTransformer([",
            "list([",
            "import ColumnTransformer",
            "import make_column_selector",
        )
        | change(
            S + "train.py",
            "Pipeline([",
            "list([",
            "sklearn.pipeline import Pipeline",
            "sklearn.svm import SVC",
        ),
    ),
    ("DE070", "a path", change(".dvc/config", "s3://acme-data/churn", "/srv/dvc")),
    ("DE070", "no default", change(".dvc/config", "    remote = team\n", "")),
    (
        "DE071",
        "a stage not locked",
        change(DVC, "outs: [data/valid.csv]", "outs: [data/valid.csv, data/more.csv]"),
    ),
    ("DE071", "no lock", gone("dvc.lock")),
    (
        "DE072",
        "what lies on the runner",
        change(RETRAIN, "      - run: uv run dvc pull\n", "", "make train", "uv run python -m churn.train"),
    ),
    (
        "DE072",
        "a pull in another job",
        change(
            RETRAIN,
            "run: uv run dvc pull",
            "run: uv run dvc pull\n  other:\n    runs-on: ubuntu-latest\n    steps:",
            "make train",
            "uv run python -m churn.train",
        ),
    ),
    ("DE073", "a digest that is not recorded", change(S + "tracking.py", ', "data_sha256": digest', "")),
    ("DE073", "no tag", change(S + "tracking.py", "mlflow.set_tags", "print")),
    ("DE080", "no column", change(S + "schema.py", "pa.Column", "dict")),
    ("DE080", "without the target", change(S + "schema.py", '"churned"', '"other"')),
    (
        "DE080",
        "no limit",
        change(S + "schema.py", ", pa.Check.in_range(0, 120)", "", ', pa.Check.isin(["n", "s"])', ""),
    ),
    ("DE081", "at the side", change(DVC, "deps: [data/valid.csv]", "deps: [data/raw.csv]")),
    ("DE081", "swallowed", change(DVC, "churn.validate", "churn.validate || true")),
    ("DE081", "only prints", change(S + "validate.py", "SCHEMA.validate(", "(", "sys.exit", "print")),
    ("DE082", "not in serving", {}),
    (
        "DE082",
        "an import alone",
        change(S + "api.py", "from churn import features", "from churn import features, schema"),
    ),
    ("DE083", "in a notebook", change(S + "validate.py", "frame.duplicated().mean() > 0.1", "frame.empty")),
    ("DE083", "without consequence", change(DVC, "churn.validate", "churn.validate || true")),
    ("DE090", "in a test", change(S + "evaluate.py", "DummyClassifier()", "model")),
    ("DE090", "not reached", change(DVC, "churn.evaluate", "churn.features")),
    (
        "DE091",
        "in a function that nothing calls",
        change(S + "tune.py", "trial.suggest_int", "int", "optuna.create_study", "print")
        | {S + "dead.py": "def score(t):\n    t.suggest_int('x', 1, 2)\n"},
    ),
    (
        "DE091",
        "in a comment",
        change(S + "tune.py", 'trial.suggest_int("max_depth", 2, 9)', "3  # trial.suggest_int"),
    ),
    ("DE092", "one run", change(S + "tune.py", "nested=True", "")),
    (
        "DE092",
        "nested elsewhere",
        change(S + "tune.py", "mlflow.start_run(nested=True)", "open('x')")
        | change(S + "tracking.py", "start_run()", "start_run(nested=False)"),
    ),
    ("DE093", "an empty section", {"docs/model-card.md": "# Card\n\n## Alternatives considered\n\nTODO\n"}),
    (
        "DE093",
        "no section",
        {"docs/model-card.md": "# Card\n\nThe forest was the best of all that we tried, by far.\n"},
    ),
    (
        "DE100",
        "in a comment",
        change("pyproject.toml", '"mlflow>=2", ', "", "[tool.ruff]", "# mlflow\n[tool.ruff]"),
    ),
    (
        "DE100",
        "for the documents",
        change("pyproject.toml", '"mlflow>=2", ', "", "dev = [", 'docs = ["mlflow"]\ndev = ['),
    ),
    (
        "DE101",
        "never called",
        change(S + "train.py", "tracking.start()", "open('x')", "tracking.record(", "print("),
    ),
    (
        "DE101",
        "a run without figures",
        change(S + "tracking.py", "mlflow.log_", "print_", "mlflow.set_tags", "print"),
    ),
    (
        "DE102",
        "written into the code",
        change(
            S + "tracking.py",
            'os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")',
            '"http://10.0.0.1:5000"',
        ),
    ),
    ("DE102", "a file store", change(S + "tracking.py", "sqlite:///mlflow.db", "file:./mlruns")),
    ("DE102", "nothing said", change(S + "tracking.py", "mlflow.set_tracking_uri", "print")),
    (
        "DE103",
        "no commit",
        change(S + "tracking.py", '"git_commit": commit, ', "", '["git", "rev-parse", "HEAD"]', '["date"]'),
    ),
    ("DE103", "no version of the data", change(S + "tracking.py", '"data_sha256"', '"author"')),
    ("DE110", "a word that echoes", change("Makefile", "uv run dvc repro", "echo training")),
    ("DE110", "no word", change("Makefile", "train:", "go:")),
    (
        "DE110",
        "a script that is not there",
        change("Makefile", "uv run dvc repro", "uv run python train_model.py"),
    ),
    ("DE111", "stages that echo", change(DVC, "uv run python -m churn", "echo churn")),
    (
        "DE111",
        "no evaluation",
        change(
            DVC,
            "metrics: [{metrics.json: {cache: false}}]",
            "outs: [metrics.json]",
            "  evaluate:",
            "  publish:",
            "churn.evaluate",
            "churn.gate",
        ),
    ),
    (
        "DE112",
        "a cycle",
        change(DVC, "deps: [sources.yaml, src/churn/ingest.py]", "deps: [models/model.joblib]"),
    ),
    (
        "DE112",
        "a parameter that is not there",
        change(DVC, "params: [seed, split]", "params: [seed, splits]"),
    ),
    ("DE112", "a script that is not there", change(DVC, "churn.prepare", "churn.preparation")),
    ("DE112", "a file that is not there", change(DVC, "src/churn/ingest.py", "src/churn/fetch.py")),
    ("DE113", "a cron that lints", change(RETRAIN, "make train", "make lint")),
    ("DE113", "switched off", change(RETRAIN, "runs-on", "if: false\n    runs-on")),
    (
        "DE113",
        "the word in a name",
        change(RETRAIN, "run: make train", "name: make train\n        run: echo ok"),
    ),
    ("DE114", "no pipeline", {}),
    ("DE114", "the whole pipeline", change(CI, "make test", "make test\n      - run: make train")),
    (
        "DE120",
        "the same lines twice",
        change(
            S + "api.py",
            "features.build(pd.DataFrame([row]))",
            "pd.DataFrame([row]).assign(young=1)",
            "from churn import features\n",
            "",
        ),
    ),
    (
        "DE120",
        "a shared module of settings",
        change(
            S + "api.py",
            "features.build(pd.DataFrame([row]))",
            "pd.DataFrame([settings.load()])",
            "import features",
            "import settings",
        ),
    ),
    ("DE121", "no store", {}),
    (
        "DE121",
        "a view without owner",
        {"repo/views.py": "from feast import FeatureView\nv = FeatureView(name='x', entities=[1])\n"},
    ),
    ("DE122", "no join", {}),
    (
        "DE122",
        "in a function that nothing calls",
        {S + "asof.py": "import pandas as pd\ndef join(a, b):\n    return pd.merge_asof(a, b)\n"},
    ),
    ("DE123", "no alert", {}),
    (
        "DE123",
        "an alert on something else",
        {"alerts.yml": ALERT.format(name="Down", expr="up == 0")},
    ),
    ("DE130", "no code writes it", change(S + "evaluate.py", '"metrics.json"', '"other.json"')),
    (
        "DE130",
        "not declared",
        change(DVC, "metrics: [{metrics.json: {cache: false}}]", "outs: [metrics.json]"),
    ),
    (
        "DE131",
        "one metric",
        change(
            S + "evaluate.py",
            '"accuracy": accuracy_score(frame["churned"], scores > 0.5),',
            "",
            "accuracy_score, ",
            "",
            '"baseline_accuracy"',
            '"floor"',
            "roc_auc_low",
            "low",
        ),
    ),
    (
        "DE131",
        "no uncertainty",
        change(S + "evaluate.py", 'np.percentile([d["roc_auc"] for d in draws], 2.5)', "0"),
    ),
    ("DE131", "of another task", change(".copier-answers.yml", "classification", "regression")),
    ("DE132", "an empty list", change("params.yaml", "[region]", "[]")),
    ("DE132", "not read", change(S + "evaluate.py", '["slices"]', '["other"]')),
    ("DE133", "nothing perturbs", {}),
    ("DE133", "a function that nothing runs", {S + "robust.py": "def perturb(x):\n    return x\n"}),
    ("DE140", "the example", change("mlascent.yaml", "thresholds:\n", "thresholds:\n      example: true\n")),
    ("DE140", "no latency", change("mlascent.yaml", "      latency_ms: {max: 200}\n", "")),
    ("DE140", "no baseline", change("mlascent.yaml", "      better_than_baseline: 0.02\n", "")),
    ("DE141", "a gate that prints", change(S + "gate.py", "raise ValueError", "print")),
    ("DE141", "a gate that nothing asks", change(S + "register.py", "gate.decide(", "print(")),
    (
        "DE141",
        "a second way",
        {S + "quick.py": "import mlflow\nmlflow.register_model('runs:/1/m', 'churn')\n"},
    ),
    ("DE142", "no fairness", change("mlascent.yaml", "      slices: {min: 0.7}\n", "")),
    ("DE142", "no latency", change("mlascent.yaml", "      latency_ms: {max: 200}\n", "")),
    ("DE150", "no pipeline", {}),
    ("DE150", "no comparison", change(CI, "make test", "make test\n      - run: make train")),
    ("DE151", "no limit", change(CI, "make test", "make test\n      - run: make train")),
    (
        "DE151",
        "another job's limit",
        change(
            CI,
            "make test",
            "make test\n      - run: make train\n  other: {timeout-minutes: 5, steps: [{run: ls}]}",
        ),
    ),
    ("DE170", "tags of the run alone", {}),
    ("DE170", "no registration", gone(S + "register.py")),
    (
        "DE171",
        "a moving name",
        {"k8s/d.yaml": DEPLOYED.format(image="x:latest")},
    ),
    ("DE171", "nothing", {}),
    ("DE173", "a dependency alone", change("pyproject.toml", '"optuna"', '"optuna", "openlineage-python"')),
    ("DE173", "nothing", {}),
    ("DE160", "nothing names a machine", {}),
    (
        "DE160",
        "in the code",
        {S + "job.py": "import sagemaker\nsagemaker.Estimator(instance_type='ml.m5.large')\n"},
    ),
    ("DE161", "nothing ends it", {"job.yml": JOB.replace("limits: {timeout: 3600}", "")}),
    ("DE161", "idle machines stay", {"job.yml": JOB}),
    ("DE162", "no layout", change(S + "train.py", "import joblib\n", TORCH)),
    (
        "DE162",
        "no checkpoint",
        {"job.yml": JOB.replace("type: command", "type: command\n    distribution: {type: pytorch}")},
    ),
    (
        "DE180",
        "no Python",
        {".devcontainer/devcontainer.json": DEVICE.replace("python:1-3.12", "base"), **SETUP},
    ),
    ("DE180", "another Python", {".devcontainer/devcontainer.json": DEVICE.replace("3.12", "3.9"), **SETUP}),
    (
        "DE180",
        "sets nothing up",
        {".devcontainer/devcontainer.json": DEVICE.replace("make setup", "echo ok"), **SETUP},
    ),
    ("DX010", "no prompt", {S + "ask.py": PROMPTED}),
    (
        "DX010",
        "a name in the code",
        {
            S + "ask.py": PROMPTED.replace('settings.load()["model"]', '"gpt-4o"'),
            "prompts/a.yaml": "text: hello\n",
        },
    ),
    ("DX011", "in the file alone", {"prompts/a.yaml": "version: 3\n"}),
    ("DX011", "in a comment", {S + "log.py": LOGGED.replace("'prompt_digest'", "'x'") + "# prompt_digest\n"}),
    ("DX020", "judges without data", {S + "judge.py": JUDGE}),
    ("DX020", "data without judges", {"eval/golden.jsonl": "{}\n"}),
    ("DX021", "no job", {S + "judge.py": JUDGE}),
    (
        "DX021",
        "only reports",
        {
            S + "judge.py": JUDGE.replace("sys.exit", "print"),
            **change(CI, "make test", "uv run python -m churn.judge"),
        },
    ),
    (
        "DX030",
        "nobody watches",
        {"rag/dvc.yaml": INDEXED.replace("python", "cd .. && python"), S + "index.py": INDEX},
    ),
    ("DX030", "by hand", {S + "index.py": INDEX}),
]

NOT_APPLICABLE: list[tuple[str, str, Change]] = [
    ("DE012", "no notebook", gone("notebooks/explore.ipynb", ".pre-commit-config.yaml")),
    ("DE034", "no image", gone("Dockerfile")),
    ("DE162", "not distributed", {}),
    ("DE180", "no container", {}),
]

UNKNOWN: list[tuple[str, str, Change]] = [
    ("DE022", "a commit", change(".copier-answers.yml", OURS, "1a2b3c4")),
    ("DE023", "a render is needed", {}),
    ("DE104", "the tracker's", {}),
    (
        "DE143",
        "no test of a refusal",
        change(
            "tests/test_gate.py",
            "with pytest.raises(ValueError):",
            "if True:",
            "a_worse_model_is_refused",
            "it_runs",
        ),
    ),
    ("DE172", "the services'", {}),
    ("DX001", "a report", {}),
    ("DX002", "a report", {}),
]

PASS: list[tuple[str, str, Change]] = [
    (
        "DE012",
        "a git filter",
        {".gitattributes": "*.ipynb filter=nbstripout\n", ".pre-commit-config.yaml": "repos: []\n"},
    ),
    ("DE041", "every push", change(CI, "  pull_request:\n  push: {branches: [main]}", "  push:")),
    ("DE052", "", change(RETRAIN, "make train", "uv run python -m churn.ingest")),
    (
        "DE073",
        "",
        change(
            S + "register.py",
            "from churn import gate",
            "from churn import gate, tracking",
            '"churn")',
            '"churn", tags={"data_sha256": tracking.DIGEST})',
        ),
    ),
    (
        "DE082",
        "",
        change(
            S + "api.py",
            "from churn import features",
            "from churn import features, schema",
            "pd.DataFrame([row])",
            "schema.SCHEMA.validate(pd.DataFrame([row]))",
        ),
    ),
    (
        "DE114",
        "",
        change(CI, "make test", "make test\n      - run: uv run dvc repro\n        env: {SAMPLE: '100'}"),
    ),
    (
        "DE121",
        "",
        {"repo/views.py": VIEWS},
    ),
    (
        "DE122",
        "",
        change(
            S + "train.py",
            'pd.read_csv("data/train.csv")',
            'pd.merge_asof(pd.read_csv("data/train.csv"), None)',
        ),
    ),
    (
        "DE123",
        "",
        {"alerts.yml": ALERT.format(name="FeatureAge", expr="feature_age_seconds > 60")},
    ),
    (
        "DE133",
        "",
        {
            "tests/test_robust.py": "from churn import evaluate\n"
            "def test_noise_perturbs_little():\n    assert evaluate.measure(1, 2)\n",
            **change(S + "evaluate.py", '"roc_auc_low"', '"champion_roc_auc_low"'),
        },
    ),
    (
        "DE150",
        "",
        change(
            CI,
            "make test",
            "make test\n      - run: make train\n      - run: dvc metrics diff main --md >> $OUT",
        ),
    ),
    (
        "DE151",
        "",
        change(
            CI,
            "make test",
            "make test\n      - run: make train",
            "runs-on",
            "timeout-minutes: 20\n    concurrency: a\n    runs-on",
        ),
    ),
    (
        "DE170",
        "",
        change(
            S + "register.py",
            "from churn import gate",
            "from churn import gate, tracking",
            '"churn")',
            '"churn", tags=tracking.TAGS)',
        ),
    ),
    (
        "DE171",
        "",
        {"k8s/d.yaml": DEPLOYED.format(image=f"x@sha256:{'0' * 64}")},
    ),
    (
        "DE173",
        "",
        change(
            S + "train.py",
            "import hashlib",
            "import hashlib\nfrom openlineage.client import OpenLineageClient",
            "params, frame =",
            "OpenLineageClient()\n    params, frame =",
        ),
    ),
    ("DE160", "", {"job.yml": JOB}),
    ("DE161", "", {"job.yml": JOB, "cluster.yml": CLUSTER}),
    (
        "DE162",
        "",
        {
            "job.yml": JOB.replace("type: command", "type: command\n    distribution: {type: pytorch}"),
            **change(S + "train.py", "import joblib\n", TORCH + "torch.save(1, 'x')\n"),
        },
    ),
    ("DE180", "", {".devcontainer/devcontainer.json": DEVICE, **SETUP}),
    ("DX010", "", {S + "ask.py": PROMPTED, "prompts/a.yaml": "text: hello\n"}),
    ("DX011", "", {S + "log.py": LOGGED}),
    ("DX020", "", {S + "judge.py": JUDGE, "eval/golden.jsonl": "{}\n"}),
    ("DX021", "", {S + "judge.py": JUDGE, **change(CI, "make test", "uv run python -m churn.judge")}),
    (
        "DX030",
        "",
        {
            DVC: INDEXED,
            S + "index.py": INDEX,
            "docs/a.md": "x",
            "alerts.yml": ALERT.format(name="IndexOld", expr="index_age > 9"),
        },
    ),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    found = Cache(tmp_path_factory.mktemp("cache"))
    yield found
    found.close()


@pytest.fixture
def verdict(tmp_path: Path, cache: Cache) -> Say:
    """What a rule says of the project with a change; files that are the same are parsed once."""

    def say(rule: str, changed: Change) -> Verdict:
        return CHECKS[rule](Facts(Files(write(tmp_path, tree(changed)), cache), DAY))

    return say


def test_the_project_holds(tmp_path: Path) -> None:
    found = facts(tmp_path, GOOD)
    told = {rule: CHECKS[rule](found) for rule in HOLD}
    assert {rule: v.said for rule, v in told.items() if v.outcome != "pass"} == {}
    assert [rule for rule, v in told.items() if not v.said.endswith(".")] == []
    assert found.files.problems == set()


@pytest.mark.parametrize(("rule", "name", "changed"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_theatre_fails(rule: str, name: str, changed: Change, verdict: Say) -> None:
    told = verdict(rule, changed)
    assert told.outcome == "fail", told


@pytest.mark.parametrize(("rule", "name", "changed"), PASS, ids=[f"{c[0]}-{c[1]}" for c in PASS])
def test_the_real_thing_passes(rule: str, name: str, changed: Change, verdict: Say) -> None:
    told = verdict(rule, changed)
    assert told.outcome == "pass", told


@pytest.mark.parametrize(("rule", "name", "changed"), UNKNOWN, ids=[f"{c[0]}-{c[1]}" for c in UNKNOWN])
def test_what_files_cannot_show_is_unknown(rule: str, name: str, changed: Change, verdict: Say) -> None:
    told = verdict(rule, changed)
    assert told.outcome == "unknown", told


@pytest.mark.parametrize(
    ("rule", "name", "changed"), NOT_APPLICABLE, ids=[f"{c[0]}-{c[1]}" for c in NOT_APPLICABLE]
)
def test_what_is_not_there_is_not_judged(rule: str, name: str, changed: Change, verdict: Say) -> None:
    told = verdict(rule, changed)
    assert told.outcome == "not_applicable", told


@pytest.mark.parametrize(
    ("changed", "repository", "expected"),
    [
        ({}, True, "pass"),
        ({}, False, "fail"),
        (change(".gitignore", ".env\n", ""), True, "fail"),
        (change(".gitignore", "/data/\n/models/\n", ""), True, "fail"),
    ],
)
def test_git_keeps_data_out(
    changed: Change, repository: bool, expected: str, tmp_path: Path, verdict: Say
) -> None:
    if repository:
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert verdict("DE010", changed).outcome == expected


def test_every_rule_of_the_area_has_its_fixtures() -> None:
    known = {i for i, check in CHECKS.items() if ".development." in check.__module__}
    true = {*HOLD, *(rule for rule, _, _ in PASS), "DE010"}
    never = {"DE023", "DE104", "DE172", "DX001", "DX002"}  # a repository cannot show that they hold
    assert known - true == never
    false = Counter(rule for rule, _, _ in CASES)
    few = {rule: false[rule] for rule in known - never if false[rule] < 2}
    assert few == {"DE010": 0, "DE143": 0}
