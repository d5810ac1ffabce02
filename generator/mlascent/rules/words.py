"""What rules mean by a linter, a test run, a model's fit, a tracker, a stage: each said once, for all.

A name alone proves nothing: a stage called `train` trains if its code reaches a fit. Names only choose
among what really happens. Where training and serving begin stands in `rules.entries`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.facts.tasks import Launch
from mlascent.rules.model import Evidence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _tuple(words: str) -> tuple[str, ...]:
    return tuple(words.split())


LINTERS = _set("ruff flake8 pylint pyflakes prospector pylama wemake-python-styleguide")
FORMATTERS = _set("black isort autopep8 yapf")
TYPE_CHECKERS = _set("mypy pyright basedpyright pytype pyre ty pyrefly dmypy")
HOOK_RUNNERS = _set("pre-commit prek lefthook")
TEST_RUNNERS = _set("pytest py.test nose2 unittest green stestr")
#: Experiment trackers, as packages (normalised names).
TRACKERS = _set(
    "mlflow mlflow-skinny wandb neptune neptune-client comet-ml clearml aim azureml-mlflow "
    "sagemaker-mlflow dvclive sacred tensorboard guildai trackio"
)
SCHEMA_LIBRARIES = _set(
    "pandera great-expectations great-expectations-cloud tensorflow-data-validation soda-core "
    "jsonschema pydantic cerberus frictionless deepchecks pointblank dataframely"
)
#: Options with which a checker reports and never fails.
TOOTHLESS = _set("--exit-zero --version --help -h --collect-only --co --show-settings")

#: Folders of tests that need the built system.
_OF_SYSTEM = re.compile(r"(^|/)(integration|e2e|end_to_end|smoke|system|acceptance)(_tests?)?(/|$)")

#: Calls that fit a model (see `fits`).
FITS = _tuple(
    "*.fit *.partial_fit *.fit_predict *.train_on_batch *.fit_generator *.backward xgboost.train "
    "lightgbm.train catboost.train xgboost.cv fasttext.train_* *.train_model transformers.*.train "
    "trl.*.train ultralytics.*.train .train surprise.*.fit h2o.*.train sagemaker.*.fit "
    "pycaret.*.create_model pycaret.*.compare_models flaml.*.fit"
)
#: Calls that measure a model.
MEASURES = _tuple(
    "sklearn.metrics.* torchmetrics.* mlflow.evaluate mlflow.models.evaluate evaluate.load *.score "
    "*.evaluate *.cross_val_score *.cross_validate numpy.corrcoef *.compute_metrics"
)
#: Calls that begin a tracked run, record parameters, metrics, and tags.
STARTS_RUN = _tuple(
    "mlflow.start_run *.start_run wandb.init neptune.init_run neptune.init aim.Run comet_ml.Experiment "
    "comet_ml.start clearml.Task.init dvclive.Live *.create_run sagemaker.experiments.* *SummaryWriter "
    "*.autolog trackio.init sacred.Experiment *.MLflowLoggerCallback *.WandbLoggerCallback "
    "*.MLFlowLogger *.WandbLogger *.MLflowCallback *.DVCLiveCallback *.CometLogger *.NeptuneLogger"
)
LOGS_PARAMETERS = _tuple(
    "*.log_param *.log_params *.autolog wandb.init wandb.config.update *.log_parameters *.log_parameter "
    "*.log_hyperparams *.connect *.add_hparams *.set_hyperparameters"
)
LOGS_METRICS = _tuple(
    "*.log_metric *.log_metrics *.autolog wandb.log *.log_scalar *.report_scalar *.add_scalar "
    "*.report_single_value *.log_dict aim.Run.track .track trackio.log "
    "*.MLflowLoggerCallback *.WandbLoggerCallback *.MLFlowLogger *.WandbLogger *.MLflowCallback "
    "*.DVCLiveCallback *.CometLogger *.NeptuneLogger"
)
SETS_TAGS = _tuple("*.set_tag *.set_tags *.log_input *.log_inputs *.add_tag *.add_tags wandb.init")
#: Calls that make a web application.
SERVICES = _tuple(
    "fastapi.FastAPI flask.Flask starlette.applications.Starlette litestar.Litestar sanic.Sanic "
    "bentoml.Service bentoml.service ray.serve.deployment ray.serve.run aiohttp.web.Application "
    "litserve.LitServer tornado.web.Application falcon.App bottle.Bottle quart.Quart grpc.server "
    "grpc.aio.server kserve.ModelServer mlserver.*"
)
SERVERS = _set("uvicorn gunicorn hypercorn granian daphne fastapi flask bentoml waitress-serve")

#: What a stage, word or module is for, as its name tells it.
KINDS: dict[str, frozenset[str]] = {
    "ingest": _set("ingest ingestion download fetch collect extract acquire import"),
    "validate": _set("validate validation validator expectations quality contract"),
    "prepare": _set(
        "prepare prep preparation preprocess preprocessing process processing split clean cleaning "
        "transform transformation feature features featurize etl featurization dataset munge wrangle "
        "load data build"
    ),
    "train": _set("train training trainer fit finetune learn"),
    "tune": _set("tune tuning hpo optimize optimise search sweep optuna"),
    "evaluate": _set("evaluate evaluation eval test metrics measure compare benchmark"),
    "score": _set("score scoring predict prediction predictions inference infer batch"),
    "gate": _set("gate check approve judge"),
    "register": _set("register registration registry"),
    "serve": _set("serve serving service api app server endpoint"),
    "deploy": _set("deploy deployment release rollout"),
    "monitor": _set("monitor monitoring drift observe"),
    "retrain": _set("retrain retraining"),
}


def parts(name: str) -> tuple[str, ...]:
    """The words of a name: `trainModel_v2` → train, model, v2."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word)


