"""In a job of Azure ML: the environment set right, the steps run, their figures in the studio.

Azure ML points MLflow at itself by an `azureml:` address that only its own plugin reads, and the
plugin demands an old MLflow. The steps record where the project says, or in a file among the
outputs; then their figures go to the job's own run, over plain HTTPS with the job's token.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from .. import job

THEIRS = ("TRACKING_URI", "TRACKING_TOKEN", "RUN_ID", "EXPERIMENT_ID", "EXPERIMENT_NAME")
FIGURES = "metrics.json"  # among the reports of the steps that measure


def settle() -> dict[str, str]:
    """Take what Azure ML says of its own MLflow out of the environment, and return it."""
    theirs = {name: os.environ.pop(f"MLFLOW_{name}", "") for name in THEIRS}
    os.environ["JOB_NAME"] = os.environ.get("AZUREML_RUN_ID", "")
    if ours := os.environ.get("TRACKING_URI"):
        os.environ["MLFLOW_TRACKING_URI"] = ours
    return theirs


def show(metrics: dict[str, Any], theirs: dict[str, str]) -> None:
    """Send figures to the job's run in the workspace, by MLflow's REST interface.

    Raises:
        OSError: it does not take them.
    """
    address = theirs["TRACKING_URI"].replace("azureml://", "https://").split("?")[0]
    now = int(time.time() * 1000)
    known = [(name, value) for name, value in metrics.items() if isinstance(value, (int, float))]
    body = {
        "run_id": theirs["RUN_ID"],
        "metrics": [{"key": k, "value": v, "timestamp": now, "step": 0} for k, v in known],
    }
    headers = {"authorization": f"Bearer {theirs['TRACKING_TOKEN']}"}
    headers["content-type"] = "application/json"
    url = f"{address}/api/2.0/mlflow/runs/log-batch"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30):
        pass


def main() -> None:
    """Run the steps; the studio's figures are a convenience, and their failure is only said."""
    theirs, asked = settle(), job.parse(sys.argv[1:])
    try:
        job.main()
    finally:
        report = Path(dict(asked.output).get("reports", ""), FIGURES)
        if theirs["RUN_ID"] and theirs["TRACKING_TOKEN"] and report.exists():
            try:
                show(json.loads(report.read_text(encoding="utf-8")), theirs)
            except (URLError, OSError, ValueError) as error:
                print(f"the studio does not show the figures: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
