"""The words that mean something on Azure ML: module and function of each."""

from importlib.util import find_spec

WORDS = {
    "train": "jobs:train",
    "evaluate": "jobs:evaluate",
    "deploy": "deploy:deploy",
    "stop": "deploy:stop",
    "predict": "deploy:predict",
    "smoke-test": "smoke:smoke_test",
    "teardown": "teardown:teardown",
}
# What comes with the pipeline of the platform.
if find_spec(f"{__package__}.pipeline"):
    WORDS |= {
        "train": "pipeline:train",
        "retrain": "pipeline:retrain",
        "pipeline": "pipeline:publish",
        "models": "promotion:models",
        "promote": "promotion:promote",
        "rollback": "promotion:rollback",
    }
# What makes all of it in Azure.
if find_spec(f"{__package__}.infra"):
    WORDS |= {"infra": "infra:run"}
# What holds it against its limits.
if find_spec(f"{__package__}.watch"):
    WORDS |= {"monitor": "watch:monitor"}