def kinds(name: str) -> frozenset[str]:
    """What a name says that something is for."""
    said = set(parts(name))
    return frozenset(kind for kind, words in KINDS.items() if said & words)


def program(launch: Launch) -> str:
    """The name of the program, without folder, ending and version: `nbstripout==0.9.1` → nbstripout."""
    if not launch.argv:
        return ""
    name = PurePosixPath(launch.argv[0].replace("\\", "/")).name
    return re.split(r"[=@<>~!\[]", name.removesuffix(".exe"))[0].lower()


def arguments(launch: Launch) -> tuple[str, ...]:
    """Positional words after the program."""
    return tuple(word for word in launch.argv[1:] if not word.startswith("-"))


def has(launch: Launch, *options: str) -> bool:
    """Whether one of these options is given, alone or as `--option=value`."""
    return any(word.split("=", 1)[0] in options for word in launch.argv[1:])


def lints(launch: Launch) -> bool:
    """Whether a linter runs and can fail."""
    if not launch.counts or TOOTHLESS & set(launch.argv):
        return False
    if program(launch) == "ruff" and arguments(launch)[:1] != ("check",):
        return False
    return program(launch) in LINTERS


def checks_types(launch: Launch) -> bool:
    """Whether a type checker runs and can fail."""
    return launch.counts and program(launch) in TYPE_CHECKERS and not TOOTHLESS & set(launch.argv)


def tests(launch: Launch) -> bool:
    """Whether tests run and can fail."""
    if not launch.counts or TOOTHLESS & set(launch.argv):
        return False
    if program(launch) == "coverage":
        return bool(TEST_RUNNERS & set(launch.argv[1:]))
    return program(launch) in TEST_RUNNERS


def suite(facts: Facts, launch: Launch) -> bool:
    """Whether a test run takes the tests, and not those of the built system alone, where there are others."""
    named = [word.partition("::")[0] for word in arguments(launch) if "/" in word or word.endswith(".py")]
    if not named or not all(_OF_SYSTEM.search(word) for word in named):
        return True
    return not any(
        m.test and m.functions and not _OF_SYSTEM.search(m.path) for m in facts.python.modules.values()
    )


def repeats(launch: Launch) -> bool:
    """Whether an orchestrator is told to run a pipeline."""
    name, words = program(launch), arguments(launch)[:3]
    if TOOTHLESS & set(launch.argv) or has(launch, "--dry", "--dry-run"):
        return False
    starts: dict[str, tuple[tuple[str, ...], ...]] = {
        "dvc": (("repro",), ("exp", "run")),
        "mlflow": (("run",),),
        "kedro": (("run",),),
        "az": (("ml", "job", "create"),),
        "aws": (("sagemaker", "start-pipeline-execution"), ("sagemaker", "create-training-job")),
        "airflow": (("dags", "trigger"),),
        "prefect": (("deployment", "run"),),
        "kfp": (("run", "create"), ("run", "submit")),
        "argo": (("submit",),),
        "zenml": (("pipeline", "run"),),
        "ploomber": (("build",),),
        "snakemake": ((),),
        "dagster": (("job", "execute"), ("asset", "materialize"), ("job", "launch")),
    }
    return any(words[: len(start)] == start for start in starts.get(name, ()))


def fits(facts: Facts, within: Iterable[tuple[str, str]] | None = None) -> tuple[Found, ...]:
    """Calls that fit a model; a function of the repository that is merely called `fit` is none.

    What is told from where in a cloud its input comes starts a job, which fits the model elsewhere.
    """
    found = foreign(facts, facts.python.calls(FITS, within))
    return tuple(f for f in found if "input_data_config" not in f.call.keywords)


def foreign(facts: Facts, found: Iterable[Found]) -> tuple[Found, ...]:
    """Calls of what is no function of the repository itself."""
    return tuple(f for f in found if own(facts, f.call.name, f.path) is None)


def own(facts: Facts, name: str, path: str) -> tuple[str, str] | None:
    """The repository's function behind a dotted name in a module, as (path, qualified name)."""
    here = facts.python.modules.get(path)
    if here and name in here.functions:
        return path, name
    module, _, rest = name.rpartition(".")
    while module:
        found = facts.python.named(module)
        if found:
            return (found.path, rest) if rest in found.functions else None
        module, _, head = module.rpartition(".")
        rest = f"{head}.{rest}"
    return None


def at(found: Found, said: str = "") -> Evidence:
    """A call as evidence."""
    return Evidence(found.path, found.call.line, said or f"{found.call.name}()")


def seen(launch: Launch, said: str = "") -> Evidence:
    """A launch as evidence."""
    way = f", through {' → '.join(launch.via)}" if launch.via else ""
    return Evidence(launch.path, launch.line, said or " ".join(launch.argv)[:120] + way)
