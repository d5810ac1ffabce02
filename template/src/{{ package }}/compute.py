"""Run a stage within its limits in `pipelines/compute.yaml`: `python -m PACKAGE.compute train`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import params

LIMITS = Path("pipelines/compute.yaml")
# The libraries beneath pandas, scikit-learn, XGBoost and LightGBM read these as they are loaded.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def run(command: list[str], limits: dict[str, Any]) -> int:
    """Run a command within limits: its exit code, or 124 when it took too long and was ended.

    Args:
        command: the program and its arguments.
        limits: `threads`, `memory_gb` (Linux alone enforces it) and `minutes`; null is no limit.
    """
    cores, seconds = os.cpu_count() or 1, (limits.get("minutes") or 0) * 60
    threads = str(min(limits.get("threads") or cores, cores))  # more would wait for each other

    def bound() -> None:
        import resource

        size = int(limits["memory_gb"] * 1e9)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))

    before = bound if limits.get("memory_gb") and sys.platform == "linux" else None
    told = os.environ | dict.fromkeys(THREADS, threads)
    try:
        done = subprocess.run(command, env=told, timeout=seconds or None, preexec_fn=before)
    except subprocess.TimeoutExpired:
        print(f"ended after {limits['minutes']} minutes: {LIMITS}", file=sys.stderr)
        return 124
    return done.returncode


def main() -> None:
    """Run one stage of the training pipeline."""
    if limits := params.load(LIMITS).get(sys.argv[1]):
        sys.exit(run([sys.executable, "-m", f"{__package__}.stages", *sys.argv[1:]], limits))
    from . import stages  # brings pandas: never before the threads are set

    stages.main()


if __name__ == "__main__":
    main()
