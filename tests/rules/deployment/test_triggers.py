"""DP080 to DP082, and the cron expressions behind them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from mlascent.rules.deployment import cron
from mlascent.rules.model import Outcome

from tests.rules.deployment.trees import SERVICE, Case, changed, github, hosted, judge, table

CRON = "schedule:|  - cron: '0 4 * * 1'"
TRAINS = {**SERVICE, **github("python -m churn.train", on=CRON, name="retrain")}
PLAN = "owner: Ana Lima\ncadence: weekly\ntriggers: {schedule: '0 4 * * 1'}\n"
PLANNED = {**TRAINS, "pipelines/retraining.yaml": PLAN}
DVC = {
    **SERVICE,
    "dvc.yaml": "stages:\n  train:\n    cmd: python src/churn/train.py\n    deps: [src/churn/train.py]\n"
    "    outs: [models/model.joblib]\n",
    **github("dvc repro", on="repository_dispatch:|  types: [retrain]"),
}
RUN = {"workflow": "retrain", "trigger": "schedule", "finished_at": "2026-01-12T04:10:00Z", "branch": "main"}

CASES = [
    *table(
        "DP080",
        TRAINS,
        lints={**SERVICE, **github("ruff check", on=CRON)},
        by_hand={**SERVICE, **github("python -m churn.train", on="workflow_dispatch:")},
        commented={**SERVICE, **github("echo done # python -m churn.train", on=CRON)},
        disabled={**SERVICE, **github("python -m churn.train", on=CRON, job="if: false")},
        named_train={
            **SERVICE,
            "src/churn/train.py": "print('training')\n",
            **github("python -m churn.train", on=CRON),
        },
    ),
    *table("DP080", DVC),
    *table(
        "DP081",
        PLANNED,
        no_role=changed(PLANNED, "pipelines/retraining.yaml", "owner: Ana Lima", "owner: TODO"),
        never=changed(PLANNED, "pipelines/retraining.yaml", "0 4 * * 1", "0 0 30 2 *"),
        another=changed(PLANNED, "pipelines/retraining.yaml", "0 4 * * 1", "0 4 1 * *"),
        nothing=SERVICE,
    ),
    *table(
        "DP081",
        {
            **TRAINS,
            "docs/governance.md": "# Governance\n\n## Retraining\n\n"
            "The model is trained again weekly; the team lead owns it.\n",
        },
        headings={**TRAINS, "docs/governance.md": "# Governance\n\n## Retraining\n\nTODO: weekly, owner\n"},
    ),
    hosted("DP082", Outcome.UNKNOWN, "no-snapshot", TRAINS),
    hosted("DP082", Outcome.PASS, "lately", TRAINS, runs=[RUN]),
    hosted("DP082", Outcome.FAIL, "long-ago", TRAINS, runs=[RUN | {"finished_at": "2025-10-01T04:00:00Z"}]),
    hosted("DP082", Outcome.FAIL, "by-hand", TRAINS, runs=[RUN | {"trigger": "manual"}]),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)


@pytest.mark.parametrize(
    ("text", "comes"),
    [
        ("0 4 * * 1", True),
        ("TZ=UTC\n0 4 * * 1", True),
        ("H H(0-5) * * 1-5", True),
        ("*/15 * * * *", True),
        ("0 0 1 jan mon", True),
        ("@weekly", True),
        ("0 0 29 2 *", True),
        ("0 0 30 2 *", False),
        ("0 0 31 4,6,9,11 *", False),
        ("99 4 * * 1", False),
        ("0 4 * *", False),
        ("every monday", False),
        ("", False),
    ],
)
def test_whether_a_time_ever_comes(text: str, comes: bool) -> None:
    assert cron.ever(text) is comes


@pytest.mark.parametrize(
    ("text", "days"), [("0 4 * * *", 1), ("0 4 * * 1", 7), ("0 4 1 * *", 31), ("0 4 1 1 *", 366)]
)
def test_how_far_apart_times_are(text: str, days: int) -> None:
    assert cron.interval(text) == timedelta(days=days)
