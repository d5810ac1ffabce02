"""The words of the project on SageMaker: each is `module:function` of this package."""

from importlib.util import find_spec

WORDS = {
    "train": "training:train",
    "evaluate": "training:evaluate",
    "deploy": "deploy:deploy",
    "stop": "deploy:stop",
    "predict": "deploy:predict",
    "smoke-test": "smoke:smoke",
    "teardown": "teardown:teardown",
}
# Level 2 adds the pipeline and the registry.
PIPELINE = {
    "pipeline": "pipeline:pipeline",
    "train": "pipeline:train",
    "retrain": "pipeline:retrain",
    "models": "approval:models",
    "promote": "approval:promote",
    "rollback": "approval:rollback",
    "monitor": "watch:monitor",
    "infra": "infra:infra",
}
if find_spec(f"{__package__}.pipeline"):
    WORDS |= PIPELINE
