"""`mlascent data use`: what changes in a project, what does not, and what is refused."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from mlascent.answers import Wish as Answers
from mlascent.commands.data import Wish, use
from mlascent.commands.new import new
from mlascent.errors import MlascentError, RefusedError, UsageError

from .helpers import git, mlascent
from .tables import houses, people, write


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of each level, and one that predicts a number; none of them set up."""
    home = tmp_path_factory.mktemp("made")
    for level in range(3):
        new(home / f"level-{level}", Answers(level=str(level)))
    new(home / "number", Answers(level="0", data=["task=regression"]))
    return home


@pytest.fixture
def projects(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "projects")


def changed(project: Path) -> set[str]:
    return {line.split()[-1] for line in git(project, "status", "--porcelain", "-uall").splitlines()}


EDITED = {
    0: {"params.yaml", "mlascent.yaml"},
    1: {"params.yaml", "mlascent.yaml", "pipelines/sources.yaml"},
    2: {"params.yaml", "mlascent.yaml", "pipelines/sources.yaml", "src/level_2/schema.py"},
}


@pytest.mark.parametrize("level", range(3))
def test_files_that_change(projects: Path, tmp_path: Path, level: int) -> None:
    project, file = (
        projects / f"level-{level}",
        write(tmp_path / "Clientes (março).csv", people(), ";", "cp1252"),
    )
    used = use(file, Wish(target="churn"), project=project)
    assert changed(project) == EDITED[level]  # and nothing of data/, which git ignores
    assert used.stored == "data/source/clientes-marco.csv"
    assert (project / used.stored).read_text(encoding="utf-8").startswith("id,Nome,CPF,")
    params = yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))
    assert params["data"]["source"] == used.stored
    assert params["data"]["target"] == "churn"
    assert "id" in params["data"]["drop"]
    assert params["evaluation"]["slices"] == ["Age", "city", "active"]
    assert "# columns that are never features" in (project / "params.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load((project / "mlascent.yaml").read_text(encoding="utf-8"))
    thresholds = next(iter(told["models"].values()))["thresholds"]
    assert thresholds["roc_auc"] == {"min": 0.5}
    assert thresholds["example"] is True
    assert told["privacy"]["personal_data"] is False  # only the team can say
    if level:
        source = yaml.safe_load((project / "pipelines/sources.yaml").read_text(encoding="utf-8"))["sources"][
            -1
        ]
        assert (source["kind"], source["location"]) == ("file", used.stored)
        assert source["personal_data"] is True
        assert source["example"] is True  # only the team knows whose it is
        assert "CPF" in source["sensitive_fields"]
    if level == 2:
        ast.parse((project / "src/level_2/schema.py").read_text(encoding="utf-8"))


def test_again_changes_nothing(projects: Path, tmp_path: Path) -> None:
    project, file = projects / "level-2", write(tmp_path / "t.csv", people())
    use(file, Wish(target="churn"), project=project)
    git(project, "commit", "--quiet", "--all", "--message", "Our data")
    assert use(file, Wish(target="churn"), project=project).edits == ()
    assert changed(project) == set()


def test_a_dry_run_writes_nothing(projects: Path, tmp_path: Path) -> None:
    project, file = projects / "level-2", write(tmp_path / "t.csv", people())
    used = use(file, Wish(target="churn"), project=project, dry_run=True)
    assert {edit.path for edit in used.edits} == EDITED[2]
    assert not used.written
    assert changed(project) == set()
    assert not (project / "data").exists()


def test_a_file_under_data_stays_where_it_is(projects: Path) -> None:
    project = projects / "level-0"
    (project / "data").mkdir()
    file = write(project / "data" / "Ours.csv", people())
    used = use(file, Wish(target="churn"), project=project / "src")
    assert (used.stored, used.change) == ("data/Ours.csv", "none")


def test_what_a_pipeline_writes_is_no_source(projects: Path) -> None:
    project = projects / "level-1"
    (project / "data" / "raw").mkdir(parents=True)
    file = write(project / "data" / "raw" / "data.csv", people())
    assert use(file, Wish(target="churn"), project=project).stored == "data/source/data.csv"


def test_a_file_that_git_sees_is_told(projects: Path) -> None:
    file = write(projects / "level-0" / "ours.csv", people())
    used = use(file, Wish(target="churn"), project=projects / "level-0")
    assert used.stored == "data/source/ours.csv"
    assert [note.values["path"] for note in used.notes if note.key == "seen_by_git"] == ["ours.csv"]


def test_the_user_decides(projects: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", people())
    wish = Wish(target=" churn ", keep=["id"], drop=["score"], metric="f1_macro")
    used = use(file, wish, project=projects / "level-0")
    assert used.judgement.keep == ("id", "Age", "city", "active")
    thresholds = yaml.safe_load((projects / "level-0/mlascent.yaml").read_text(encoding="utf-8"))["models"]
    assert "f1_macro" in next(iter(thresholds.values()))["thresholds"]


def test_thresholds_of_a_team_stay(projects: Path, tmp_path: Path) -> None:
    project = projects / "level-0"
    theirs = (project / "mlascent.yaml").read_text(encoding="utf-8").replace("      example: true\n", "", 1)
    (project / "mlascent.yaml").write_text(theirs, encoding="utf-8")
    use(write(tmp_path / "t.csv", people()), Wish(target="churn"), project=project)
    assert (project / "mlascent.yaml").read_text(encoding="utf-8") == theirs


def test_few_rows_get_small_leaves(projects: Path, tmp_path: Path) -> None:
    use(write(tmp_path / "t.csv", people(90)), Wish(target="churn"), project=projects / "level-0")
    assert yaml.safe_load((projects / "level-0/params.yaml").read_text())["model"]["min_samples_leaf"] == 3


def test_a_number(projects: Path, tmp_path: Path) -> None:
    used = use(write(tmp_path / "t.csv", houses()), Wish(target="price"), project=projects / "number")
    assert used.judgement.keep == ("area", "rooms")
    thresholds = next(
        iter(yaml.safe_load((projects / "number/mlascent.yaml").read_text())["models"].values())
    )
    deviation = used.found.columns["price"].deviation
    assert deviation
    assert 0.99 * deviation < thresholds["thresholds"]["rmse"]["max"] <= deviation


PARQUET = """
import sys, pyarrow as pa, pyarrow.parquet as pq
rows = range(200)
table = {"when": pa.array([row * 10**9 for row in rows], pa.timestamp("us"))}
table |= {"kind": pa.array(["a", "b"] * 100)}
table |= {"kind": table["kind"].dictionary_encode(), "gap": pa.array([1.5, None] * 100), "x": pa.array(rows)}
table |= {"label": pa.array([row % 3 > 0 for row in rows])}
pq.write_table(pa.table(table), sys.argv[1])
pq.write_table(pa.table(table | {"list": pa.array([[1, 2]] * 200)}), sys.argv[2])
"""


@pytest.mark.full
def test_parquet(projects: Path, tmp_path: Path) -> None:
    good, nested = tmp_path / "good.parquet", tmp_path / "nested.parquet"
    maker = [
        "uv",
        "run",
        "--no-project",
        "--with",
        "pyarrow",
        "python",
        "-c",
        PARQUET,
        str(good),
        str(nested),
    ]
    subprocess.run(maker, check=True, cwd=tmp_path)
    used = use(good, Wish(target="label"), project=projects / "level-2")
    kinds = {name: column.kind for name, column in used.found.columns.items()}
    assert kinds == {"when": "text", "kind": "text", "gap": "number", "x": "number", "label": "boolean"}
    assert used.found.columns["gap"].missing == 100
    assert (used.stored, used.judgement.drop["when"].key) == ("data/source/good.csv", "date")
    with pytest.raises(RefusedError, match="list"):
        use(nested, Wish(target="label"), project=projects / "level-0")
    good.write_bytes(good.read_bytes()[:1000])
    with pytest.raises(RefusedError, match="damaged"):
        use(good, Wish(target="label"), project=projects / "level-0")


# ---------------------------------------------------------------- refused, and nothing written


@pytest.mark.parametrize(
    ("wish", "error", "said"),
    [
        (Wish(target="Churn"), UsageError, "Did you mean churn"),
        (Wish(target="zzzzzz"), UsageError, "There are: id"),
        (Wish(target="churn", drop=["agee"]), UsageError, "Did you mean Age"),
        (Wish(target="churn", keep=["id"], drop=["id"]), UsageError, "to be kept"),
        (Wish(target="churn", metric="rmse"), UsageError, "f1_macro"),
        (Wish(target="score"), RefusedError, "task=regression"),
    ],
)
def test_wishes_that_cannot_be(
    projects: Path, tmp_path: Path, wish: Wish, error: type[MlascentError], said: str
) -> None:
    file = write(tmp_path / "t.csv", people())
    with pytest.raises(error) as refusal:
        use(file, wish, project=projects / "level-1")
    assert said in str(refusal.value)
    assert changed(projects / "level-1") == set()


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no project"):
        use(write(tmp_path / "t.csv", people()), Wish(target="churn"), project=tmp_path)


def test_uncommitted_changes_are_kept_apart(projects: Path, tmp_path: Path) -> None:
    project, file = projects / "level-0", write(tmp_path / "t.csv", people())
    with (project / "params.yaml").open("a") as params:
        params.write("# mine\n")
    with pytest.raises(RefusedError, match=r"params\.yaml"):
        use(file, Wish(target="churn"), project=project)
    assert not (project / "data").exists()
    use(file, Wish(target="churn"), project=project, force=True)
    assert "# mine" in (project / "params.yaml").read_text()


def test_other_data_is_not_overwritten(projects: Path, tmp_path: Path) -> None:
    project = projects / "level-0"
    (project / "data" / "source").mkdir(parents=True)
    (project / "data" / "source" / "t.csv").write_text("precious")
    file = write(tmp_path / "t.csv", people())
    with pytest.raises(RefusedError, match="other data"):
        use(file, Wish(target="churn"), project=project)
    assert (project / "data" / "source" / "t.csv").read_text() == "precious"
    use(file, Wish(target="churn"), project=project, force=True)


@pytest.mark.parametrize("name", ["params.yaml", "mlascent.yaml", ".copier-answers.yml"])
@pytest.mark.parametrize("content", [b"a: [", b"- 1\n", b"\xff", None])
def test_a_broken_project_is_refused(
    projects: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    project = projects / "level-0"
    if content is None:
        (project / name).unlink()
    else:
        (project / name).write_bytes(content)
    with pytest.raises(RefusedError):
        use(write(tmp_path / "t.csv", people()), Wish(target="churn"), project=project, force=True)
    assert not (project / "data").exists()


@pytest.mark.parametrize("moment", range(1, 10))
@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError])
def test_a_failure_at_any_moment_leaves_everything_as_it_was(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, how: type[BaseException]
) -> None:
    """Five files are written, four of them over others: nine moves."""
    project, replace, moved = projects / "level-2", os.replace, 0

    def stop_midway(old: Path, new: Path) -> None:
        nonlocal moved
        moved += 1
        if moved == moment:
            raise how
        replace(old, new)

    monkeypatch.setattr(os, "replace", stop_midway)
    with pytest.raises((KeyboardInterrupt, RefusedError)):
        use(write(tmp_path / "t.csv", people()), Wish(target="churn"), project=project)
    assert moved >= moment
    assert changed(project) == set()
    assert not (project / "data").exists()


# ---------------------------------------------------------------- the command


def test_as_json(projects: Path, tmp_path: Path) -> None:
    write(tmp_path / "t.csv", people())
    done = mlascent("data", "use", "../../t.csv", "-t", "churn", "--json", cwd=projects / "level-2")
    told = json.loads(done.stdout)
    assert (done.returncode, told["schema"], told["written"], told["task"]) == (0, 1, True, "classification")
    assert told["classes"].keys() == {"yes", "no"}
    assert {column["use"] for column in told["columns"]} == {"feature", "dropped", "target"}
    assert "Person 1" not in done.stdout
    assert "p1@example.org" not in done.stdout


@pytest.mark.parametrize("language", ["en", "pt"])
def test_as_text(projects: Path, tmp_path: Path, language: str) -> None:
    file = write(tmp_path / "t.csv", people())
    done = mlascent("data", "use", file, "-t", "churn", "--lang", language, cwd=projects / "level-0")
    assert done.returncode == 0, done.stderr
    assert {"en": "personal data: contact", "pt": "dado pessoal: contato"}[language] in done.stdout
    assert "just train" in done.stdout
    assert "{" not in done.stdout.replace("{ min: 0.7 }", "").replace("{ min: 0.5 }", "")


def test_exit_codes(projects: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", people())
    assert mlascent("data", "use", file, "-t", "churn", cwd=tmp_path).returncode == 3
    assert mlascent("data", "use", file, "-t", "chrun", cwd=projects / "level-0").returncode == 2
    assert (
        mlascent("data", "use", tmp_path / "no.csv", "-t", "churn", cwd=projects / "level-0").returncode == 2
    )
    assert mlascent("data", "use", file, cwd=projects / "level-0").returncode == 2
