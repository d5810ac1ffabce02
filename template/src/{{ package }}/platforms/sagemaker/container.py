"""What `docker run IMAGE train` does on SageMaker: job.py on the folders below /opt/ml.

Input channels and hyperparameters name what there is to do: a channel is an input of job.py by its
own name, and `steps`, `trials`, `apply` and `report` are its options. The model becomes
model.tar.gz, and all else output.tar.gz.
"""

import json
import os
import sys
from pathlib import Path

from .. import job

ROOT = Path("/opt/ml")
STEPS = "validate prepare train evaluate metadata"


def words(root: Path) -> list[str]:
    """The command line of job.py that the folders below /opt/ml ask for."""
    file = root / "input/config/hyperparameters.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    found = str(told.get("steps", STEPS)).split()
    for option in ("apply", "report"):
        found += [f"--{option}"] * (str(told.get(option, "")).lower() == "true")
    found += ["--trials", str(told.get("trials", 0))]
    channels = sorted(path for path in (root / "input/data").iterdir() if path.is_dir())
    found += [f"--input={path.name}={path}" for path in channels]
    out = root / "output/data"
    found += [f"--output=model={root / 'model'}"]
    return found + [f"--output={name}={out / name}" for name in ("reports", "project", "tracking")]


def train(root: Path = ROOT) -> None:
    """Run the steps; where one fails, SageMaker shows what stands in /opt/ml/output/failure."""
    options = job.parse(words(root))
    os.environ["JOB_NAME"] = os.environ.get("TRAINING_JOB_NAME", "")
    try:
        job.work(options.steps, dict(options.input), dict(options.output), options)
    except job.StepError as error:
        (root / "output").mkdir(parents=True, exist_ok=True)
        (root / "output/failure").write_text(str(error)[:1024], encoding="utf-8")
        print(error, file=sys.stderr)
        sys.exit(error.code)
