"""Rules of profiles: GX010 to GX021, GX040, GX050, GX070, GX071, MX002, MX010."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.monitoring.test_models import DRIFTING, LINT
from tests.rules.tables import Tree, holds, rows, verdict

PARTS = (
    *(
        "General description",
        "Development",
        "Monitoring and control",
        "Performance metrics",
        "Risk management",
    ),
    *("Changes", "Standards", "Declaration of conformity", "Post-market monitoring"),
)
TEXT = "".join(f"## {part}\n\nWhat the team has to say on it.\n\n" for part in PARTS)
FILE = f"# Technical file\n\nVersion 3\n\n{TEXT}"
SERVICE = """
    import os
    import yaml
    from fastapi import FastAPI
    from llm_guard import scan_output
    from prometheus_client import Counter

    app = FastAPI()
    RULES = yaml.safe_load(open("serving.yaml"))
    TOKENS = Counter("llm_tokens", "Tokens")
    COST = Counter("llm_cost_usd", "Cost")

    @app.post("/predict")
    def predict():
        if os.environ.get("KILL_SWITCH"):
            return {"notice": RULES["disclosure"]}
        if 0.4 < RULES["review_threshold"]:
            return {"review": True}
        return scan_output([], "", "")
"""
SWITCH = """
    def test_stop_is_kept(monkeypatch):
        monkeypatch.setenv("KILL_SWITCH", "1")
        assert ask()

    def test_unsafe_output_is_blocked():
        assert ask()
"""
RED = """
    on:
      schedule:
        - cron: "0 5 * * 1"
    jobs:
      red:
        runs-on: ubuntu-latest
        steps:
          - run: garak --all
"""
SERVED: Tree = {
    "Makefile": "serve:\n\tuvicorn app.service:app\n",
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "serving.yaml": "review_threshold: 0.6\ndisclosure: this text was generated\nlimits: "
    "{monthly_budget: 100}\n",
    "tests/test_service.py": SWITCH,
    ".github/workflows/red.yml": RED,
    "alerts.yml": "groups:\n  - name: cost\n    rules:\n      - {alert: Cost, expr: "
    "llm_cost_usd_total > 100}\n",
}
PLAN: Tree = {
    "docs/monitoring-plan.md": "# Plan\n\n| metric | limit |\n| --- | --- |\n| `model:accuracy` | 0.8 |\n",
    "docs/runbook.md": "# Runbook\n\n## Report to authorities\n\nWithin 15 days, and 2 days where "
    "somebody died.\n",
    "alerts.yml": "groups:\n  - name: model\n    rules:\n      - {record: 'model:accuracy', expr: "
    "accuracy_total}\n",
}
CONTROLS = "".join(f"| A.{n}.1 | yes | rule GO{n:03} |\n" for n in range(2, 14))
TABLE = f"| control | applies | evidence |\n| --- | --- | --- |\n{CONTROLS}"
SOA = f"# Statement of applicability\n\nOf 2026-01-02.\n\n{TABLE}"


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GX010",
            {"docs/technical-file.md": FILE},
            headings_only={"docs/technical-file.md": FILE.replace("What the team has to say on it.", "")},
            one_missing={"docs/technical-file.md": FILE.replace("## Standards", "## Other")},
        ),
        *rows(
            "GX020",
            SERVED,
            never_tested={"tests/test_service.py": "def test_it():\n    assert ask()\n"},
            no_switch={"app/service.py": SERVICE.replace("KILL_SWITCH", "COLOUR")},
        ),
        *rows(
            "GX021",
            SERVED,
            not_configured={"serving.yaml": "colour: blue\n"},
            not_read={"app/service.py": SERVICE.replace('RULES["review_threshold"]', "0.6")},
        ),
        *rows(
            "GX040",
            PLAN,
            no_monitor={"alerts.yml": "groups: []\n"},
            no_deadline={"docs/runbook.md": "# Runbook\n\n## Report to authorities\n\nSoon.\n"},
        ),
        *rows(
            "GX050",
            {"docs/soa.md": SOA},
            no_date={"docs/soa.md": SOA.replace("Of 2026-01-02.", "")},
            silent={"docs/soa.md": SOA.replace("rule GO002", "-")},
        ),
        *rows(
            "GX070",
            SERVED,
            no_filter={"app/service.py": SERVICE.replace('scan_output([], "", "")', "{}")},
            by_hand={".github/workflows/red.yml": RED.replace("garak --all", "pip install garak")},
        ),
        *rows(
            "GX071",
            SERVED,
            not_configured={"serving.yaml": "review_threshold: 0.6\n"},
            not_read={"app/service.py": SERVICE.replace('RULES["disclosure"]', '""')},
        ),
        *rows(
            "MX010",
            SERVED,
            nobody_told={"alerts.yml": "groups: []\n"},
            not_counted={
                "app/service.py": SERVICE.replace("llm_tokens", "calls").replace('"Tokens"', '"Calls"')
            },
        ),
        *rows(
            "MX002",
            DRIFTING,
            lints={".github/workflows/drift.yml": LINT},
            last_week={
                "app/drift.py": str(DRIFTING["app/drift.py"]).replace("data/train.csv", "data/last_week.csv")
            },
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)


def test_the_file_of_a_release_needs_a_snapshot(tmp_path: Path) -> None:
    tree = {"docs/technical-file.md": FILE}
    assert verdict(tmp_path, "GX011", tree).outcome is Outcome.UNKNOWN
    assert verdict(tmp_path, "GX011", tree, {"production": {"version": "3"}}).outcome is Outcome.PASS
    assert verdict(tmp_path, "GX011", tree, {"production": {"version": "4"}}).outcome is Outcome.FAIL
