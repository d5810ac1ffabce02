"""The words that mean something on Azure ML: module and function of each."""

WORDS = {
    "train": "jobs:train",
    "evaluate": "jobs:evaluate",
}
