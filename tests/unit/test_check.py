"""`check`, `waive` and `policy` as people call them: exit codes, what is printed, what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import mlascent
import pytest
import yaml
from mlascent import cli, rules
from mlascent.assess import remembered
from mlascent.catalogue import catalogue
from mlascent.commands.check import check
from mlascent.commands.explain import explain
from mlascent.report.check import FORMATS
from mlascent.rules.model import Outcome

from tests.assess.support import DAY, Says, checks, failing
from tests.rules.support import write

ANSWERS = "_commit: v0.1.0\npackage: churn\nproject_name: Churn\nlevel: 1\nci: github\nworkload: online\n"
ROOM = Path(mlascent.__file__).parent
AS_OF = ("--as-of", DAY.isoformat())
WAIVE = ("waive", "de040", "--until", "2026-08-01", "--reason", "a move: under way", "--approver", "rui")

Run = Callable[..., tuple[int, str, str]]
Set = Callable[[Says], None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "churn", {".copier-answers.yml": ANSWERS, "src/a.py": "x = 1\n"})


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Decide what every rule says; without it, all hold."""

    def decide(what: Says) -> None:
        monkeypatch.setattr(rules, "load", lambda: checks(what))
        monkeypatch.setattr(remembered, "key", lambda _: "")  # these rules change, and the files do not

    decide({})
    return decide


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], says: Set) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.run([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_exit_codes(project: Path, run: Run, says: Set, tmp_path: Path) -> None:
    assert run("check", project, *AS_OF)[0] == 0
    says({"DE040": failing("src/a.py")})
    assert run("check", project, *AS_OF)[0] == 1
    assert run("check", project, "--level", "0", *AS_OF)[0] == 0
    assert run("check", project, "--owed-by", "team,host", *AS_OF)[0] == 0
    assert run("check", project, "--area", "governance", *AS_OF)[0] == 0
    for wrong in (
        ["check", tmp_path / "nowhere"],
        ["check", project, "--level", "9"],
        ["check", project, "--area", "kitchen"],
        ["check", project, "--owed-by", "cat"],
        ["check", project, "--format", "pdf"],
        ["check", project, "--as-of", "2026-13-01"],
        ["check", project, "--as-of", "20260101"],
        ["check", project, "--policy", tmp_path / "none.yml"],
        ["check", project, "--baseline", tmp_path / "none.json"],
        ["check", project, "--host", tmp_path / "none.json"],
        ["check", project, "--json", "--format", "html"],
        ["check", project, "--lang", "fr"],
    ):
        code, out, err = run(*wrong)
        assert (code, out) == (2, ""), wrong
        assert err.startswith("error:")
    write(project, {".mlascent/policy.yml": "schema: 9\n"})
    assert run("check", project)[0] == 3


def test_the_terminal_tells_what_where_and_what_next(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py"), "GO002": Outcome.UNKNOWN, "DE001": failing()})
    code, out, _ = run("check", project, "--owed-by", "template,run", *AS_OF)
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "Churn: Does not hold at level 1: 1 to mend"
    assert any(line.split() == ["Project", "1", "1", "0", "0"] for line in lines)
    at = next(n for n, line in enumerate(lines) if line.startswith("  DE040"))
    assert "it does not hold" in "".join(lines[at : at + 4])
    assert "src/a.py:3 this" in "".join(lines[at : at + 4])
    assert next(line for line in lines if line.startswith("  DE001")).endswith("words.") or "DE001" in out
    assert "Next\n  1. " in out
    assert len(lines) < 60
    assert max(map(len, lines)) <= 100


def test_portuguese(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py")})
    _, out, _ = run("check", project, "--lang", "pt", *AS_OF)
    assert "Próximos passos" in out
    assert "Next" not in out


def test_quiet_says_nothing_and_the_code_says_it(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py")})
    assert run("check", project, "--quiet", *AS_OF) == (1, "", "")


def test_json_is_as_its_schema_says(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py"), "DE041": ValueError("x")})
    write(project, {".mlascent/policy.yml": 'schema: 1\nname: acme\nversion: "1"\nplatforms: [azureml]\n'})
    write(project, {".mlascent/waivers.yml": "schema: 1\nwaivers:\n  - {rule: DE040}\n"})
    code, out, _ = run("check", project, "--json", *AS_OF)
    told = json.loads(out)
    schema = json.loads((ROOM / "report/check/schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)
    assert told.keys() == set(schema["properties"])
    assert set(told["findings"][0]) == set(schema["$defs"]["finding"]["properties"])
    assert (code, told["ok"], told["failed"]) == (1, False, ["DE040", "DE041"])
    assert told["project"]["claimed"] == 1
    assert len(told["findings"]) == len(checks({}))
    assert "platform local is not allowed" in told["violations"][0]


def test_the_same_tree_is_the_same_bytes(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py")})
    for form in FORMATS:
        first = run("check", project, "--format", form, *AS_OF)
        assert first == run("check", project, "--format", form, *AS_OF), form
        assert first[1]


def test_a_report_goes_to_a_file(project: Path, run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", project, "--format", "json", "--output", tmp_path / "r.json", *AS_OF)
    assert (code, out) == (0, "")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["ok"]
    assert run("check", project, "--output", tmp_path / "no" / "r.json")[0] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn", "r.json"]


def test_it_finds_the_project_around(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "src")
    _, out, _ = run("check", "--json", *AS_OF)
    assert json.loads(out)["name"] == "Churn"


def test_a_repository_of_others_claims_nothing(tmp_path: Path, run: Run) -> None:
    place = write(tmp_path / "theirs", {"train.py": "print(1)\n"})
    code, out, _ = run("check", place, *AS_OF)
    assert code == 0
    assert out.startswith("theirs: Holds at level 0")
    assert "not made by mlascent" in out


def test_hostile_names_reach_no_terminal(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/\x1b[31mred\n::error::x")})
    for form in ("text", "github", "markdown"):
        _, out, _ = run("check", project, "--format", form, *AS_OF)
        assert "\x1b" not in out
        assert "\n::error::x" not in out


def test_names_that_are_no_text_reach_every_form(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing(os.fsdecode(b"src/\xff.py"))})
    for form in FORMATS:
        code, out, _ = run("check", project, "--format", form, *AS_OF)
        assert code == 1
        out.encode("utf-8")
    assert json.loads(run("check", project, "--json", *AS_OF)[1])["failed"] == ["DE040"]


def bomb() -> str:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        (".mlascent/waivers.yml", bomb(), 1),
        (".mlascent/waivers.yml", "[" * 100_000, 1),
        (".mlascent/waivers.yml", "x" * 3_000_000, 1),
        (".mlascent/waivers.yml", "schema: 1\nwaivers: [1, [], {rule: 3}, null]\n", 1),
        (".mlascent/attestations.yml", "schema: 1\nattestations: [1, {rule: DE040}]\n", 1),
        (".mlascent/policy.yml", bomb(), 3),
        (".mlascent/policy.yml", "x" * 3_000_000, 3),
        (".mlascent/policy.yml", "\x00", 3),
        (".mlascent/baseline.json", "[" * 100_000, 3),
        (".mlascent/baseline.json", '{"schema": 1, "written": "2026-01-01", "failures": [{"rule": 1}]}', 3),
        (".mlascent/baseline.json", " " * 3_000_000, 3),
        (".copier-answers.yml", bomb(), 0),
        ("mlascent.yaml", "- 1\n- [" * 300, 1),
    ],
)
def test_hostile_files_end_in_a_word(
    project: Path, run: Run, says: Set, path: str, content: str, code: int
) -> None:
    says({"DE040": failing()})
    write(project, {path: content.encode()})
    found, out, err = run("check", project, *AS_OF)
    assert found == code
    assert "mlascent itself failed" not in err
    assert len(out) + len(err) < 10_000


def test_a_baseline_is_written_and_held(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py"), "DP140": failing("b.py")})
    assert run("check", project, "--write-baseline", *AS_OF)[0] == 0
    file = project / ".mlascent/baseline.json"
    first = file.read_bytes()
    told = json.loads(first)
    assert [entry["rule"] for entry in told["failures"]] == ["DE040"]
    assert told["written"] == DAY.isoformat()
    code, out, _ = run("check", project, *AS_OF)
    assert code == 0
    assert "Frozen in the baseline and failing still: 1" in out
    says({"DE040": failing("src/a.py", "src/new.py")})
    assert run("check", project, *AS_OF)[0] == 1
    says({})
    code, out, _ = run("check", project, *AS_OF)
    assert code == 0
    assert "failing no longer: DE040" in out
    assert run("check", project, "--write-baseline", *AS_OF)[0] == 0
    assert json.loads(file.read_text())["failures"] == []
    file.write_text("{")
    assert run("check", project, *AS_OF)[0] == 3


def test_a_baseline_is_written_through_no_link(project: Path, run: Run, tmp_path: Path) -> None:
    (project / ".mlascent").symlink_to(tmp_path)
    assert run("check", project, "--write-baseline", *AS_OF)[0] == 3
    assert not (tmp_path / "baseline.json").exists()


def test_a_snapshot_of_the_host(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlascent.facts import Facts
    from mlascent.rules.model import Verdict

    seen: list[Mapping[str, Any]] = []

    def look(facts: Facts) -> Verdict:
        seen.append(facts.host)
        return Verdict(Outcome.PASS, "seen")

    monkeypatch.setattr(rules, "load", lambda: {**checks({}), "DP004": look})
    (tmp_path / "host.json").write_text('{"a": 1}')
    check(project, host=tmp_path / "host.json", cached=False)
    assert seen == [{"a": 1}]


def test_waive_writes_what_check_reads(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing("src/a.py")})
    code, out, _ = run(*WAIVE, "--project", project, "--ticket", "OPS-1", "--scope", "src/*", *AS_OF)
    assert code == 0
    assert "until 2026-08-01" in out
    (entry,) = yaml.safe_load((project / ".mlascent/waivers.yml").read_text(encoding="utf-8"))["waivers"]
    assert entry == {
        "rule": "DE040",
        "scope": "src/*",
        "reason": "a move: under way",
        "owner": "ana@example.com",
        "approver": "rui",
        "issued": "2026-06-15",
        "expires": "2026-08-01",
        "ticket": "OPS-1",
    }
    assert run("check", project, *AS_OF)[0] == 0
    assert run("check", project, "--as-of", "2026-08-01")[0] == 0
    code, out, _ = run("check", project, "--as-of", "2026-08-02")
    assert code == 1
    assert "it expired on 2026-08-01" in out


@pytest.mark.parametrize(
    "before",
    [
        "# ours\nschema: 1 # one\n\n# none yet\nwaivers: [] # add below\n# the end\n",
        "# ours\nschema: 1\nwaivers:\n# nobody\n",
        "schema: 1\nwaivers:\n  # first\n  - rule: DE001 # why\n    reason: x\n    owner: a\n    approver: b"
        '\n    issued: "2026-06-01"\n    expires: "2026-06-30"\n\n# tail\n',
        'schema: 1\nwaivers:\n- {rule: DE001, reason: x, owner: a, approver: b, issued: "2026-06-01", '
        'expires: "2026-06-30"}\n',
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_waive_leaves_the_rest_of_the_file_alone(project: Path, run: Run, before: str, newline: str) -> None:
    file = project / ".mlascent/waivers.yml"
    file.parent.mkdir()
    file.write_bytes(before.replace("\n", newline).encode())
    assert run(*WAIVE, "--project", project, *AS_OF)[0] == 0
    after = file.read_bytes().decode()
    kept = [line for line in before.splitlines() if "waivers: []" not in line]
    assert [line for line in after.splitlines() if line in kept] == kept
    assert "# add below" in after or "# add below" not in before
    assert after.count("\n") == after.count(newline)
    waivers = yaml.safe_load(after)["waivers"]
    assert waivers[-1]["rule"] == "DE040"
    assert len(waivers) == 1 + before.count("DE001")


def test_waive_tells_everything_that_is_wrong_at_once(project: Path, run: Run) -> None:
    code, out, err = run("waive", "ZZ999", "--project", project, *AS_OF)
    assert (code, out) == (2, "")
    for said in ("There is no rule 'ZZ999'", "--until", "--reason is missing", "--approver is missing"):
        assert said in err
    assert not (project / ".mlascent").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--until": "2026-06-14"}, "is past"),
        ({"--until": "2027-06-15"}, "it lasts 365 days; 180 are allowed"),
        ({"--until": "tomorrow"}, "--until must be a day"),
        ({"--until": "2026-02-30"}, "--until must be a day"),
        ({"--reason": "  "}, "--reason is missing"),
        ({"--reason": "x" * 1001}, "--reason must have at most 1000"),
    ],
)
def test_waive_refuses_what_would_not_hold(
    project: Path, run: Run, change: dict[str, str], said: str
) -> None:
    options = {"--until": "2026-08-01", "--reason": "r", "--approver": "a", **change}
    arguments = [part for pair in options.items() for part in pair]
    code, _, err = run("waive", "DE040", *arguments, "--project", project, *AS_OF)
    assert code == 2
    assert said in err
    assert not (project / ".mlascent").exists()


def test_waive_until_today_is_a_day(project: Path, run: Run) -> None:
    assert run(*WAIVE[:3], "2026-06-15", *WAIVE[4:], "--project", project, *AS_OF)[0] == 0


def test_waive_heeds_the_policy_and_broken_files(project: Path, run: Run) -> None:
    head = 'schema: 1\nname: acme\nversion: "1"\n'
    write(project, {".mlascent/policy.yml": head + "waivers: {never: [DE040], ticket: true}\n"})
    code, _, err = run(*WAIVE, "--project", project, *AS_OF)
    assert code == 2
    assert "DE040 may not be waived, says acme (.mlascent/policy.yml:4)" in err
    assert "ticket is missing" in err
    (project / ".mlascent/policy.yml").unlink()
    write(project, {".mlascent/waivers.yml": "- not ours\n"})
    assert run(*WAIVE, "--project", project, *AS_OF)[0] == 3
    assert (project / ".mlascent/waivers.yml").read_text() == "- not ours\n"


def test_hostile_reasons_stay_inert(project: Path, run: Run, says: Set) -> None:
    says({"DE040": failing()})
    reason = 'a "quote": {x} # no\n  - rule: DE041 \\ &a *b | > %'
    arguments = [*WAIVE[:5], reason, *WAIVE[6:]]
    assert run(*arguments, "--project", project, *AS_OF)[0] == 0
    (entry,) = yaml.safe_load((project / ".mlascent/waivers.yml").read_text(encoding="utf-8"))["waivers"]
    assert entry["reason"] == reason
    assert run("check", project, *AS_OF)[0] == 0


def test_policy_show_tells_each_value_and_its_place(project: Path, run: Run) -> None:
    code, out, _ = run("policy", "show", project)
    assert code == 0
    assert "No policy is in force" in out
    assert "waivers.most_days" in out
    head = 'schema: 1\nname: {}\nversion: "1"\n'
    write(project, {"org.yml": head.format("org") + "waivers: {most_days: 90}\nfloors: {default: 1}\n"})
    own = "extends: ../org.yml\nfloors: {default: 2}\n"
    write(project, {".mlascent/policy.yml": head.format("churn") + own})
    _, out, _ = run("policy", "show", project)
    assert "org, version 1" in out
    assert "sha256:" in out
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert ".mlascent/policy.yml:5" in lines["floors.default"]
    assert "org.yml:4" in lines["waivers.most_days"]
    assert "(as usual)" in lines["waivers.ticket"]
    told = json.loads(run("policy", "show", project, "--json")[1])
    assert [layer["name"] for layer in told["layers"]] == ["org", "churn"]


def test_policy_test_compares_with_what_is_expected(
    project: Path, run: Run, says: Set, tmp_path: Path
) -> None:
    says({"DE040": failing("src/a.py")})
    policy = write(tmp_path, {"p.yml": 'schema: 1\nname: a\nversion: "1"\nplatforms: [azureml]\n'}) / "p.yml"
    expected = 'schema: 1\nas_of: "2026-06-15"\nok: false\nrules: {DE040: fail, DE021: pass}\n'
    write(project, {"expected.yml": expected + "violations: [platform local]\n"})
    code, out, _ = run("policy", "test", policy, project)
    assert code == 0
    assert "as expected" in out
    write(project, {"expected.yml": "schema: 1\nok: true\nrules: {DE040: pass}\nviolations: [moon]\n"})
    code, out, _ = run("policy", "test", policy, project, *AS_OF)
    assert code == 1
    for line in ("- ok: true", "+ ok: false", "- DE040: pass", "+ DE040: fail", "- violations: moon"):
        assert line in out.splitlines()
    assert any(line.startswith("+ violations: platform local") for line in out.splitlines())
    assert json.loads(run("policy", "test", policy, project, "--json")[1])["ok"] is False
    write(project, {"expected.yml": "schema: 1\nrules: {QQ000: pass}\n"})
    assert run("policy", "test", policy, project)[0] == 3
    (project / "expected.yml").unlink()
    assert run("policy", "test", policy, project)[0] == 2


@pytest.mark.parametrize("command", [["check"], ["policy", "show"]])
def test_copier_and_jinja_are_not_imported(project: Path, command: list[str]) -> None:
    code = (
        "import sys; from mlascent.cli import run; run(sys.argv[1:]); "
        "print(*(m for m in ('copier', 'jinja2', 'questionary', 'jsonschema', 'urllib.request') "
        "if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command, str(project)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "", done.stdout
    assert done.stderr == ""


def test_every_rule_says_what_it_is_why_and_what_brings_it(run: Run) -> None:
    book = catalogue()
    for capability in book.capabilities:
        for rule in capability.rules:
            told = explain(rule.id)
            for key in ("statement", "why", "proof", "fix"):
                assert told[key].strip(), (rule.id, key)
            offered = "available" in capability.status.values() and rule.level <= book.highest
            assert told["command"] or rule.owed_by != "template" or not offered, rule.id
    _, out, _ = run("explain", "DE040")
    for said in ("Why", "How it is decided", "What to do", "What brings it", "mlascent update --level 1"):
        assert said in out
