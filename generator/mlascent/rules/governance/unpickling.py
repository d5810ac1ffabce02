"""Files that run code as they are loaded."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.python import Found
from mlascent.rules import words
from mlascent.rules.model import Verdict, failed, passed, rule

UNSAFE = (
    "pickle.load",
    "pickle.loads",
    "cPickle.load",
    "dill.load",
    "dill.loads",
    "cloudpickle.load",
    "cloudpickle.loads",
    "joblib.load",
    "torch.load",
    "pandas.read_pickle",
    "numpy.load",
    "sklearn.externals.joblib.load",
)
_MAKES = {
    "pickle": ("pickle.dump", "pickle.dumps"),
    "joblib": ("joblib.dump",),
    "torch": ("torch.save",),
    "dill": ("dill.dump", "dill.dumps"),
    "cloudpickle": ("cloudpickle.dump", "cloudpickle.dumps"),
    "pandas": ("*.to_pickle",),
    "numpy": ("numpy.save", "numpy.savez*"),
    "sklearn": ("*joblib.dump",),
}
_FETCHES = (
    "huggingface_hub.*",
    "*.hf_hub_download",
    "*.snapshot_download",
    "urllib.request.url*",
    "requests.get",
    "*.download_file",
    "*.download_url*",
    "torch.hub.*",
    "gdown.*",
    "wget.download",
)


@rule("GO134")
def models_load_safely(facts: Facts) -> Verdict:
    """Pickles that the project made itself, and none of others.

    A loader next to a download, or without anything in the project that writes such a file, loads what
    somebody else wrote: and a pickle runs whatever its author liked.
    """
    package = {module.path for module in facts.python.package()}
    wrong = [
        f for f in facts.python.calls(UNSAFE) if f.path in package and not _safe(f) and _foreign(facts, f)
    ]
    if wrong:
        return failed(
            "A file that the project did not make is loaded by unsafe deserialisation.",
            *map(words.at, wrong[:5]),
        )
    return passed("No model of others is loaded by unsafe deserialisation.")


def _safe(found: Found) -> bool:
    if found.call.name == "torch.load":
        return found.call.keywords.get("weights_only") is True
    return found.call.name == "numpy.load" and found.call.keywords.get("allow_pickle") is not True


def _foreign(facts: Facts, found: Found) -> bool:
    """Whether nothing in the project writes such files, or the function fetches what it loads."""
    if any(isinstance(a, str) and re.match(r"https?://|s3://|hf://|gs://", a) for a in found.call.args):
        return True
    if facts.python.calls(_FETCHES, {(found.path, found.call.inside)}):
        return True
    return not facts.python.calls(_MAKES[found.call.name.partition(".")[0].replace("cPickle", "pickle")])
