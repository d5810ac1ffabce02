"""Pages say what is so: links lead somewhere, contracts name what the code has."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import mlascent
import pytest
import yaml
from mlascent import errors
from mlascent.answers import Wish as Answers
from mlascent.catalogue import catalogue
from mlascent.commands import policy
from mlascent.commands.check import check
from mlascent.commands.data import Wish, use
from mlascent.commands.explain import explain
from mlascent.commands.levels import levels
from mlascent.commands.new import new
from mlascent.commands.status import status
from mlascent.commands.unfinished import Finished
from mlascent.commands.update import update
from mlascent.commands.waive import Wish as Waiver
from mlascent.commands.waive import waive
from mlascent.commands.wanted import Change
from mlascent.report import dataset, project
from mlascent.report import status as standing
from mlascent.report import update as climbed
from mlascent.report.check import data

from tests.unit.tables import people, write

from .blocks import PAGES, ROOT, name

ROOM = Path(mlascent.__file__).parent
CONTRACTS = (ROOT / "docs" / "reference" / "contracts.md").read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(
        r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def section(title: str) -> str:
    return CONTRACTS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def words(text: str) -> set[str]:
    """Everything in backticks."""
    return set(re.findall(r"`([^`]+)`", text))


def test_every_answer_is_told() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    visible = {
        key
        for key, value in questions.items()
        if not key.startswith("_") and (not isinstance(value, dict) or value.get("when") is not False)
    }
    first = {
        cell
        for row in section("Answers").splitlines()
        if row.startswith("| `")
        for cell in words(row.split("|")[1])
    }
    assert first == visible
    site = re.search(r"known = \[(.*?)\]", questions["site"]["validator"])
    assert site
    assert set(re.findall(r"'(\w+)'", site[1])) <= words(section("Answers"))


def test_exit_codes_are_told() -> None:
    told = set(re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE))
    known = {cls.exit_code for cls in (errors.UsageError, errors.RefusedError, errors.FailedError)}
    assert told == {"0", "1", "130", *map(str, known)}


def test_json_is_told(tmp_path: Path) -> None:
    made = new(tmp_path / "made", Answers(level="2"))
    file = write(tmp_path / "t.csv", people())
    used = use(file, Wish(target="churn"), project=tmp_path / "made")
    change = Change(wish=Answers(level="1"))
    waiver = Waiver("DE040", until="2027-02-01", reason="r", approver="a", owner="o")
    rules = tmp_path / "policy.yml"
    rules.write_text('schema: 1\nname: acme\nversion: "1"\n')
    (tmp_path / "made" / "expected.yml").write_text("schema: 1\n")
    lowered = update(new(tmp_path / "climb", Answers(level="2")).directory, change, dry_run=True)
    results: dict[str, dict[str, Any]] = {
        "`new`": project.as_json(made),
        "`levels`": levels(),
        "`explain` of a capability": explain("data-validation"),
        "`explain` of a rule": explain("DE080"),
        "`data use`": dataset.as_json(used),
        "`update`, `add`, `remove`": climbed.as_json(lowered),
        "`update --continue`, `--abort`": climbed.finished_as_json(Finished()),
        "`status`": standing.as_json(status(tmp_path / "made")),
        "`check`": data.as_json(check(tmp_path / "made")),
        "`waive`": waive(waiver, tmp_path / "made", as_of=date(2027, 1, 1)),
        "`policy show`": policy.show(tmp_path / "made"),
        "`policy test`": policy.trial(str(rules), [tmp_path / "made"]),
    }
    rows = {
        row.split("|")[1].strip(): row.split("|")[2]
        for row in section("JSON").splitlines()
        if row.startswith("| `")
    }
    assert rows.keys() == results.keys()
    for command, result in results.items():
        assert result["schema"] == 1
        assert result.keys() - {"schema"} <= words(rows[command]), command
        json.dumps(result)


def test_blocks_of_the_manifest_are_told(tmp_path: Path) -> None:
    new(tmp_path / "made", Answers(level="2"))
    manifest = yaml.safe_load((tmp_path / "made" / "mlascent.yaml").read_text(encoding="utf-8"))
    told = words(section("mlascent.yaml"))
    assert manifest.keys() - {"schema"} <= told
    assert set(manifest["problem"]) | set(manifest["privacy"]) <= told | {"example"}


def test_the_version_is_one() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d.+)$", changes, re.MULTILINE)
    assert newest
    assert mlascent.__version__.partition(".dev")[0] == newest[1]


def test_counts_are_right() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")  # the changelog tells what there was
    counts = {"practices": len(catalogue().ids), "rules": sum(len(c.rules) for c in catalogue().capabilities)}
    for number, what in re.findall(r"(\d+) (practices|rules)\b", text):
        assert int(number) == counts[what], f"{number} {what}"


def test_every_key_of_a_policy_and_of_a_finding_is_told() -> None:
    told = words(section("Policy")) | {"schema"}
    schema = json.loads((ROOM / "policy/schemas/policy.schema.json").read_text(encoding="utf-8"))
    rule, selector = schema["$defs"]["rule"], schema["$defs"]["selector"]
    for node in (schema, rule, selector):
        assert set(node["properties"]) <= told
    for kind in ("waivers", "attestations", "baseline"):
        schema = json.loads((ROOM / f"policy/schemas/{kind}.schema.json").read_text(encoding="utf-8"))
        entries = next(node for node in schema["properties"].values() if node.get("type") == "array")
        assert set(entries["items"]["properties"]) <= words(section("Waivers, attestations, baseline"))
    schema = json.loads((ROOM / "report/check/schema.json").read_text(encoding="utf-8"))
    assert set(schema["$defs"]["finding"]["properties"]) <= words(section("JSON"))
