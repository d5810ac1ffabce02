"""Personal data: GO070 to GO073."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlascent.rules.model import Outcome

from tests.rules.tables import Tree, holds, rows

MANIFEST = """
    schema: 1
    privacy:
      personal_data: true
      regimes: [LGPD]
      retention_days: 365
      deletion: at the source
      fields:
        email: {category: contact, legal_basis: contract, treatment: hash}
"""
PROTECT = """
    import hashlib

    def protect(frame, fields):
        for name, field in fields.items():
            if field["treatment"] == "hash":
                frame[name] = frame[name].map(lambda text: hashlib.sha256(text).hexdigest())
        return frame
"""
PREPARE = """
    import yaml
    from app.protect import protect

    def main():
        rules = yaml.safe_load(open("mlascent.yaml"))["privacy"]
        protect({}, rules["fields"])

    if __name__ == "__main__":
        main()
"""
PIPELINE = """
    stages:
      prepare:
        cmd: python -m app.prepare
        deps: [raw.csv]
        outs: [clean.csv]
      train:
        cmd: python -m app.train
        deps: [clean.csv]
        outs: [model.bin]
"""
TREE: Tree = {
    "mlascent.yaml": MANIFEST,
    "dvc.yaml": PIPELINE,
    "app/__init__.py": "",
    "app/protect.py": PROTECT,
    "app/prepare.py": PREPARE,
    "app/train.py": """
        from sklearn.linear_model import LogisticRegression

        def main():
            LogisticRegression().fit([[0], [1]], [0, 1])

        if __name__ == "__main__":
            main()
    """,
    "docs/privacy.md": """
        # Privacy

        ## Impact assessment (DPIA, RIPD)

        | date | author | where it is | conclusion |
        | --- | --- | --- | --- |
        | 2025-06-01 | Ana Souza | the legal drive | low risk |
    """,
}


@pytest.mark.parametrize(
    ("rule", "tree", "outcome"),
    [
        *rows(
            "GO070",
            TREE,
            example={
                "mlascent.yaml": MANIFEST.replace(
                    "personal_data: true", "personal_data: true\n      example: true"
                )
            },
            no_law={"mlascent.yaml": MANIFEST.replace("[LGPD]", "[]")},
            not_said={"mlascent.yaml": "schema: 1\n"},
        ),
        *rows(
            "GO071",
            TREE,
            no_basis={"mlascent.yaml": MANIFEST.replace("legal_basis: contract, ", "")},
            no_end={"mlascent.yaml": MANIFEST.replace("      retention_days: 365\n", "")},
            no_field={"mlascent.yaml": MANIFEST.split("      fields:")[0]},
        ),
        *rows(
            "GO072",
            TREE,
            never_called={"app/prepare.py": PREPARE.replace('        protect({}, rules["fields"])\n', "")},
            output_not_used={"dvc.yaml": PIPELINE.replace("deps: [clean.csv]", "deps: [raw.csv]")},
            no_treatment={"mlascent.yaml": MANIFEST.replace(", treatment: hash", "")},
            kept_in_silence={
                "mlascent.yaml": MANIFEST.replace("legal_basis: contract, treatment: hash", "treatment: keep")
            },
        ),
        *rows(
            "GO073",
            TREE,
            empty_table={
                "docs/privacy.md": str(TREE["docs/privacy.md"]).replace(
                    "| 2025-06-01 | Ana Souza | the legal drive | low risk |", ""
                )
            },
            nobody={"docs/privacy.md": str(TREE["docs/privacy.md"]).replace("Ana Souza", "-")},
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, tree: Tree, outcome: Outcome) -> None:
    holds(tmp_path, rule, tree, outcome)
