"""What only people and their host can do is done here, and then a machine sees the level that is claimed."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from .children import mlascent, run, tool
from .conftest import Bake
from .project import Project

pytestmark = pytest.mark.full

POLICY = "schema: 1\nname: acme\nversion: '1'\nfloors: {default: 2}\nmeasure: verified\n"
DAY = "2026-11-20"
HOST = {
    "default_branch": "main",
    "runs": [
        {
            "workflow": ".github/workflows/mlascent-ci.yml",
            "branch": "main",
            "conclusion": "success",
            "finished_at": DAY,
            "trigger": "push",
        }
    ],
    "protection": {"approvals": 1, "checks": ["mlascent ci"]},
}


def test_verified_once_people_and_host_have_done_their_part(bake: Bake, tmp_path: Path) -> None:
    project = bake(level=2, author="Ana Souza", email="ana@example.com")
    before = standing(project)
    assert before == {"claimed": 2, "wired": 2, "verified": 0, "effective": 0}
    the_team_writes(project)
    project.just("train")
    project.just("cards")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "ours")
    host = tmp_path / "host.json"
    host.write_text(json.dumps(HOST))
    assert standing(project, "--host", host) == {"claimed": 2, "wired": 2, "verified": 2, "effective": 2}


def standing(project: Project, *options: str | Path) -> dict[str, int]:
    """The four levels, as of a day."""
    words = ("check", project.path, "--as-of", DAY, "--format", "json", *options)
    told = json.loads(mlascent(*words, cwd=project.path, code=0 if options else 1))
    levels = told["project"]
    return {name: levels[name] for name in ("claimed", "wired", "verified", "effective")}


def the_team_writes(project: Project) -> None:
    """Owners, a problem, limits, texts, approvers, reviewers, a review, and the organisation's policy."""
    path = project.path
    manifest = re.sub(r" +example: true\n", "", project.read("mlascent.yaml"))
    (path / "mlascent.yaml").write_text(manifest, encoding="utf-8")
    for card in ("docs/model-card.md", "docs/data-card.md"):
        text = project.read(card).replace("<!-- example -->\n", "").replace("**Example text**: ", "")
        (path / card).write_text(text, encoding="utf-8")
    owners = re.sub(
        r"^# ([*/].*)your-organisation/(your-)?", r"\1acme/", project.read("docs/CODEOWNERS"), flags=re.M
    )
    (path / "docs/CODEOWNERS").write_text(owners, encoding="utf-8")
    project.edit(
        "deploy/environments.yaml",
        "  aliases: [champion]\n  approvers: []",
        "  aliases: [champion]\n  approvers: [Bruno Lima]",
    )
    table = "| date | reviewer | result |\n| --- | --- | --- |"
    review = f"\n## Reviews held\n\n{table}\n| {DAY} | Bruno Lima | kept |\n"
    (path / "docs/governance.md").write_text(project.read("docs/governance.md") + review, encoding="utf-8")
    ours = path / ".mlascent"
    ours.mkdir()
    (ours / "acme.yml").write_text(POLICY)
    digest = hashlib.sha256(POLICY.encode()).hexdigest()
    (ours / "policy.yml").write_text(
        "schema: 1\nname: ours\nversion: '1'\nextends:\n"
        f"  source: acme.yml\n  version: '1'\n  digest: sha256:{digest}\n"
    )
    (ours / "attestations.yml").write_text(
        "schema: 1\nattestations:\n  - rule: GO053\n    by: Ana Souza\n    role: owner\n"
        f'    evidence: access lists read\n    date: "{DAY}"\n'
    )
    store = path.parent / "store"
    run(tool("uv"), "run", "--no-sync", "dvc", "remote", "add", "-d", "shared", f"ssh://{store}", cwd=path)
